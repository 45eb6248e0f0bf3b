/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - the airlock: box, gate and supervisor around one product
 *
 * sbx_start() builds the airlock and starts the product; the caller then polls sbx_fd() and calls
 * sbx_step() until it says that the run is over, and sbx_end() to tear everything down. If the
 * caller dies, everything in the airlock dies with it.
 */
#ifndef TCBOX_SANDBOX_H
#define TCBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcbox/err.h"
#include "tcbox/event.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"
#include "tcbox/run.h"

/* What a part gets from the airlock. Descriptors are borrowed and stay valid while the part
 * runs. */
struct sbx_part_env {
	int record_fd;		/* the part's pipe to the record */
	int ready_fd;		/* write one byte when ready */
	int stop_fd;		/* readable when the part must finish */
	int layer_fd;		/* the box's private layer, for a part with @layer; else -1 */
	int64_t t0_ns;
};

/*
 * A process that lives in the gate beside the supervisor. Witnesses (wait_ready) are started before
 * the product in the order of the list and stopped in reverse order once the box is dead; without
 * one of them the run ends. The others may start and get ready later, and end by themselves when
 * what they read from has ended.
 */
struct sbx_part {
	const char *name;	/* "capture", "decoder", "lab" */
	enum ev_src src;
	bool wait_ready;	/* the product does not start before this part is ready */
	bool slow;		/* and that takes the kernel long: started before all others */
	bool after_box;		/* starts once the box's file system stands */
	bool no_net;		/* gets an empty network namespace instead of the gate's */
	bool layer;		/* gets the box's private layer */
	int (*main)(void *arg, const struct sbx_part_env *env, struct tb_err *err);
	void *arg;
	int keep_fds[4];	/* descriptors besides those of struct sbx_part_env that it needs,
				 * ended by -1; all others are closed */
};

struct sbx_env {
	const char *name;
	const char *value;	/* NULL: unset */
};

/* A file that the product sees in place of the host's. */
struct sbx_file {
	const char *path;	/* absolute; must lie in an overlaid directory or in a private
				 * one */
	const void *data;
	size_t len;
	mode_t mode;
};

/* A file or directory of the host that the product sees at another place, or at its own although
 * that is private. */
struct sbx_bind {
	char *from;			/* absolute, as the host sees it */
	char *to;			/* absolute, as the product sees it */
	bool readonly;			/* else writes go to the private layer */
};

/* One address range and port range that the gate lets pass from the start, under enforcement. */
struct sbx_open {
	struct ev_addr net;
	unsigned int prefix;
	const char *protocol;	/* "tcp", "udp", "icmp"; NULL: any */
	uint16_t port_lo, port_hi;	/* 0, 0: any */
};

/* Users as the host knows them. Root of the airlock is @uid, and has the subordinate ids
 * (subuid(5)) as 1 to @n. */
struct sbx_ids {
	uid_t uid;		/* never 0 */
	gid_t gid;
	uint32_t sub_uid, sub_gid, n;	/* n 0: none */
};

/*
 * Where files may be changed, or only read, under enforcement: one file, or its directory if it is
 * not there yet; or a directory with all below it.
 */
struct sbx_place {
	char *path;			/* absolute, as the product sees it */
	bool exact;			/* one file */
	bool readonly;
};

/* The program, as the product's file system knows it. */
struct sbx_product {
	char *const *argv;		/* NULL-terminated */
	const char *program;		/* file to execute, absolute; a name without "/" is found by
					 * PATH */
	const char *cwd;		/* absolute */
	const char *const *expose;	/* directories (or single files) that must be there although
					 * they lie in /home, /tmp, ... */
	size_t nexpose;
	char *const *env;		/* NULL-terminated */
};

/* Who the product is. */
struct sbx_identity {
	struct sbx_ids ids;		/* on the host */
	bool as_root;			/* root of the box, and can become each of ids; else its
					 * usual self */
	const char *hostname;		/* the box's; NULL: the machine's */
};

/* What the product's file system is made of. */
struct sbx_mounts {
	const char *root;		/* a directory of the host that is the product's file
					 * system: program, cwd and expose are paths in it; NULL:
					 * the host's own */
	const char *state;		/* a directory of the host, the caller's alone, in which the
					 * private layer is kept from run to run; NULL: it vanishes
					 * with the box */
	int state_lock;			/* a descriptor that stays open as long as a process of the
					 * airlock lives: whoever locks it knows that the layer is
					 * in use; -1: none */
	const char *const *hide;	/* directories that must not be seen wherever they lie: the
					 * bundle, the kept layer */
	size_t nhide;
	const struct sbx_file *files;
	size_t nfiles;
	const struct sbx_bind *binds;
	size_t nbinds;
};

