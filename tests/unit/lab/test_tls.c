/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tls.c - TLS connections of the lab, with OpenSSL as the client
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lab/request.h"
#include "tests/unit/lab/world.h"

struct fixture {
	struct world w;
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
	char heard[4096];
};

static struct lab_authority *authority;

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	struct tb_err err = { 0 };
	BIO *bio;
	X509 *ca;

	*state = x;
	if (!x || world_open(&x->w) || (!authority && lab_authority_new(&authority, 0, &err)))
		return 1;
	x->w.opt.authority = authority;
	x->fd = -1;
	x->ctx = SSL_CTX_new(TLS_client_method());
	bio = BIO_new_mem_buf(lab_authority_pem(authority), -1);
	ca = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	SSL_CTX_set_security_level(x->ctx, 0);
	(void)X509_STORE_add_cert(SSL_CTX_get_cert_store(x->ctx), ca);
	SSL_CTX_set_verify(x->ctx, SSL_VERIFY_PEER, NULL);
	X509_free(ca);
	BIO_free(bio);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	SSL_free(x->ssl);
	SSL_CTX_free(x->ctx);
	if (x->fd >= 0)
		(void)close(x->fd);
	x->w.opt.authority = NULL;
	world_close(&x->w);
	free(x);
	return 0;
}

static int free_authority(void **state)
{
	(void)state;
	lab_authority_free(authority);
	return 0;
}

/* handshake() - on the connection that is there. Return: 1, or SSL_get_error() as a negative
 * number */
static int handshake(struct fixture *x, const char *sni)
{
	int64_t deadline = tb_monotonic_ns() + 5 * TB_NS_PER_S;
	int rc;

	x->ssl = SSL_new(x->ctx);
	(void)SSL_set_fd(x->ssl, x->fd);
	if (sni)
		(void)SSL_set_tlsext_host_name(x->ssl, sni);
	do {
		rc = SSL_connect(x->ssl);
		if (rc == 1)
			break;
		rc = -SSL_get_error(x->ssl, rc);
		world_run(&x->w);
	} while (rc == -SSL_ERROR_WANT_READ && tb_monotonic_ns() < deadline);
	ERR_clear_error();
	world_run(&x->w);
	return rc;
}

static void say(struct fixture *x, const char *text)
{
	assert_int_equal(SSL_write(x->ssl, text, (int)strlen(text)), strlen(text));
	world_run(&x->w);
}

/* hear() - Return: whether the server said that the stream ends */
static bool hear(struct fixture *x)
{
	int len = 0, n;

	while ((n = SSL_read(x->ssl, x->heard + len, (int)sizeof(x->heard) - 1 - len)) > 0)
		len += n;
	x->heard[len] = '\0';
	return SSL_get_error(x->ssl, n) == SSL_ERROR_ZERO_RETURN;
}

static const struct ev_served *hang_up(struct fixture *x)
{
	(void)close(x->fd);
	x->fd = -1;
	world_run(&x->w);
	world_events(&x->w);
	assert_int_equal(x->w.lab.nconns, 0);
	assert_true(x->w.n > 0);
	return &x->w.v[x->w.n - 1].u.served;
}

static bool certified(struct fixture *x, const char *name, const char *ip)
{
	X509 *cert = SSL_get1_peer_certificate(x->ssl);
	bool good = SSL_get_verify_result(x->ssl) == X509_V_OK &&
		    (!name || X509_check_host(cert, name, 0, 0, NULL) == 1) &&
		    (!ip || X509_check_ip_asc(cert, ip, 0) == 1);

	X509_free(cert);
	return good;
}

static void a_request_inside_tls_is_answered(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;

	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "Www.Acme.Example"), 1);
	assert_true(certified(x, "www.acme.example", NULL));
	say(x, "GET /x HTTP/1.1\r\nHost: other.example\r\n\r\n");
	assert_false(hear(x));
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	e = hang_up(x);
	assert_string_equal(e->service, "https");
	assert_string_equal(e->name, "Www.Acme.Example");
	assert_string_equal(e->detail, "GET /x (Host other.example) 200");
	assert_int_equal(e->bytes_in, 40);
}

static void a_connection_that_shall_close_says_so_inside_tls(void **state)
{
	struct fixture *x = *state;

	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), 1);
	say(x, "GET / HTTP/1.0\r\n\r\n");
	assert_true(hear(x));
	assert_non_null(strstr(x->heard, "</html>"));
	assert_string_equal(hang_up(x)->detail, "GET / 200");
}

