/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.c - the run's authority among the trusted ones, inside the box only
 *
 * Programs find trusted certificates in the system bundle (GnuTLS, Go, curl, Python), in the hashed
 * directory (OpenSSL), in a bundle of their own that an environment variable replaces or extends,
 * in the system's key store of Java, or in what an administrator's policy adds to a browser. The
 * last three are made only where the machine has such a program.
 *
 * Limits: what a product brings itself, such as a JVM with a key store in its directory, or an
 * authority in its code, does not trust the lab. Nor is a browser's policy changed that is there.
 */
#include "run/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "run/root_path.h"
#include "tcbox/file.h"
#include "tcbox/lab.h"
#include "tcbox/net.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define BUNDLE_MAX (16u << 20)
#define JAVA "/etc/ssl/certs/java/cacerts"
#define FIREFOX "/etc/firefox/policies/policies.json"
#define HOSTS "/etc/hosts"
#define HOSTS_MAX (16u << 20)

static const char *const variables[] = {
	"SSL_CERT_FILE=" BUNDLE,	/* OpenSSL, Go, and what follows them */
	"CURL_CA_BUNDLE=" BUNDLE,
	"REQUESTS_CA_BUNDLE=" BUNDLE,	/* Python's requests */
	"GIT_SSL_CAINFO=" BUNDLE,
	"NODE_EXTRA_CA_CERTS=" BUNDLE,	/* Node.js has a list of its own */
	"AWS_CA_BUNDLE=" BUNDLE,
	"PIP_CERT=" BUNDLE,
	"CARGO_HTTP_CAINFO=" BUNDLE,
	"DENO_CERT=" BUNDLE,
};

static const char usual_hosts[] = "127.0.0.1\tlocalhost\n"
				  "::1\tlocalhost ip6-localhost ip6-loopback\n"
				  "ff02::1\tip6-allnodes\n"
				  "ff02::2\tip6-allrouters\n";

static void add_file(struct trust *t, const char *path, const struct tb_buf *data)
{
	t->files[t->nfiles++] = (struct sbx_file){ .path = path, .data = data->data,
		.len = data->len, .mode = 0644 };
}

/* read_own() - a file of the product's file system, if there is one that may be read */
static int read_own(const char *root, const char *path, size_t max, struct tb_buf *out,
		    struct tb_err *err)
{
	TB_AUTOFREE char *real = root_real(root, path);

	return real && !access(real, R_OK) ? tb_read_file(AT_FDCWD, real, max, out, err) : 0;
}

/* add_name() - the box's own name has an address, whatever else the file says: the first line
 * counts, hosts(5) */
static void add_name(struct tb_buf *hosts, const char *name)
{
	tb_buf_addf(hosts, "127.0.1.1\t%s", name);
	if (strchr(name, '.'))
		tb_buf_addf(hosts, "\t%.*s", (int)strcspn(name, "."), name);
	tb_buf_addc(hosts, '\n');
}

/*
 * prepare_hosts() - the machine's file stays outside: a line there for a name that the product
 * contacts would send it elsewhere, and no lookup would show it. The file of a --root is the
 * product's own
 */
static int prepare_hosts(struct trust *t, const struct run_options *wants, struct tb_err *err)
{
	const char *name = wants->identity.hostname;
	struct utsname machine;
	int ret = 0;

	if (wants->root && !name)
		return 0;
	if (!name && !uname(&machine))
		name = machine.nodename;
	if (name)
		add_name(&t->hosts, name);
	if (wants->root)
		ret = read_own(wants->root, HOSTS, HOSTS_MAX, &t->hosts, err);
	else
		tb_buf_adds(&t->hosts, usual_hosts);
	add_file(t, HOSTS, &t->hosts);
	if (!wants->identity.hostname)
		return ret;
	tb_buf_addf(&t->hostname, "%s\n", name);
	add_file(t, "/etc/hostname", &t->hostname);
	return ret;
}