/* What becomes of packets to the lab. */
enum sbx_way {
	SBX_PASS,
	SBX_REFUSE,			/* TCP and UDP: at once */
	SBX_REFUSE_ALL,			/* and echo requests */
	SBX_DROP,			/* all: without a word */
};

/* What the gate does wrong, on purpose: after the capture, to all but lookups and the control. */
struct sbx_faults {
	enum sbx_way way;
	int family;			/* AF_INET, AF_INET6: the other is refused; 0: both pass */
	unsigned int lose_nth;		/* of so many packets one is dropped; 0: none */
	uint8_t canary_ip4[4];		/* where the control goes */
};


/* What is behind the link of the box. */
struct sbx_network {
	enum run_net mode;		/* RUN_NET_SIM: packets are steered to the lab;
					 * RUN_NET_NONE: they end at the gate */
	bool enforce;			/* only what @open says passes, and what sbx_gate_allow()
					 * adds */
	const struct sbx_open *open;
	size_t nopen;
	struct sbx_faults faults;	/* of RUN_NET_SIM */
	uint64_t rate_bits;		/* shaping of the link in bits per second; 0: none */
	const char *canary_name;	/* looked up and connected to before the product starts */
	uint16_t canary_port;
};

/* Which system calls notify, and which fail. */
struct sbx_calls {
	const enum pol_sys *sys;	/* verdicts by number; NULL: not declared, every call that
					 * is not dangerous is allowed */
	bool enforce;			/* undeclared calls fail with EPERM, after they were
					 * recorded */
	bool observe_all;		/* every call notifies */
	bool i386;			/* calls of 32-bit x86 are treated as the native ones that
					 * mean the same; else they fail */
};

/*
 * The product's clock. libfaketime, which the product's environment names (LD_PRELOAD), moves the
 * time of day of programs that load it; the box moves the time since the machine was started, which
 * can only be later than it is.
 */
struct sbx_clock {
	const char *library;		/* libfaketime, absolute, as the product sees it; NULL: the
					 * machine's clock */
	int64_t ahead_s;		/* negative: behind the machine's */
};

/* What libfaketime finds in the box, and would make for each process otherwise: its variable
 * FAKETIME_SHARED names both */
#define SBX_CLOCK_SHARED "/faketime /faketime"
#define SBX_CLOCK_SEMAPHORE "/dev/shm/sem.faketime"
#define SBX_CLOCK_MEMORY "/dev/shm/faketime"

/* sbx_clock_library() - where libfaketime may be, from 0 on. Return: NULL behind the last */
const char *sbx_clock_library(size_t i);

/* Where files may be changed and read; all else fails. */
struct sbx_places {
	bool writes, reads;		/* changing files, reading them is held to the places */
	const struct sbx_place *list;
	size_t n;
};

/* Limits that were asked for. */
struct sbx_limit_opts {
	uint64_t layer_bytes;		/* size of the private writable layer */
	uint64_t processes_max;		/* processes and threads of the box, at most what the caller
					 * may have */
	uint64_t file_size_max;		/* 0: no limit */
	uint64_t memory_max;		/* bytes; 0: no limit */
	uint64_t cpus_milli;		/* thousandths of a processor; 0: no limit */
	uint64_t cpu_time_max_s;	/* of each process; 0: no limit */
};

/* Ends of the airlock that the caller holds the other ends of. */
struct sbx_io {
	int record_fds[EV_SRCS];	/* writing ends of the producers' pipes, -1 where none */
	int stdio[3];			/* the product's streams; -1: a terminal of its own (then
					 * sbx_tty() is its master) */
	unsigned short tty_rows, tty_columns;	/* of that terminal at the start; 0: not known */
};

struct sbx_options {
	struct sbx_product product;
	struct sbx_identity identity;
	struct sbx_mounts mounts;
	struct sbx_network network;
	struct sbx_calls calls;
	struct sbx_places places;
	struct sbx_limit_opts limits;
	struct sbx_clock clock;
	struct sbx_io io;
	struct sbx_part *parts;
	size_t nparts;
	/* late() - in the airlock, once the slow parts were started and before the box and other
	 * parts are: what takes long, may still change @mounts and what other parts get, and needs
	 * no file. NULL: nothing */
	int (*late)(void *arg, struct tb_err *err);
	void *late_arg;
	int64_t t0_ns;
};

