/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content.c - what is found at a path: an answer that the client can read
 *
 * How it works: a table of paths, whose first fitting row answers; rows for package managers and
 * the like answer "not found" in the client's own format. Pure: a request in, an answer out.
 */
#include "lab/content.h"

#include <string.h>
#include <strings.h>

#include "tcbox/own.h"

#define HTML "text/html; charset=utf-8"
#define JSON "application/json"
#define TEXT "text/plain; charset=utf-8"
#define XML "application/xml"

/* How a row is compared. */
enum fit {
	WHOLE, /* the path without its query */
	BEGINS_SO,
	ENDS_SO,
	HAS, /* anywhere in path and query */
	AGENT, /* the beginning of User-Agent, in any case */
	ACCEPTS, /* a type in Accept */
	SENDS, /* the beginning of Content-Type */
	METHOD,
};

static const char page[] = "<!DOCTYPE html>\n<html><head><title>Ready</title></head>\n"
			   "<body><p>This service is ready.</p></body></html>\n";
static const char not_found[] = "<!DOCTYPE html>\n<html><head><title>Not Found</title></head>\n"
				"<body><p>Not found.</p></body></html>\n";
static const char json_ok[] = "{\"status\":\"ok\"}\n";
static const char json_missing[] = "{\"error\":\"Not found\",\"message\":\"Not Found\"}\n";
static const char registry_missing[] =
	"{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"not known to registry\"}]}\n";
