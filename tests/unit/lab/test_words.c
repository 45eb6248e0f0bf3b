/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_words.c - servers whose protocols are lines or small packets: what they answer and record
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lab/conn.h"
#include "tests/unit/lab/world.h"

static struct tb_buf out;
static struct line_turn turn;

static struct line_turn *ask_begin(const char *text, bool tls)
{
	tb_buf_reset(&out);
	tb_buf_adds(&out, "");
	turn = (struct line_turn){ .line = text, .tls = tls, .out = &out };
	return &turn;
}

static int free_out(void **state)
{
	(void)state;
	tb_buf_free(&out);
	return 0;
}

#define SAYS(server, s, text, reply)                                                               \
	do {                                                                                       \
		server##_turn(s, ask_begin(text, false));                                          \
		assert_string_equal(out.len ? out.data : "", reply);                               \
	} while (0)

static void recorded(const char *method, const char *argument)
{
	if (!method) {
		assert_null(turn.method);
		return;
	}
	assert_non_null(turn.method);
	assert_string_equal(turn.method, method);
	if (argument)
		assert_string_equal(turn.argument, argument);
	else
		assert_null(turn.argument);
}

static void a_mailbox_of_pop3_is_empty(void **state)
{
	struct pop3 s = { 0 };

	(void)state;
	SAYS(pop3, &s, "user me", "+OK\r\n");
	recorded("USER", "me");
	SAYS(pop3, &s, "PASS secret", "+OK logged in\r\n");
	recorded("PASS", NULL);
	SAYS(pop3, &s, "STAT", "+OK 0 0\r\n");
	SAYS(pop3, &s, "UIDL", "+OK\r\n.\r\n");
	SAYS(pop3, &s, "RETR 1", "-ERR no such message\r\n");
	recorded("RETR", "1");
	SAYS(pop3, &s, "USERS", "-ERR unknown command\r\n");
	recorded(NULL, NULL);
	SAYS(pop3, &s, "AUTH", "+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n");
	SAYS(pop3, &s, "AUTH PLAIN abc", "+OK logged in\r\n");
	recorded("AUTH", NULL);
	SAYS(pop3, &s, "AUTH LOGIN", "+ \r\n");
	SAYS(pop3, &s, "QUIT", "+ \r\n"); /* a secret, whatever it looks like */
	assert_false(turn.quit);
	SAYS(pop3, &s, "x", "+OK logged in\r\n");
	SAYS(pop3, &s, "STLS", "+OK begin TLS\r\n");
	assert_true(turn.starttls);
	recorded("STARTTLS", NULL);
	pop3_turn(&s, ask_begin("STLS", true));
	assert_false(turn.starttls);
	SAYS(pop3, &s, "QUIT", "+OK bye\r\n");
	assert_true(turn.quit);
}

static void a_mailbox_of_imap_is_empty(void **state)
{
	struct imap s = { 0 };

	(void)state;
	SAYS(imap, &s, "a1 noop", "a1 OK done\r\n");
	SAYS(imap, &s, "a2 LOGIN me secret", "a2 OK done\r\n");
	recorded("LOGIN", NULL);
	SAYS(imap, &s, "a3 SEARCH ALL", "* SEARCH\r\na3 OK done\r\n");
	SAYS(imap, &s, "a4 UID SEARCH ALL", "* SEARCH\r\na4 OK done\r\n");
	SAYS(imap, &s, "a5 STATUS \"my box\" (MESSAGES)",
	     "* STATUS \"my box\" (MESSAGES 0 RECENT 0 UIDNEXT 1 UIDVALIDITY 1 UNSEEN 0)\r\na5 OK done\r\n");
	SAYS(imap, &s, "a6 STATUS \"open",
	     "* STATUS \"open (MESSAGES 0 RECENT 0 UIDNEXT 1 "
	     "UIDVALIDITY 1 UNSEEN 0)\r\na6 OK done\r\n");
	SAYS(imap, &s, "a7 IDLE", "+ idling\r\n");
	SAYS(imap, &s, "a8 NOOP", "");
	SAYS(imap, &s, "DONE", "a7 OK done\r\n");
	SAYS(imap, &s, "a9 FROBNICATE", "a9 BAD unknown command\r\n");
	SAYS(imap, &s, "lonely", "* BAD no command\r\n");
	SAYS(imap, &s, "+ NOOP", "* BAD no command\r\n");
	SAYS(imap, &s, "b1 AUTHENTICATE LOGIN", "+ \r\n");
	recorded("AUTH", NULL);
	SAYS(imap, &s, "b2 LOGOUT", "+ \r\n");
	SAYS(imap, &s, "x", "b1 OK logged in\r\n");
	SAYS(imap, &s, "b3 STARTTLS", "b3 OK begin TLS\r\n");
	assert_true(turn.starttls);
	SAYS(imap, &s, "b4 LOGOUT", "* BYE\r\nb4 OK done\r\n");
	assert_true(turn.quit);
}