static void without_a_name_the_address_is_certified(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;

	x->fd = world_connect(&x->w, 4433);
	assert_int_equal(handshake(x, NULL), 1);
	assert_true(certified(x, NULL, "198.18.0.7"));
	e = hang_up(x);
	assert_string_equal(e->service, "tls");
	assert_null(e->name);
}

static void old_versions_are_accepted_and_the_newest_http_is_chosen(void **state)
{
	static const unsigned char alpn[] = "\2h2\10http/1.1", other[] = "\3foo";
	static const int versions[] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
					TLS1_3_VERSION };
	const unsigned char *chosen;
	unsigned int len;
	struct fixture *x = *state;

	for (size_t i = 0; i < 4; i++) {
		(void)SSL_CTX_set_min_proto_version(x->ctx, versions[i]);
		(void)SSL_CTX_set_max_proto_version(x->ctx, versions[i]);
		(void)SSL_CTX_set_alpn_protos(x->ctx, alpn, sizeof(alpn) - 1);
		(void)SSL_CTX_set_cipher_list(x->ctx, "ALL");
		x->fd = world_connect(&x->w, 443);
		assert_int_equal(handshake(x, "a.example"), 1);
		assert_int_equal(SSL_version(x->ssl), versions[i]);
		SSL_get0_alpn_selected(x->ssl, &chosen, &len);
		if (versions[i] < TLS1_2_VERSION) {
			assert_int_equal(len, 8);
			assert_memory_equal(chosen, "http/1.1", 8);
		} else {
			assert_int_equal(len, 2);
			assert_memory_equal(chosen, "h2", 2);
		}
		assert_int_equal(SSL_session_reused(x->ssl), 0);
		(void)hang_up(x);
		SSL_free(x->ssl);
	}
	(void)SSL_CTX_set_alpn_protos(x->ctx, other, sizeof(other) - 1);
	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), 1);
	SSL_get0_alpn_selected(x->ssl, &chosen, &len);
	assert_int_equal(len, 0);
}

static void old_servers_speak_nothing_newer(void **state)
{
	struct fixture *x = *state;

	x->w.opt.scenario = lab_scenario_find("tls-old");
	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), 1);
	assert_int_equal(SSL_version(x->ssl), TLS1_VERSION);
}

static void who_signs_may_be_trusted_by_nobody(void **state)
{
	struct fixture *x = *state;

	x->w.opt.scenario = lab_scenario_find("tls-untrusted");
	x->fd = world_connect(&x->w, 443);
	assert_int_not_equal(handshake(x, "a.example"), 1);
	assert_int_equal(SSL_get_verify_result(x->ssl),
			 X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

static void a_session_is_not_resumed(void **state)
{
	struct fixture *x = *state;
	SSL_SESSION *session;

	(void)SSL_CTX_set_max_proto_version(x->ctx, TLS1_2_VERSION);
	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), 1);
	session = SSL_get1_session(x->ssl);
	(void)hang_up(x);
	SSL_free(x->ssl);
	x->fd = world_connect(&x->w, 443);
	x->ssl = SSL_new(x->ctx);
	(void)SSL_set_session(x->ssl, session);
	SSL_SESSION_free(session);
	(void)SSL_set_fd(x->ssl, x->fd);
	for (int i = 0; i < 20 && SSL_connect(x->ssl) != 1; i++)
		world_run(&x->w);
	assert_true(SSL_is_init_finished(x->ssl));
	assert_int_equal(SSL_session_reused(x->ssl), 0);
}

static void who_does_not_trust_the_authority_is_told_apart(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;

	X509_STORE *empty = X509_STORE_new();

	SSL_CTX_set_cert_store(x->ctx, empty);
	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), -SSL_ERROR_SSL);
	world_run(&x->w);
	world_events(&x->w);
	assert_in_range(x->w.n, 2, 6);	/* secrets of a session that came so far, and this */
	for (size_t i = 0; i + 1 < x->w.n; i++)
		assert_int_equal(x->w.v[i].kind, EV_SECRET);
	assert_int_equal(x->w.v[x->w.n - 1].kind, EV_SERVED);
	e = &x->w.v[x->w.n - 1].u.served;
	assert_string_equal(e->service, "tls");
	assert_string_equal(e->name, "a.example");
	assert_ptr_equal(strstr(e->detail, "handshake failed: "), e->detail);
	assert_non_null(strstr(e->detail, "unknown ca"));
	assert_true(e->tls_failed);
	assert_null(e->tls_refused);	/* it is the certificate that it does not want */
}

