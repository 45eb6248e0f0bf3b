/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_hash.c - the SHA-256 of files that are executed
 *
 * How it works: a file is hashed once for each (device, inode, size, times). One that takes more
 * than a moment is hashed in pieces, between which the supervisor does other work: one such file
 * at a time.
 *
 * Limits: MAX_BYTES of a file, and of all so much that most of a run's time is the product's. A
 * file that is changed in place between hash and exec, and back, is not noticed.
 */
#include "sandbox/watch/exec_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tcbox/clock.h"
#include "tcbox/own.h"

#define MAX_BYTES (UINT64_C(2) << 30) /* a sparse file must not hold an exec for hours */
#define AT_ONCE_BYTES (UINT64_C(1) << 20)
#define PIECE_BYTES (UINT64_C(256) << 10) /* under a millisecond */
#define SLOTS 1024u
#define SETTLED_NS (INT64_C(50) * TB_NS_PER_MS) /* coarser than any file system's time stamps (a
						 * tick) */

/* A file as it was at one time. */
struct version {
	uint64_t dev, ino, size;
	struct timespec mtime, ctime;
};

struct exec_hashes {
	struct {
		struct version of;
		char sha256[TB_SHA256_HEX]; /* empty: nothing is here */
	} slots[SLOTS];
	struct {
		struct tb_sha256_job *job; /* NULL: there is no file in hand */
		int fd;
		struct version of;
	} hand;
	struct {
		bool known, asked; /* asked: by who waited for it */
		int rc; /* with 0 it is of this version of the file, else of any */
		struct version of;
		char sha256[TB_SHA256_HEX];
	} done;
	uint64_t bytes, hashed;	/* that may be hashed, and that were or will be */
	int64_t since_ns;
};

struct exec_hashes *exec_hashes_new(uint64_t bytes)
{
	struct exec_hashes *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->hand.fd = -1;
	c->bytes = bytes;
	c->since_ns = tb_monotonic_ns();
	return c;
}

/* is_affordable() - may so much more be hashed? */
static bool is_affordable(const struct exec_hashes *c, uint64_t size)
{
	uint64_t s = (uint64_t)(tb_monotonic_ns() - c->since_ns) / TB_NS_PER_S;

	return c->hashed + size <= c->bytes + s * EXEC_HASH_PER_S;
}

static void put_down(struct exec_hashes *c)
{
	tb_sha256_end(c->hand.job);
	c->hand.job = NULL;
	tb_close(&c->hand.fd);
}

void exec_hashes_free(struct exec_hashes *c)
{
	if (c)
		put_down(c);
	free(c);
}