static void literals_of_imap_are_no_lines(void **state)
{
	struct imap s = { 0 };

	(void)state;
	SAYS(imap, &s, "a LOGIN {2}", "+ go on\r\n");
	assert_int_equal(s.literal, 2);
	SAYS(imap, &s, " {3+}", "");
	assert_int_equal(s.literal, 3);
	SAYS(imap, &s, "", "a OK done\r\n");
	recorded("LOGIN", NULL);
	assert_int_equal(turn.bytes_in, 5);
	SAYS(imap, &s, "b APPEND INBOX {99999999999999999999}", "b OK done\r\n");
	assert_int_equal(turn.bytes_in, 0);
	SAYS(imap, &s, "c APPEND INBOX {12x}", "c OK done\r\n");
}

static void a_chat_server_welcomes_and_is_empty(void **state)
{
	struct irc s = { 0 };

	(void)state;
	SAYS(irc, &s, "CAP LS 302", ":irc.internal CAP * LS :\r\n");
	SAYS(irc, &s, "PASS secret", "");
	recorded("PASS", NULL);
	SAYS(irc, &s,
	     "NICK m\x01"
	     "e",
	     "");
	SAYS(irc, &s, "USER me 0 * :Me", "");
	recorded("USER", "me 0 * :Me");
	irc_turn(&s, ask_begin("CAP END", false));
	assert_ptr_equal(strstr(out.data, ":irc.internal 001 m_e :Welcome\r\n"), out.data);
	irc_turn(&s, ask_begin("JOIN #a,#b key", false));
	assert_ptr_equal(strstr(out.data, ":m_e!user@internal JOIN #a\r\n"), out.data);
	SAYS(irc, &s, "PING :x y", ":irc.internal PONG irc.internal :x y\r\n");
	SAYS(irc, &s, "PRIVMSG #a :hello", "");
	recorded("PRIVMSG", "#a :hello");
	SAYS(irc, &s, "", "");
	SAYS(irc, &s, "FOO", ":irc.internal 421 m_e :Unknown command\r\n");
	SAYS(irc, &s, "QUIT :gone", "ERROR :Closing link\r\n");
	assert_true(turn.quit);
}

static void a_file_server_needs_a_data_connection(void **state)
{
	struct ev_addr here;
	struct ftp s = { 0 };

	(void)state;
	SAYS(ftp, &s, "USER me", "331 Password, please\r\n");
	recorded("USER", "me");
	SAYS(ftp, &s, "PASS secret", "230 Logged in\r\n");
	recorded("PASS", NULL);
	SAYS(ftp, &s, "STOR x", "425 PASV or EPSV first\r\n");
	recorded(NULL, NULL);
	SAYS(ftp, &s, "PASV", "");
	assert_true(s.passive && !s.extended);
	s.port = 50001;
	assert_false(ev_addr_parse("198.18.0.7:21", &here));
	ftp_pasv(&s, &here, &out);
	assert_string_equal(out.data, "227 Passive (198,18,0,7,195,81)\r\n");
	SAYS(ftp, &s, "STOR x y", "150 Here it comes\r\n");
	assert_int_equal(s.transfer, FTP_RECEIVE);
	assert_string_equal(s.name, "x y");
	recorded("STOR", "x y");
	SAYS(ftp, &s, "ABOR", "226 Ended\r\n");
	assert_int_equal(s.transfer, FTP_NONE);
	SAYS(ftp, &s, "EPSV", "");
	ftp_pasv(&s, &here, &out);
	assert_string_equal(out.data, "229 Passive (|||50001|)\r\n");
	SAYS(ftp, &s, "PORT 1,2,3,4,5,6", "502 Passive mode only\r\n");
	SAYS(ftp, &s, "PROT P", "200 Done\r\n");
	assert_true(s.private);
	SAYS(ftp, &s, "AUTH TLS", "234 Begin TLS\r\n");
	assert_true(turn.starttls);
	SAYS(ftp, &s, "QUIT", "221 Bye\r\n");
	assert_true(turn.quit);
}

