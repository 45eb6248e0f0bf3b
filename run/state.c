/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.c - private layers that are kept from run to run, by name
 *
 * The layer is the product's work and hostile; what is beside it in the state's directory is
 * tcbox's own. The directory itself is the lock (flock(2)), which every process of a run's airlock
 * holds that could still write to the layer.
 */
#include "run/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run/state_file.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"

#define FILE_MAX_BYTES (1u << 20)
#define NAME_LONGEST 64
#define LOCK_NS (3 * TB_NS_PER_S)

bool state_name_valid(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strlen(name);

	return n && n <= NAME_LONGEST && name[0] != '.' && strspn(name, letters) == n;
}

/* home() - where the states of this user are; owned by the caller, NULL without memory or place */
static char *home(struct tb_err *err)
{
	const char *own = getenv("TCBOX_STATE_HOME"), *xdg = getenv("XDG_STATE_HOME"),
		*user = getenv("HOME");
	char *path = NULL;
	int n;

	if (own && own[0] == '/')
		n = asprintf(&path, "%s", own);
	else if (geteuid() == 0)
		n = asprintf(&path, "/var/lib/tcbox");
	else if (xdg && xdg[0] == '/')
		n = asprintf(&path, "%s/tcbox", xdg);
	else if (user && user[0] == '/')
		n = asprintf(&path, "%s/.local/state/tcbox", user);
	else
		n = tb_err_msg(err, ENOENT,
			       "no place for kept layers: neither TCBOX_STATE_HOME nor HOME is an "
			       "absolute path");
	if (n >= 0)
		return path;
	if (!err->code)
		(void)tb_err_set(err, ENOMEM, "place of kept layers");
	return NULL;
}

char *state_home(void)
{
	struct tb_err err = { 0 };
	TB_AUTOFREE char *path = home(&err);

	return path ? realpath(path, NULL) : NULL;
}

/* make_dirs() - @path and what is above it */
static int make_dirs(char *path, mode_t mode, struct tb_err *err)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, mode) && errno != EEXIST)
			return tb_err_set(err, errno, "create %s", path);
		*slash = '/';
	}
	return mkdir(path, mode) && errno != EEXIST ? tb_err_set(err, errno, "create %s", path) : 0;
}