static struct version version_of(const struct stat *st)
{
	return (struct version){ st->st_dev, st->st_ino, (uint64_t)st->st_size, st->st_mtim,
				 st->st_ctim };
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_file(const struct version *a, const struct version *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static bool same_version(const struct version *a, const struct version *b)
{
	return same_file(a, b) && a->size == b->size && same_time(&a->mtime, &b->mtime) &&
	       same_time(&a->ctime, &b->ctime);
}

/* is_settled() - a file that changed just now could change again without its time stamps showing
 * it */
static bool is_settled(const struct version *v)
{
	int64_t now = tb_realtime_ns();
	int64_t m = v->mtime.tv_sec * TB_NS_PER_S + v->mtime.tv_nsec;
	int64_t c = v->ctime.tv_sec * TB_NS_PER_S + v->ctime.tv_nsec;

	return now - m > SETTLED_NS && now - c > SETTLED_NS;
}

static size_t slot_of(const struct version *v)
{
	return (size_t)((v->ino * UINT64_C(0x9e3779b97f4a7c15)) >> 54) % SLOTS;
}

static void keep(struct exec_hashes *c, const struct version *v, const char *hex)
{
	size_t i = slot_of(v);

	if (!is_settled(v))
		return;
	c->slots[i].of = *v;
	memcpy(c->slots[i].sha256, hex, TB_SHA256_HEX);
}

/* is_kept() - is its hash known, or that it has none? Then @rc and @hex say so */
static bool is_kept(const struct exec_hashes *c, const struct version *v, int *rc,
		    char hex[TB_SHA256_HEX])
{
	size_t i = slot_of(v);

	*rc = 0;
	if (c->slots[i].sha256[0] && same_version(&c->slots[i].of, v)) {
		memcpy(hex, c->slots[i].sha256, TB_SHA256_HEX);
		return true;
	}
	if (!c->done.known || !c->done.asked)
		return false;
	if (c->done.rc && same_file(&c->done.of, v)) {
		*rc = c->done.rc;
		return true;
	}
	if (!same_version(&c->done.of, v))
		return false;
	memcpy(hex, c->done.sha256, TB_SHA256_HEX);
	return true;
}

static int hash_now(struct exec_hashes *c, int fd, const struct version *v,
		    char hex[TB_SHA256_HEX])
{
	int rc;

	if (!is_affordable(c, v->size))
		return -EFBIG;
	c->hashed += v->size;
	rc = tb_sha256_fd(fd, hex, NULL, NULL);
	if (rc == 0)
		keep(c, v, hex);
	return rc;
}

/* take_in_hand() - Return: -EINPROGRESS, other negative errno */
static int take_in_hand(struct exec_hashes *c, int fd, const struct version *v)
{
	int rc;

	if (c->hand.job)
		return -EINPROGRESS; /* after the one that is there */
	if (!is_affordable(c, v->size))
		return -EFBIG;
	c->hashed += v->size;
	c->hand.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (c->hand.fd < 0)
		return -errno;
	rc = tb_sha256_begin(c->hand.fd, &c->hand.job, NULL);
	if (rc < 0)
		put_down(c);
	c->hand.of = *v;
	return rc < 0 ? rc : -EINPROGRESS;
}

int exec_hash(struct exec_hashes *c, int fd, const struct stat *st, char hex[TB_SHA256_HEX])
{
	struct version v = version_of(st);
	int rc;

	if (is_kept(c, &v, &rc, hex))
		return rc;
	if (v.size > MAX_BYTES)
		return -EFBIG;
	return v.size > AT_ONCE_BYTES ? take_in_hand(c, fd, &v) : hash_now(c, fd, &v, hex);
}

int exec_hash_soon(struct exec_hashes *c, int fd, const struct stat *st, char hex[TB_SHA256_HEX])
{
	struct version v = version_of(st);
	int rc;

	if (is_kept(c, &v, &rc, hex))
		return rc;
	return v.size > EXEC_HASH_SOON_MAX ? -EFBIG : hash_now(c, fd, &v, hex);
}

bool exec_hash_step(struct exec_hashes *c, struct file_id *done)
{
	struct stat st = { .st_ino = 0 };
	struct version now;
	int rc;

	if (!c->hand.job)
		return false;
	rc = tb_sha256_step(c->hand.job, PIECE_BYTES, c->done.sha256, NULL);
	if (rc > 0)
		return false;
	c->done.known = true;
	c->done.of = c->hand.of;
	c->done.rc = rc;
	if (rc == 0 && fstat(c->hand.fd, &st) < 0)
		c->done.rc = -errno;
	now = version_of(&st);
	if (c->done.rc == 0 && !same_version(&now, &c->hand.of))
		c->done.rc = -ETXTBSY;
	if (c->done.rc == 0)
		keep(c, &c->done.of, c->done.sha256);
	*done = (struct file_id){ (dev_t)c->hand.of.dev, (ino_t)c->hand.of.ino };
	put_down(c);
	return true;
}

void exec_hash_next(struct exec_hashes *c)
{
	c->done.known = false;
}

void exec_hash_again(struct exec_hashes *c, bool waited)
{
	c->done.asked = waited;
}

bool exec_hash_works(const struct exec_hashes *c)
{
	return c->hand.job != NULL;
}