/* failed_hello() - the end of a connection with a server of TLS 1.0, not taken by the client */
static const struct ev_served *failed_hello(struct fixture *x, int min)
{
	x->w.opt.scenario = lab_scenario_find("tls-old");
	SSL_CTX_set_security_level(x->ctx, 2);	/* signatures of TLS 1.0 are too weak for that */
	(void)SSL_CTX_set_min_proto_version(x->ctx, min);
	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), -SSL_ERROR_SSL);
	world_run(&x->w);
	world_events(&x->w);
	return &x->w.v[x->w.n - 1].u.served;
}

static void a_version_that_the_client_refuses_is_told(void **state)
{
	const struct ev_served *e = failed_hello(*state, TLS1_VERSION);

	assert_true(e->tls_failed);
	assert_string_equal(e->tls_refused, "1.0");
}

static void without_a_common_version_none_was_refused(void **state)
{
	const struct ev_served *e = failed_hello(*state, TLS1_3_VERSION);

	assert_true(e->tls_failed);
	assert_null(e->tls_refused);
}

static void who_hangs_up_in_the_handshake_has_failed(void **state)
{
	struct fixture *x = *state;

	x->fd = world_connect(&x->w, 443);
	world_say(&x->w, x->fd, "\x16\3\1\2\0\1\0\1\xfc\3\3", 11);
	assert_string_equal(hang_up(x)->detail, "handshake failed");
}

static void three_bytes_tell_tls_from_the_rest(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint16_t port;
		const char *service;
	} table[] = {
		{ "\x16\3\1", 3, 443, "tls" }, { "\x16\2\1", 3, 443, "sink" },
		{ "\x17\3\1", 3, 443, "sink" },
		{ "\x16\3\1", 3, 53, "dns" }, { "\x15", 1, 443, "sink" },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		x->fd = world_connect(&x->w, table[i].port);
		world_say(&x->w, x->fd, table[i].bytes, table[i].len);
		assert_string_equal(hang_up(x)->service, table[i].service);
	}
}

static void without_an_authority_there_is_no_tls(void **state)
{
	struct fixture *x = *state;

	x->w.opt.authority = NULL;
	x->fd = world_connect(&x->w, 443);
	world_say(&x->w, x->fd, "\x16\3\1", 3);
	assert_string_equal(hang_up(x)->service, "sink");
}

static void a_quiet_client_is_greeted_inside_tls(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;

	x->fd = world_connect(&x->w, 465);
	assert_int_equal(handshake(x, "mail.example"), 1);
	assert_true(world_wait(&x->w, x->fd));
	(void)hear(x);
	assert_string_equal(x->heard, "220 mail.internal ESMTP\r\n");
	say(x, "EHLO a\r\n");
	(void)hear(x);
	assert_string_equal(x->heard,
			    "250-mail.internal\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n");
	e = hang_up(x);
	assert_string_equal(e->service, "smtp");
	assert_int_equal(e->bytes_in, 8);
}

static void starttls_goes_on_with_the_same_mail_server(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;

	x->fd = world_connect(&x->w, 587);
	assert_true(world_wait(&x->w, x->fd));
	world_say(&x->w, x->fd, "STARTTLS\r\n", 10);
	(void)world_hear(x->fd, x->heard, sizeof(x->heard));
	assert_string_equal(x->heard, "220 mail.internal ESMTP\r\n220 2.0.0 Go ahead\r\n");
	assert_int_equal(handshake(x, "mail.example"), 1);
	say(x, "EHLO a\r\nMAIL FROM:<a@b>\r\n");
	(void)hear(x);
	assert_string_equal(x->heard,
			    "250-mail.internal\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"
				      "250 2.0.0 OK\r\n");
	e = hang_up(x);
	assert_string_equal(e->service, "smtp");
	assert_string_equal(e->name, "mail.example");
	assert_string_equal(e->detail, "MAIL FROM:<a@b>");
}

