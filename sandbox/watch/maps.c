/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps.c - files of the run that programs have mapped as code: libraries and plugins that the
 * product made
 *
 * How it works: /proc/PID/maps is read before a process ends or becomes another program, and now
 * and then. A file whose last change is not older than the run was changed in it. As long as no
 * call that changes files was seen none can have been, and nothing is read.
 *
 * The file is looked for by the names that the line can mean, and known by its inode. Files of
 * memfd_create(2) have none in any file system: they are told as "memfd:NAME", which a program that
 * makes code at run time can have, too.
 *
 * Limits: what a process has mapped since it was forked and executes its first program; what was
 * mapped and is not any more at these times; MAPS_BYTES of what one process has mapped, KNOWN_MAX
 * files, and paths of TGT_PATH_MAX: what is beyond is a loss, told once. Code that is read into
 * memory is mapped from no file, and as long as no file was written a memfd is not looked for.
 */
#include "sandbox/watch/maps.h"

#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sandbox/watch/maps_read.h"
#include "sandbox/watch/outcome.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define MAPS_BYTES (1u << 20)
#define KNOWN_MAX 1024u
#define AROUND 4u	/* processes at a time */
#define GONE " (deleted)"
#define NEWLINE "\\012"
#define MEMFD "/memfd:"
#define MEMORIES 3u	/* pages of 4 KiB, 2 MiB and 1 GiB */

/* What stands before the path in a line. */
enum { ADDRESSES, PERMS, OFFSET, DEVICE, INODE, FIELDS };

struct maps {
	int64_t since;		/* CLOCK_REALTIME: when the run began */
	bool wrote, lost;
	struct tb_map *known;	/* program and path */
	uint64_t round;		/* of maps_look_around() */
	uint64_t memory[MEMORIES];	/* devices of files that are memory: memfd_create(2),
					 * shmat(2); 0: not known */
};

/* memory_devices() - where the kernel has files without a file system. Huge pages have a device for
 * each of their sizes */
static void memory_devices(struct maps *m)
{
	static const unsigned int flags[MEMORIES] = { 0, MFD_HUGETLB | MFD_HUGE_2MB,
						      MFD_HUGETLB | MFD_HUGE_1GB };

	for (size_t i = 0; i < MEMORIES; i++) {
		TB_AUTOCLOSE int fd = memfd_create("maps", MFD_CLOEXEC | flags[i]);
		struct stat st;

		if (fd >= 0 && fstat(fd, &st) == 0)
			m->memory[i] = st.st_dev;
	}
}

static bool is_memory(const struct maps *m, uint64_t dev)
{
	for (size_t i = 0; i < MEMORIES; i++)
		if (m->memory[i] && m->memory[i] == dev)
			return true;
	return false;
}

struct maps *maps_new(void)
{
	struct maps *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->since = tb_realtime_ns();
	memory_devices(m);
	m->round = 1;
	m->known = tb_map_new(KNOWN_MAX);
	if (m->known)
		return m;
	free(m);
	return NULL;
}

void maps_free(struct maps *m)
{
	if (m)
		tb_map_free(m->known);
	free(m);
}

void maps_wrote(struct maps *m, const char *path)
{
	bool device = !strncmp(path, "/dev/", 5) && strncmp(path, "/dev/shm/", 9) != 0;

	m->wrote |= !device && strncmp(path, "/proc/", 6) != 0;
}

bool maps_cut_gone(char *path)
{
	size_t len = strlen(path);
	bool gone = len > strlen(GONE) && !strcmp(path + len - strlen(GONE), GONE);

	if (gone)
		path[len - strlen(GONE)] = '\0';
	return gone;
}

bool maps_unescape(char *path)
{
	char *to = path;
	bool any = false;

	for (const char *from = path; *from; to++) {
		bool newline = !strncmp(from, NEWLINE, strlen(NEWLINE));

		*to = newline ? '\n' : *from;
		from += newline ? strlen(NEWLINE) : 1;
		any |= newline;
	}
	*to = '\0';
	return any;
}

bool maps_line(char *line, struct maps_file *out)
{
	char *field[FIELDS] = { NULL }, *p = line;
	unsigned long major_nr;

	for (int i = 0; i < FIELDS; i++) {
		unsigned int spaces;

		field[i] = p;
		p += strcspn(p, " ");
		spaces = (unsigned int)strspn(p, " ");
		if (!spaces)
			return false;
		p += spaces;
	}
	if (*p != '/' || strcspn(field[PERMS], " ") < 3 || field[PERMS][2] != 'x')
		return false;
	p[strcspn(p, "\n")] = '\0';
	out->path = p;
	major_nr = strtoul(field[DEVICE], &p, 16);
	out->dev = makedev(major_nr, *p == ':' ? strtoul(p + 1, NULL, 16) : 0);
	out->ino = strtoull(field[INODE], NULL, 10);
	return true;
}

static bool is_of_run(const struct maps *m, const struct outcome_look *look)
{
	return look->there &&
	       look->ctime.tv_sec * TB_NS_PER_S + look->ctime.tv_nsec >= m->since;
}

