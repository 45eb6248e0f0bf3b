/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp.c - a mail server that accepts every sender, recipient, password and message (RFC 5321,
 * 3207, 4954)
 *
 * What is sent is counted and forgotten; sender and recipients are in the record.
 */
#include "lab/smtp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lab/conn.h"
#include "lab/line.h"

static const char ask_name[] = "334 VXNlcm5hbWU6\r\n";
static const char ask_password[] = "334 UGFzc3dvcmQ6\r\n";
static const char plain_ehlo[] = "250-mail.internal\r\n250-STARTTLS\r\n"
				 "250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n";
static const char tls_ehlo[] = "250-mail.internal\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n";

static bool is(const char *line, const char *command)
{
	return !strncasecmp(line, command, strlen(command));
}

static const char *begin_auth(struct smtp *s, const char *mechanism)
{
	bool login = is(mechanism, "LOGIN");

	if (strchr(mechanism, ' '))	/* with its first secret */
		s->secrets = login ? 1 : 0;
	else
		s->secrets = login ? 2 : 1;
	if (!s->secrets)
		return "235 2.7.0 Accepted\r\n";
	if (!login)
		return "334 \r\n";
	return s->secrets == 2 ? ask_name : ask_password;
}

const char *smtp_answer(struct smtp *s, const char *line, bool tls)
{
	if (s->data) {
		s->data = strcmp(line, ".") != 0;
		return s->data ? "" : "250 2.0.0 Queued\r\n";
	}
	if (s->secrets)
		return --s->secrets ? ask_password : "235 2.7.0 Accepted\r\n";
	if (is(line, "EHLO"))
		return tls ? tls_ehlo : plain_ehlo;
	if (is(line, "AUTH "))
		return begin_auth(s, line + 5);
	if (is(line, "DATA")) {
		s->data = true;
		return "354 End with a dot\r\n";
	}
	if (is(line, "QUIT")) {
		s->quit = true;
		return "221 2.0.0 Bye\r\n";
	}
	if (is(line, "STARTTLS") && !tls) {
		s->starttls = true;
		return "220 2.0.0 Go ahead\r\n";
	}
	if (is(line, "HELO") || is(line, "MAIL") || is(line, "RCPT") || is(line, "RSET") ||
	    is(line, "NOOP"))
		return "250 2.0.0 OK\r\n";
	return "502 5.5.2 Unknown command\r\n";
}

static void record(struct conn *c, const char *method, const char *argument, int status)
{
	const struct ev_request e = {
		.method = method, .path = argument, .status = (uint64_t)status,
	};

	request_record(c, &e);
}

/* note() - sender and recipients, and that TLS begins, for the record */
static void note(struct conn *c, const char *line)
{
	if (c->smtp.data || c->smtp.secrets)
		return;
	/* In clear text these are no mere way to TLS. */
	if (is(line, "AUTH "))
		record(c, "AUTH", NULL, 0);
	else if (is(line, "DATA"))
		record(c, "DATA", NULL, 354);
	if (is(line, "MAIL ") || is(line, "RCPT ")) {
		tb_buf_addf(conn_note(c), "%.200s", line);
		record(c, is(line, "MAIL ") ? "MAIL" : "RCPT", line + 5, 250);
	} else if (is(line, "STARTTLS") && !c->ssl) {
		record(c, "STARTTLS", NULL, 220);
	}
}

bool smtp_half(const struct conn *c)
{
	return c->smtp.data || c->smtp.secrets;
}

void smtp_input(struct conn *c)
{
	char line[LINE_MAX_LEN + 1];

	while (line_next(c, line)) {
		const char *reply;

		note(c, line);
		reply = smtp_answer(&c->smtp, line, c->ssl);
		conn_send(c, reply, strlen(reply));
		c->closing = c->smtp.quit;
		if (c->smtp.starttls && !c->ssl)
			c->tunnel = TUNNEL_SAME;
	}
}