static void tls_inside_a_tunnel_is_found(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;

	x->fd = world_connect(&x->w, 3128);
	world_say(&x->w, x->fd, "CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n",
		  55);
	(void)world_hear(x->fd, x->heard, sizeof(x->heard));
	assert_int_equal(handshake(x, "c.example"), 1);
	say(x, "GET / HTTP/1.1\r\nHost: c.example\r\n\r\n");
	(void)hear(x);
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	e = hang_up(x);
	assert_string_equal(e->service, "https");
	assert_string_equal(e->name, "c.example");
	assert_string_equal(e->detail, "CONNECT b.example:443 200, GET / 200");
}

/* asked() - the request with this number among those that were recorded, after hang_up() */
static const struct ev_request *asked(struct fixture *x, size_t i)
{
	assert_true(i < x->w.nasked);
	return &x->w.asked[i].u.request;
}

static void a_request_has_the_tls_that_it_came_in(void **state)
{
	struct fixture *x = *state;

	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "A.Example"), 1);
	say(x, "GET /x HTTP/1.1\r\nHost: other.example\r\n\r\nGET /y HTTP/1.1\r\n\r\n");
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 2);
	assert_string_equal(asked(x, 0)->service, "https");
	assert_string_equal(asked(x, 0)->sni, "a.example");
	assert_string_equal(asked(x, 0)->tls_version, "1.3");
	assert_string_equal(asked(x, 0)->names.v[0], "other.example");
	assert_string_equal(asked(x, 1)->sni, "a.example");
	assert_int_equal(asked(x, 1)->names.n, 0);
}

static void a_session_without_requests_is_recorded_once(void **state)
{
	static const int versions[] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
					TLS1_3_VERSION };
	static const char *const names[] = { "1.0", "1.1", "1.2", "1.3" };
	struct fixture *x = *state;

	for (size_t i = 0; i < 4; i++) {
		SSL_CTX_set_max_proto_version(x->ctx, versions[i]);
		x->fd = world_connect(&x->w, 443);
		assert_int_equal(handshake(x, "a.example"), 1);
		say(x, "\x01\x02");
		(void)hang_up(x);
		assert_int_equal(x->w.nasked, 1);
		assert_string_equal(asked(x, 0)->sni, "a.example");
		assert_string_equal(asked(x, 0)->tls_version, names[i]);
		assert_null(asked(x, 0)->method);
		assert_int_equal(asked(x, 0)->number, 1);
		SSL_free(x->ssl);
		x->ssl = NULL;
	}
}

static void a_handshake_that_failed_has_its_name_and_no_version(void **state)
{
	X509_STORE *empty = X509_STORE_new();
	struct fixture *x = *state;

	SSL_CTX_set_cert_store(x->ctx, empty);
	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), -SSL_ERROR_SSL);
	world_run(&x->w);
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 1);
	assert_string_equal(asked(x, 0)->sni, "a.example");
	assert_string_equal(asked(x, 0)->service, "tls");
	assert_null(asked(x, 0)->tls_version);
}

/* add_ech() - SSL_CTX_add_custom_ext(3): what no server without the key can read */
static int add_ech(SSL *ssl, unsigned int type, unsigned int context, const unsigned char **out,
		   size_t *len, X509 *x, size_t chain, int *alert, void *arg)
{
	(void)ssl, (void)type, (void)context, (void)x, (void)chain, (void)alert, (void)arg;
	*out = (const unsigned char *)"0123456789";
	*len = 10;
	return 1;
}

static void an_encrypted_hello_is_told_with_what_came_behind_it(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(SSL_CTX_add_custom_ext(x->ctx, 0xfe0d, SSL_EXT_CLIENT_HELLO, add_ech, NULL,
						NULL, NULL, NULL), 1);
	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), 1);
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 1);
	assert_true(asked(x, 0)->ech);
	assert_int_equal(asked(x, 0)->bytes_in, 0);
	SSL_free(x->ssl);
	x->fd = world_connect(&x->w, 443);
	assert_int_equal(handshake(x, "a.example"), 1);
	say(x, "\x01\x02");
	(void)hang_up(x);
	assert_true(asked(x, 0)->ech);
	assert_int_equal(asked(x, 0)->bytes_in, 2);
	assert_false(asked(x, 0)->unread);
}