/* typed() - bytes to a terminal. Return: what it says; *step is of the last byte */
static const char *typed(struct telnet *s, const char *bytes, size_t len, struct telnet_step *step)
{
	tb_buf_reset(&out);
	for (size_t i = 0; i < len; i++)
		telnet_byte(s, (uint8_t)bytes[i], step, &out);
	return out.len ? out.data : "";
}

#define TYPED(s, text) typed(s, text, sizeof(text) - 1, &step)

static void a_terminal_hides_passwords_and_refuses_options(void **state)
{
	struct telnet s = { 0 };
	struct telnet_step step;

	(void)state;
	assert_string_equal(TYPED(&s, "\xff\xfd\x01\xff\xfd\x18"), "\xff\xfc\x18");
	assert_string_equal(TYPED(&s, "\xff\xfb\x1f\xff\xfc\x1f\xff\xfe\x1f"), "\xff\xfe\x1f");
	assert_string_equal(TYPED(&s, "\xff\xfa\x18\xff\xffxyz\xff\xf0"), "");
	assert_string_equal(TYPED(&s, "rooo\x7ft\r"), "rooo\b \bt\r\n");
	assert_true(step.whole);
	assert_string_equal(s.line, "root");
	assert_true(telnet_answer(&s, &out));
	assert_int_equal(s.asks, TELNET_PASSWORD);
	assert_string_equal(TYPED(&s, "\nsecret\r"), "\r\n"); /* the rest of CR LF, and no echo */
	assert_string_equal(s.line, "secret");
	assert_true(telnet_answer(&s, &out));
	assert_int_equal(s.asks, TELNET_COMMAND);
	(void)TYPED(&s, "\0exit\n");
	assert_false(telnet_answer(&s, &out));
}

static void a_long_line_of_a_terminal_is_cut(void **state)
{
	struct telnet s = { .asks = TELNET_COMMAND };
	struct telnet_step step;
	char text[TELNET_LINE_LEN + 9];

	(void)state;
	memset(text, 'x', sizeof(text));
	(void)typed(&s, text, sizeof(text), &step);
	assert_false(step.whole);
	(void)TYPED(&s, "\n");
	assert_int_equal(strlen(s.line), TELNET_LINE_LEN - 1);
}

#define PACKET(s, text)                                                                            \
	(tb_buf_reset(&out), mysql_turn(s, (const uint8_t *)(text), sizeof(text) - 1, 0, &t, &out))

static void a_database_has_no_rows(void **state)
{
	static const char login[] =
		"\x85\xa6\0\0\0\0\0\1\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0me\0";
	struct mysql s = { false, 0 };
	struct mysql_turn t;

	(void)state;
	tb_buf_reset(&out);
	mysql_hello(&out);
	assert_int_equal(out.len, 4 + (uint8_t)out.data[0]);
	assert_memory_equal(out.data + 3,
			    "\0\x0a"
			    "8.0.36",
			    9);
	PACKET(&s, "short");
	assert_true(t.quit);
	PACKET(&s, login);
	assert_string_equal(t.method, "LOGIN");
	assert_string_equal(t.argument, "me");
	assert_int_equal(out.len, 11);
	assert_memory_equal(out.data, "\7\0\0\1\0\0\0\2\0\0\0", 11);
	PACKET(&s, "\3 SELECT 1");
	assert_string_equal(t.argument, " SELECT 1");
	assert_memory_equal(out.data, "\1\0\0\1\1", 5);
	assert_memory_equal(out.data + out.len - 9, "\5\0\0\4\xfe\0\0\2\0", 9);
	PACKET(&s, "\3selection");
	assert_int_equal(out.data[4], 0);
	PACKET(&s, "\x16x");
	assert_int_equal((uint8_t)out.data[4], 0xff);
	PACKET(&s, "\x0e");
	assert_int_equal(out.len, 11);
	PACKET(&s, "");
	assert_int_equal((uint8_t)out.data[4], 0xff);
	PACKET(&s, "\1");
	assert_true(t.quit && !out.len);
}