/* say_lost() - files that are mapped as code and were not told */
static void say_lost(struct watch *w)
{
	struct ev ev = { .kind = EV_LOSS };

	if (w->maps->lost)
		return;
	w->maps->lost = true;
	ev.u.loss = (struct ev_loss){ .what = "files mapped as code",
				      .detail = "a process has mapped more than is read of it, or "
						"programs have mapped more files of the run than "
						"are told" };
	watch_append(w, 0, &ev);
}

/* is_new() - was the program not yet seen with this file? */
static bool is_new(struct watch *w, const struct proc *p, const char *path, bool gone)
{
	struct tb_map *known = w->maps->known;
	char key[sizeof(p->exe) + 1 + TGT_PATH_MAX];
	size_t len = strlen(path);

	if (len >= TGT_PATH_MAX) {
		say_lost(w);
		return false;
	}
	memcpy(key, &p->exe, sizeof(p->exe));
	key[sizeof(p->exe)] = (char)gone;
	memcpy(key + sizeof(p->exe) + 1, path, len);
	len += sizeof(p->exe) + 1;
	if (tb_map_get(known, key, len))
		return false;
	if (!tb_map_put(known, key, len, w->maps))
		return true;
	say_lost(w);
	return false;
}

/* A process, while its files are looked at. */
struct looking {
	struct watch *w;
	const struct proc *p;
	uint64_t program;	/* inode of what it runs; 0: not known */
	char program_path[TGT_PATH_MAX];	/* with the mark of one that is gone */
};

static void tell(const struct looking *l, const char *path, bool gone)
{
	struct ev ev = { .kind = EV_MAP };

	if (!is_new(l->w, l->p, path, gone))
		return;
	ev.u.map = (struct ev_map){ .path = path, .gone = gone };
	watch_append(l->w, l->p->id, &ev);
}

/* is_program() - the kernel's mark may be the end of another file's own name: there the inode says
 * it. Elsewhere that can be the one of a layer below */
static bool is_program(const struct looking *l, const struct maps_file *f)
{
	size_t len = strlen(f->path), mark = strlen(GONE);

	if (strcmp(f->path, l->program_path) != 0)
		return false;
	return l->program == f->ino || len < mark || strcmp(f->path + len - mark, GONE) != 0;
}

static void program_of(struct looking *l)
{
	struct stat st;
	char name[64];
	ssize_t len;

	(void)snprintf(name, sizeof(name), "/proc/%d/exe", (int)l->p->tgid);
	len = readlink(name, l->program_path, sizeof(l->program_path) - 1);
	l->program_path[len > 0 ? len : 0] = '\0';
	l->program = stat(name, &st) < 0 ? 0 : st.st_ino;
}

/*
 * look_at_path() - the file that a name of the line leads to. What looks like the kernel's mark can
 * be the end of a file's own name. Return: false: it is another file, or none
 */
static bool look_at_path(const struct looking *l, const struct maps_file *f, const char *path)
{
	struct outcome_look look = outcome_look(l->w, l->p->tgid, path);

	if (is_of_run(l->w->maps, &look) && S_ISREG(look.mode))
		tell(l, path, false);
	return look.there && look.ino == f->ino;
}

/* look_at_memory() - a file of memfd_create(2) has a name for people only. Other memory that is
 * shared has none */
static void look_at_memory(const struct looking *l, char *path)
{
	(void)maps_cut_gone(path);
	if (!strncmp(path, MEMFD, strlen(MEMFD)))
		tell(l, path + 1, true);
}

static void look_at_file(const struct looking *l, const struct maps_file *f)
{
	char plain[TGT_PATH_MAX + 128];
	bool escaped;

	if (is_program(l, f))
		return;
	if (is_memory(l->w->maps, f->dev)) {
		look_at_memory(l, f->path);
		return;
	}
	(void)snprintf(plain, sizeof(plain), "%s", f->path);
	escaped = maps_unescape(plain);
	if (look_at_path(l, f, f->path) || (escaped && look_at_path(l, f, plain)))
		return;
	if (maps_cut_gone(plain))
		tell(l, plain, true);
}

static bool look_at_line(void *arg, char *line, bool whole)
{
	const struct looking *l = arg;
	struct maps_file file;

	if (!whole)
		say_lost(l->w);
	else if (maps_line(line, &file))
		look_at_file(l, &file);
	return true;
}

void maps_look(struct watch *w, const struct proc *p)
{
	struct looking l = { .w = w, .p = p };
	char name[64];

	if (!w->maps->wrote || p->ours)
		return;
	program_of(&l);
	(void)snprintf(name, sizeof(name), "/proc/%d/maps", (int)p->tgid);
	if (!maps_read(name, MAPS_BYTES, look_at_line, &l))
		say_lost(w);
}

void maps_look_around(struct watch *w)
{
	struct maps *m = w->maps;
	size_t pos = 0, n = 0;
	struct proc *p;

	while (m->wrote && n < AROUND && (p = tb_map_next(w->procs->by_tid, &pos))) {
		if (p->maps_round == m->round)
			continue;
		p->maps_round = m->round;
		maps_look(w, p);
		n++;
	}
	if (n < AROUND)
		m->round++;
}
