/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - the expected behaviour that the vendor declared
 *
 * pol_parse() and pol_check() read a policy (tcbox-policy(5)); the result is plain data that cli
 * hands on to those who need a part of it: the system call verdicts to the filter, the declared
 * names and networks to the gate, everything to the comparison.
 */
#ifndef TCBOX_POLICY_H
#define TCBOX_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/event.h"
#include "tcbox/syscalls.h"

#define POL_FORMAT 1		/* "tcbox_policy" */
#define POL_MAX_BYTES (16u << 20)	/* a larger file is no policy */

/* What to do with behaviour that no rule declares. */
enum pol_level { POL_IGNORE, POL_INFO, POL_WARNING, POL_VIOLATION };

/* Where in the policy something stands. Lines and columns count from 1; 0: nowhere. */
struct pol_at {
	unsigned int line, column;
	unsigned int file;	/* 0: the policy itself; else one that it includes: pol_file() */
};

struct pol_range {
	uint16_t lo, hi;
};

enum pol_dest_kind { POL_DEST_NAME, POL_DEST_GLOB, POL_DEST_NET };

/* One entry of "to": a name, a glob of names, or an address or network. */
struct pol_dest {
	enum pol_dest_kind kind;
	char *name;		/* NAME, GLOB: lower case, no trailing dot */
	struct ev_addr net;	/* NET */
	unsigned int prefix;	/* NET: prefix length; 32 or 128 for one address */
	struct pol_at at;
};

/* Upper limits; 0: there is none. */
struct pol_quota {
	uint64_t connections, requests, bytes_out, bytes_in;
};

/* A length of time. */
struct pol_span {
	char *text;		/* "1h", as it is written */
	int64_t ns;
};

/* What may happen in any span of time of this length. */
struct pol_rate {
	struct pol_span every;
	uint64_t connections, requests;	/* 0: no limit */
};

struct pol_conn {
	struct pol_at at;
	char *until;		/* its last day, "2026-12-31", in UTC; NULL: it does not end */
	char **phases;		/* of a product's life in which it declares anything; empty: all */
	size_t nphases;
	enum pol_level severity;	/* of breaking it */
	char **data;		/* kinds of data that it carries, in the vendor's words */
	size_t ndata;
	uint32_t rank;		/* of rules that agree with one act the smallest counts; among
				 * equals, that with the smallest index */
	char *id;
	char *why;		/* NULL: not given */
	char *process;		/* glob of executable paths; NULL: any */
	struct pol_dest *to;	/* empty: any destination */
	size_t nto;
	char *protocol;		/* "tcp", "udp", "icmp", ...; NULL: any. "icmp" covers ICMPv6 */
	struct pol_range *ports;	/* empty: any */
	size_t nports;
	char *application;	/* NULL: any */
	char *tls_min;		/* "1.0" ... "1.3"; NULL: any */
	char **methods;		/* of HTTP: "GET", ...; empty: any */
	size_t nmethods;
	char **paths;		/* globs of paths of URLs; empty: any */
	size_t npaths;
	char **hosts;		/* names, and globs of names, that requests go to; empty: any */
	size_t nhosts;
	struct pol_quota run;	/* limits of all conversations of a run together */
	struct pol_quota each_connection, each_destination;
	struct pol_rate *rates;
	size_t nrates;
	bool required;
};

enum pol_on { POL_ON_ANY, POL_ON_LOOPBACK };

struct pol_listen {
	struct pol_at at;
	char *until;		/* these as of connections */
	char **phases;
	size_t nphases;
	enum pol_level severity;
	uint32_t rank;		/* as of connections */
	char *id;
	char *why;
	char *process;
	char *protocol;
	struct pol_range *ports;
	size_t nports;
	enum pol_on on;
	bool required;
};

/* A word of the policy that says nothing, or other than it seems. */
struct pol_idle {
	struct pol_at at;
	char *name;
};

enum pol_sys { POL_SYS_UNDECLARED, POL_SYS_ALLOWED, POL_SYS_DENIED };

struct pol {
	char *path;		/* where it was read from */
	char **files;		/* that it includes */
	size_t nfiles;
	char *vendor, *product, *version;
	struct pol_conn *conns;
	size_t nconns;
	struct pol_conn *ended;	/* rules that are not in force: pol_end() */
	size_t nended;
	char **names;		/* names and globs of lookups beyond those that connections imply */
	size_t nnames;
	struct pol_listen *listens;
	size_t nlistens;
	struct pol_listen *ended_listens;
	size_t nended_listens;
	char **executes;	/* globs of paths */
	size_t nexecutes;
	char **write;		/* files.write: globs of paths */
	size_t nwrite;
	char **read;		/* files.read; nread 0: everything may be read */
	size_t nread;
	bool has_executes, has_files;	/* the section is there; it may be empty */
	struct pol_at *names_at, *executes_at, *write_at, *read_at;	/* of each of these */
	bool has_syscalls;	/* false: system calls were not declared and are not compared; sys
				 * is then ALLOWED everywhere */
	enum pol_sys sys[TB_SYSCALL_MAX];	/* by native number */
	struct pol_at sys_at[TB_SYSCALL_MAX];	/* the entry that says so, the last one */
	struct pol_idle *foreign;	/* entries of syscalls that name calls of 32-bit x86 only */
	size_t nforeign;
	struct pol_idle *unused;	/* variables and groups that nothing names */
	size_t nunused;
	struct pol_idle *wild;	/* variables whose value has a wildcard where it is a part of a
				 * word */
	size_t nwild;
	bool i386;		/* syscalls.architectures: calls of 32-bit x86 are declared where
				 * the native ones are */
	enum pol_level on_conn, on_name, on_listen, on_exec, on_file, on_sys;	/* "undeclared" */
};

