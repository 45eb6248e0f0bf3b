/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.c - memory and processors of the product: by a control group, or what is there without one
 *
 * Limits
 *	Without a control group memory is limited for each process by RLIMIT_DATA, getrlimit(2).
 *	That counts private memory that can be written (Linux 4.7), and so not what Go, Java, node
 *	and Chromium only reserve; with RLIMIT_AS, which counts that, they do not start. Neither
 *	counts what processes share, or holds for them together.
 *
 *	An affinity is where a process starts, and it may choose another: no limit for a product
 *	that wants more.
 */
#include "sandbox/box/limits.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>

/* degrade() - @option was asked for, and @instead is all there is */
static void tell_reduced(limits_sentence_fn reduced, void *arg, const char *option,
			 const char *instead, const struct tb_err *why)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s %s: no control group can limit it (%s)", option,
		       instead, why->msg);
	reduced(arg, text);
}

/* each_memory() - the limit of each process: not more than who started tcbox may have */
static void each_memory(struct limits *l, uint64_t wanted)
{
	struct rlimit had;

	l->on.memory_by = SBX_BY_PROCESS;
	l->on.memory_max = wanted;
	if (!getrlimit(RLIMIT_DATA, &had) && had.rlim_max != RLIM_INFINITY && had.rlim_max < wanted)
		l->on.memory_max = had.rlim_max;
}

/* choose() - the first @n of the processors that we may use. Return: false if that is no choice */
static bool choose(uint64_t n, cpu_set_t *set)
{
	int cpu;

	if (sched_getaffinity(0, sizeof(*set), set) || (uint64_t)CPU_COUNT(set) <= n)
		return false;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, set))
			continue;
		if (n)
			n--;
		else
			CPU_CLR(cpu, set);
	}
	return true;
}

static void each_cpus(struct limits *l, uint64_t wanted_milli)
{
	uint64_t n = (wanted_milli + 999) / 1000;
	cpu_set_t set;

	if (!choose(n, &set))
		return;
	l->on.cpus_by = SBX_BY_AFFINITY;
	l->on.cpus_milli = n * 1000;
}

static void by_group(struct limits *l)
{
	const struct cgroup_limits *set = &l->group.set;

	if (set->memory) {
		l->on.memory_by = SBX_BY_CGROUP;
		l->on.memory_max = set->memory;
	}
	if (set->cpus_milli) {
		l->on.cpus_by = SBX_BY_CGROUP;
		l->on.cpus_milli = set->cpus_milli;
	}
	if (set->tasks)
		l->on.processes_by = SBX_BY_CGROUP;
}

void limits_prepare(struct limits *l, const struct sbx_limit_opts *opt, limits_sentence_fn reduced,
		    void *arg)
{
	const struct cgroup_limits want = { opt->memory_max, opt->cpus_milli, opt->processes_max };
	struct tb_err why = { 0 };
	char own[PATH_MAX];

	if (opt->processes_max)
		l->on.processes_by = SBX_BY_PROCESS;
	if (!want.memory && !want.cpus_milli)
		return;
	if (!cgroup_own(own, &why) && !cgroup_make(&l->group, own, &want, &why))
		by_group(l);
	if (!why.msg[0])
		(void)tb_err_msg(&why, ENOENT, "%s has no controller for it", own);
	if (want.memory && !l->on.memory_by) {
		each_memory(l, want.memory);
		tell_reduced(reduced, arg, "--memory",
			     "holds for each process, not for all together, and not for shared "
			     "memory", &why);
	} else if (want.memory && !l->group.swap) {
		reduced(arg, "--memory does not count what is swapped out: the control group has "
			     "no memory.swap.max");
	}
	if (want.cpus_milli && !l->on.cpus_by) {
		each_cpus(l, want.cpus_milli);
		tell_reduced(reduced, arg, "--cpus",
			     l->on.cpus_by ? "is a number of whole processors, and the product "
					     "may choose others" :
			"limits nothing", &why);
	}
}

int limits_enter(struct limits *l, struct tb_err *err)
{
	return cgroup_enter(&l->group, err);
}

int limits_apply(const struct limits *l, const struct sbx_limit_opts *opt, struct tb_err *err)
{
	const struct rlimit data = { l->on.memory_max, l->on.memory_max };
	/* SIGXCPU at the first, SIGKILL at the second */
	struct rlimit time = { opt->cpu_time_max_s, opt->cpu_time_max_s + 1 }, had;
	cpu_set_t set;

	if (l->on.memory_by == SBX_BY_PROCESS && setrlimit(RLIMIT_DATA, &data))
		return tb_err_set(err, errno, "limit memory");
	if (l->on.cpus_by == SBX_BY_AFFINITY && choose(l->on.cpus_milli / 1000, &set) &&
	    sched_setaffinity(0, sizeof(set), &set))
		return tb_err_set(err, errno, "choose processors");
	if (!opt->cpu_time_max_s)
		return 0;
	if (getrlimit(RLIMIT_CPU, &had))
		return tb_err_set(err, errno, "look at limits");
	if (time.rlim_max > had.rlim_max)
		time.rlim_max = had.rlim_max;
	return setrlimit(RLIMIT_CPU, &time) ? tb_err_set(err, errno, "limit processor time") : 0;
}

void limits_look(struct limits *l, limits_sentence_fn degraded, void *arg)
{
	if (!l->group.keeper)
		return;
	l->on.kills_known = cgroup_memory_kills(&l->group, &l->on.memory_kills);
	l->on.peak_known = l->on.kills_known && cgroup_memory_peak(&l->group, &l->on.memory_peak);
	if (!cgroup_holds(&l->group))
		degraded(arg, "the limits of the box's control group were changed during the run, "
			      "by another program or the control "
			 "groups above");
}

void limits_end(struct limits *l)
{
	cgroup_end(&l->group);
}

const char *sbx_by_name(enum sbx_by by)
{
	static const char *const names[SBX_BYS] = {
		[SBX_BY_CGROUP] = "cgroup", [SBX_BY_PROCESS] = "rlimit",
		[SBX_BY_AFFINITY] = "affinity",
	};

	return names[by];
}
