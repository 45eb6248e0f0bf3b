/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - what was learned so far, shared by the files of this folder
 *
 * How it works: learn_add() asks whether a run may be learned from (fit.c) and keeps it. Once all
 * are known, lrn_collect() goes once through the evidence of each and adds each act to the item
 * that it belongs to:
 *
 *	conns.c		conversations, and what was said in them; their doubts
 *	requests.c	requests of HTTP in them, and the rules that they become
 *	lookups.c	names that were looked up
 *	listens.c	ports
 *	programs.c	programs that were started
 *	files.c		files that were changed
 *	calls.c		system calls
 *	shape.c		what in a path is a temporary name, a date, a number ...
 *	shape_url.c	the same of the path of a URL
 *
 * learn_policy() and learn_amend() then sort the items and write them:
 *
 *	merge.c		items that become one
 *	merge_files.c	of files: names that differ from run to run, directories
 *	words.c		the comments
 *	ids.c		the names of rules
 *	write.c		the sections
 *	write_calls.c	that of system calls
 *	amend.c		the text of a policy with what is missing from it
 */
#ifndef POLICY_LEARN_STATE_H
#define POLICY_LEARN_STATE_H

#include "tcbox/buf.h"
#include "tcbox/evidence.h"
#include "tcbox/learn.h"
#include "tcbox/map.h"
#include "tcbox/pool.h"

enum lrn_section { LRN_CONNS, LRN_NAMES, LRN_LISTENS, LRN_EXECS, LRN_WRITES, LRN_CALLS,
		   LRN_SECTIONS,
		   LRN_REQUESTS = LRN_SECTIONS };	/* no section: they belong to LRN_CONNS */

/* Why something is a proposal: bits. */
enum lrn_doubt {
	LRN_BY_ADDRESS = 1 << 0,	/* no lookup gave the address */
	LRN_TUNNEL = 1 << 1,
	LRN_CREDENTIAL = 1 << 2,	/* in the clear */
	LRN_OTHER_NAME = 1 << 3,	/* it asked the server for a name that it did not look up */
	LRN_UNOWNED = 1 << 4,
	LRN_DENIED = 1 << 5,
	LRN_RESOLVER = 1 << 6,		/* lookups elsewhere than at the gate */
	LRN_EXTRA = 1 << 7,		/* a lookup that carries more than its question */
	LRN_UNREAD = 1 << 8,		/* what was said could not be read */
	LRN_UNEXPLAINED = 1 << 9,	/* a changed file that no call explains */
	LRN_NO_WORD = 1 << 10,		/* the language has no word for it */
	LRN_WITH_PROPOSAL = 1 << 11,	/* a lookup for a conversation that is a proposal */
	LRN_OLD_TLS = 1 << 12,
	LRN_BREAKS = 1 << 13,		/* it breaks a rule of the policy that is amended */
	LRN_MISMATCH = 1 << 14,		/* calls and packets disagree about where it went */
};

/* What a star in a path stands for: bits. */
enum lrn_star {
	LRN_STAR_TEMP = 1 << 0,
	LRN_STAR_DATE = 1 << 1,
	LRN_STAR_HASH = 1 << 2,
	LRN_STAR_VERSION = 1 << 3,
	LRN_STAR_NUMBER = 1 << 4,
	LRN_STAR_PID = 1 << 5,
	LRN_STAR_HOME = 1 << 6,
	LRN_STAR_DIFFERS = 1 << 7,	/* from run to run */
	LRN_STAR_ALL = 1 << 8,		/* everything below a directory */
	LRN_STAR_RANDOM = 1 << 9,	/* a long random word */
};

struct lrn_seen {
	uint64_t runs;		/* bits */
	uint64_t count;
	int64_t first, last;	/* CLOCK_REALTIME, nanoseconds */
};

/* Of one run: for limits. */
struct lrn_sums {
	uint64_t conns, out, in;
};

#define LRN_PORTS 64
#define LRN_ASKED 4
#define LRN_EXAMPLES 3
#define LRN_METHODS 64

