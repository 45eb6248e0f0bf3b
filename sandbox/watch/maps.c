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
 * mapped and is not any more at these times; MAPS_BYTES of what one process has mapped, and
 * KNOWN_MAX files. Code that is read into memory is mapped from no file.
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
#define PATH_FIELD 5	/* of a line, from 0 */
#define GONE " (deleted)"

struct maps {
	int64_t since;		/* CLOCK_REALTIME: when the run began */
	bool wrote;
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

/* cut_gone() - the mark of a file that has no name any more. Return: was it there? */
static bool cut_gone(char *path)
{
	size_t len = strlen(path);
	bool gone = len > strlen(GONE) && !strcmp(path + len - strlen(GONE), GONE);

	if (gone)
		path[len - strlen(GONE)] = '\0';
	return gone;
}

bool maps_line(char *line, const char **path, bool *gone)
{
	char *p = line, *perms = NULL;

	for (int i = 0; i < PATH_FIELD; i++) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
		if (i == 0)
			perms = p;
	}
	if (*p != '/' || strcspn(perms, " ") < 3 || perms[2] != 'x')
		return false;
	p[strcspn(p, "\n")] = '\0';
	*gone = cut_gone(p);
	*path = p;
	return strncmp(p, "/memfd:", 7) != 0 && strncmp(p, "/dev/", 5) != 0 &&
	       strcmp(p, "/SYSV00000000") != 0;
}

static bool is_of_run(const struct watch *w, const struct proc *p, const char *path)
{
	struct outcome_look look = outcome_look(w, p->tgid, path);

	return look.there &&
	       look.ctime.tv_sec * TB_NS_PER_S + look.ctime.tv_nsec >= w->maps->since;
}

/* is_new() - was the program not yet seen with this file? */
static bool is_new(struct maps *m, const struct proc *p, const char *path)
{
	char key[sizeof(p->exe) + TGT_PATH_MAX];
	size_t len = strlen(path);

	if (len >= TGT_PATH_MAX)
		return false;
	memcpy(key, &p->exe, sizeof(p->exe));
	memcpy(key + sizeof(p->exe), path, len);
	len += sizeof(p->exe);
	return !tb_map_get(m->known, key, len) && tb_map_put(m->known, key, len, m) == 0;
}

/* program_of() - what the process runs, as a path without the mark of one that is gone */
static void program_of(const struct proc *p, char path[TGT_PATH_MAX])
{
	ssize_t len;
	char name[64];

	(void)snprintf(name, sizeof(name), "/proc/%d/exe", (int)p->tgid);
	len = readlink(name, path, TGT_PATH_MAX - 1);
	path[len > 0 ? len : 0] = '\0';
	(void)cut_gone(path);
}

static void look_at_line(struct watch *w, const struct proc *p, const char *program, char *line)
{
	struct ev ev = { .kind = EV_MAP };
	const char *path;
	bool gone;

	if (!maps_line(line, &path, &gone) || !strcmp(path, program) ||
	    (!gone && !is_of_run(w, p, path)) || !is_new(w->maps, p, path))
		return;
	ev.u.map = (struct ev_map){ .path = path, .gone = gone };
	watch_append(w, p->id, &ev);
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
	while (f && fgets(line, sizeof(line), f) && strlen(line) < left) {
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
