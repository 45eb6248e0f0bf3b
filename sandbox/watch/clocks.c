/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clocks.c - which programs have a clock of the product's own, and which the machine's
 *
 * How it works: with --clock each process is looked at, before it ends or becomes another program,
 * and now and then: is libfaketime mapped in it as code? It is known by the numbers of its file,
 * as the kernel shows those of a mapping, and not by its name. If it is not there, the program says
 * why: it has no loader, or is one of 32 bits. A program of Go reads the clock itself, whatever is
 * mapped.
 *
 * Limits: a program that has libfaketime and asks the kernel itself sees the machine's clock, and
 * nobody sees that: a clock is read in the process' own memory, vdso(7). Who is killed before it is
 * looked at is not told. KNOWN_MAX programs; what is beyond is a loss, told once.
 */
#include "sandbox/watch/clocks.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/maps_read.h"
#include "sandbox/watch/outcome.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"
#include "tcbox/file.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define KNOWN_MAX 1024u
#define HEADERS_MAX 64u

struct clocks {
	bool on, lost;
	char library[MAPS_NUMBERS];	/* "fe:01 1234", as proc_pid_maps(5) has it */
	struct file_id shared[2];
	struct tb_map *known;		/* program, and whether it has the clock */
};

struct clocks *clocks_new(void)
{
	struct clocks *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->known = tb_map_new(KNOWN_MAX);
	if (c->known)
		return c;
	free(c);
	return NULL;
}

void clocks_free(struct clocks *c)
{
	if (c)
		tb_map_free(c->known);
	free(c);
}

/* Where a file was mapped, to find its numbers. */
struct mapped {
	unsigned long at;
	char *out;
	bool found;
};

static bool is_mapped_at(void *arg, char *line, bool whole)
{
	struct mapped *m = arg;

	(void)whole;
	m->found = strtoul(line, NULL, 16) == m->at && maps_numbers(line, false, m->out);
	return !m->found;
}

/* know_library() - by mapping it: on overlays, and on some file systems, the numbers of a mapping
 * are not those of stat(2) */
static bool know_library(struct clocks *c, int root, const char *path)
{
	TB_AUTOCLOSE int fd = tb_open_how(root, path, O_RDONLY,
					  RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
	struct mapped m = { .at = (unsigned long)at, .out = c->library };

	if (at == MAP_FAILED)
		return false;
	(void)maps_read("/proc/self/maps", SIZE_MAX, is_mapped_at, &m);
	(void)munmap(at, 1);
	return m.found;
}

int clocks_open(struct watch *w, const struct sbx_clock *clock, pid_t first)
{
	static const char *const shared[] = { SBX_CLOCK_SEMAPHORE, SBX_CLOCK_MEMORY };
	struct clocks *c = w->clocks;

	if (!clock->library)
		return 0;
	if (!know_library(c, w->where->root, clock->library))
		return -ENOENT;
	for (size_t i = 0; i < TB_ARRAY_SIZE(shared); i++) {
		const struct outcome_look look = outcome_look(w, first, shared[i]);

		if (!look.there)
			return -ENOENT;
		c->shared[i] = (struct file_id){ look.dev, look.ino };
	}
	c->on = true;
	return 0;
}

bool clocks_shared(const struct clocks *c, const struct outcome_look *look)
{
	for (size_t i = 0; c->on && look->there && i < TB_ARRAY_SIZE(c->shared); i++)
		if (c->shared[i].ino == look->ino && c->shared[i].dev == look->dev)
			return true;
	return false;
}

/* is_go() - does a note say so? */
static bool is_go(int fd, const Elf64_Phdr *ph)
{
	struct {
		Elf64_Nhdr head;
		char name[4];
	} note;

	return ph->p_type == PT_NOTE && ph->p_offset <= INT64_MAX &&
	       pread(fd, &note, sizeof(note), (off_t)ph->p_offset) == (ssize_t)sizeof(note) &&
	       note.head.n_namesz == sizeof(note.name) && !memcmp(note.name, "Go\0", 4);
}

/* why_not() - what of the program keeps it from a clock of its own. Return: NULL, nothing does */
static const char *why_not(pid_t pid)
{
	TB_AUTOCLOSE int fd = -1;
	Elf64_Phdr ph[HEADERS_MAX];
	bool loader = false, go = false;
	char path[64];
	Elf64_Ehdr eh;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &eh, sizeof(eh), 0) != (ssize_t)sizeof(eh))
		return NULL;
	if (eh.e_ident[EI_CLASS] == ELFCLASS32)
		return "32-bit";
	if (eh.e_phentsize != sizeof(*ph) || eh.e_phnum > HEADERS_MAX || eh.e_phoff > INT64_MAX ||
	    pread(fd, ph, eh.e_phnum * sizeof(*ph), (off_t)eh.e_phoff) !=
	    (ssize_t)(eh.e_phnum * sizeof(*ph)))
		return NULL;
	for (size_t i = 0; i < eh.e_phnum; i++) {
		loader = loader || ph[i].p_type == PT_INTERP;
		go = go || is_go(fd, &ph[i]);
	}
	if (go)
		return "go";
	return loader ? NULL : "static";
}

/* is_new() - was this not yet told of the program? */
static bool is_new(struct watch *w, const struct proc *p, const char *why)
{
	struct ev ev = { .kind = EV_LOSS };
	struct clocks *c = w->clocks;
	char key[sizeof(p->exe) + 1];

	memcpy(key, &p->exe, sizeof(p->exe));
	key[sizeof(p->exe)] = why ? why[0] : ' ';
	if (tb_map_get(c->known, key, sizeof(key)))
		return false;
	if (!tb_map_put(c->known, key, sizeof(key), c))
		return true;
	ev.u.loss = (struct ev_loss){ .what = "clocks of programs",
				      .detail = "there are more programs than are told" };
	if (!c->lost)
		watch_append(w, 0, &ev);
	c->lost = true;
	return false;
}

static void tell(struct watch *w, const struct proc *p, bool mapped)
{
	const char *why = why_not(p->tgid);
	char link[64], path[TGT_PATH_MAX], named[ELSEWHERE_MAX];
	struct ev ev = { .kind = EV_CLOCK };
	ssize_t len;

	if (!why && !mapped)
		why = "not loaded";
	if (!is_new(w, p, why))
		return;
	(void)snprintf(link, sizeof(link), "/proc/%d/exe", (int)p->tgid);
	len = readlink(link, path, sizeof(path) - 1);
	if (len <= 0)
		return;
	path[len] = '\0';
	ev.u.clock = (struct ev_clock){
		.program = elsewhere_program(w->where, &p->exe, path, named),
		.moved = !why, .why = why,
	};
	watch_append(w, p->id, &ev);
}

/* look() - @last: the process is done with its program; else its loader may still be at work, and
 * what is not there is believed at the second look */
static void look(struct watch *w, struct proc *p, bool last)
{
	const uint64_t program = p->programs + 1;
	bool mapped, again = p->clock_seen == program;
	char path[64];

	if (!w->clocks->on || p->ours || p->canary || p->clock_told == program)
		return;
	p->clock_seen = program;
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)p->tgid);
	mapped = maps_has_code(path, w->clocks->library);
	if (!mapped && !last && !again)
		return;
	p->clock_told = program;
	tell(w, p, mapped);
}

void clocks_look(struct watch *w, struct proc *p)
{
	look(w, p, true);
}

void clocks_look_around(struct watch *w)
{
	size_t pos = 0;
	struct proc *p;

	while (w->clocks->on && (p = tb_map_next(w->procs->by_tid, &pos)))
		look(w, p, false);
}
