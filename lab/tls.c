/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.c - the lab's side of TLS: any version, any server name
 *
 * The lab must never be the reason why a product fails, so it accepts what other servers have
 * given up: TLS 1.0 and its ciphers. Which version was used is an observation (capture) and a
 * matter of policy. Sessions are not resumed: every connection shows the server's certificate.
 */
#include <openssl/err.h>
#include <string.h>

#include "lab/conn.h"
#include "tcbox/buf.h"
#include "tcbox/log.h"

#define EXT_ECH 0xfe0d		/* RFC 9849, 5 */
#define SECRETS_MAX 100000	/* lines of the record; a session of TLS 1.3 has five */

/*
 * read_name() - the server name of an extension, RFC 6066, 3: one host name and nothing else. With
 * anything else OpenSSL ends the session, other servers may not
 */
static void read_name(struct request_hello *h, const uint8_t *data, size_t len)
{
	struct tb_rd r = tb_rd_init(data, len);
	size_t list = tb_rd_u16be(&r);
	bool whole = list == r.left;

	h->odd = tb_rd_u8(&r) != TLSEXT_NAMETYPE_host_name || !whole;
	h->len = tb_rd_u16be(&r);
	h->name = tb_rd_bytes(&r, h->len);
	h->odd |= !h->name || !h->len || r.left;
}

/*
 * note_hello() - SSL_CTX_set_client_hello_cb(3): the hello is complete, whatever comes of it, and
 * nobody has cut it short or joined it with another
 */
static int note_hello(SSL *ssl, int *alert, void *arg)
{
	struct request_hello hello = { 0 };
	const uint8_t *data;
	size_t len;

	(void)alert;
	(void)arg;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &len))
		read_name(&hello, data, len);
	hello.ech = SSL_client_hello_get0_ext(ssl, EXT_ECH, &data, &len);
	request_hello(SSL_get_app_data(ssl), &hello);
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* choose_cert() - SSL_CTX_set_cert_cb(3): the ClientHello was read, the server name is known */
static int choose_cert(SSL *ssl, void *arg)
{
	struct conn *c = SSL_get_app_data(ssl);
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	X509 *cert;

	(void)arg;
	if (sni && *sni) {
		(void)snprintf(c->name, sizeof(c->name), "%s", sni);
		cert = leaf_get(c->lab->mint, sni, NULL);
	} else {
		cert = leaf_get(c->lab->mint, lab_addr_name(c->lab->names, &c->server), &c->server);
	}
	return cert && SSL_use_certificate(ssl, cert) == 1 &&
	       SSL_use_PrivateKey(ssl, leaf_key(c->lab->mint)) == 1;
}