/*
 * sbx_ids_find() - the subordinate ids that ids->uid may use; fills in sub_uid, sub_gid and n.
 * Return: NULL, or why there are none, as a sentence
 */
const char *sbx_ids_find(struct sbx_ids *ids);

/* sbx_ids_run() - run a program to its end as root of a user namespace with these ids, for files
 * that belong to them; NULL: as who we are */
int sbx_ids_run(const struct sbx_ids *ids, char *const argv[], struct tb_err *err) TB_MUST_CHECK;

/* sbx_in_private_place() - is an absolute path below a place of which the box has its own, /home or
 * /tmp? @root: the product's file system is not the machine's; then homes are its own */
bool sbx_in_private_place(const char *path, bool root) TB_MUST_CHECK;

/**
 * sbx_bind_set() - read SRC[:DST][:ro]
 *
 * SRC must be a file or directory that the caller may read; both may not be /, /proc, /dev, /sys or
 * in them. To be released with sbx_bind_clear(), also after an error.
 */
int sbx_bind_set(struct sbx_bind *b, const char *text, struct tb_err *err) TB_MUST_CHECK;
void sbx_bind_clear(struct sbx_bind *b);

/**
 * sbx_disk_main() - what a run changed in the private layer
 * @kept:	The directory that struct sbx_options has as state; borrowed; -1: none
 * @root:	The product's file system without the layer, O_PATH; borrowed
 *
 * A part of the airlock, with wait_ready, after_box and layer: it lists env->layer_fd and @kept
 * before the product starts, once more when it is told to stop, and appends one EV_CHANGE for each
 * difference, at most 200000, at the end EV_COUNTERS: entries, created, changed, removed, left_out
 * (those beyond that), unread (beyond a limit, then there is an EV_LOSS), unhashed. What a product
 * wrote and removed again does not count as a change.
 */
int sbx_disk_main(int kept, int root, const struct sbx_part_env *env, struct tb_err *err);

struct sbx;

enum sbx_event {
	SBX_NOTHING,
	SBX_STARTED,		/* the product's first program is about to run; with a terminal:
				 * sbx_tty() is valid */
	SBX_PRODUCT_EXIT,	/* the first process ended: status in sbx_status(); others may still
				 * run */
	SBX_PART_DIED,		/* a part or the supervisor ended before its time:
				 * sbx_part_name() */
	SBX_BOX_DEAD,		/* no process of the product is left, and the control will be made
				 * once more: sbx_box_dead() */
	SBX_LAST_CANARY,	/* it was made: sbx_last_canary() */
	SBX_DONE,		/* every process of the box is dead, every part has finished */
	SBX_FAILED,		/* the airlock itself failed: err says why */
};

/**
 * sbx_start() - build the airlock
 *
 * Takes no ownership; everything in @opt must stay valid until sbx_end(). Descriptors in record_fds
 * and stdio are copied into the airlock: the caller closes its own afterwards.
 *
 * Return: 0; negative errno when something that can be checked beforehand is missing (err says what
 * and how to fix it)
 */
int sbx_start(struct sbx **out, const struct sbx_options *opt, struct tb_err *err) TB_MUST_CHECK;

int sbx_fd(const struct sbx *s);	/* poll for reading */
int sbx_step(struct sbx *s, enum sbx_event *ev, struct tb_err *err);

/* sbx_signal() - send a signal to the product's process group, or to every process of the box */
int sbx_signal(struct sbx *s, int sig, bool everyone);
int sbx_tty(const struct sbx *s);	/* master of the product's terminal, -1 if it has none;
					 * borrowed */
int sbx_status(const struct sbx *s);	/* wait(2) status of the first process; -1 while unknown */
int sbx_exec_errno(const struct sbx *s);	/* why the program could not be executed; 0: it
						 * was */
/* sbx_box_dead() - when the last process of the product was dead, in nanoseconds since t0; 0: not
 * yet */