static const char rss[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel>"
	"<title>News</title><link>/</link><description>News</description>"
	"</channel></rss>\n";
static const char atom[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">"
	"<title>News</title><id>urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6</id>"
	"<updated>2024-01-01T00:00:00Z</updated></feed>\n";
static const char apple[] =
	"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n";
static const char firefox[] = "<meta http-equiv=\"refresh\" content=\"0;url=/captive-portal\"/>";
static const char simple[] =
	"<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\">"
	"<title>Simple index</title></head><body></body></html>\n";
#define PIXEL                                                                                      \
	"GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377!\371\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"

#define BODY(text) text, sizeof(text) - 1

static const struct row {
	enum fit fit;
	const char *word;
	int status;
	const char *type, *body;
	size_t len;
	const char *headers; /* NULL: none */
} rows[] = {
	{ METHOD, "OPTIONS", 204, NULL, BODY(""),
	  "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
	  "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\n"
	  "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" },
	/* is there a way to the internet? */
	{ WHOLE, "/generate_204", 204, NULL, BODY(""), NULL },
	{ WHOLE, "/gen_204", 204, NULL, BODY(""), NULL },
	{ WHOLE, "/hotspot-detect.html", 200, "text/html", BODY(apple), NULL },
	{ WHOLE, "/library/test/success.html", 200, "text/html", BODY(apple), NULL },
	{ WHOLE, "/connecttest.txt", 200, "text/plain", BODY("Microsoft Connect Test"), NULL },
	{ WHOLE, "/ncsi.txt", 200, "text/plain", BODY("Microsoft NCSI"), NULL },
	{ WHOLE, "/success.txt", 200, "text/plain", BODY("success\n"), NULL },
	{ WHOLE, "/canonical.html", 200, "text/html", BODY(firefox), NULL },
	{ WHOLE, "/check_network_status.txt", 200, "text/plain", BODY("NetworkManager is online\n"),
	  "X-NetworkManager-Status: online\r\n" },
	{ WHOLE, "/robots.txt", 200, TEXT, BODY("User-agent: *\nDisallow:\n"), NULL },
	/* indexes of packages: there is none of that name */
	{ WHOLE, "/simple/", 200, HTML, BODY(simple), NULL },
	{ BEGINS_SO, "/simple/", 404, TEXT, BODY("404 Not Found\n"), NULL },
	{ BEGINS_SO, "/pypi/", 404, JSON, BODY(json_missing), NULL },
	{ WHOLE, "/v2/", 200, JSON, BODY("{}\n"),
	  "Docker-Distribution-Api-Version: registry/2.0\r\n" },
	{ BEGINS_SO, "/v2/", 404, JSON, BODY(registry_missing), NULL },
	{ HAS, "/info/refs?service=git-", 404, TEXT, BODY("Repository not found\n"), NULL },
	{ HAS, "/@v/", 404, TEXT, BODY("not found\n"), NULL },
	{ ENDS_SO, "/@latest", 404, TEXT, BODY("not found\n"), NULL },
	{ BEGINS_SO, "/sumdb/", 404, TEXT, BODY("not found\n"), NULL },
	{ HAS, "go-get=1", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, "/InRelease", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, "/Release", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, "/Release.gpg", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, ".deb", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, ".rpm", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, "/repomd.xml", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, "/maven-metadata.xml", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, ".pom", 404, HTML, BODY(not_found), NULL },
	{ ENDS_SO, ".jar", 404, HTML, BODY(not_found), NULL },
	{ ACCEPTS, "application/vnd.npm.install", 404, JSON, BODY(json_missing), NULL },
	{ AGENT, "npm/", 404, JSON, BODY(json_missing), NULL },
	{ AGENT, "yarn/", 404, JSON, BODY(json_missing), NULL },
	{ AGENT, "pnpm/", 404, JSON, BODY(json_missing), NULL },
	{ AGENT, "cargo", 404, TEXT, BODY("not found\n"), NULL },
	{ AGENT, "apt-http/", 404, HTML, BODY(not_found), NULL },
	{ AGENT, "debian apt-http", 404, HTML, BODY(not_found), NULL },
	{ BEGINS_SO, "/.well-known/", 404, JSON, BODY(json_missing), NULL },
	/* by what the name says */
	{ ENDS_SO, "/feed", 200, "application/rss+xml", BODY(rss), NULL },
	{ ENDS_SO, "/feed/", 200, "application/rss+xml", BODY(rss), NULL },
	{ ENDS_SO, ".rss", 200, "application/rss+xml", BODY(rss), NULL },
	{ ENDS_SO, "/rss.xml", 200, "application/rss+xml", BODY(rss), NULL },
	{ ENDS_SO, ".atom", 200, "application/atom+xml", BODY(atom), NULL },
	{ ENDS_SO, "/atom.xml", 200, "application/atom+xml", BODY(atom), NULL },
	{ ENDS_SO, ".json", 200, JSON, BODY(json_ok), NULL },
	{ ENDS_SO, ".xml", 200, XML, BODY("<?xml version=\"1.0\"?>\n<response/>\n"), NULL },
	{ ENDS_SO, ".txt", 200, TEXT, BODY("ready\n"), NULL },
	{ ENDS_SO, ".js", 200, "text/javascript", BODY(";\n"), NULL },
	{ ENDS_SO, ".css", 200, "text/css", BODY("\n"), NULL },
	{ ENDS_SO, ".gif", 200, "image/gif", BODY(PIXEL), NULL },
	{ ENDS_SO, "/favicon.ico", 200, "image/gif", BODY(PIXEL), NULL },
	/* by what the client wants */
	{ ACCEPTS, "text/html", 200, HTML, BODY(page), NULL },
	{ ACCEPTS, "json", 200, JSON, BODY(json_ok), NULL },
	{ ACCEPTS, "image/", 200, "image/gif", BODY(PIXEL), NULL },
	{ ACCEPTS, "application/xml", 200, XML, BODY("<?xml version=\"1.0\"?>\n<response/>\n"),
	  NULL },
	{ ACCEPTS, "text/event-stream", 200, "text/event-stream", BODY(": ready\n\n"), NULL },
	{ SENDS, "application/json", 200, JSON, BODY(json_ok), NULL },
	{ BEGINS_SO, "/api/", 200, JSON, BODY(json_ok), NULL },
};

static bool ends(const char *path, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && !strncmp(path + len - n, word, n);
}

static bool fits(const struct row *row, const struct http_req *r, const char *path)
{
	size_t len = strcspn(path, "?#");

	switch (row->fit) {
	case WHOLE:
		return len == strlen(row->word) && !strncmp(path, row->word, len);
	case BEGINS_SO:
		return !strncmp(path, row->word, strlen(row->word));
	case ENDS_SO:
		return ends(path, len, row->word);
	case HAS:
		return strstr(path, row->word);
	case AGENT:
		return !strncasecmp(r->agent, row->word, strlen(row->word));
	case ACCEPTS:
		return strcasestr(r->accept, row->word);
	case SENDS:
		return !strncasecmp(r->type, row->word, strlen(row->word));
	case METHOD:
		return !strcmp(r->method, row->word);
	}
	return false;
}

/* put_base() - "https://example.com", as a text of JSON: a host has no character to escape, or none
 * is put */
static void put_base(const struct http_req *r, bool tls, struct tb_buf *out)
{
	const char *host = r->host[0];

	if (host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_[]:")])
		host = "localhost";
	tb_buf_adds(out, tls ? "https://" : "http://");
	tb_buf_adds(out, host);
}

/* acme() - a directory, RFC 8555, 7.1.1 */
static void acme(const struct http_req *r, bool tls, struct tb_buf *out)
{
	static const char *const names[][2] = {
		{ "newNonce", "/acme/new-nonce" },   { "newAccount", "/acme/new-acct" },
		{ "newOrder", "/acme/new-order" },   { "revokeCert", "/acme/revoke-cert" },
		{ "keyChange", "/acme/key-change" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(names); i++) {
		tb_buf_adds(out, i ? ",\"" : "{\"");
		tb_buf_addf(out, "%s\":\"", names[i][0]);
		put_base(r, tls, out);
		tb_buf_addf(out, "%s\"", names[i][1]);
	}
	tb_buf_adds(out, "}\n");
}

/* crates() - the configuration of a sparse index of cargo */
static void crates(const struct http_req *r, bool tls, struct tb_buf *out)
{
	tb_buf_adds(out, "{\"dl\":\"");
	put_base(r, tls, out);
	tb_buf_adds(out, "/api/v1/crates\",\"api\":\"");
	put_base(r, tls, out);
	tb_buf_adds(out, "\"}\n");
}

void content_find(const struct http_req *r, const char *path, bool tls, struct content *out)
{
	static const struct row any = { WHOLE, "", 200, HTML, BODY(page), NULL };
	const struct row *found = &any;

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows) && found == &any; i++)
		if (fits(&rows[i], r, path))
			found = &rows[i];
	*out = (struct content){ .status = found->status, .type = found->type, .headers = "" };
	if (found->headers)
		out->headers = found->headers;
	if (!strncasecmp(r->agent, "cargo", 5) && ends(path, strcspn(path, "?"), "/config.json")) {
		out->status = 200;
		out->type = JSON;
		crates(r, tls, &out->body);
	} else if (!strcmp(path, "/directory") || !strcmp(path, "/acme/directory")) {
		out->status = 200;
		out->type = JSON;
		acme(r, tls, &out->body);
	} else {
		tb_buf_add(&out->body, found->body, found->len);
	}
}