/* lock_dir() - the lock is the directory's, and held by every copy of the descriptor */
static int lock_dir(struct state *s, const char *name, struct tb_err *err)
{
	const int64_t deadline = tb_monotonic_ns() + LOCK_NS;
	const struct timespec pause = { .tv_nsec = 5000000 };

	s->lock = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (s->lock < 0)
		return tb_err_set(err, errno, "open %s", s->dir);
	/* what is left of a run that has just ended needs some milliseconds, sbx_leave() */
	while (flock(s->lock, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK &&
	       tb_monotonic_ns() < deadline)
		(void)nanosleep(&pause, NULL);
	if (!flock(s->lock, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return tb_err_msg(err, EBUSY, "state %s: another run uses it", name);
	return tb_err_set(err, errno, "lock %s", s->dir);
}

static int open_dir(struct state *s, const char *name, bool make, struct tb_err *err)
{
	TB_AUTOFREE char *at = home(err), *real = NULL;
	/* root's states are for the user as whom the product runs to pass, and not to list */
	mode_t mode = geteuid() == 0 ? 0711 : 0700;
	struct stat st;
	int ret = 0;

	*s = (struct state){ .dir_fd = -1, .lock = -1, .layer_fd = -1 };
	if (!at)
		return -err->code;
	if (make)
		ret = make_dirs(at, mode, err);
	if (!ret && !(real = realpath(at, NULL)))	/* the box is built where links lead
							 * elsewhere */
		ret = tb_err_set(err, errno, "state %s", name);
	if (ret)
		return ret;
	if (asprintf(&s->dir, "%s/%s", real, name) < 0 ||
	    asprintf(&s->layer, "%s/%s/layer", real, name) < 0)
		return tb_err_set(err, ENOMEM, "state %s", name);
	if (!ret && make && mkdir(s->dir, mode) && errno != EEXIST)
		ret = tb_err_set(err, errno, "create %s", s->dir);
	if (!ret && stat(s->dir, &st))
		ret = tb_err_set(err, errno, "state %s", name);
	if (!ret && st.st_uid != geteuid())
		ret = tb_err_msg(err, EINVAL, "state %s: %s belongs to another user", name, s->dir);
	if (!ret)
		ret = lock_dir(s, name, err);
	if (ret)
		return ret;
	s->dir_fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dir_fd < 0 ? tb_err_set(err, errno, "open %s", s->dir) : 0;
}

/* check_key() - is the layer for this run? The subordinate ids stay those of the first run that had
 * any */
static int check_key(const char *name, const struct state_file *was, struct state_key *key,
		     struct tb_err *err)
{
	if (was->ids.uid != key->ids.uid || was->ids.gid != key->ids.gid)
		return tb_err_msg(err, EINVAL,
				  "state %s: the product was user %u in its first run, and would "
				  "now be %u; "
				  "use another name", name, (unsigned int)was->ids.uid,
				  (unsigned int)key->ids.uid);
	if (!was->root && key->root)
		return tb_err_msg(err, EINVAL,
				  "state %s: its first run had the machine's own file system; give "
				  "the same, "
				  "or another name", name);
	if (was->root && (!key->root || strcmp(was->root, key->root)))
		return tb_err_msg(err, EINVAL,
				  "state %s: its first run had %s as root file system; give the "
				  "same, "
				  "or another name", name, was->root);
	if (!was->ids.n)
		return 0;
	key->ids.sub_uid = was->ids.sub_uid;
	key->ids.sub_gid = was->ids.sub_gid;
	key->ids.n = was->ids.n;
	return 0;
}

static int open_layer(struct state *s, const struct state_key *key, struct tb_err *err)
{
	if (mkdirat(s->dir_fd, "layer", 0700) && errno != EEXIST)
		return tb_err_set(err, errno, "create %s", s->layer);
	s->layer_fd = openat(s->dir_fd, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (s->layer_fd < 0)
		return tb_err_set(err, errno, "open %s", s->layer);
	if (geteuid() == 0 && fchown(s->layer_fd, key->ids.uid, key->ids.gid))
		return tb_err_set(err, errno, "give %s to uid %u", s->layer,
				  (unsigned int)key->ids.uid);
	return 0;
}

int state_open(struct state *s, const char *name, struct state_key *key, struct tb_err *err)
{
	struct state_file was = { 0 };
	int ret = open_dir(s, name, true, err);

	if (!ret)
		ret = state_file_read(s->dir_fd, s->dir, &was, err);
	if (!ret && was.found)
		ret = check_key(name, &was, key, err);
	s->run = was.runs + 1;
	state_file_clear(&was);
	if (!ret)
		ret = open_layer(s, key, err);
	return ret;
}

int state_begin(const struct state *s, const struct state_key *key, struct tb_err *err)
{
	const struct state_file now = { .ids = key->ids, .root = key->root, .runs = s->run };

	return state_file_write(s->dir_fd, &now, err);
}

void state_close(struct state *s)
{
	tb_close(&s->dir_fd);
	tb_close(&s->lock);
	tb_close(&s->layer_fd);
	free(s->dir);
	free(s->layer);
	s->dir = s->layer = NULL;
}

static int new_authority(const struct state *s, int64_t ahead_s, struct lab_authority **out,
			 struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf pem = TB_BUF_INIT;
	mode_t mask;
	int ret = lab_authority_new(out, ahead_s, err);

	if (!ret)
		ret = lab_authority_store(*out, &pem, err);
	if (ret)
		return ret;
	mask = umask(077);
	ret = tb_store_file(s->dir_fd, "authority.pem", pem.data, pem.len, err);
	(void)umask(mask);
	return ret;
}

int state_authority(const struct state *s, int64_t ahead_s, struct lab_authority **out,
		    struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf pem = TB_BUF_INIT;
	int ret = tb_read_regular(s->dir_fd, "authority.pem", FILE_MAX_BYTES, &pem, err);

	if (!ret)
		ret = lab_authority_load(out, &pem, ahead_s, err);
	if (ret != -ENOENT && ret != -EKEYEXPIRED)
		return ret;
	*err = (struct tb_err){ 0 };
	return new_authority(s, ahead_s, out, err);
}

static int valid_entry(const struct dirent *d)
{
	return state_name_valid(d->d_name);
}

/* add_about() - how often it was used, and with which root file system */
static void add_about(struct tb_buf *b, const struct state_file *was)
{
	tb_buf_addf(b, "%" PRIu64, was->runs);
	tb_buf_adds(b, was->runs == 1 ? " run" : " runs");
	if (was->root)
		tb_buf_addf(b, ", root %s", was->root);
}

static int list_one(const char *name, void (*fn)(void *arg, const char *name, const char *about),
		    void *arg)
{
	TB_AUTOBUF struct tb_buf about = TB_BUF_INIT;
	struct state_file was = { 0 };
	struct tb_err err = { 0 };
	struct state s;
	int ret = open_dir(&s, name, false, &err);

	if (!ret)
		ret = state_file_read(s.dir_fd, s.dir, &was, &err);
	if (ret == -EBUSY)
		tb_buf_adds(&about, "a run uses it");
	else if (ret)
		tb_buf_adds(&about, err.msg);
	else
		add_about(&about, &was);
	state_file_clear(&was);
	state_close(&s);
	if (about.failed)
		return -ENOMEM;
	fn(arg, name, about.data);
	return 0;
}

int state_list(void (*fn)(void *arg, const char *name, const char *about), void *arg,
	       struct tb_err *err)
{
	TB_AUTOFREE char *at = home(err);
	struct dirent **v = NULL;
	int n, i, ret = 0;

	if (!at)
		return -err->code;
	n = scandir(at, &v, valid_entry, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : tb_err_set(err, errno, "read %s", at);
	for (i = 0; i < n; i++) {
		if (!ret)
			ret = list_one(v[i]->d_name, fn, arg);
		free(v[i]);
	}
	free(v);
	return ret ? tb_err_set(err, -ret, "list %s", at) : 0;
}

/* remove_all() - the layer has files of subordinate ids, and directories that nobody may enter: so
 * this is for root of such a namespace, and rm(1) can do it whatever the product made */
static int remove_all(const struct state *s, const struct sbx_ids *ids, struct tb_err *err)
{
	char *const argv[] = { (char[]){ "/bin/rm" }, (char[]){ "-rf" }, (char[]){ "--" }, s->layer,
		NULL };
	static const char *const files[] = { "state.json", "authority.pem" };
	struct stat st;
	int ret = 0;

	if (!fstatat(s->dir_fd, "layer", &st, AT_SYMLINK_NOFOLLOW))
		ret = sbx_ids_run(geteuid() == 0 ? NULL : ids, argv, err);
	for (size_t i = 0; !ret && i < TB_ARRAY_SIZE(files); i++)
		if (unlinkat(s->dir_fd, files[i], 0) && errno != ENOENT)
			ret = tb_err_set(err, errno, "remove %s/%s", s->dir, files[i]);
	if (!ret && rmdir(s->dir))
		ret = tb_err_set(err, errno, "remove %s", s->dir);
	return ret;
}

int state_remove(const char *name, struct tb_err *err)
{
	struct sbx_ids ids = { .uid = geteuid(), .gid = getegid() };
	struct state_file was = { 0 };
	struct state s;
	int ret = open_dir(&s, name, false, err);

	if (ret == -ENOENT)
		ret = tb_err_msg(err, ENOENT,
				 "state %s: nothing is kept under this name; tcbox state list",
				 name);
	if (!ret)
		ret = state_file_read(s.dir_fd, s.dir, &was, err);
	if (!ret && was.found)
		ids = was.ids;
	/* A file that says nothing keeps nobody from removing the state. */
	if (!ret || (ret == -EINVAL && s.dir_fd >= 0))
		ret = remove_all(&s, &ids, err);
	state_file_clear(&was);
	state_close(&s);
	return ret;
}
