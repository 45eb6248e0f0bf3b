/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.c - a control group of the box's own, so that limits hold for all of the product together,
 * cgroups(7)
 *
 * How it works
 *	tcbox makes the group before the first clone(2), with the power of who started it, and opens
 *	its cgroup.procs. The box's init, which inherits the descriptor and nothing else of it,
 *	writes itself there before it does anything: so all of the box is in it, and nothing else of
 *	tcbox. The kernel asks for the permission of who opened the file, not of who writes (Linux
 *	5.16). A new cgroup namespace then makes the group look like the root of all groups: the
 *	product finds no other, and cannot mount the hierarchy, for the namespace belongs to U.
 *
 *	A group with processes cannot give controllers to groups below it ("no internal processes"),
 *	unless it is the root of all. So there are two places, tried in this order: below our own
 *	group, once tcbox has gone into a group of its own beside the box's, which works if it was
 *	alone; and beside our own group, if the one above has the controllers on and is ours, too.
 *
 *	Who removes the group: it can only be removed when its last process is dead, and tcbox may
 *	be killed before that. A process of its own, the keeper, waits until tcbox has ended in
 *	whatever way, then for the box, removes the group and puts back what was changed. If it is
 *	killed, too, an empty group is left, that the next run in this place removes: groups in use
 *	are locked.
 *
 * Limits
 *	Before Linux 5.16 the kernel asks for the permission of the writer: a run that root starts
 *	fails then. (Kernels with long support have the change, too: it was a security fix.)
 *
 *	Controllers of version 1 are not used: they cannot be delegated to an ordinary user.
 */
#include "sandbox/box/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/title.h"

#define PREFIX "tcbox-"
#define PERIOD_US 100000	/* cpu.max: the kernel's own default */
#define FILE_SIZE_MAX (1u << 20)
#define CLEAR_NS (10 * TB_NS_PER_S)	/* for the kernel to take down the box, and the capture's
					 * ring */

static const struct {
	unsigned int bit;
	const char *name;
} controllers[] = { { CGROUP_MEMORY, "memory" }, { CGROUP_CPU, "cpu" }, { CGROUP_PIDS, "pids" } };

/* own_path() - of version 2, "0::/user.slice/x", cgroups(7). Return: its length, 0: there is
 * none */
static size_t own_path(const char *groups, const char **path)
{
	const char *line = !strncmp(groups, "0::/", 4) ? groups : strstr(groups, "\n0::/");

	if (!line)
		return 0;
	*path = strchr(line, '/');
	return strcspn(*path, "\n");
}

/* mounted_at() - where a line of mountinfo, proc_pid_mountinfo(5), shows the group @path */
static bool mounted_at(const char *line, const char *path, size_t len, char out[PATH_MAX])
{
	char root[1024], at[1024];
	const char *type = strstr(line, " - ");
	size_t n;

	if (!type || strncmp(type + 3, "cgroup2 ", 8) || strchr(line, '\n') < type ||
	    sscanf(line, "%*s %*s %*s %1023s %1023s", root, at) != 2 || strchr(at, '\\') ||
		    strchr(root, '\\'))
		return false;
	n = strcmp(root, "/") ? strlen(root) : 0;
	if (n > len || strncmp(root, path, n) || (n < len && path[n] != '/'))
		return false;		/* another part of the hierarchy */
	if (path[len - 1] == '/')
		len--;
	return snprintf(out, PATH_MAX, "%s%.*s", at, (int)(len > n ? len - n : 0),
			path + n) < PATH_MAX;
}

int cgroup_parse(const char *groups, const char *mounts, char out[PATH_MAX])
{
	const char *path, *line;
	size_t len = own_path(groups, &path);

	/* "/.." begins the path of a group outside of our cgroup namespace, cgroup_namespaces(7) */
	if (!len || !strncmp(path, "/..", 3))
		return -ENOENT;
	for (line = mounts; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (mounted_at(line, path, len, out))
			return 0;
	return -ENOENT;
}

int cgroup_own(char out[PATH_MAX], struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf groups = TB_BUF_INIT, mounts = TB_BUF_INIT;
	int ret = tb_read_file(AT_FDCWD, "/proc/self/cgroup", FILE_SIZE_MAX, &groups, err);

	if (!ret)
		ret = tb_read_file(AT_FDCWD, "/proc/self/mountinfo", FILE_SIZE_MAX, &mounts, err);
	if (!ret && cgroup_parse(groups.data ? groups.data : "", mounts.data ? mounts.data : "",
				 out))
		ret = tb_err_msg(err, ENOENT, "there are no control groups of version 2");
	return ret;
}

/* has_word() - is it in a list that is parted by white space? */
static bool has_word(const char *list, const char *word)
{
	size_t n;

	for (; *list; list += n) {
		list += strspn(list, " \n");
		n = strcspn(list, " \n");
		if (n && n == strlen(word) && !strncmp(list, word, n))
			return true;
	}
	return false;
}

/* controllers_in() - what a file such as cgroup.controllers lists. Return: mask */
static unsigned int controllers_in(int dir, const char *file)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	unsigned int mask = 0;
	size_t i;

	if (tb_read_file(dir, file, FILE_SIZE_MAX, &text, NULL) || !text.data)
		return 0;
	for (i = 0; i < TB_ARRAY_SIZE(controllers); i++)
		mask |= has_word(text.data, controllers[i].name) ? controllers[i].bit : 0;
	return mask;
}

