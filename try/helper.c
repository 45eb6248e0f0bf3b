/* SPDX-License-Identifier: Apache-2.0 */
/*
 * helper.c - in the box: do the acts of a plan, one after the other, and say what came of each
 *
 * It is a product like any other: nothing in the box knows it, and what it says of itself proves
 * only that something was done. Whether that was seen is asked of the evidence.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/fd.h"
#include "tcbox/own.h"
#include "try/deeds.h"
#include "try/text.h"

#define LINGER_MS 1500	/* so that the kernel's tables are read while sockets are open, which is
			 * done from time to time, later on a busy machine; and that a report of a
			 * membership leaves, igmp(4) */

static int (*const deeds[TRY_KINDS])(struct try_act *act) = {
	[TRY_CONNECT] = deed_connect,
	[TRY_CONNECT6] = deed_connect,
	[TRY_DATAGRAM] = deed_datagram,
	[TRY_ECHO] = deed_echo,
	[TRY_ECHO6] = deed_echo,
	[TRY_GROUP] = deed_datagram,
	[TRY_JOIN] = deed_join,
	[TRY_LOOKUP] = deed_lookup,
	[TRY_RESOLVER] = deed_resolver,
	[TRY_LISTEN] = deed_listen,
	[TRY_LISTEN6] = deed_listen,
	[TRY_WAIT] = deed_listen,
	[TRY_EXEC] = deed_execute,
	[TRY_CREATE] = deed_create,
	[TRY_MKDIR] = deed_mkdir,
	[TRY_CHANGE] = deed_change,
	[TRY_ATTRIBUTES] = deed_attributes,
	[TRY_RENAME] = deed_rename,
	[TRY_LINK] = deed_link,
	[TRY_REMOVE] = deed_remove,
	[TRY_CALL] = deed_call,
	[TRY_DENIED] = deed_call,
	[TRY_DANGEROUS] = deed_call,
};

static int read_all(struct tb_buf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0) {
		if (out->len + (size_t)n > TRY_MAX_BYTES)
			return -EFBIG;
		tb_buf_add(out, chunk, (size_t)n);
	}
	return n < 0 || out->failed ? -EIO : 0;
}

/* act_now() - Return: false if nobody hears what came of it */
static bool act_now(struct try_act *act)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	int ret = act->target ? deeds[act->kind](act) : 0;

	act->done = act->target && ret == 0;
	if (ret) {
		free(act->why);
		act->why = strdup(strerror(-ret));
	}
	text_add(&line, act, true);
	return !line.failed && tb_write_all(STDOUT_FILENO, line.data, line.len) == 0;
}

int try_helper(void)
{
	TB_AUTOBUF struct tb_buf plan = TB_BUF_INIT;
	struct try_acts acts;
	struct tb_err err = { 0 };
	bool heard = true;

	if (read_all(&plan) || try_read(plan.data ? plan.data : "", plan.len, &acts, &err))
		return EXIT_FAILURE;
	for (size_t i = 0; heard && i < acts.n; i++)
		heard = act_now(&acts.v[i]);
	try_clear(&acts);
	(void)poll(NULL, 0, LINGER_MS);
	return heard ? EXIT_SUCCESS : EXIT_FAILURE;
}