/**
 * pol_parse() - check and compile a policy
 * @path:	File name, used in messages
 * @err:	On bad input: "FILE:LINE:COLUMN: KEY.PATH: what is wrong; did you mean ..."
 *
 * No other file is read: a policy that includes some is refused. Return: 0, with *out owned by the
 * caller (pol_free()); -EINVAL: the policy is not valid; -ENOMEM. *out is NULL unless 0 is returned
 */
int pol_parse(const char *path, const char *text, size_t len, struct pol **out, struct tb_err *err);
void pol_free(struct pol *p);

/*
 * pol_parse_whole() - as pol_parse(), and files that the policy includes are read, from the
 * directory of @path. @whole: the text with all of them in it is appended; NULL: it is not needed
 */
int pol_parse_whole(const char *path, const char *text, size_t len, struct pol **out,
		    struct tb_buf *whole, struct tb_err *err);

/* pol_load() - the same of a policy in a file. Return: as pol_parse(), or the errno of reading */
int pol_load(const char *path, struct pol **out, struct tb_buf *whole, struct tb_err *err);

/*
 * pol_end() - take away the rules that are not in force: whose last day was over at @now, of
 * tb_realtime_ns(), and those of other phases than @phase; NULL: every phase. They declare nothing.
 * Return: 0, -ENOMEM
 */
int pol_end(struct pol *p, int64_t now, const char *phase, struct tb_err *err);

/* pol_phase_ok() - is it the name of a phase? */
bool pol_phase_ok(const char *name);

/* POL_PHASES - all of them, for people */
#define POL_PHASES "install, start, use or update"

/* pol_is_over() - was @until, the last day of a rule or NULL, over at @now? */
bool pol_is_over(const char *until, int64_t now);

/* pol_has_requests() - does a rule say anything of the requests in a conversation? */
bool pol_has_requests(const struct pol_conn *c);

/* pol_has_quota() - does it limit anything? pol_has_limits() - does a rule have any limit? */
bool pol_has_quota(const struct pol_quota *q);
bool pol_has_limits(const struct pol_conn *c);
/* pol_same_quota(), pol_same_rates() - do they limit the same, however it is written? */
bool pol_same_quota(const struct pol_quota *a, const struct pol_quota *b);
bool pol_same_rates(const struct pol_conn *a, const struct pol_conn *b);

/* pol_file() - the name of the file of a place */
const char *pol_file(const struct pol *p, struct pol_at at);

enum pol_problem_level { POL_ERROR, POL_WARN, POL_NOTE };

/* One thing that is wrong with a policy. The strings live during the call only. */
struct pol_problem {
	enum pol_problem_level level;
	const char *code;	/* stable: tcbox-policy(5), "Problems" */
	const char *file;
	struct pol_at at;
	const char *text;	/* one line, harmless */
};

typedef void pol_problem_fn(void *arg, const struct pol_problem *problem);

/* pol_problem_place() - append "FILE:LINE:COLUMN: " */
void pol_problem_place(struct tb_buf *out, const struct pol_problem *problem);

/**
 * pol_check() - read a policy file, and call @fn for every problem, not only for the first
 *
 * Return: as pol_parse(), or the errno of reading; for -EINVAL @fn was called at least once
 */
int pol_check(const char *path, struct pol **out, pol_problem_fn *fn, void *arg,
	      struct tb_err *err);

/*
 * pol_unheld() - append, as a list of words, what of the policy "run --enforce" cannot hold: it
 * passes and is judged as without that option. Nothing if there is no such thing
 */
void pol_unheld(const struct pol *p, struct tb_buf *out);

/**
 * pol_name_glob() - does a pattern of host names match?
 *
 * "*" stands for one or more whole labels at the left ("*.acme.example" matches a.acme.example and
 * a.b.acme.example, not acme.example itself); elsewhere it stands for characters within a label.
 * Case and a trailing dot do not matter.
 */
bool pol_name_glob(const char *pattern, const char *name);

/* pol_declares_name() - may the name be looked up, by "names" or by a rule for connections? */
bool pol_declares_name(const struct pol *p, const char *name);

/* pol_path_glob() - "*" and "?" stay within a path component, "**" crosses them, "[...]" as in
 * glob(7) */
bool pol_path_glob(const char *pattern, const char *path);

/* pol_file_glob() - as pol_path_glob(), for files that are changed: "DIR/" with two stars is also
 * the directory itself, because who may write all below it has to make it */
bool pol_file_glob(const char *pattern, const char *path);
/**
 * pol_path_place() - the smallest place of the file system that has everything that a pattern of
 * paths may match
 * @exact:	Set: the pattern is one path, and that is the place; else the place is a directory
 *		with all below it
 *
 * Return: an absolute path owned by the caller; NULL without memory
 */
char *pol_path_place(const char *pattern, bool *exact);

/* pol_program_glob() - as pol_path_glob(), for programs: /bin, /sbin and /lib may be meant where
 * they are links into /usr, file-hierarchy(7) */
bool pol_program_glob(const char *pattern, const char *path);

/**
 * struct pol_group - a named set of system calls
 * pol_group_at() - the groups in the order of the manual page; NULL past the end
 * pol_group_find() - the group of this name, with its "@"; NULL if there is none
 * pol_group_mark() - set the number of every call in the group, and in the groups that it names
 */
struct pol_group {
	const char *name;		/* "@network" */
	const char *about;
	const char *const *calls;	/* NULL-terminated: calls, and other groups by their name */
};
const struct pol_group *pol_group_at(size_t i);
const struct pol_group *pol_group_find(const char *name);
void pol_group_mark(const struct pol_group *g, bool set[TB_SYSCALL_MAX]);

#endif
