/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.h - what examiners noted of a run, while it went on or after: notes.jsonl of a bundle,
 * tcbox-review(5)
 *
 * A note has the time at which it was made and changes nothing else: not the evidence, not the
 * verdict. Lines are only ever added.
 */
#ifndef TCBOX_NOTE_H
#define TCBOX_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"

#define NOTE_FILE "notes.jsonl"
#define NOTE_MAX_BYTES (4u << 20)	/* of the file */
#define NOTE_TEXT_MAX 4000		/* bytes */
#define NOTE_EXAMINER_MAX 200

struct tb_pool;

struct note {
	const char *time;		/* UTC, as tb_time_format() writes it */
	int64_t time_ns;		/* the same, CLOCK_REALTIME */
	const char *examiner;
	const char *text;
};

struct notes {
	struct note *v;			/* in the order of the file */
	size_t n;
	struct tb_pool *pool;		/* of the texts */
};

/**
 * notes_read() - read the notes of a bundle
 * @dirfd:	The bundle's directory
 * @name:	The directory's name, for messages
 * @out:	Becomes the caller's, notes_clear(); empty if nobody noted anything
 *
 * Return: 0; -EBADMSG: a line is no note, and the message says which one; other negative errno
 */
int notes_read(int dirfd, const char *name, struct notes *out, struct tb_err *err);

/* notes_parse() - the same with lines that were read already; @name: for messages */
int notes_parse(const char *name, const char *text, size_t len, struct notes *out,
		struct tb_err *err);

void notes_clear(struct notes *n);

/* note_check() - may it be stored? Examiner and text must have words and fit. Return: 0, or -EINVAL
 * with a sentence */
int note_check(const struct note *n, struct tb_err *err);

/**
 * note_append() - add a note to the bundle's
 * @n:	Its time is that of the call, whatever it says
 *
 * The line is whole and on the disk at return, or the file is as it was. Return: 0; -EINVAL:
 * note_check(); -EBADMSG: a line that is there already is damaged; other negative errno
 */
int note_append(int dirfd, const char *name, const struct note *n, struct tb_err *err);

#endif