static int put(int dir, const char *file, const char *text, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return tb_err_set(err, errno, "write \"%s\" to %s", text, file);
	return 0;
}

/* get_number() - of a file that has one, or of the line "KEY NUMBER" of one that has several */
static bool get_number(int dir, const char *file, const char *key, uint64_t *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	const char *at;
	char *end;

	if (dir < 0 || tb_read_file(dir, file, FILE_SIZE_MAX, &text, NULL) || !text.data)
		return false;
	at = key ? strstr(text.data, key) : text.data;
	if (!at)
		return false;
	at += key ? strlen(key) : 0;
	*out = strtoull(at, &end, 10);
	return end > at;
}

/* switch_controllers() - '+' or '-': for the groups below @dir */
static int switch_controllers(int dir, char sign, unsigned int mask, struct tb_err *err)
{
	char text[64] = "";
	size_t i, n = 0;

	for (i = 0; i < TB_ARRAY_SIZE(controllers); i++)
		if (mask & controllers[i].bit)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%c%s", n ? " " : "",
					      sign, controllers[i].name);
	return n ? put(dir, "cgroup.subtree_control", text, err) : 0;
}

/* sweep() - groups of runs whose tcbox and keeper were killed */
static void sweep(const char *place)
{
	DIR *d = opendir(place);
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		TB_AUTOCLOSE int fd = -1;

		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)))
			continue;
		fd = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
			/* EBUSY: it is not empty */
			(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	(void)closedir(d);
}

/* step_aside() - leave the group that is to have groups with limits below it */
static int step_aside(struct cgroup *g, struct tb_err *err)
{
	TB_AUTOCLOSE int dir = -1;
	int ret;

	(void)snprintf(g->aside_name, sizeof(g->aside_name), "%s-aside", g->name);
	if (mkdirat(g->place, g->aside_name, 0755))
		return tb_err_set(err, errno, "make a control group for tcbox");
	dir = openat(g->place, g->aside_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = dir < 0 ? tb_err_set(err, errno, "open %s", g->aside_name) :
		put(dir, "cgroup.procs", "0", err);
	if (ret)
		(void)unlinkat(g->place, g->aside_name, AT_REMOVEDIR);
	g->aside = !ret;
	return ret;
}

static void step_back(struct cgroup *g)
{
	if (!g->aside)
		return;
	(void)put(g->place, "cgroup.procs", "0", NULL);
	(void)unlinkat(g->place, g->aside_name, AT_REMOVEDIR);
	g->aside = false;
}

/* is_root() - of all groups: it may have processes and groups with limits below it, and has no
 * cgroup.type */
static bool is_root(int dir)
{
	return faccessat(dir, "cgroup.type", F_OK, 0) && errno == ENOENT;
}

static bool is_empty(int dir)
{
	uint64_t pid;

	return !get_number(dir, "cgroup.procs", NULL, &pid);
}

/* make_room() - in our own group, which must have no process. That is asked for, and not left to
 * the kernel: it lets the controllers cpu and pids be put on in a group with processes, and makes
 * those below threaded, unfit for a process */
static int make_room(struct cgroup *g, struct tb_err *err)
{
	int ret;

	if (is_root(g->place))
		return 0;
	ret = step_aside(g, err);
	return ret || is_empty(g->place) ? ret :
		tb_err_msg(err, EBUSY, "other processes are in tcbox's control group");
}

/* A place that the box's group may be made in. */
struct place {
	const char *path;
	bool own;		/* tcbox's own group: controllers that are off there can be put
				 * on */
	unsigned int on, has;	/* controllers of the groups below: now, and as far as possible */
};

/* look_at() - is it one? g->place is open then */
static int look_at(struct cgroup *g, struct place *p, unsigned int mask, struct tb_err *err)
{
	g->place = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->place < 0)
		return tb_err_set(err, errno, "open %s", p->path);
	p->on = controllers_in(g->place, "cgroup.subtree_control");
	p->has = (p->own ? controllers_in(g->place, "cgroup.controllers") : p->on) & mask;
	if (!(p->has & (CGROUP_MEMORY | CGROUP_CPU)))
		return tb_err_msg(err, ENOENT, "%s has no controller for it", p->path);
	if (faccessat(g->place, ".", W_OK, AT_EACCESS) ||
	    faccessat(g->place, "cgroup.procs", W_OK, AT_EACCESS))
		return tb_err_set(err, errno, "%s", p->path);
	return 0;
}

