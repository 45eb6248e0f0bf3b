/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.c - the report as one page of HTML that needs nothing else
 *
 * How it works: the page has the document (html.c) as it is read without a script and on paper; the
 * data as JSON, compressed (RFC 1950), in base64; one style and one script, which shows the data.
 * It is opened from a file, by somebody who does not trust the product: its Content Security Policy
 * lets nothing run and nothing be loaded but this style and this script, known by their hashes. The
 * data stands in an element that no browser runs, in characters that cannot end it; what the script
 * shows of it becomes text and never markup.
 *
 * Limits: the script needs DecompressionStream (Chromium 80, Firefox 113, Safari 16.4); before
 * these, and where scripts are off, the document is what there is.
 */
#include "tcbox/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "page_files.h"
#include "report/derive.h"
#include "report/html.h"
#include "report/page.h"
#include "report/page/columns.h"
#include "report/page/lead.h"
#include "report/page/tables.h"
#include "report/sections.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define HASH_LEN 32		/* bytes of SHA-256 */
#define DATA_FORMAT 1

static void add_base64(struct tb_buf *out, const unsigned char *p, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char four[4];

	for (; len; p += 3) {
		size_t n = len < 3 ? len : 3;
		unsigned int bits = (unsigned int)p[0] << 16;

		bits |= n > 1 ? (unsigned int)p[1] << 8 : 0;
		bits |= n > 2 ? (unsigned int)p[2] : 0;
		four[0] = digits[bits >> 18];
		four[1] = digits[bits >> 12 & 63];
		four[2] = n > 1 ? digits[bits >> 6 & 63] : '=';
		four[3] = n > 2 ? digits[bits & 63] : '=';
		tb_buf_add(out, four, sizeof(four));
		len -= n;
	}
}

static unsigned char from_hex(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* add_source() - 'sha256-...', as Content Security Policy Level 3 names what may run, 2.3.1 */
static int add_source(struct tb_buf *out, const char *text, size_t len, struct tb_err *err)
{
	unsigned char hash[HASH_LEN];
	char hex[TB_SHA256_HEX];
	int ret = tb_sha256(text, len, hex, err);

	if (ret)
		return ret;
	for (size_t i = 0; i < HASH_LEN; i++)
		hash[i] = (unsigned char)(from_hex(hex[2 * i]) << 4 | from_hex(hex[2 * i + 1]));
	tb_buf_adds(out, " 'sha256-");
	add_base64(out, hash, sizeof(hash));
	tb_buf_addc(out, '\'');
	return 0;
}

/* head() - the policy stands first: it is of what follows it. @script: there is one */
static int head(struct tb_buf *out, const char *title, bool script, struct tb_err *err)
{
	int ret = 0;

	tb_buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "base-uri 'none'; form-action 'none'; ");
	if (script) {
		tb_buf_adds(out, "script-src");
		ret = add_source(out, page_script, sizeof(page_script), err);
		tb_buf_adds(out, "; ");
	}
	tb_buf_adds(out, "style-src");
	if (!ret)
		ret = add_source(out, page_style, sizeof(page_style), err);
	tb_buf_adds(out, "\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	html_text(out, title);
	tb_buf_adds(out, "</title>\n<style>");
	tb_buf_add(out, page_style, sizeof(page_style));
	tb_buf_adds(out, "</style>\n</head>\n");
	return ret;
}

int page_begin(struct tb_buf *out, const char *title, struct tb_err *err)
{
	return head(out, title, false, err);
}

/* begin() - with the script, under the verdict and what was run */
static int begin(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf title = TB_BUF_INIT;

	if (in->policy || in->run->has_policy)
		tb_buf_adds(&title, fnd_verdict_name(in->result->verdict));
	else
		tb_buf_adds(&title, "not compared");
	tb_buf_addf(&title, " - %s",
		    in->run->argc ? in->run->argv[0] : "run");
	out->failed |= title.failed;
	return head(out, title.failed ? "" : title.data, true, err);
}

/* document() - the report as it is read without a script */
static void document(const struct rpt_input *in, struct tb_buf *out)
{
	struct html h;

	tb_buf_adds(out, "<body>\n<div id=\"app\" hidden></div>\n<main id=\"document\">\n");
	html_init(&h, out);
	rpt_sections(&h.doc, in);
	html_end(&h);
	tb_buf_adds(out, "</main>\n");
}

/* objects() - what each finding is about, in the order of the report: so that the tables can say
 * which finding a row belongs to */
static void objects(const struct fnd_result *r, const size_t *order, struct tb_buf *out)
{
	for (size_t i = 0; i < r->nfindings; i++) {
		const char *object = r->findings[order[i]].object;

		if (i)
			tb_buf_addc(out, ',');
		tb_buf_add_json(out, object ? object : "", object ? strlen(object) : 0);
	}
}

/* describe() - all that the script is told, as JSON */
static int describe(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	struct rpt_input report = *in;
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);
	struct columns *c = order ? columns_new() : NULL;
	int ret;

	if (!c)
		return tb_err_set(err, ENOMEM, "write page");
	tb_buf_addf(out, "{\"format\":%d,\"report\":", DATA_FORMAT);
	report.facts_apart = true;	/* they are tables */
	ret = rpt_json(&report, out, err);
	tb_buf_adds(out, ",\"headline\":");
	lead_json(in, out);
	tb_buf_addf(out, ",\"started\":%lld,\"tables\":{", (long long)in->run->started_ns / 1000);
	tables_add(c, in, out);
	tb_buf_adds(out, "},\"strings\":");
	columns_strings(c, out);
	tb_buf_adds(out, ",\"objects\":[");
	objects(in->result, order, out);
	tb_buf_adds(out, "]}");
	if (!ret && (columns_failed(c) || out->failed))
		ret = tb_err_set(err, ENOMEM, "write page");
	columns_free(c);
	return ret;
}

static int data(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf json = TB_BUF_INIT;
	TB_AUTOFREE unsigned char *packed = NULL;
	uLongf len;
	int ret = describe(in, &json, err);

	if (ret)
		return ret;
	len = compressBound(json.len);
	packed = malloc(len);
	if (!packed || compress(packed, &len, (const Bytef *)json.data, json.len) != Z_OK)
		return tb_err_set(err, ENOMEM, "write page");
	tb_buf_adds(out, "<script type=\"application/octet-stream\" id=\"data\">");
	add_base64(out, packed, len);
	tb_buf_adds(out, "</script>\n");
	return 0;
}

int rpt_html(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	int ret = begin(in, out, err);

	if (ret)
		return ret;
	document(in, out);
	ret = data(in, out, err);
	if (ret)
		return ret;
	tb_buf_adds(out, "<script>");
	tb_buf_add(out, page_script, sizeof(page_script));
	tb_buf_adds(out, "</script>\n</body>\n</html>\n");
	return out->failed ? tb_err_set(err, ENOMEM, "write page") : 0;
}