/* One rule, or one word of a list. Strings are in the pool, or borrowed from the evidence. */
struct lrn_item {
	enum lrn_section section;
	struct lrn_seen seen;
	unsigned int doubts;	/* enum lrn_doubt; 0: it is in force */
	unsigned int stars;	/* enum lrn_star */
	const char *program;	/* glob of who did it; NULL: not known */
	const char *what;	/* name, address, glob, call; NULL: any */
	const char *alias;	/* of a program: by which it was started, too */
	const char *proto, *app, *tls;	/* NULL: none */
	const char *detail;	/* more about a doubt: the other name, an errno; NULL: none */
	uint16_t ports[LRN_PORTS];
	size_t nports;
	bool many_ports;	/* there were more */
	bool is_address, group;
	bool loopback;		/* of a listener: only there */
	bool inferred;		/* whose it is was concluded */
	bool old_tls;
	const char *requests[LRN_ASKED];	/* for the comment */
	size_t nrequests;
	bool unread;		/* of a conversation: not every request of it could be read */
	bool narrow;		/* it breaks a rule that declares requests: so does this one */
	struct lrn_item *of;	/* of a request: its conversation */
	uint64_t methods;	/* of a request, and of a rule with @http: bits of l->methods */
	struct lrn_item **http;	/* of a rule: the requests that it declares */
	size_t nhttp;		/* 0: any */
	size_t number;		/* its place among the items, while they are not in order */
	const char *examples[LRN_EXAMPLES];	/* of what a star stands for */
	size_t nexamples;
	uint64_t members;	/* items that became this one; 0: none did */
	struct lrn_sums now, most;	/* of the run that is collected; of the biggest one */
	size_t now_run;		/* from 1; 0: none yet */
	const char *path;	/* as it was, of a file: the first one */
	bool own_work;		/* a program that the product made itself */
	bool gone;		/* it became part of another */
	char id[65];		/* of the rule */
};

struct learn {
	struct learn_options options;
	struct learn_run runs[LEARN_RUNS];
	size_t nruns, at;	/* @at: the run whose evidence is collected */
	struct tb_pool *pool;
	struct tb_map *by_key;
	struct lrn_item **items;
	size_t nitems;
	const char *broken;	/* the rule that the conversation at hand breaks; NULL: none */
	uint64_t calls_runs;	/* bits: runs in which every system call was counted */
	const char *methods[LRN_METHODS];	/* of requests; borrowed */
	size_t nmethods;
	bool any_http;		/* a rule declares requests */
	bool failed;		/* memory ran out */
	bool full;		/* there were more items than are kept */
};

/* An act, for lrn_note(). */
struct lrn_act {
	enum lrn_section section;
	const char *key[6];	/* with @section the identity of its item; NULL: no more, or none */
	uint64_t count;
	int64_t first, last;	/* as ev.t */
};

/* lrn_note() - count an act. Return: its item, new or not; NULL without memory. @fresh: it is
 * new */
struct lrn_item *lrn_note(struct learn *l, const struct lrn_act *act, bool *fresh);

/* lrn_keep() - a copy in the pool; NULL stays NULL. Without memory: "", and l->failed */
const char *lrn_keep(struct learn *l, const char *s);
/* lrn_keep_some() - of its first @len bytes */
const char *lrn_keep_some(struct learn *l, const char *s, size_t len);
/* lrn_take() - the same of a buffer, which is emptied */
const char *lrn_take(struct learn *l, struct tb_buf *b);

/* lrn_run() - the run whose evidence is collected */
static inline const struct learn_run *lrn_run(const struct learn *l)
{
	return &l->runs[l->at];
}

/* lrn_collect() - the items of all runs */
void lrn_collect(struct learn *l);

/* lrn_wanted() - is something that stands so to be learned? All of it for a new policy, what is
 * missing for one that is amended */
bool lrn_wanted(const struct learn *l, enum fnd_stand stand);

void lrn_conns(struct learn *l);
void lrn_lookups(struct learn *l);
/* lrn_has_word() - can the language say this name? What is in it may not be a glob, a network, a
 * group or a variable of a policy */
bool lrn_has_word(const char *name);
void lrn_listens(struct learn *l);

/* A port that waits for others. */
struct lrn_port {
	const struct evd_program *program;	/* NULL: not known */
	const char *proto;
	const struct ev_addr *local;
	int64_t t;
	bool unexplained;	/* no recorded call opened it */
	bool called;		/* it is known by a conversation that was begun from outside */
};
void lrn_listen_note(struct learn *l, const struct lrn_port *p);
/* lrn_requests() - of a conversation, for its item */
void lrn_requests(struct learn *l, struct lrn_item *it, const struct evd_flow *f);
/* lrn_add_request() - one that the comment tells of */
void lrn_add_request(struct learn *l, struct lrn_item *it, const struct evd_request *r);
void lrn_programs(struct learn *l);
void lrn_files(struct learn *l);
void lrn_calls(struct learn *l);

