/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - the run manifest (run.json): what was run, where, how, and how it ended
 *
 * It is written when the run starts, with state "running", and replaced at the end. A bundle whose
 * manifest still says "running" is incomplete: tcbox or the machine died.
 */
#ifndef TCBOX_RUN_H
#define TCBOX_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/json_write.h"

#define RUN_FORMAT 1		/* "tcbox_run" in run.json: readers refuse a greater number */
#define RUN_BUNDLE_SUFFIX ".tcbox"	/* of a bundle's directory that was not given a name */
#define RUN_SCENARIOS_SUFFIX ".scenarios"	/* the same of a directory of several */
#define RUN_FILE "run.json"
#define RUN_CAPTURE_FILE "capture.pcapng"
#define RUN_POLICY_FILE "policy.json"
#define RUN_REPORT_FILE "report.json"
#define RUN_PAGE_FILE "report.html"
#define RUN_BODIES_FILE "bodies.bin"
#define RUN_STDOUT_FILE "stdout.log"
#define RUN_STDERR_FILE "stderr.log"
#define RUN_RESERVE_FILE ".reserve"	/* during the run: room for what is written last, when the
					 * disk is full by then */

#define SEAL_FILE "seal.json"
#define STAMP_REQUEST_FILE "seal.tsq"
#define STAMP_FILE "seal.tsr"
#define REDACTED_FILE "redacted.json"
#define REDACTED_PARTS_FILE "redacted.jsonl"

/* A file that a bundle may have. */
struct run_part {
	const char *name;
	bool needed;		/* every run leaves it, however it ends */
	bool grows;		/* examiners add lines to it */
	bool of_seal;		/* the seal is about all others */
	bool of_copy;		/* only a redacted copy has it */
};

extern const struct run_part run_parts[];	/* the last has no name */

/* run_part() - NULL: no bundle has a file of this name */
const struct run_part *run_part(const char *name);

enum run_state {
	RUN_RUNNING,		/* not finished: or whoever wrote it died */
	RUN_COMPLETE,
	RUN_FAILED,		/* tcbox ended the run because it could not go on; error says why */
};

/* What is behind the gate. The names in the bundle are those of --net. */
enum run_net {
	RUN_NET_NOT_SAID,	/* by an older bundle */
	RUN_NET_SIM,		/* a simulated internet answers */
	RUN_NET_NONE,		/* nothing: attempts are recorded */
};

/* Which system calls notify, as in --observe. */
enum run_observe {
	RUN_OBSERVE_NOT_SAID,
	RUN_OBSERVE_DEFAULT,
	RUN_OBSERVE_ALL,
};

/* A file of the product, hashed before the first and after the last instruction. */
struct run_file {
	char *path;
	char *sha256_before;
	char *sha256_after;	/* NULL: not there any more or not read */
	uint64_t size;
};

struct run_counter {
	char *name;
	uint64_t value;
};

