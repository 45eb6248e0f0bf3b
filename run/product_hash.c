/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product_hash.c - what is tested is not altered: SHA-256 of the product's own files before and
 * after
 */
#include "run/product_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/root_path.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define FILES_MAX 4096
#define BYTES_MAX (UINT64_C(2) << 30)

/* Directories that many products share: there only the program itself is the product's. */
static const char *const system_dirs[] = { "/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/" };

static bool is_system(const char *path)
{
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(system_dirs); i++)
		if (!strncmp(path, system_dirs[i], strlen(system_dirs[i])))
			return true;
	return false;
}

/* hash_path() - Return: hex digits owned by the caller, NULL if the file cannot be read */
static char *hash_path(const char *path, uint64_t *size)
{
	TB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char hex[TB_SHA256_HEX];

	if (fd < 0 || tb_sha256_fd(fd, hex, size, NULL))
		return NULL;
	return strdup(hex);
}

static bool known(const struct run_info *run, const char *path)
{
	size_t i;

	for (i = 0; i < run->nfiles; i++)
		if (!strcmp(run->files[i].path, path))
			return true;
	return false;
}

static int add_file(struct run_info *run, const char *path, struct tb_err *err)
{
	struct run_file *grown, *f;

	if (known(run, path))
		return 0;
	grown = tb_grow(run->files, run->nfiles, 1, sizeof(*grown));
	if (!grown)
		return tb_err_set(err, ENOMEM, "hash %s", path);
	run->files = grown;
	f = &grown[run->nfiles];
	memset(f, 0, sizeof(*f));
	f->path = strdup(path);
	if (!f->path)
		return tb_err_set(err, ENOMEM, "hash %s", path);
	run->nfiles++;
	f->sha256_before = hash_path(path, &f->size);
	return 0;
}

/* is_bundle() - does an earlier run's bundle lie here? */
static bool is_bundle(const char *dir)
{
	TB_AUTOCLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct run_info run = { 0 };
	struct tb_err err = { 0 };
	bool is = fd >= 0 && !run_info_read(fd, &run, &err);

	run_info_clear(&run);
	return is;
}

/*
 * is_output() - does tcbox itself write there: the log of its caller, the file of --events? What
 * grows by the run is no file of the product
 */
static bool is_output(const int outputs[PRODUCT_OUTPUTS], const struct stat *file)
{
	for (size_t i = 0; i < PRODUCT_OUTPUTS; i++) {
		int flags = outputs[i] < 0 ? -1 : fcntl(outputs[i], F_GETFL);
		struct stat st;

		if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(outputs[i], &st))
			continue;
		if (st.st_dev == file->st_dev && st.st_ino == file->st_ino)
			return true;
	}
	return false;
}

/* add_tree() - every regular file of the program's directory but those of bundles and what tcbox
 * writes, within bounds, in the order of names */
static int add_tree(struct run_info *run, char *dir, const struct product_own *own,
		    struct tb_err *err)
{
	char *const roots[] = { dir, NULL };
	struct stat bundle = { 0 };
	uint64_t bytes = 0;
	FTSENT *e;
	int ret = 0;
	FTS *fts;

	if (fstat(own->bundle, &bundle))
		return tb_err_set(err, errno, "look at the bundle");
	fts = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	if (!fts)
		return tb_err_set(err, errno, "read %s", dir);
	while (!ret && (e = fts_read(fts))) {
		if (e->fts_info == FTS_D && e->fts_dev == bundle.st_dev &&
		    e->fts_ino == bundle.st_ino)
			(void)fts_set(fts, e, FTS_SKIP);
		else if (e->fts_info == FTS_D)
			e->fts_number = is_bundle(e->fts_path);
		/* what tcbox does not leave in a bundle, and lies there, may be the product's */
		if (e->fts_info != FTS_F || (e->fts_parent->fts_number && run_part(e->fts_name)) ||
		    is_output(own->outputs, e->fts_statp))
			continue;
		bytes += (uint64_t)e->fts_statp->st_size;
		if (run->nfiles >= FILES_MAX || bytes > BYTES_MAX) {
			ret = run_degraded(run,
					   "the product's directory is large: only its first files "
					   "were hashed", err);
			break;
		}
		ret = add_file(run, e->fts_path, err);
	}
	(void)fts_close(fts);
	return ret;
}

/* argument() - the file that the product would find by this word. Return: its path owned by the
 * caller, or NULL * */
static char *argument(const struct product *p, const char *root, const char *word)
{
	TB_AUTOFREE char *whole = NULL;

	if (word[0] == '/')
		return root_real(root, word);
	return asprintf(&whole, "%s/%s", p->cwd, word) < 0 ? NULL : root_real(root, whole);
}

static int hash_before(const struct product *p, struct run_info *run,
		       const struct product_own *own, struct tb_err *err)
{
	TB_AUTOFREE char *dir = strdup(p->real ? p->real : "");
	struct stat st;
	size_t i;
	int ret;

	if (!dir)
		return tb_err_set(err, ENOMEM, "hash the product's files");
	ret = p->real ? add_file(run, p->real, err) : 0;
	for (i = 1; !ret && i < p->argc; i++) {
		TB_AUTOFREE char *real = argument(p, run->root, p->argv[i]);

		if (real && !stat(real, &st) && S_ISREG(st.st_mode) &&
		    (uint64_t)st.st_size <= BYTES_MAX)
			ret = add_file(run, real, err);
	}
	if (!dir[0])
		return ret;
	*strrchr(dir, '/') = '\0';
	/* where only the file itself is exposed, its directory is a home or /tmp, and not the
	 * product's */
	if (!ret && !is_system(p->real) && dir[0] && p->nexpose &&
	    !strcmp(p->expose[p->nexpose - 1], dir))
		ret = add_tree(run, dir, own, err);
	return ret;
}

static bool is_same(const struct run_file *f)
{
	return f->sha256_before && f->sha256_after && !strcmp(f->sha256_before, f->sha256_after);
}

/* is_neighbours() - is it of the bundle of another run, which was going on meanwhile? When this one
 * began, nothing may have shown that yet */
static bool is_neighbours(const char *path)
{
	TB_AUTOFREE char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!slash || slash == dir)
		return false;
	*slash = '\0';
	return (run_part(slash + 1) || !strcmp(slash + 1, RUN_RESERVE_FILE)) && is_bundle(dir);
}

/* hash_after() - what another run wrote is forgotten: it is no file of the product */
static void hash_after(struct run_info *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->nfiles; i++) {
		struct run_file *f = &run->files[i];

		f->sha256_after = hash_path(f->path, NULL);
		if (!is_same(f) && is_neighbours(f->path)) {
			free(f->path);
			free(f->sha256_before);
			free(f->sha256_after);
		} else {
			run->files[n++] = *f;
		}
	}
	run->nfiles = n;
}

int product_hash(const struct product *p, struct run_info *run,
		 const struct product_own *own, bool after, struct tb_err *err)
{
	if (!after)
		return hash_before(p, run, own, err);
	hash_after(run);
	return 0;
}