/* lrn_unfinished() - did it fail, or was it cut? */
bool lrn_unfinished(const struct run_info *run);
/* lrn_unfit() - why a run cannot be learned from. Nothing if it can */
void lrn_unfit(const struct learn_run *r, const struct learn_options *options,
	       struct tb_buf *why);

/*
 * lrn_star() - what runs have in common before and behind what differs in @s, of @len bytes, in
 * whole words: the first and last letters of a random name may be the same by chance
 */
void lrn_star(const char *s, size_t len, size_t *head, size_t *tail);

/* How a path was generalised. */
struct lrn_shape {
	unsigned int stars;	/* enum lrn_star */
	char example[80];	/* of the first star, cut */
};

/*
 * lrn_path() - append a glob for a path
 * @proc:	Who used it, for process ids; NULL: not known
 * @program:	It is one that was executed: only what is temporary becomes a star
 */
void lrn_path(struct learn *l, const char *path, const struct evd_proc *proc, bool program,
	      struct tb_buf *out, struct lrn_shape *shape);

/* lrn_url_path() - append a glob for the path of a URL, which begins with "/" */
void lrn_url_path(const char *url, struct tb_buf *out, struct lrn_shape *shape);

/*
 * lrn_changing() - what at a place of a name would be something else the next time
 * @at:	In @s, of @len bytes
 *
 * Return: how long it is, and what in *star; 0: nothing is
 */
size_t lrn_changing(const char *s, size_t len, size_t at, unsigned int *star);

/* lrn_step() - how many characters lines_glob() has to see together at this place */
size_t lrn_step(const char *s, size_t len, size_t at);

/* lrn_program() - the glob of a program, kept; NULL if it is not known */
const char *lrn_program(struct learn *l, const struct evd_program *p);

/* lrn_merge() - items that become one, and their order */
void lrn_merge(struct learn *l);
void lrn_merge_files(struct learn *l);
/* lrn_merge_paths() - the same of some files, or of requests of one rule */
void lrn_merge_paths(struct learn *l, struct lrn_item **v, size_t n);
/* lrn_merge_requests() - requests become the "http" of rules */
void lrn_merge_requests(struct learn *l);
/* lrn_add_up() - @from becomes part of @to */
void lrn_add_up(struct lrn_item *to, struct lrn_item *from);

/* words.c: comments */
struct lines;
void lrn_words_head(const struct learn *l, struct lines *out);
void lrn_words_seen(const struct learn *l, const struct lrn_item *it, struct tb_buf *out);
void lrn_words_item(const struct learn *l, const struct lrn_item *it, struct lines *out);

/* write.c: the sections */
void lrn_write(struct learn *l, struct lines *out, struct learn_tally *tally);
/* lrn_write_calls() - "syscalls" of a new policy */
void lrn_write_calls(struct learn *l, struct lines *out, struct learn_tally *tally);
/* lrn_written() - was all of it? Return: 0, -ENOMEM, -E2BIG */
int lrn_written(const struct learn *l, const struct tb_buf *out, struct tb_err *err);

/* What stands above a section, and above one that nothing was learned for. */
struct lrn_heading {
	const char *has, *none;
};
extern const struct lrn_heading lrn_headings[LRN_SECTIONS];

/* lrn_check_words() - name the rules; what the reader of policies would refuse is not in force */
void lrn_check_words(struct learn *l);
/* lrn_name_rules() - give each rule an id that no other has */
void lrn_name_rules(struct learn *l);
/* lrn_section() - the items of a section, in their order. Return: how many there are */
size_t lrn_section(const struct learn *l, enum lrn_section s, struct lines *out,
		   struct learn_tally *tally);
bool lrn_has(const struct learn *l, enum lrn_section s);
void lrn_write_rule(const struct learn *l, const struct lrn_item *it, struct lines *out);
/* lrn_write_bare() - an item without its comment */
void lrn_write_bare(const struct learn *l, const struct lrn_item *it, struct lines *out);

#endif