/* hello_says() - a hello with this extension of the server's name was read. Return: its event */
static const struct ev_request *hello_says(struct fixture *x, const void *ext, size_t len)
{
	static const uint8_t head[] = { 3, 3, [34] = 0, 0, 2, 0x13, 1, 1, 0 };
	size_t body = sizeof(head) + 2 + 4 + len, at;
	uint8_t b[1000] = { 22, 3, 1, (uint8_t)((body + 4) >> 8), (uint8_t)(body + 4), 1, 0,
			    (uint8_t)(body >> 8), (uint8_t)body };

	memcpy(b + 9, head, sizeof(head));
	at = 9 + sizeof(head);
	b[at] = (uint8_t)((len + 4) >> 8);
	b[at + 1] = (uint8_t)(len + 4);
	b[at + 4] = (uint8_t)(len >> 8);
	b[at + 5] = (uint8_t)len;
	memcpy(b + at + 6, ext, len);
	x->fd = world_connect(&x->w, 443);
	world_say(&x->w, x->fd, b, 9 + body);
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 1);
	return asked(x, 0);
}

static void a_name_in_an_odd_form_is_unread(void **state)
{
	struct fixture *x = *state;
	uint8_t ext[300] = { 1, 3, 0, 1, 0 };

	assert_false(hello_says(x, "\0\x0c\0\0\x09" "a.example", 14)->unread);
	assert_string_equal(asked(x, 0)->sni, "a.example");
	assert_true(hello_says(x, "\0\x0c\0\0\x09" "a\0example", 14)->unread);
	assert_null(asked(x, 0)->sni);
	assert_true(hello_says(x, "\0\x0c\1\0\x09" "a.example", 14)->unread);
	assert_true(hello_says(x, "\0\x0b\0\0\x09" "a.example", 14)->unread);
	assert_true(hello_says(x, "\0\x0c\0\0\x08" "a.example", 14)->unread);
	assert_true(hello_says(x, "\0\x0c\0\0\x0a" "a.example", 14)->unread);
	assert_true(hello_says(x, "\0\x03\0\0\0", 5)->unread);
	memset(ext + 5, 'a', 256);
	assert_true(hello_says(x, ext, 5 + 256)->unread);
}

static void clear_text_behind_the_end_of_tls_is_unread(void **state)
{
	static const char clear[] = "GET / HTTP/1.1\r\nHost: b.example\r\n\r\n";
	struct fixture *x = *state;

	for (int late = 0; late < 3; late++) {
		x->fd = world_connect(&x->w, 443);
		assert_int_equal(handshake(x, "a.example"), 1);
		say(x, "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");
		(void)SSL_shutdown(x->ssl);
		if (late == 2)
			world_run(&x->w);
		if (late)
			world_say(&x->w, x->fd, clear, sizeof(clear) - 1);
		world_run(&x->w);
		(void)hang_up(x);
		assert_int_equal(x->w.nasked, late ? 2 : 1);
		assert_false(asked(x, 0)->unread);
		assert_true(!late || asked(x, 1)->unread);
		SSL_free(x->ssl);
		x->ssl = NULL;
	}
}

static void what_is_no_hello_is_no_session(void **state)
{
	struct fixture *x = *state;

	x->fd = world_connect(&x->w, 443);
	world_say(&x->w, x->fd, "\x16\3\1\2\0\1\0\1\xfc\3\3", 11);
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 0);
}

static void starttls_is_recorded_before_the_mail_in_it(void **state)
{
	struct fixture *x = *state;

	x->fd = world_connect(&x->w, 587);
	assert_true(world_wait(&x->w, x->fd));
	world_say(&x->w, x->fd, "STARTTLS\r\n", 10);
	(void)world_hear(x->fd, x->heard, sizeof(x->heard));
	assert_int_equal(handshake(x, "mail.example"), 1);
	say(x, "STARTTLS\r\nMAIL FROM:<a@b>\r\n");
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 2);
	assert_string_equal(asked(x, 0)->method, "STARTTLS");
	assert_string_equal(asked(x, 0)->service, "smtp");
	assert_int_equal(asked(x, 0)->status, 220);
	assert_null(asked(x, 0)->sni);
	assert_null(asked(x, 0)->tls_version);
	assert_string_equal(asked(x, 1)->method, "MAIL");
	assert_string_equal(asked(x, 1)->service, "smtp");
	assert_string_equal(asked(x, 1)->sni, "mail.example");
	assert_string_equal(asked(x, 1)->tls_version, "1.3");
	assert_null(asked(x, 1)->via);
}

