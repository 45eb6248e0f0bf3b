/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts.c - capture, decoder and lab as parts of the airlock; declared destinations as openings of
 * the gate
 */
#include "run/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/capture.h"
#include "tcbox/grow.h"
#include "tcbox/log.h"
#include "tcbox/net.h"

/* The kernel clears its ring when it makes it, so a big one is most of a run's start. The link is
 * shaped: this holds 134 ms of it, which also a busy machine gives the capture. */
#define RING_BYTES (16u << 20)

static const char *const box[] = { TB_BOX_IP4, TB_BOX_IP6, NULL };
static const char *const gate[] = { TB_GATE_IP4, TB_GATE_IP6, NULL };

const struct evd_net parts_net = { .own = box, .resolver = gate };

static int run_decoder(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	const struct parts *p = arg;
	const struct dec_options opt = { .packets_fd = p->packets[0], .record_fd = env->record_fd,
					 .ready_fd = env->ready_fd, .t0_ns = env->t0_ns,
					 .box = box, .gate = gate };

	return dec_main(&opt, err);
}

static int run_capture(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	const struct parts *p = arg;
	const struct capt_options opt = {
		.ifname = TB_GATE_IF, .file_fd = p->capture_fd, .decoder_fd = p->packets[1],
		.record_fd = env->record_fd,
		.ready_fd = env->ready_fd, .stop_fd = env->stop_fd, .t0_ns = env->t0_ns,
		.snaplen = CAPT_SNAPLEN, .buffer_bytes = RING_BYTES,
	};

	return capt_main(&opt, err);
}

/* append() - one opening for each range of ports of a rule. Return: 0 or -ENOMEM */
static int append(struct sbx_open **out, size_t *n, const struct pol_conn *c,
		  const struct ev_addr *net, unsigned int prefix)
{
	size_t more = c->nports ? c->nports : 1;
	struct sbx_open *grown = tb_grow(*out, *n, more, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*out = grown;
	for (size_t i = 0; i < more; i++)
		grown[(*n)++] = (struct sbx_open){ .net = *net, .prefix = prefix,
						   .protocol = c->protocol,
						   .port_lo = c->nports ? c->ports[i].lo : 0,
						   .port_hi = c->nports ? c->ports[i].hi : 0 };
	return 0;
}

static bool rule_names(const struct pol_conn *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nto; i++)
		if (c->to[i].kind != POL_DEST_NET && pol_name_glob(c->to[i].name, name))
			return true;
	return false;
}

static unsigned int full_prefix(const struct ev_addr *a)
{
	return a->family == AF_INET6 ? 128 : 32;
}

/* openings() - of one address: what the rules say that name it, and any port for the control */
static int openings(const struct parts *p, const char *name, const struct ev_addr *addr,
		    struct sbx_open **out, size_t *n)
{
	static char tcp[] = "tcp";
	const struct pol_conn control = { .protocol = tcp };
	int ret = 0;

	if (!strcmp(name, p->canary_name))
		ret = append(out, n, &control, addr, full_prefix(addr));
	for (size_t i = 0; !ret && p->policy && i < p->policy->nconns; i++)
		if (rule_names(&p->policy->conns[i], name))
			ret = append(out, n, &p->policy->conns[i], addr, full_prefix(addr));
	return ret;
}

/* allow() - open one address for every rule that names it. Return: true if there was such a rule
 * and the gate took it */
static bool allow(const struct parts *p, const char *name, const struct ev_addr *addr)
{
	TB_AUTOFREE struct sbx_open *opens = NULL;
	struct tb_err err = { 0 };
	size_t n = 0;

	if (openings(p, name, addr, &opens, &n)) {
		tb_warn("gate", "open the gate for %.255s: no memory", name);
		return false;
	}
	if (!n)
		return false;
	if (sbx_gate_allow(opens, n, &err)) {
		tb_warn("gate", "%s", err.msg);
		return false;
	}
	return true;
}