/*
 * choose_alpn() - HTTP/2 if it is offered, but not in old TLS (RFC 9113, 9.2), or HTTP/1.1;
 * otherwise as if the lab did not know ALPN, RFC 7301, 3.2
 */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
		       const unsigned char *in, unsigned int inlen, void *arg)
{
	static const unsigned char both[] = "\x02h2\x08http/1.1";
	bool old = SSL_version(ssl) < TLS1_2_VERSION;
	unsigned int skip = old ? 3 : 0;
	unsigned char *selected;

	(void)arg;
	if (SSL_select_next_proto(&selected, outlen, both + skip, sizeof(both) - 1 - skip, in,
				  inlen) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = selected;
	return SSL_TLSEXT_ERR_OK;
}

/* accept_ext() - SSL_CTX_add_custom_ext(3): OpenSSL tells of unknown extensions if somebody reads
 * them */
static int accept_ext(SSL *ssl, unsigned int type, unsigned int context, const unsigned char *in,
		      size_t len, X509 *x, size_t chain, int *alert, void *arg)
{
	(void)ssl;
	(void)type;
	(void)context;
	(void)in;
	(void)len;
	(void)x;
	(void)chain;
	(void)alert;
	(void)arg;
	return 1;
}

/*
 * keep_secret() - SSL_CTX_set_keylog_callback(3): by these lines whoever has the packets of this
 * session can read them. They open nothing else: every session has secrets of its own
 */
static void keep_secret(const SSL *ssl, const char *line)
{
	struct conn *c = SSL_get_app_data(ssl);
	struct ev ev = { .kind = EV_SECRET, .u.secret = { .line = line } };

	if (c->lab->count.secrets == SECRETS_MAX) {
		c->lab->count.secrets_unrecorded++;
		return;
	}
	c->lab->count.secrets++;
	lab_record(c->lab, &ev);
}

/* mint_start() - who signs the certificates, and what is wrong with them */
static int mint_start(struct lab *lab, struct tb_err *err)
{
	enum lab_cert_fault fault = fault_of(lab)->cert;
	const struct lab_authority *ca = lab->opt->authority;
	int r = 0;

	if (fault == LAB_CERT_UNTRUSTED && !lab->stranger)
		r = lab_authority_new(&lab->stranger, lab->opt->ahead_s, err);
	if (!r && fault == LAB_CERT_UNTRUSTED)
		ca = lab->stranger;
	if (!r)
		r = leaf_mint_new(&lab->mint, ca, err);
	if (!r)
		leaf_fault(lab->mint, fault);
	return r;
}

static bool tls_start(struct lab *lab)
{
	struct tb_err err = { 0 };

	if (!lab->mint && mint_start(lab, &err) < 0) {
		tb_warn("lab", "%s", err.msg);
		return false;
	}
	lab->tls = SSL_CTX_new(TLS_server_method());
	if (!lab->tls)
		return false;
	/* Level 1 and above refuse TLS 1.0 and 1.1, SSL_CTX_set_security_level(3). */
	SSL_CTX_set_security_level(lab->tls, 0);
	(void)SSL_CTX_set_min_proto_version(lab->tls, TLS1_VERSION);
	if (fault_of(lab)->tls_old)
		(void)SSL_CTX_set_max_proto_version(lab->tls, TLS1_VERSION);
	(void)SSL_CTX_set_cipher_list(lab->tls, "ALL:!aNULL:!eNULL");
	(void)SSL_CTX_set_options(lab->tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
						    SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_num_tickets(lab->tls, 0);
	(void)SSL_CTX_set_session_cache_mode(lab->tls, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(lab->tls, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_add_custom_ext(lab->tls, EXT_ECH, SSL_EXT_CLIENT_HELLO, NULL, NULL, NULL,
				     accept_ext, NULL);
	SSL_CTX_set_keylog_callback(lab->tls, keep_secret);
	SSL_CTX_set_client_hello_cb(lab->tls, note_hello, NULL);
	SSL_CTX_set_cert_cb(lab->tls, choose_cert, NULL);
	SSL_CTX_set_alpn_select_cb(lab->tls, choose_alpn, NULL);
	return true;
}

SSL *tls_new(struct conn *c)
{
	SSL *ssl = NULL;

	if (c->lab->tls || tls_start(c->lab))
		ssl = SSL_new(c->lab->tls);
	if (ssl)
		SSL_set_app_data(ssl, c);
	ERR_clear_error();
	return ssl;
}

bool tls_half(const SSL *ssl)
{
	/* some of its head is there, or the body is awaited */
	return SSL_is_init_finished(ssl) &&
	       (SSL_has_pending(ssl) || !strcmp(SSL_rstate_string(ssl), "RB"));
}

static const char *version_of(const SSL *ssl)
{
	switch (SSL_version(ssl)) {
	case TLS1_VERSION: return "1.0";
	case TLS1_1_VERSION: return "1.1";
	case TLS1_2_VERSION: return "1.2";
	case TLS1_3_VERSION: return "1.3";
	default: return NULL;
	}
}

const char *tls_version(const SSL *ssl)
{
	return SSL_is_init_finished(ssl) ? version_of(ssl) : NULL;
}

/*
 * is_alert() - by which a client says that it does not go on with what the hello chose. OpenSSL
 * says internal_error where the version's signatures are too weak for it. A client that complains
 * of the certificate has taken the version
 */
static bool is_alert(unsigned long code)
{
	if (!code || ERR_GET_LIB(code) != ERR_LIB_SSL)
		return false;
	switch (ERR_GET_REASON(code)) {
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
	case SSL_R_TLSV1_ALERT_INTERNAL_ERROR:
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
	case SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER:
		return true;
	default:
		return false;
	}
}

const char *tls_refused(const SSL *ssl, unsigned long code)
{
	/* the lab had said all of its part, and nothing of the client's came behind it */
	if (!is_alert(code) || SSL_get_state(ssl) != TLS_ST_SW_SRVR_DONE)
		return NULL;
	return version_of(ssl);
}