static void what_was_said_before_starttls_is_not_told_as_said_in_it(void **state)
{
	struct fixture *x = *state;
	const struct ev_request *r;

	x->fd = world_connect(&x->w, 587);
	assert_true(world_wait(&x->w, x->fd));
	for (int i = 0; i < REQUEST_EACH + 2; i++) {
		world_say(&x->w, x->fd, "AUTH PLAIN AA==\r\n", 17);
		(void)world_hear(x->fd, x->heard, sizeof(x->heard));
		world_events(&x->w);
	}
	assert_int_equal(x->w.nasked, 0);	/* the last ones are only counted */
	world_say(&x->w, x->fd, "STARTTLS\r\n", 10);
	(void)world_hear(x->fd, x->heard, sizeof(x->heard));
	assert_int_equal(handshake(x, "mail.example"), 1);
	say(x, "MAIL FROM:<a@b>\r\n");
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 2);
	r = asked(x, 0);
	assert_string_equal(r->method, "AUTH");
	assert_int_equal(r->count, 3);		/* with STARTTLS */
	assert_null(r->sni);
	assert_null(r->tls_version);
	assert_string_equal(asked(x, 1)->method, "MAIL");
	assert_string_equal(asked(x, 1)->tls_version, "1.3");
}

/* A client's TLS over memory, whose records go through what is there already. */
struct inner {
	SSL *ssl;
	BIO *in, *out;
};

static void inner_open(struct inner *in, struct fixture *x, const char *sni)
{
	in->ssl = SSL_new(x->ctx);
	in->in = BIO_new(BIO_s_mem());
	in->out = BIO_new(BIO_s_mem());
	SSL_set_bio(in->ssl, in->in, in->out);
	SSL_set_connect_state(in->ssl);
	(void)SSL_set_tlsext_host_name(in->ssl, sni);
}

/* carry() - what the inner client wants to send, through the outer TLS, and what comes back */
static void carry(struct inner *in, struct fixture *x)
{
	uint8_t data[20000];
	int n;

	for (int i = 0; i < 20; i++) {
		n = BIO_read(in->out, data, sizeof(data));
		if (n > 0)
			assert_int_equal(SSL_write(x->ssl, data, n), n);
		world_run(&x->w);
		n = SSL_read(x->ssl, data, sizeof(data));
		if (n > 0)
			assert_int_equal(BIO_write(in->in, data, n), n);
		if (!SSL_is_init_finished(in->ssl))
			(void)SSL_do_handshake(in->ssl);
	}
	ERR_clear_error();
}

static void tls_in_tls_is_read(void **state)
{
	static const char request[] = "GET /in HTTP/1.1\r\nHost: c.example\r\n\r\n";
	static const char last[] = "GET /in HTTP/1.0\r\n\r\n";
	struct fixture *x = *state;
	struct inner in;

	x->fd = world_connect(&x->w, 3129);
	assert_int_equal(handshake(x, "proxy.example"), 1);
	say(x, "CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n");
	(void)hear(x);
	assert_non_null(strstr(x->heard, "established"));
	inner_open(&in, x, "inner.example");
	(void)SSL_do_handshake(in.ssl);
	carry(&in, x);
	assert_int_equal(SSL_is_init_finished(in.ssl), 1);
	assert_int_equal(SSL_write(in.ssl, request, sizeof(request) - 1), sizeof(request) - 1);
	carry(&in, x);
	assert_true(SSL_read(in.ssl, x->heard, sizeof(x->heard)) > 0);
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	assert_int_equal(SSL_write(in.ssl, last, sizeof(last) - 1), sizeof(last) - 1);
	carry(&in, x);
	assert_true(SSL_read(in.ssl, x->heard, sizeof(x->heard)) > 0);
	assert_int_equal(SSL_get_error(in.ssl, SSL_read(in.ssl, x->heard, 9)),
			 SSL_ERROR_ZERO_RETURN);
	SSL_free(in.ssl);
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 3);
	assert_string_equal(asked(x, 0)->sni, "proxy.example");
	assert_string_equal(asked(x, 0)->target, "b.example:443");
	assert_string_equal(asked(x, 1)->sni, "inner.example");
	assert_string_equal(asked(x, 1)->via, "b.example:443");
	assert_string_equal(asked(x, 1)->names.v[0], "c.example");
	assert_string_equal(asked(x, 1)->tls_version, "1.3");
}

