/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - private layers that are kept from run to run, by name
 *
 * A state is a directory in $TCBOX_STATE_HOME, else $XDG_STATE_HOME/tcbox, else
 * ~/.local/state/tcbox; for root, /var/lib/tcbox:
 *
 *	NAME/state.json		whose it is, with which root file system, how many runs there were
 *	NAME/layer/		what the product wrote; see root.c for what is in it
 *	NAME/authority.pem	the certificate authority that the layer trusts
 */
#ifndef RUN_STATE_H
#define RUN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/lab.h"
#include "tcbox/own.h"
#include "tcbox/sandbox.h"

/* What must be the same in each run with a layer; but not whether the product is root. */
struct state_key {
	struct sbx_ids ids;
	char *root;		/* NULL: the machine's own file system */
};

struct state {
	char *dir;
	char *layer;		/* absolute */
	int dir_fd;
	int lock;		/* locked as long as it is open anywhere */
	int layer_fd;
	uint64_t run;		/* which run this is, from 1 */
};

/* state_home() - the directory of all states, links resolved; owned by the caller. NULL: there is
 * none */
char *state_home(void);

/* state_name_valid() - letters, digits and "._-", at most 64, no dot at the beginning */
bool state_name_valid(const char *name);

/**
 * state_open() - a layer for a run, made if there is none of this name
 * @s:		Released with state_close(), also after an error
 * @key:	Gets the subordinate ids of the first run that had any
 *
 * Return: 0; -EBUSY: another run uses it; -EINVAL: it was made by another user, or with other
 * options; other negative errno
 */
int state_open(struct state *s, const char *name, struct state_key *key,
	       struct tb_err *err) TB_MUST_CHECK;
void state_close(struct state *s);

/* state_begin() - the run begins: count it, and keep @key for those that follow */
int state_begin(const struct state *s, const struct state_key *key,
		struct tb_err *err) TB_MUST_CHECK;

/* state_authority() - the one of the layer, or a new one that is then the layer's */
int state_authority(const struct state *s, int64_t ahead_s, struct lab_authority **out,
		    struct tb_err *err) TB_MUST_CHECK;

/* state_list() - one call of @fn for each state, in the order of names. @about: who uses it and how
 * often */
int state_list(void (*fn)(void *arg, const char *name, const char *about), void *arg,
	       struct tb_err *err);

/* state_remove() - with all that is in it. Return: as state_open(); -ENOENT: there is none */
int state_remove(const char *name, struct tb_err *err) TB_MUST_CHECK;

#endif
