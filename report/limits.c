/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.c - the limits of the box, and what kept them: a limit of each process is not one of all
 * of them
 */
#include <inttypes.h>

#include "report/sections.h"
#include "tcbox/word.h"

/* processors() - thousandths, without zeros at the end */
static void processors(struct tb_buf *b, uint64_t milli)
{
	uint64_t part = milli % 1000;
	int digits = 3;

	tb_buf_addf(b, "%" PRIu64, milli / 1000);
	for (; part && part % 10 == 0; digits--)
		part /= 10;
	if (part)
		tb_buf_addf(b, ".%0*" PRIu64, digits, part);
	tb_buf_adds(b, milli == 1000 ? " processor" : " processors");
}

static void memory(struct tb_buf *b, const struct run_info *run)
{
	if (!run->memory_by && !run->memory_asked)
		return;
	amount_join(b, ", ");
	tb_buf_adds(b, "memory ");
	amount_bytes(b, run->memory_by ? run->memory_max : run->memory_asked);
	if (tb_is_word(run->memory_by, "cgroup"))
		tb_buf_adds(b, " for all of it (cgroup)");
	else if (tb_is_word(run->memory_by, "rlimit"))
		tb_buf_adds(b, " for each process (rlimit), not for all together");
	else
		tb_buf_adds(b, " asked for, but not known to be in force");
}

static void cpus(struct tb_buf *b, const struct run_info *run)
{
	if (!run->cpus_by && !run->cpus_asked_milli)
		return;
	amount_join(b, ", ");
	processors(b, run->cpus_by ? run->cpus_milli : run->cpus_asked_milli);
	if (tb_is_word(run->cpus_by, "cgroup"))
		tb_buf_adds(b, " for all of it (cgroup)");
	else if (tb_is_word(run->cpus_by, "affinity"))
		tb_buf_adds(b, " unless it chose others (affinity)");
	else
		tb_buf_adds(b, " asked for, but not known to be in force");
}

static void bytes(struct tb_buf *b, uint64_t n, const char *of)
{
	if (!n)
		return;
	amount_join(b, ", ");
	amount_bytes(b, n);
	tb_buf_adds(b, of);
}

void limits_add(struct tb_buf *b, const struct run_info *run)
{
	if (run->processes_max)
		amount_count(b, run->processes_max, "process", "processes");
	if (run->processes_max && tb_is_word(run->processes_by, "cgroup"))
		tb_buf_adds(b, " (cgroup)");
	memory(b, run);
	cpus(b, run);
	if (run->cpu_time_max_s) {
		amount_join(b, ", ");
		tb_buf_addf(b, "%" PRIu64 " s of processor time a process", run->cpu_time_max_s);
	}
	bytes(b, run->layer_bytes, " of private files");
	bytes(b, run->file_size_max, " a file");
	bytes(b, run->output_max, " of output a stream");
	bytes(b, run->body_max, " of the body of a request");
}