int64_t sbx_box_dead(const struct sbx *s);
/* sbx_last_canary() - did the control at the end run? @why: as of sbx_canary() */
bool sbx_last_canary(const struct sbx *s, const char **why);
const char *sbx_part_name(const struct sbx *s);
/* What keeps a limit. */
enum sbx_by {
	SBX_BY_NOTHING,
	SBX_BY_CGROUP,		/* for all of the box together */
	SBX_BY_PROCESS,		/* each process by itself, setrlimit(2); for processes: their user
				 * namespace */
	SBX_BY_AFFINITY,	/* the product may choose other processors, sched_setaffinity(2) */
	SBX_BYS,
};

/* Limits that are in force, and what they did. */
struct sbx_limits {
	enum sbx_by memory_by, cpus_by, processes_by;
	uint64_t memory_max;		/* bytes; 0: no limit */
	uint64_t cpus_milli;		/* thousandths; by affinity: whole ones */
	bool kills_known, peak_known;	/* the second only with the first */
	uint64_t memory_kills;		/* processes that the kernel ended because of memory_max */
	uint64_t memory_peak;		/* bytes, of all together */
};

const char *sbx_by_name(enum sbx_by by);	/* "cgroup"; NULL: by nothing */

/* sbx_limits() - from sbx_start() to sbx_end(). May add to sbx_degraded() */
struct sbx_limits sbx_limits(struct sbx *s);

const char *sbx_canary(const struct sbx *s);	/* why the control process did not see its answers;
						 * NULL: it did, or has not run yet */
/* mechanisms that could not be used */
size_t sbx_degraded(const struct sbx *s, char *const **sentences);
/* limits that are less than was asked for */
size_t sbx_reduced(const struct sbx *s, char *const **sentences);

/* sbx_writes_by(), sbx_reads_by() - the mechanism that keeps the product from changing, reading
 * files elsewhere than at the places that it may: "Landlock ABI 7", "mounts"; NULL: none */
const char *sbx_writes_by(const struct sbx *s);
const char *sbx_reads_by(const struct sbx *s);

/* sbx_end() - kill what is left, wait until the kernel has taken it down, and release everything;
 * NULL is allowed */
void sbx_end(struct sbx *s);

/*
 * sbx_leave() - the same without waiting, for a caller that is about to exit. No process runs any
 * more when it returns, but the kernel needs up to 50 ms to give back the capture's ring
 * (packet(7): it waits for grace periods); whoever adopts orphans reaps it
 */
void sbx_leave(struct sbx *s);

/**
 * sbx_gate_allow() - open addresses for a declared name, under enforcement
 *
 * Called in a part (the lab), in the gate's network namespace, by one process of it only, which
 * needs CAP_NET_ADMIN there for as long as it calls. Single addresses only: prefix 32 or 128;
 * protocol and ports as in struct sbx_open. When it returns the kernel knows them. What is open
 * already costs nothing, so call it at every lookup of a declared name.
 *
 * Return: 0; -ENFILE: 65536 ranges are open, the product has asked for more names than any needs;
 * other negative errno
 */
int sbx_gate_allow(const struct sbx_open *open, size_t n, struct tb_err *err);

/* What tcbox does with a system call, in words. */
struct sbx_call {
	char name[48];
	char verdict[80];
	const char *why;	/* NULL: nothing speaks against it */
};

/*
 * sbx_call_about() - of a native call, by its number; sbx_call_table_about() - of all calls of
 * another table, counted from 0; sbx_call_i386_about() - of a call that only 32-bit x86 has, @i
 * less than SBX_CALLS_I386. Its name is "i386 NAME", or "i386 NAME SUBNAME" of several calls in
 * one. sbx_call_ioctl_about() - of a command of ioctl(2), counted from 0. Its name is "ioctl
 * NAME". Return: false if there is none
 */
#define SBX_CALLS_I386 562
bool sbx_call_about(int nr, struct sbx_call *out);
bool sbx_call_table_about(size_t i, struct sbx_call *out);
bool sbx_call_i386_about(size_t i, struct sbx_call *out);
bool sbx_call_ioctl_about(size_t i, struct sbx_call *out);

/* One thing that tcbox needs from the machine. */
struct sbx_check {
	const char *name;	/* "user namespaces" */
	bool works;
	bool required;		/* without it "tcbox run" cannot work */
	char detail[256];	/* what was tried and what it said */
	char fix[512];		/* how to fix it; empty if it works */
};

/* sbx_doctor() - try every kernel feature and program that the airlock needs, one call of @fn each.
 * Return: number of required checks that failed */
int sbx_doctor(void (*fn)(void *arg, const struct sbx_check *check), void *arg);

#endif
