/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.c - which users there are in the airlock and in the box
 *
 * How it works
 *	U, the airlock's user namespace, has one user: its root is who runs the product. With
 *	subordinate ids (subuid(5)) it has as many more. An ordinary user has newuidmap(1) write
 *	such a map, which is set-user-ID and knows who may have what; root of the machine writes it
 *	directly.
 *
 *	Files of a kept layer that belong to subordinate ids can be removed only in such a
 *	namespace: sbx_ids_run().
 */
#include "sandbox/box/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/program.h"

#define IDS_MOST 65535u		/* beside root: what 16-bit programs and nobody need */

/* The numbers that no convention gives to anybody: "UIDs and GIDs on systemd systems", 0x70000000
 * on. For root of the machine, if nothing is set aside in subuid(5). */
#define IDS_UNUSED 0x70000000u

static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/local/bin" };

/* find() - a program of the package uidmap. Not by PATH: the ids of the machine are at stake */
static int find(const char *name, char path[64], struct tb_err *err)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(dirs); i++) {
		(void)snprintf(path, 64, "%s/%s", dirs[i], name);
		if (!access(path, X_OK))
			return 0;
	}
	return tb_err_msg(err, ENOENT, "%s is not there (package uidmap)", name);
}

/* run() - a program to its end, with its output to @out. Return: 0, or negative errno if it could
 * not be run or failed */
static int run(char *const argv[], int out, struct tb_err *err)
{
	int status = 0, ret = program_run(argv[0], argv, -1, out, &status, err);

	return !ret && status ? tb_err_msg(err, EIO, "%s failed", argv[0]) : ret;
}

