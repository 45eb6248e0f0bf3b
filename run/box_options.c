/* SPDX-License-Identifier: Apache-2.0 */
/*
 * box_options.c - what the box of a run is given: lab, parts, mounts, network, calls, limits
 */
#include "run/box_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/owned.h"
#include "tcbox/own.h"

#define RATE_BITS UINT64_C(1000000000)	/* what the machine can write while it captures */
#define CANARY_PORT 443

int box_options_lab(struct run *r, struct tb_err *err)
{
	int ret = 0;

	r->parts.lab = r->wants->network.mode == RUN_NET_SIM;
	if (r->parts.lab && r->wants->state)
		ret = state_authority(&r->state, r->wants->clock_s, &r->authority, err);
	return ret ? ret : trust_prepare(&r->trust, r->parts.lab, r->wants, err);
}

/* prepare_late() - in the airlock, while the kernel makes the capture's ring: the authority of this
 * run, and what trusts it. It takes as long as all else that tcbox prepares */
static int prepare_late(void *arg, struct tb_err *err)
{
	struct run *r = arg;
	int ret = 0;

	if (!r->parts.lab)
		return 0;
	if (!r->authority)
		ret = lab_authority_new(&r->authority, r->wants->clock_s, err);
	if (!ret)
		ret = trust_authority(&r->trust, lab_authority_pem(r->authority),
				      lab_authority_hash(r->authority), err);
	r->parts.authority = r->authority;
	r->box.mounts.nfiles = r->trust.nfiles;
	return ret;
}

/* prepare_parts() - the airlock's processes, and what the policy lets through it */
static int prepare_parts(struct run *r, struct tb_err *err)
{
	int ret;

	r->parts.capture_fd = r->bundle.capture;
	r->parts.policy = r->policy;
	r->parts.scenario = r->wants->scenario;
	r->parts.fixture = r->fixture;
	r->parts.ahead_s = r->wants->clock_s;
	r->parts.bodies_fd = r->bundle.bodies;
	r->parts.body_max = r->wants->body_max;
	r->parts.canary_name = r->canary_name;
	r->parts.enforce = r->wants->enforce;
	r->parts.layer_fd = r->state.layer_fd;
	r->parts.root = r->wants->root ? r->wants->root : "/";
	ret = parts_prepare(&r->parts, err);
	if (!ret)
		ret = parts_opens(r->policy, &r->opens, &r->nopens, err);
	if (!ret)
		ret = places_prepare(&r->places, r->wants->enforce ? r->policy : NULL, err);
	return ret;
}

/* key_home() - where the user's own key is; NULL: nowhere */
static char *key_home(void)
{
	TB_AUTOFREE char *path = seal_key_home();

	return path ? realpath(path, NULL) : NULL;
}

static void set_mounts(struct run *r, struct sbx_mounts *m)
{
	r->hide[m->nhide++] = r->bundle.real;
	r->state_home = state_home();	/* that of other cases, too, with the keys of their
					 * authorities */
	if (r->state_home)
		r->hide[m->nhide++] = r->state_home;
	r->key_home = key_home();	/* with the key that seals bundles */
	if (r->key_home)
		r->hide[m->nhide++] = r->key_home;
	if (r->wants->hide)
		r->hide[m->nhide++] = r->wants->hide;
	m->hide = r->hide;
	m->root = r->wants->root;
	m->state = r->state.layer;
	m->state_lock = r->state.lock;
	m->files = r->trust.files;
	m->nfiles = r->trust.nfiles;
	m->binds = r->wants->binds;
	m->nbinds = r->wants->nbinds;
}

/*
 * set_faults() - what of a scenario is done at the gate. The control is the first name that the lab
 * gives an address, which is stable
 */
static int set_faults(const struct run *r, struct sbx_faults *f, struct tb_err *err)
{
	static const enum sbx_way ways[] = {
		[LAB_GATE_PASSES] = SBX_PASS, [LAB_GATE_REFUSES] = SBX_REFUSE,
		[LAB_GATE_REFUSES_ALL] = SBX_REFUSE_ALL, [LAB_GATE_DROPS] = SBX_DROP,
	};
	const struct lab_scenario *s = r->wants->scenario;
	struct lab_names *names;
	struct ev_addr addr;
	int ret;

	if (!s)
		return 0;
	names = lab_names_new();
	ret = names ? lab_name_addr(names, r->canary_name, AF_INET, &addr) : -ENOMEM;
	lab_names_free(names);
	if (ret)
		return tb_err_set(err, -ret, "address of the control");
	memcpy(f->canary_ip4, addr.ip, sizeof(f->canary_ip4));
	f->way = ways[s->gate];
	f->family = s->family;
	f->lose_nth = s->lose_nth;
	return 0;
}

/* set_network() - beside what was asked for */
static void set_network(struct run *r, struct sbx_network *n)
{
	n->open = r->opens;
	n->nopen = r->nopens;
	n->rate_bits = RATE_BITS;
	n->canary_name = r->canary_name;
	n->canary_port = CANARY_PORT;
}

int box_options_fill(struct run *r, struct tb_err *err)
{
	struct sbx_options *b = &r->box;
	int ret = prepare_parts(r, err);

	if (ret)
		return ret;
	b->product = product_for_box(&r->product);
	b->identity = r->wants->identity;
	b->identity.ids = r->product.ids;
	b->network = r->wants->network;
	set_network(r, &b->network);
	ret = set_faults(r, &b->network.faults, err);
	if (ret)
		return ret;
	b->calls = r->wants->calls;
	if (r->policy) {
		b->calls.sys = r->policy->has_syscalls ? r->policy->sys : NULL;
		b->calls.i386 = r->policy->i386;
	}
	b->limits = r->wants->limits;
	b->places = r->places.box;
	b->clock = r->clock.box;
	set_mounts(r, &b->mounts);
	b->parts = r->parts.list;
	b->nparts = r->parts.n;
	b->late = prepare_late;
	b->late_arg = r;
	return 0;
}
