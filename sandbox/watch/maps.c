/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps.c - files of the run that programs have mapped as code: libraries and plugins that the
 * product made
 *
 * How it works: /proc/PID/maps is read before a process ends or becomes another program, and now
 * and then. A file whose last change is not older than the run was changed in it. As long as no
 * call that changes files was seen none can have been, and nothing is read.
 *
 * Limits: what a process has mapped since it was forked and executes its first program; what was
 * mapped and is not any more at these times; MAPS_BYTES of what one process has mapped, KNOWN_MAX
 * files, and paths of TGT_PATH_MAX: what is beyond is a loss, told once. Code that is read into
 * memory is mapped from no file.
 */
#include "sandbox/watch/maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/watch/outcome.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/map.h"

#define MAPS_BYTES (1u << 20)
#define KNOWN_MAX 1024u
#define AROUND 4u	/* processes at a time */
#define INODE_FIELD 4	/* of a line, from 0 */
#define PATH_FIELD 5
#define GONE " (deleted)"

struct maps {
	int64_t since;		/* CLOCK_REALTIME: when the run began */
	bool wrote, lost;
	struct tb_map *known;	/* program and path */
	uint64_t round;		/* of maps_look_around() */
};

struct maps *maps_new(void)
{
	struct maps *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->since = tb_realtime_ns();
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
	m->wrote |= strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0;
}

bool maps_cut_gone(char *path)
{
	size_t len = strlen(path);
	bool gone = len > strlen(GONE) && !strcmp(path + len - strlen(GONE), GONE);

	if (gone)
		path[len - strlen(GONE)] = '\0';
	return gone;
}

bool maps_line(char *line, char **path, uint64_t *inode)
{
	char *p = line, *perms = NULL;

	for (int i = 0; i < PATH_FIELD; i++) {
		if (i == INODE_FIELD)
			*inode = strtoull(p, NULL, 10);
		p += strcspn(p, " ");
		p += strspn(p, " ");
		if (i == 0)
			perms = p;
	}
	if (*p != '/' || strcspn(perms, " ") < 3 || perms[2] != 'x')
		return false;
	p[strcspn(p, "\n")] = '\0';
	*path = p;
	return strncmp(p, "/memfd:", 7) != 0 && strncmp(p, "/dev/", 5) != 0 &&
	       strcmp(p, "/SYSV00000000" GONE) != 0;
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

/* program_of() - what the process runs, as a path, with the mark of one that is gone */
static void program_of(const struct proc *p, char path[TGT_PATH_MAX])
{
	ssize_t len;
	char name[64];

	(void)snprintf(name, sizeof(name), "/proc/%d/exe", (int)p->tgid);
	len = readlink(name, path, TGT_PATH_MAX - 1);
	path[len > 0 ? len : 0] = '\0';
}

static void tell(struct watch *w, const struct proc *p, const char *path, bool gone)
{
	struct ev ev = { .kind = EV_MAP };

	if (!is_new(w, p, path, gone))
		return;
	ev.u.map = (struct ev_map){ .path = path, .gone = gone };
	watch_append(w, p->id, &ev);
}

/* look_at_line() - what looks like the kernel's mark can be the end of a file's own name */
static void look_at_line(struct watch *w, const struct proc *p, const char *program, char *line)
{
	struct outcome_look look;
	uint64_t inode;
	char *path;

	if (!maps_line(line, &path, &inode) || !strcmp(path, program))
		return;
	look = outcome_look(w, p->tgid, path);
	if (is_of_run(w->maps, &look))
		tell(w, p, path, false);
	if ((!look.there || look.ino != inode) && maps_cut_gone(path) && strcmp(path, program) != 0)
		tell(w, p, path, true);
}

void maps_look(struct watch *w, const struct proc *p)
{
	char name[64], line[TGT_PATH_MAX + 128], program[TGT_PATH_MAX];
	size_t left = MAPS_BYTES;
	FILE *f;

	if (!w->maps->wrote || p->ours)
		return;
	(void)snprintf(name, sizeof(name), "/proc/%d/maps", (int)p->tgid);
	program_of(p, program);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (strlen(line) >= left) {
			say_lost(w);
			break;
		}
		left -= strlen(line);
		look_at_line(w, p, program, line);
	}
	if (f)
		(void)fclose(f);
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