/* run_and_read() - the same; what it printed is in @text */
static int run_and_read(char *const argv[], char *text, size_t size, struct tb_err *err)
{
	TB_AUTOCLOSE int out = program_memory("said", NULL, 0, err);
	ssize_t n;
	int ret;

	if (out < 0)
		return out;
	ret = run(argv, out, err);
	n = pread(out, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return ret && n > 0 ? tb_err_msg(err, EIO, "%s", text) : ret;
}

/* own_range() - the first range of subuid(5), or of subgid(5) with "-g", of a user: getsubids(1)
 * prints "0: USER FIRST COUNT".
 * Return: how many, 0: none */
static uint32_t own_range(const char *user, bool groups, uint32_t *first)
{
	char path[64], text[256], name[256], of_groups[] = "-g";
	char *argv[] = { path, name, NULL, NULL };
	unsigned long from, count;
	const char *at;

	if ((size_t)snprintf(name, sizeof(name), "%s", user) >= sizeof(name) ||
	    find("getsubids", path, NULL))
		return 0;
	if (groups) {
		argv[1] = of_groups;
		argv[2] = name;
	}
	if (run_and_read(argv, text, sizeof(text), NULL))
		return 0;
	at = strrchr(text, ' ');
	while (at && at > text && at[-1] != ' ')
		at--;
	if (!at || sscanf(at, "%lu %lu", &from, &count) != 2 || !from ||
	    from > UINT32_MAX - IDS_MOST)
		return 0;
	*first = (uint32_t)from;
	return count < IDS_MOST ? (uint32_t)count : IDS_MOST;
}

const char *sbx_ids_find(struct sbx_ids *ids)
{
	const struct passwd *pw = getpwuid(ids->uid);
	uint32_t nuid, ngid;
	char number[16], path[64];

	(void)snprintf(number, sizeof(number), "%u", (unsigned int)ids->uid);
	nuid = own_range(pw ? pw->pw_name : number, false, &ids->sub_uid);
	ngid = own_range(pw ? pw->pw_name : number, true, &ids->sub_gid);
	ids->n = nuid < ngid ? nuid : ngid;
	if (!ids->n && geteuid() == 0) {
		ids->sub_uid = ids->sub_gid = IDS_UNUSED;
		ids->n = IDS_MOST;
	}
	if (ids->n && geteuid() != 0 &&
	    (find("newuidmap", path, NULL) || find("newgidmap", path, NULL)))
		ids->n = 0;
	return ids->n ? NULL :
			"the box has one user, root: subordinate ids need the package uidmap and "
			"an entry in /etc/subuid and /etc/subgid (usermod --add-subuids "
			"100000-165535 --add-subgids 100000-165535 USER)";
}

static int write_proc(const char *pid, const char *name, const char *text, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%.32s/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return tb_err_set(err, errno, "open %s", path);
	if (write(fd, text, strlen(text)) < 0)
		return tb_err_set(err, errno, "write \"%.*s\" to %s", (int)strcspn(text, "\n"),
				  text, path);
	return 0;
}

/* by_newidmap() - newuidmap(1), newgidmap(1): root of the namespace is @own, and 1 to @n are @sub
 * and those that follow */
static int by_newidmap(const char *program, const char *pid, const uint32_t ids[3],
		       struct tb_err *err)
{
	char path[64], own[16], sub[16], n[16], said[256];
	char *const argv[] = { path, (char *)(uintptr_t)pid, (char[]){ "0" }, own, (char[]){ "1" },
			       (char[]){ "1" }, sub, n, NULL };
	int ret = find(program, path, err);

	(void)snprintf(own, sizeof(own), "%u", ids[0]);
	(void)snprintf(sub, sizeof(sub), "%u", ids[1]);
	(void)snprintf(n, sizeof(n), "%u", ids[2]);
	return ret ? ret : run_and_read(argv, said, sizeof(said), err);
}

static int map_one(const char *pid, const char *name, const uint32_t ids[3], struct tb_err *err)
{
	char map[96];
	int n = snprintf(map, sizeof(map), "0 %u 1\n", ids[0]);

	if (ids[2])
		(void)snprintf(map + n, sizeof(map) - (size_t)n, "1 %u %u\n", ids[1], ids[2]);
	if (ids[2] && geteuid() != 0)
		return by_newidmap(!strcmp(name, "uid_map") ? "newuidmap" : "newgidmap", pid, ids,
				   err);
	return write_proc(pid, name, map, err);
}

int ids_map(pid_t pid, const struct sbx_ids *ids, struct tb_err *err)
{
	const uint32_t uids[3] = { ids->uid, ids->sub_uid, ids->n },
		gids[3] = { ids->gid, ids->sub_gid, ids->n };
	char number[16];
	int ret = 0;

	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	/* an ordinary user who writes the map must give up setgroups(2) first,
	 * user_namespaces(7) */
	if (geteuid() != 0 && !ids->n)
		ret = write_proc(number, "setgroups", "deny", err);
	if (!ret)
		ret = map_one(number, "gid_map", gids, err);
	if (!ret)
		ret = map_one(number, "uid_map", uids, err);
	return ret ? tb_err_wrap(err, "map ids into the user namespace") : 0;
}

int ids_map_product(const char *pid, const struct sbx_identity *who, struct tb_err *err)
{
	uint32_t n = who->as_root ? who->ids.n : 0;
	char gids[96], uids[96], more[32] = "";
	int ret = 0;

	/* a range must lie in one range of the map above */
	if (n)
		(void)snprintf(more, sizeof(more), "1 1 %u\n", n);
	(void)snprintf(gids, sizeof(gids), "%u 0 1\n%s",
		       who->as_root ? 0 : (unsigned int)who->ids.gid, more);
	(void)snprintf(uids, sizeof(uids), "%u 0 1\n%s",
		       who->as_root ? 0 : (unsigned int)who->ids.uid, more);
	if (!n)
		ret = write_proc(pid, "setgroups", "deny", err);
	if (!ret)
		ret = write_proc(pid, "gid_map", gids, err);
	return ret ? ret : write_proc(pid, "uid_map", uids, err);
}

/* become_root() - in a new child: once its ids are mapped, run the program */
static void become_root(int go, char *const argv[]) __attribute__((noreturn));
static void become_root(int go, char *const argv[])
{
	char byte;

	if (read(go, &byte, 1) == 1 && !syscall(SYS_setresgid, 0, 0, 0) &&
	    !syscall(SYS_setresuid, 0, 0, 0))
		(void)execv(argv[0], argv);
	_exit(127);
}

int sbx_ids_run(const struct sbx_ids *ids, char *const argv[], struct tb_err *err)
{
	int go[2], ret, status = 0;
	pid_t pid;

	if (!ids)
		return run(argv, STDERR_FILENO, err);
	if (pipe2(go, O_CLOEXEC))
		return tb_err_set(err, errno, "create pipe");
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		become_root(go[0], argv);
	(void)close(go[0]);
	ret = pid < 0 ? tb_err_set(err, errno,
				   "create a user namespace (\"tcbox doctor\" tells why and how "
				   "to fix it)") :
			ids_map(pid, ids, err);
	if (!ret && write(go[1], "g", 1) != 1)
		ret = tb_err_set(err, errno, "start %s", argv[0]);
	(void)close(go[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!ret && status)
		ret = tb_err_msg(err, EIO, "%s failed", argv[0]);
	return ret;
}