/* has() - is this in the product's file system? */
static bool has(const char *root, const char *path)
{
	TB_AUTOFREE char *real = root_real(root, path);

	return real && !access(real, F_OK);
}

static int add_java(struct trust *t, struct tb_err *err)
{
	int ret;

	if (!t->has_java)
		return 0;
	ret = lab_store_java(t->bundle.data, t->bundle.len, &t->java, err);
	if (!ret)
		add_file(t, JAVA, &t->java);
	return ret;
}

/* Where Chromium and its kin have what an administrator wants. */
static const struct {
	const char *of, *policy;
} chromiums[TRUST_CHROMIUMS] = {
	{ "/etc/chromium", "/etc/chromium/policies/managed/authority.json" },
	{ "/opt/google/chrome", "/etc/opt/chrome/policies/managed/authority.json" },
};

/* add_browsers() - a file in the directories that their administrators have */
static int add_browsers(struct trust *t, const char *ca_pem, struct tb_err *err)
{
	int ret = lab_store_chromium(ca_pem, strlen(ca_pem), &t->chromium, err);

	for (size_t i = 0; !ret && i < TB_ARRAY_SIZE(chromiums); i++)
		if (t->has_chromium[i])
			add_file(t, chromiums[i].policy, &t->chromium);
	if (ret || !t->has_firefox)
		return ret;
	ret = lab_store_firefox(t->hash_path, &t->firefox, err);
	if (!ret)
		add_file(t, FIREFOX, &t->firefox);
	return ret;
}

/* find_stores() - what the product's file system has of those that trust in their own way */
static int find_stores(struct trust *t, const char *root, struct tb_err *err)
{
	t->has_java = has(root, JAVA);
	t->has_firefox = has(root, "/etc/firefox-esr") && !has(root, FIREFOX);
	for (size_t i = 0; i < TB_ARRAY_SIZE(chromiums); i++)
		t->has_chromium[i] = has(root, chromiums[i].of);
	return read_own(root, BUNDLE, BUNDLE_MAX, &t->bundle, err);
}

int trust_prepare(struct trust *t, bool lab, const struct run_options *wants, struct tb_err *err)
{
	size_t i;
	int ret;

	memset(t, 0, sizeof(*t));
	tb_buf_adds(&t->resolv, "nameserver " TB_GATE_IP4 "\nnameserver " TB_GATE_IP6 "\n");
	ret = prepare_hosts(t, wants, err);
	if (!ret && lab)
		ret = find_stores(t, wants->root, err);
	if (ret)
		return ret;
	for (i = 0; lab && i < TB_ARRAY_SIZE(variables); i++)
		t->env[i] = variables[i];
	if (t->bundle.failed || t->resolv.failed || t->hosts.failed || t->hostname.failed)
		return tb_err_set(err, ENOMEM, "prepare the box's trusted certificates");
	add_file(t, "/etc/resolv.conf", &t->resolv);
	return 0;
}

int trust_authority(struct trust *t, const char *ca_pem, const char *ca_hash, struct tb_err *err)
{
	int ret;

	tb_buf_adds(&t->bundle, ca_pem);
	if (t->bundle.failed)
		return tb_err_set(err, ENOMEM, "prepare the box's trusted certificates");
	(void)snprintf(t->hash_path, sizeof(t->hash_path), "/etc/ssl/certs/%.32s", ca_hash);
	add_file(t, BUNDLE, &t->bundle);
	t->files[t->nfiles++] = (struct sbx_file){ .path = t->hash_path, .data = ca_pem,
		.len = strlen(ca_pem), .mode = 0644 };
	ret = add_java(t, err);
	return ret ? ret : add_browsers(t, ca_pem, err);
}

void trust_clear(struct trust *t)
{
	tb_buf_free(&t->bundle);
	tb_buf_free(&t->resolv);
	tb_buf_free(&t->hosts);
	tb_buf_free(&t->hostname);
	tb_buf_free(&t->java);
	tb_buf_free(&t->chromium);
	tb_buf_free(&t->firefox);
}