static void a_database_goes_on_in_tls(void **state)
{
	static const char request[] =
		"\x85\xae\0\0\0\0\0\1\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	struct mysql s = { false, 0 };
	struct mysql_turn t;

	(void)state;
	assert_int_equal(sizeof(request) - 1, 32);
	PACKET(&s, request);
	assert_true(t.starttls && !out.len);
	assert_string_equal(t.method, "STARTTLS");
}

/* hear() - what the server said since */
static const char *hear(struct world *w, int fd)
{
	static char text[4096];

	world_run(w);
	(void)world_hear(fd, text, sizeof(text));
	return text;
}

static void files_go_through_the_connection_that_was_agreed(void **state)
{
	struct world w;
	int fd, data, other;

	(void)state;
	assert_false(world_open(&w));
	fd = world_connect(&w, 21);
	assert_true(world_wait(&w, fd));
	world_say(&w, fd, "EPSV\r\n", 6);
	assert_non_null(strstr(hear(&w, fd), "229 Passive (|||50000|)\r\n"));
	other = world_connect(&w, 50001);
	data = world_connect(&w, 50000);
	world_say(&w, data, "early", 5); /* before the command: it waits */
	world_say(&w, fd, "STOR a\r\n", 8);
	assert_string_equal(hear(&w, fd), "150 Here it comes\r\n");
	(void)close(data);
	assert_string_equal(hear(&w, fd), "226 Done\r\n");
	world_events(&w);
	assert_int_equal(w.nasked, 2);
	assert_string_equal(w.asked[1].u.request.service, "ftp_data");
	assert_int_equal(w.asked[1].u.request.bytes_in, 5);
	assert_string_equal(w.asked[1].u.request.path, "a");

	world_say(&w, fd, "EPSV\r\nRETR b\r\n", 14);
	assert_non_null(strstr(hear(&w, fd), "150 "));
	data = world_connect(&w, 50001);
	assert_string_equal(hear(&w, data), ftp_content);
	assert_string_equal(hear(&w, fd), "226 Done\r\n");
	(void)close(data);

	world_say(&w, fd, "EPSV\r\nSTOR c\r\n", 14); /* nobody comes, and the control ends */
	(void)close(fd);
	(void)close(other);
	world_run(&w);
	assert_int_equal(w.lab.nconns, 0);
	for (size_t i = 0; i < FTP_SLOTS; i++)
		assert_null(w.lab.ftp[i]);
	world_close(&w);
}

static void a_session_of_ssh_ends_at_once(void **state)
{
	struct world w;
	const char *text;
	int fd;

	(void)state;
	assert_false(world_open(&w));
	fd = world_connect(&w, 22);
	world_say(&w, fd, "SSH-2.0-me\r\n", 12);
	text = hear(&w, fd);
	assert_ptr_equal(strstr(text, "SSH-2.0-OpenSSH"), text);
	assert_memory_equal(strchr(text, '\n') + 1, "\0\0\0\x2c\x09\x01\0\0\0\7", 10);
	(void)close(fd);
	world_run(&w);
	world_events(&w);
	assert_string_equal(w.asked[0].u.request.method, "IDENT");
	assert_string_equal(w.asked[0].u.request.path, "SSH-2.0-me");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mailbox_of_pop3_is_empty),
		cmocka_unit_test(a_mailbox_of_imap_is_empty),
		cmocka_unit_test(literals_of_imap_are_no_lines),
		cmocka_unit_test(a_chat_server_welcomes_and_is_empty),
		cmocka_unit_test(a_file_server_needs_a_data_connection),
		cmocka_unit_test(a_terminal_hides_passwords_and_refuses_options),
		cmocka_unit_test(a_long_line_of_a_terminal_is_cut),
		cmocka_unit_test(a_database_has_no_rows),
		cmocka_unit_test(a_database_goes_on_in_tls),
		cmocka_unit_test(files_go_through_the_connection_that_was_agreed),
		cmocka_unit_test(a_session_of_ssh_ends_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, free_out);
}