static int take_place(struct cgroup *g, struct place *p, unsigned int mask, struct tb_err *err)
{
	int ret = look_at(g, p, mask, err);

	if (!ret && p->own)
		ret = make_room(g, err);
	if (!ret && p->own)
		ret = switch_controllers(g->place, '+', p->has & ~p->on, err);
	return ret;
}

static int find_place(struct cgroup *g, const char *own, unsigned int mask, struct tb_err *err)
{
	char above[PATH_MAX];
	struct place ours = { .path = own, .own = true }, outer = { .path = above };
	int ret;

	if (snprintf(above, sizeof(above), "%s/..", own) >= PATH_MAX)
		return tb_err_set(err, ENAMETOOLONG, "%s", own);
	sweep(own);
	sweep(above);
	ret = take_place(g, &ours, mask, err);
	if (!ret)
		return 0;
	step_back(g);
	tb_close(&g->place);
	if (take_place(g, &outer, mask, NULL)) {
		tb_close(&g->place);
		return ret;		/* why our own was none */
	}
	return 0;
}

/* alone() - are we, and the process that started us, the only ones in our group? */
static bool alone(int dir)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char *at, *end;

	if (tb_read_file(dir, "cgroup.procs", FILE_SIZE_MAX, &text, NULL) || !text.data)
		return false;
	for (at = text.data; *at; at = end + strspn(end, "\n")) {
		long pid = strtol(at, &end, 10);

		if (end == at || (pid != getpid() && pid != getppid()))
			return false;
	}
	return true;
}

unsigned int cgroup_would(const char *own, struct tb_err *err)
{
	struct cgroup g = CGROUP_NONE;
	char above[PATH_MAX];
	struct place ours = { .path = own, .own = true }, outer = { .path = above };
	unsigned int all = CGROUP_MEMORY | CGROUP_CPU | CGROUP_PIDS;
	bool good = !look_at(&g, &ours, all, err) && (is_root(g.place) || alone(g.place));

	if (!good && !err->msg[0])
		(void)tb_err_msg(err, EBUSY, "%s: other processes are there, too", own);
	tb_close(&g.place);
	if (good)
		return ours.has;
	good = snprintf(above, sizeof(above), "%s/..", own) < PATH_MAX &&
		!look_at(&g, &outer, all, NULL);
	tb_close(&g.place);
	return good ? outer.has : 0;
}

/* make_box() - between mkdir(2) and flock(2) another run may sweep it away: then once more */
static int make_box(struct cgroup *g, struct tb_err *err)
{
	int tries;

	for (tries = 0; tries < 3; tries++) {
		if (mkdirat(g->place, g->name, 0755))
			return tb_err_set(err, errno, "make a control group for the box");
		g->box = openat(g->place, g->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (g->box >= 0 && !flock(g->box, LOCK_EX | LOCK_NB))
			g->procs = openat(g->box, "cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (g->procs >= 0)
			return 0;
		tb_close(&g->box);
	}
	(void)unlinkat(g->place, g->name, AT_REMOVEDIR);
	return tb_err_set(err, errno, "open the box's control group");
}

static bool put_number(int dir, const char *file, uint64_t n, struct tb_err *err)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, n);
	return !put(dir, file, text, err);
}

/* set_limits() - what can be set is noted in g->set. Return: negative errno if it is nothing */
static int set_limits(struct cgroup *g, const struct cgroup_limits *want, struct tb_err *err)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE),
		quota = want->cpus_milli * (PERIOD_US / 1000), swap;
	char cpu[64];

	(void)snprintf(cpu, sizeof(cpu), "%" PRIu64 " %d", quota, PERIOD_US);
	if (want->memory && put_number(g->box, "memory.max", want->memory - want->memory % page,
				       err)) {
		/* the kernel counts in pages */
		g->set.memory = want->memory - want->memory % page;
		g->swap = !put(g->box, "memory.swap.max", "0", NULL) ||
			!get_number(AT_FDCWD, "/proc/meminfo", "SwapTotal:", &swap) ||
			  !swap;
	}
	if (want->cpus_milli && !put(g->box, "cpu.max", cpu, err))
		g->set.cpus_milli = want->cpus_milli;
	if (!g->set.memory && !g->set.cpus_milli)
		return tb_err_wrap(err, "limit the box's control group");
	/* and init */
	if (want->tasks && put_number(g->box, "pids.max", want->tasks + 1, NULL))
		g->set.tasks = want->tasks;
	return 0;
}