struct run_info {
	enum run_state state;
	char *error;			/* state RUN_FAILED: why */
	char *tcbox_version;
	char *hostname, *kernel, *machine;
	uint64_t uid;			/* who started it */
	int64_t started_ns;		/* CLOCK_REALTIME; event times count from here */
	int64_t ended_ns;		/* 0 while running */
	char **argv;			/* NULL-terminated */
	size_t argc;
	char *cwd;
	char **env;			/* names of variables that the technician set or passed
					 * on */
	size_t nenv;
	char **binds;			/* "SRC:DST" or "SRC:DST:ro": files of the host that the
					 * technician added */
	size_t nbinds;
	char **influence;		/* what of the machine reached the product's world, a line
					 * for each */
	size_t ninfluence;
	char *root;			/* directory of the host that was the product's file system;
					 * NULL: the host's own */
	char *state_name;		/* the layer was kept under this name; NULL: it vanished */
	uint64_t state_run;		/* which run with this layer it was, from 1 */
	bool as_root;			/* the product was root of the box */
	uint64_t ids;			/* users that the box has */
	char *box_hostname;		/* what the product saw; NULL: the machine's */
	enum run_net net;
	char *lab_path, *lab_sha256;	/* answers of the simulated internet that were given;
					 * NULL: none */
	char *scenario;			/* what the simulated internet did wrong on purpose: its
					 * name; NULL: none was asked for */
	char *scenario_means;		/* the same in a sentence */
	char *phase;			/* of the product's life, by which rules are in force;
					 * NULL: all are */
	char *clock;			/* the product's, as it was asked for; NULL: the
					 * machine's */
	int64_t clock_ahead_s;		/* of the machine's; negative: behind */
	char **clock_moved, **clock_real;	/* programs that had it, and programs that had the
						 * machine's, "PATH (why)": as they were seen */
	size_t nclock_moved, nclock_real;
	enum run_observe observe;
	bool enforce;
	char *writes_by, *reads_by;	/* what kept the product from changing, reading undeclared
					 * files: "Landlock ABI 7", "mounts"; NULL: nothing */
	bool has_policy;
	char *policy_path;		/* as given on the command line */
	char *policy_sha256;
	uint64_t timeout_ms;		/* 0: none */
	uint64_t processes_max;		/* limits of the box; 0: none */
	uint64_t layer_bytes;
	uint64_t file_size_max;
	uint64_t cpu_time_max_s;	/* of one process */
	uint64_t output_max;		/* bytes of each of RUN_STDOUT_FILE and RUN_STDERR_FILE */
	uint64_t body_max;		/* bytes of each body in RUN_BODIES_FILE; 0: none */
	uint64_t memory_asked, cpus_asked_milli;	/* by the technician; 0: nothing */
	uint64_t memory_max, cpus_milli;	/* what was in force; 0: none, or the run has no
						 * end */
	char *memory_by, *cpus_by, *processes_by;	/* "cgroup", "rlimit", "affinity"; NULL: no
							 * limit, or not known */
	bool timed_out;
	bool interrupted;		/* the technician ended it */
	bool exited;			/* exit_code is valid */
	int64_t exit_code;
	int64_t exit_signal;		/* killed by it; 0: not */
	struct run_file *files;
	size_t nfiles;
	uint64_t record_lines;		/* how many the record has, and the chain's value of the
					 * last one, tcbox/chain.h; NULL: the run has no end */
	char *record_head;
	struct run_counter *counters;	/* final totals of all producers, "SRC.name" */
	size_t ncounters;
	char **degraded;		/* sentences: mechanisms that could not be used in this
					 * run */
	size_t ndegraded;
	char **reduced;			/* sentences: limits and users that the box has less of than
					 * was asked for; this takes nothing from what was seen */
	size_t nreduced;
};

/* RUN_SCENARIO_NORMAL - the scenario in which nothing goes wrong */
#define RUN_SCENARIO_NORMAL "normal"

/* run_went_wrong() - did the simulated internet do something wrong on purpose? */
bool run_went_wrong(const struct run_info *r);

/* run_info_clear() - free everything inside; the struct itself is the caller's */
void run_info_clear(struct run_info *r);

/* run_degraded(), run_reduced() - add a sentence to @degraded, @reduced */
int run_degraded(struct run_info *r, const char *text, struct tb_err *err);
int run_reduced(struct run_info *r, const char *text, struct tb_err *err);

/*
 * run_clock() - add a program to @clock_moved, or to @clock_real with the reason, unless it is
 * there.
 *
 * Return: 0 or negative errno: EBADMSG, the program or the reason is NULL or empty; E2BIG, there
 * are RUN_CLOCKS_MAX
 */
#define RUN_CLOCKS_MAX 2048u
int run_clock(struct run_info *r, const char *program, bool moved, const char *why);

/* The file that the members are written for: a manifest says more. */
enum run_for { RUN_FOR_MANIFEST, RUN_FOR_REPORT };

/* run_info_tree() - every member of @r, into an object that the caller has begun. A report has
 * every key: where there is no value it says null */
void run_info_tree(struct jw *w, const struct run_info *r, enum run_for what);

/* run_info_write() - write run.json into the bundle, atomically; the last one over
 * RUN_RESERVE_FILE, if it is there */
int run_info_write(int bundle_fd, const struct run_info *r, struct tb_err *err);

/**
 * run_info_read() - read run.json
 *
 * Return: 0; -ENOENT: no bundle; -EINVAL: not a regular file; -EBADMSG: not a manifest (the text
 * says where); -EPROTO: written by a newer tcbox
 */
int run_info_read(int bundle_fd, struct run_info *r, struct tb_err *err);

#endif