static void tls_that_came_with_the_request_for_a_tunnel_is_read(void **state)
{
	static const char connect[] = "CONNECT b.example:443 HTTP/1.1\r\n\r\n";
	struct fixture *x = *state;
	uint8_t data[20000];
	struct inner in;
	int n;

	x->fd = world_connect(&x->w, 3128);
	inner_open(&in, x, "inner.example");
	(void)SSL_do_handshake(in.ssl);
	memcpy(data, connect, sizeof(connect) - 1);
	n = BIO_read(in.out, data + sizeof(connect) - 1, 10000);
	assert_true(n > 0);
	world_say(&x->w, x->fd, data, sizeof(connect) - 1 + (size_t)n);
	world_run(&x->w);
	SSL_free(in.ssl);
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 2);
	assert_string_equal(asked(x, 1)->sni, "inner.example");
	assert_string_equal(asked(x, 1)->via, "b.example:443");
}

static void in_a_tunnel_other_protocols_are_told_from_tls(void **state)
{
	struct fixture *x = *state;

	x->fd = world_connect(&x->w, 3129);
	assert_int_equal(handshake(x, "proxy.example"), 1);
	say(x, "CONNECT b.example:80 HTTP/1.1\r\n\r\n");
	say(x, "\x16");		/* may be TLS */
	say(x, "\x02\x01");
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 1);
	SSL_free(x->ssl);
	x->fd = world_connect(&x->w, 3129);
	assert_int_equal(handshake(x, "proxy.example"), 1);
	say(x, "CONNECT b.example:80 HTTP/1.1\r\n\r\nG");
	say(x, "ET /plain HTTP/1.0\r\n\r\n");
	(void)hang_up(x);
	assert_int_equal(x->w.nasked, 2);
	assert_string_equal(asked(x, 1)->path, "/plain");
	assert_string_equal(asked(x, 1)->sni, "proxy.example");
}

static void queries_inside_tls_are_answered(void **state)
{
	static const char query[] = "\0\x16\0\7\1\0\0\1\0\0\0\0\0\0\4acme\0\0\1\0\1";
	struct fixture *x = *state;

	x->fd = world_connect(&x->w, 853);
	assert_int_equal(handshake(x, "dns.example"), 1);
	assert_int_equal(SSL_write(x->ssl, query, sizeof(query) - 1), sizeof(query) - 1);
	world_run(&x->w);
	assert_int_equal(SSL_read(x->ssl, x->heard, sizeof(x->heard)), 40);
	assert_string_equal(hang_up(x)->service, "dns");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_request_inside_tls_is_answered),
		T(a_connection_that_shall_close_says_so_inside_tls),
		T(without_a_name_the_address_is_certified),
		T(old_versions_are_accepted_and_the_newest_http_is_chosen),
		T(old_servers_speak_nothing_newer),
		T(who_signs_may_be_trusted_by_nobody),
		T(a_session_is_not_resumed),
		T(who_does_not_trust_the_authority_is_told_apart),
		T(who_hangs_up_in_the_handshake_has_failed),
		T(a_version_that_the_client_refuses_is_told),
		T(without_a_common_version_none_was_refused),
		T(three_bytes_tell_tls_from_the_rest),
		T(without_an_authority_there_is_no_tls),
		T(a_quiet_client_is_greeted_inside_tls),
		T(starttls_goes_on_with_the_same_mail_server),
		T(tls_inside_a_tunnel_is_found),
		T(queries_inside_tls_are_answered),
		T(a_request_has_the_tls_that_it_came_in),
		T(a_session_without_requests_is_recorded_once),
		T(a_handshake_that_failed_has_its_name_and_no_version),
		T(an_encrypted_hello_is_told_with_what_came_behind_it),
		T(a_name_in_an_odd_form_is_unread),
		T(clear_text_behind_the_end_of_tls_is_unread),
		T(what_is_no_hello_is_no_session),
		T(starttls_is_recorded_before_the_mail_in_it),
		T(what_was_said_before_starttls_is_not_told_as_said_in_it),
		T(tls_in_tls_is_read),
		T(tls_that_came_with_the_request_for_a_tunnel_is_read),
		T(in_a_tunnel_other_protocols_are_told_from_tls),
	};

	return cmocka_run_group_tests_name("tls", tests, NULL, free_authority);
}