/* remove_group() - once its last process is dead. A zombie does not count */
static void remove_group(int place, const char *name)
{
	const struct timespec pause = { .tv_nsec = TB_NS_PER_MS };
	int64_t deadline = tb_monotonic_ns() + CLEAR_NS;

	while (unlinkat(place, name, AT_REMOVEDIR) && errno == EBUSY &&
	       tb_monotonic_ns() < deadline)
		(void)nanosleep(&pause, NULL);
}

/* clear_away() - everything as it was before. @tcbox: waits for us, or 0 */
static void clear_away(const struct cgroup *g, pid_t tcbox)
{
	remove_group(g->place, g->name);
	if (!g->aside)
		return;
	(void)switch_controllers(g->place, '-',
				 controllers_in(g->place, "cgroup.subtree_control"), NULL);
	(void)put(g->place, "cgroup.procs", "0", NULL);
	if (tcbox)
		(void)put_number(g->place, "cgroup.procs", (uint64_t)tcbox, NULL);
	remove_group(g->place, g->aside_name);
}

static void keep(const struct cgroup *g, int life, pid_t tcbox) __attribute__((noreturn));

static void keep(const struct cgroup *g, int life, pid_t tcbox)
{
	const int needed[] = { life, g->place, g->box };
	sigset_t all;
	char byte;
	int i;

	(void)setsid();
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	tb_close_others(needed, TB_ARRAY_SIZE(needed));
	for (i = 0; i < 3; i++)
		(void)close(i);		/* somebody may wait for the end of tcbox's output */
	if (chdir("/") == 0)
		tb_title("keeper");
	while (read(life, &byte, 1) < 0 && errno == EINTR)
		;
	clear_away(g, getppid() == tcbox ? tcbox : 0);
	_exit(0);
}

static int start_keeper(struct cgroup *g, struct tb_err *err)
{
	pid_t tcbox = getpid();
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return tb_err_set(err, errno, "create pipe");
	g->life = p[1];
	g->keeper = fork();
	if (g->keeper == 0)
		keep(g, p[0], tcbox);
	(void)close(p[0]);
	return g->keeper < 0 ? tb_err_set(err, errno, "start the keeper of the control group") : 0;
}

int cgroup_make(struct cgroup *g, const char *own, const struct cgroup_limits *want,
		struct tb_err *err)
{
	unsigned int mask = CGROUP_PIDS;
	int ret;

	if (want->memory)
		mask |= CGROUP_MEMORY;
	if (want->cpus_milli)
		mask |= CGROUP_CPU;
	(void)snprintf(g->name, sizeof(g->name), PREFIX "%d", (int)getpid());
	ret = find_place(g, own, mask, err);
	if (ret)
		return ret;
	ret = make_box(g, err);
	if (!ret)
		ret = set_limits(g, want, err);
	if (!ret)
		ret = start_keeper(g, err);
	if (ret) {
		clear_away(g, getpid());
		g->set = (struct cgroup_limits){ 0 };
	}
	return ret;
}

int cgroup_enter(struct cgroup *g, struct tb_err *err)
{
	if (g->procs >= 0 && write(g->procs, "0", 1) != 1)
		return tb_err_set(err, errno, "enter the box's control group");
	tb_close(&g->procs);
	/* after that, so that the box's group is the namespace's root */
	return unshare(CLONE_NEWCGROUP) ?
		tb_err_set(err, errno, "create the box's cgroup namespace") : 0;
}

bool cgroup_holds(const struct cgroup *g)
{
	uint64_t n;

	return (!g->set.memory ||
		(get_number(g->box, "memory.max", NULL, &n) && n == g->set.memory)) &&
	       (!g->set.cpus_milli ||
		(get_number(g->box, "cpu.max", NULL, &n) &&
		 n == g->set.cpus_milli * (PERIOD_US / 1000))) &&
	       (!g->set.tasks || (get_number(g->box, "pids.max", NULL, &n) &&
				  n == g->set.tasks + 1));
}

bool cgroup_memory_peak(const struct cgroup *g, uint64_t *bytes)
{
	return get_number(g->box, "memory.peak", NULL, bytes);
}

bool cgroup_memory_kills(const struct cgroup *g, uint64_t *processes)
{
	return get_number(g->box, "memory.events", "oom_kill ", processes);
}

void cgroup_end(struct cgroup *g)
{
	tb_close(&g->life);
	while (g->keeper > 0 && waitpid(g->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	g->keeper = 0;
	tb_close(&g->procs);
	tb_close(&g->box);
	tb_close(&g->place);
}
