/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.c - does a call change who the caller is?
 *
 * How it works: /proc says the ids as the supervisor's user namespace has them, and the maps of the
 * caller's namespace say what they are called there. The caller waits, so its own ids stay as they
 * are.
 */
#include "sandbox/watch/identity.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "tcbox/file.h"
#include "tcbox/own.h"

#define TEXT_MAX (64u << 10)

/* How many ids each call has, and of which kind. */
static const struct {
	int nr;
	size_t n;
	bool group;
	bool may_be_none; /* -1 means: as it is */
} calls[] = {
	{ SYS_setuid, 1, false, false },   { SYS_setgid, 1, true, false },
	{ SYS_setreuid, 2, false, true },  { SYS_setregid, 2, true, true },
	{ SYS_setresuid, 3, false, true }, { SYS_setresgid, 3, true, true },
	{ SYS_setfsuid, 1, false, false }, { SYS_setfsgid, 1, true, false },
};

static int read_text(pid_t tid, const char *name, struct tb_buf *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	return tb_read_file(AT_FDCWD, path, TEXT_MAX, text, NULL);
}

/* own_id() - the one id that the thread has four times. Return: false if they differ, or cannot be
 * read */
static bool own_id(pid_t tid, bool group, uint32_t *id)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	const char *line;
	uint32_t v[4];

	if (read_text(tid, "status", &text) < 0 || !text.data)
		return false;
	line = strstr(text.data, group ? "\nGid:" : "\nUid:");
	if (!line || sscanf(line + 5, "%u %u %u %u", &v[0], &v[1], &v[2], &v[3]) != 4)
		return false;
	*id = v[0];
	return v[0] == v[1] && v[0] == v[2] && v[0] == v[3];
}

/* name_there() - what an id of ours is called in the thread's user namespace, user_namespaces(7) */
static bool name_there(pid_t tid, bool group, uint32_t id, uint32_t *there)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	uint32_t inside, outside, count;
	const char *line;

	if (read_text(tid, group ? "gid_map" : "uid_map", &text) < 0)
		return false;
	for (line = text.data; line && *line; line = strchr(line, '\n'),
	     line = line ? line + 1 : NULL) {
		if (sscanf(line, "%u %u %u", &inside, &outside, &count) != 3)
			return false;
		if (id >= outside && id - outside < count) {
			*there = inside + (id - outside);
			return true;
		}
	}
	return false;
}

bool identity_kept(pid_t tid, const struct seccomp_data *d)
{
	uint32_t id, own;
	size_t call = 0;

	while (call < TB_ARRAY_SIZE(calls) && calls[call].nr != d->nr)
		call++;
	if (call == TB_ARRAY_SIZE(calls) || !own_id(tid, calls[call].group, &id) ||
	    !name_there(tid, calls[call].group, id, &own))
		return false;
	for (size_t i = 0; i < calls[call].n; i++) {
		uint32_t wanted = (uint32_t)d->args[i];

		if (wanted != own && !(calls[call].may_be_none && wanted == UINT32_MAX))
			return false;
	}
	return true;
}
