/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.c - a file server that takes every file, and has every file: what it says
 *
 * Pure: a line in, a reply out; ftp_data.c moves the data. Active mode is refused: nobody calls
 * back in the simulated internet.
 */
#include "lab/ftp.h"

#include <string.h>

#include "tcbox/event.h"
#include "tcbox/own.h"

const char ftp_content[] = "This service is ready.\r\n";
const char ftp_listing[] = "-rw-r--r--    1 0        0              24 Jan 01 00:00 README.txt\r\n";

static const struct row {
	const char *word, *text;
	unsigned int status;
	bool recorded;
	bool secret; /* its argument is not for the record */
} rows[] = {
	{ "USER", "331 Password, please\r\n", 331, true, false },
	{ "PASS", "230 Logged in\r\n", 230, true, true },
	{ "ACCT", "230 Logged in\r\n", 230, true, true },
	{ "CWD", "250 Done\r\n", 250, true, false },
	{ "DELE", "250 Done\r\n", 250, true, false },
	{ "RMD", "250 Done\r\n", 250, true, false },
	{ "MKD", "257 \"/\" is made\r\n", 257, true, false },
	{ "RNFR", "350 And its new name?\r\n", 350, true, false },
	{ "RNTO", "250 Done\r\n", 250, true, false },
	{ "SIZE", "213 24\r\n", 213, true, false },
	{ "MDTM", "213 20240101000000\r\n", 213, true, false },
	{ "SITE", "200 Done\r\n", 200, true, false },
	{ "CDUP", "250 Done\r\n", 250, false, false },
	{ "PWD", "257 \"/\" is here\r\n", 257, false, false },
	{ "XPWD", "257 \"/\" is here\r\n", 257, false, false },
	{ "SYST", "215 UNIX Type: L8\r\n", 215, false, false },
	{ "TYPE", "200 Done\r\n", 200, false, false },
	{ "MODE", "200 Done\r\n", 200, false, false },
	{ "STRU", "200 Done\r\n", 200, false, false },
	{ "OPTS", "200 Done\r\n", 200, false, false },
	{ "ALLO", "202 Not needed\r\n", 202, false, false },
	{ "REST", "350 Done\r\n", 350, false, false },
	{ "PBSZ", "200 PBSZ=0\r\n", 200, false, false },
	{ "STAT", "211 Ready\r\n", 211, false, false },
	{ "HELP", "214 Ready\r\n", 214, false, false },
	{ "NOOP", "200 Done\r\n", 200, false, false },
	{ "PORT", "502 Passive mode only\r\n", 502, true, false },
	{ "EPRT", "502 Passive mode only\r\n", 502, true, false },
	{ "QUIT", "221 Bye\r\n", 221, false, false },
};

static const struct {
	const char *word;
	enum ftp_transfer transfer;
} transfers[] = {
	{ "RETR", FTP_SEND },	 { "LIST", FTP_LIST },	  { "NLST", FTP_LIST },
	{ "MLSD", FTP_LIST },	 { "STOR", FTP_RECEIVE }, { "APPE", FTP_RECEIVE },
	{ "STOU", FTP_RECEIVE },
};

/* begin_transfer() - Return: false if the command begins none */
static bool begin_transfer(struct ftp *s, struct line_turn *t)
{
	const char *name = line_rest(t->line);
	size_t len = strlen(name);

	for (size_t i = 0; i < TB_ARRAY_SIZE(transfers); i++) {
		if (!line_word(t->line, transfers[i].word))
			continue;
		if (!s->port && !s->data) {
			tb_buf_adds(t->out, "425 PASV or EPSV first\r\n");
			return true;
		}
		t->method = transfers[i].word;
		t->argument = name;
		t->status = 150;
		s->transfer = transfers[i].transfer;
		s->started = false;
		memcpy(s->command, transfers[i].word, strlen(transfers[i].word) + 1);
		if (len >= sizeof(s->name))
			len = sizeof(s->name) - 1;
		memcpy(s->name, name, len);
		s->name[len] = '\0';
		tb_buf_adds(t->out, "150 Here it comes\r\n");
		return true;
	}
	return false;
}

static void features(struct line_turn *t)
{
	tb_buf_adds(t->out, "211-Features:\r\n EPSV\r\n PASV\r\n SIZE\r\n MDTM\r\n UTF8\r\n");
	if (!t->tls)
		tb_buf_adds(t->out, " AUTH TLS\r\n");
	tb_buf_adds(t->out, " PBSZ\r\n PROT\r\n211 End\r\n");
}

/* other() - the words of the table */
static void other(struct line_turn *t)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (!line_word(t->line, r->word))
			continue;
		tb_buf_adds(t->out, r->text);
		t->quit = r->status == 221;
		if (!r->recorded)
			return;
		t->method = r->word;
		t->status = r->status;
		if (!r->secret)
			t->argument = line_rest(t->line);
		return;
	}
	tb_buf_adds(t->out, "502 Unknown command\r\n");
}

void ftp_turn(struct ftp *s, struct line_turn *t)
{
	const char *argument = line_rest(t->line);

	s->passive = line_word(t->line, "PASV") || line_word(t->line, "EPSV");
	s->extended = line_word(t->line, "EPSV");
	if (s->passive)
		return;
	if (begin_transfer(s, t))
		return;
	if (line_word(t->line, "FEAT")) {
		features(t);
	} else if (line_word(t->line, "ABOR")) {
		s->transfer = FTP_NONE;
		tb_buf_adds(t->out, "226 Ended\r\n");
	} else if (line_word(t->line, "PROT")) {
		s->private = *argument == 'P' || *argument == 'p';
		tb_buf_adds(t->out, "200 Done\r\n");
	} else if (line_word(t->line, "AUTH") && !t->tls) {
		t->method = "STARTTLS";
		t->status = 234;
		t->starttls = true;
		tb_buf_adds(t->out, "234 Begin TLS\r\n");
	} else {
		other(t);
	}
}

void ftp_pasv(struct ftp *s, const struct ev_addr *here, struct tb_buf *out)
{
	const uint8_t *ip = here->ip;

	if (s->extended)
		tb_buf_addf(out, "229 Passive (|||%u|)\r\n", s->port);
	else if (here->family == AF_INET)
		tb_buf_addf(out, "227 Passive (%u,%u,%u,%u,%u,%u)\r\n", ip[0], ip[1], ip[2], ip[3],
			    s->port >> 8, s->port & 0xffu);
	else
		tb_buf_adds(out, "425 EPSV, please\r\n");
}