static bool on_answer(void *arg, const char *name, const struct ev_addr *addrs, size_t n)
{
	const struct parts *p = arg;
	bool declared = n > 0;
	size_t i;

	for (i = 0; i < n; i++)
		declared &= allow(p, name, &addrs[i]);
	return declared;
}

static bool may_resolve(void *arg, const char *name)
{
	const struct parts *p = arg;

	return !strcmp(name, p->canary_name) || pol_declares_name(p->policy, name);
}

static int run_lab(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	struct parts *p = arg;
	bool hold = p->enforce && p->policy && p->policy->on_name != POL_IGNORE;
	const struct lab_options opt = {
		.authority = p->authority, .scenario = p->scenario,
		.fixture = p->fixture, .ahead_s = p->ahead_s,
		.canary_name = p->canary_name, .bodies_fd = p->bodies_fd,
		.body_max = p->body_max, .record_fd = env->record_fd,
		.ready_fd = env->ready_fd, .stop_fd = env->stop_fd, .t0_ns = env->t0_ns,
		.on_answer = p->enforce ? on_answer : NULL,
		.may_resolve = hold ? may_resolve : NULL, .arg = p,
	};

	return lab_main(&opt, err);
}

static int run_disk(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	const struct parts *p = arg;

	return sbx_disk_main(p->layer_fd, p->root_fd, env, err);
}

/* add_disk() - who compares the private layer before and after the run */
static int add_disk(struct parts *p, struct tb_err *err)
{
	p->root_fd = open(p->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->root_fd < 0)
		return tb_err_set(err, errno, "open %s", p->root);
	p->list[p->n++] = (struct sbx_part){
		.name = "disk", .src = EV_SRC_DISK, .wait_ready = true, .after_box = true,
		.no_net = true, .layer = true, .main = run_disk, .arg = p,
		.keep_fds = { p->root_fd, p->layer_fd, -1 },
	};
	return 0;
}

int parts_prepare(struct parts *p, struct tb_err *err)
{
	p->n = 0;
	if (pipe2(p->packets, O_CLOEXEC)) {
		p->packets[0] = p->packets[1] = -1;
		return tb_err_set(err, errno, "create pipe");
	}
	p->list[p->n++] = (struct sbx_part){
		.name = "decoder", .src = EV_SRC_NET, .no_net = true, .main = run_decoder,
		.arg = p, .keep_fds = { p->packets[0], -1 },
	};
	p->list[p->n++] = (struct sbx_part){
		.name = "capture", .src = EV_SRC_CAPTURE, .wait_ready = true, .slow = true,
		.main = run_capture, .arg = p, .keep_fds = { p->capture_fd, p->packets[1], -1 },
	};
	if (p->lab)
		p->list[p->n++] = (struct sbx_part){
			.name = "lab", .src = EV_SRC_LAB, .wait_ready = true, .main = run_lab,
			.arg = p, .keep_fds = { p->bodies_fd, -1 },
		};
	return add_disk(p, err);
}

void parts_clear(struct parts *p)
{
	tb_close(&p->packets[0]);
	tb_close(&p->packets[1]);
	tb_close(&p->root_fd);
}

int parts_opens(const struct pol *policy, struct sbx_open **out, size_t *n, struct tb_err *err)
{
	const struct ev_addr any4 = { .family = AF_INET }, any6 = { .family = AF_INET6 };
	size_t i, j;
	int ret = 0;

	*out = NULL;
	*n = 0;
	for (i = 0; policy && !ret && i < policy->nconns; i++) {
		const struct pol_conn *c = &policy->conns[i];

		if (!c->nto) {
			ret = append(out, n, c, &any4, 0);
			if (!ret)
				ret = append(out, n, c, &any6, 0);
		}
		for (j = 0; !ret && j < c->nto; j++)
			if (c->to[j].kind == POL_DEST_NET)
				ret = append(out, n, c, &c->to[j].net, c->to[j].prefix);
	}
	return ret ? tb_err_set(err, -ret, "open the gate for declared networks") : 0;
}
