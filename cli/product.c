/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product.c - find the program, choose its ids and its environment
 */
#include "cli/product.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/own.h"

#define NOBODY 65534
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

/* What a product may know of the technician's environment: no agent sockets, no tokens, no session of a
 * desktop. */
static const char *const kept_env[] = { "LANG", "LANGUAGE", "TZ", "TERM", "COLORTERM", "NO_COLOR", "SHELL" };

static int choose_ids(struct product *p, struct tb_err *err)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");

	p->uid = getuid();
	p->gid = getgid();
	if (geteuid() != 0 && p->uid == 0)
		return tb_err_msg(err, EPERM, "started with real uid 0 and another effective uid; start it plainly");
	if (geteuid() != 0)
		return 0;
	p->uid = uid ? (uid_t)strtoul(uid, NULL, 10) : 0;
	p->gid = gid ? (gid_t)strtoul(gid, NULL, 10) : 0;
	if (p->uid == 0 || p->gid == 0)
		p->uid = p->gid = NOBODY;
	return 0;
}

/* as_product() - look at a file with the rights of the product's ids; only root's own view differs from it,
 * setfsuid(2) */
static int try_open(const struct product *p, const char *path, int flags)
{
	int fd, code;

	if (geteuid() == 0) {
		(void)setfsgid(p->gid);
		(void)setfsuid(p->uid);
	}
	fd = open(path, flags | O_CLOEXEC);
	code = errno;
	if (geteuid() == 0) {
		(void)setfsuid(0);
		(void)setfsgid(0);
	}
	if (fd < 0)
		return -code;
	(void)close(fd);
	return 0;
}

static bool executable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* search() - the first executable of that name in PATH, like execvp(3); *denied if one was there but may
 * not be executed */
static char *search(const char *name, bool *denied)
{
	const char *path = getenv("PATH"), *end;
	char full[PATH_MAX];
	int n;

	if (!path || !*path)
		path = DEFAULT_PATH;
	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		n = snprintf(full, sizeof(full), "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "./", name);
		if (n > 0 && (size_t)n < sizeof(full)) {
			if (executable(full))
				return strdup(full);
			*denied |= !access(full, F_OK);
		}
		if (!*end)
			return NULL;
	}
}

/* resolve_dir() - the absolute path of a file, with links resolved but for the last name, which programs
 * like busybox go by */
static char *resolve_dir(const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	TB_AUTOFREE char *dir = NULL, *real = NULL;
	char *whole;

	dir = base == path ? strdup(".") : strndup(path, (size_t)(base - path));
	real = dir ? realpath(dir, NULL) : NULL;
	if (!real || asprintf(&whole, "%s/%s", strcmp(real, "/") ? real : "", base) < 0)
		return NULL;
	return whole;
}

static int find_program(struct product *p, const char *name, struct tb_err *err)
{
	TB_AUTOFREE char *found = NULL;
	bool denied = false;
	struct stat st;

	if (!strchr(name, '/')) {
		found = search(name, &denied);
		if (!found)
			return tb_err_msg(err, denied ? EACCES : ENOENT, denied ? "%s: found in PATH, but not executable" :
					  "%s: no such program in PATH", name);
	} else {
		found = strdup(name);
		if (!found)
			return tb_err_set(err, ENOMEM, "find %s", name);
		if (stat(found, &st))
			return tb_err_set(err, errno, "%s", name);
		if (!S_ISREG(st.st_mode))
			return tb_err_msg(err, EACCES, "%s: is not a file that can be executed", name);
		if (access(found, X_OK))
			return tb_err_set(err, EACCES, "%s: not executable (chmod +x?)", name);
	}
	p->program = resolve_dir(found);
	p->real = realpath(found, NULL);
	if (!p->program || !p->real)
		return tb_err_set(err, errno, "find %s", name);
	return 0;
}

/* add_expose() - the directory of a file; the file alone where its directory is a whole private place */
static int add_expose(struct product *p, const char *path, bool is_dir, struct tb_err *err)
{
	const char *home = getenv("HOME");
	char dir[PATH_MAX];
	char *slash;

	if ((size_t)snprintf(dir, sizeof(dir), "%s", path) >= sizeof(dir))
		return tb_err_set(err, ENAMETOOLONG, "%s", path);
	slash = strrchr(dir, '/');
	if (!is_dir && slash && slash != dir)
		*slash = '\0';
	if (!is_dir && (!strcmp(dir, "/tmp") || !strcmp(dir, "/home") || !strcmp(dir, "/run") || !strcmp(dir, "/dev/shm") ||
			!strcmp(dir, "/var/tmp") || (home && !strcmp(dir, home))))
		(void)snprintf(dir, sizeof(dir), "%s", path);
	p->expose[p->nexpose] = strdup(dir);
	return p->expose[p->nexpose++] ? 0 : tb_err_set(err, ENOMEM, "%s", path);
}

static int check_access(struct product *p, const struct box_opts *wants, struct tb_err *err)
{
	int ret = try_open(p, p->real, O_RDONLY);

	/* execute without read permission works outside, but then nobody can say what was executed */
	if (ret && geteuid() == 0)
		return tb_err_msg(err, EACCES, "%s: cannot be read by uid %u, as whom the product runs when root starts tcbox "
				  "(put it where that user can read it, or start tcbox as an ordinary user)", p->real,
				  (unsigned int)p->uid);
	if (ret)
		return tb_err_set(err, EACCES, "%s: cannot be read, so what runs could not be identified", p->real);
	if (geteuid() == 0 && try_open(p, p->cwd, O_RDONLY | O_DIRECTORY)) {
		if (wants->cwd)
			return tb_err_msg(err, EPERM, "--workdir: %s cannot be entered by uid %u, as whom the product runs",
					  p->cwd, (unsigned int)p->uid);
		free(p->cwd);
		p->cwd = strdup("/");
	}
	return p->cwd ? 0 : tb_err_set(err, ENOMEM, "working directory");
}

/* check_binds() - they must be the product's to read, and may not stand in its way */
static int check_binds(const struct product *p, const struct box_opts *wants, struct tb_err *err)
{
	size_t i, j, n;

	for (i = 0; i < wants->nbinds; i++) {
		const struct sbx_bind *b = &wants->binds[i];

		if (try_open(p, b->from, O_RDONLY))
			return tb_err_msg(err, EPERM, "--bind: %s cannot be read by uid %u, as whom the product runs", b->from,
					  (unsigned int)p->uid);
		for (j = 0, n = strlen(b->to); j < p->nexpose; j++)
			if (!strncmp(p->expose[j], b->to, n) && (!p->expose[j][n] || p->expose[j][n] == '/') &&
			    strcmp(b->from, b->to))
				return tb_err_msg(err, EPERM, "--bind: at %s it would hide %s, which the product needs", b->to,
						  p->expose[j]);
	}
	return 0;
}

static int put_env(struct product *p, size_t *n, const char *name, const char *value)
{
	if (!value)
		return 0;
	if (asprintf(&p->env[*n], "%s=%s", name, value) < 0) {
		p->env[*n] = NULL;
		return -ENOMEM;
	}
	(*n)++;
	return 0;
}

/* put_entry() - "NAME=VALUE", in place of an earlier one of that name */
static int put_entry(struct product *p, size_t *n, const char *entry)
{
	size_t len = strcspn(entry, "=") + 1, i;
	char *own = strdup(entry);

	if (!own)
		return -ENOMEM;
	for (i = 0; i < *n && strncmp(p->env[i], entry, len); i++)
		;
	free(p->env[i]);
	p->env[i] = own;
	*n += i == *n;
	return 0;
}

/* build_env() - a small set: who the user is, language and terminal, what the run adds, and what was asked for */
static int build_env(struct product *p, const char *const *extra, const struct box_opts *wants, struct tb_err *err)
{
	const struct passwd *pw = getpwuid(p->uid);
	bool own = geteuid() != 0;
	size_t n = 0, i, nextra = 0, nall = 0;
	extern char **environ;
	int ret = 0;

	while (extra[nextra])
		nextra++;
	while (environ[nall])
		nall++;
	p->env = calloc(nall + nextra + wants->nenv + TB_ARRAY_SIZE(kept_env) + 8, sizeof(*p->env));
	if (!p->env)
		return tb_err_set(err, ENOMEM, "environment");
	ret |= put_env(p, &n, "PATH", getenv("PATH") ? getenv("PATH") : DEFAULT_PATH);
	ret |= put_env(p, &n, "HOME", own && getenv("HOME") ? getenv("HOME") :
		       pw && p->uid != NOBODY ? pw->pw_dir : "/tmp");
	ret |= put_env(p, &n, "USER", pw ? pw->pw_name : NULL);
	ret |= put_env(p, &n, "LOGNAME", pw ? pw->pw_name : NULL);
	ret |= put_env(p, &n, "PWD", p->cwd);
	for (i = 0; i < TB_ARRAY_SIZE(kept_env); i++)
		ret |= put_env(p, &n, kept_env[i], getenv(kept_env[i]));
	for (i = 0; environ[i]; i++)
		if (!strncmp(environ[i], "LC_", 3))
			ret |= put_entry(p, &n, environ[i]);
	for (i = 0; i < nextra; i++)
		ret |= put_entry(p, &n, extra[i]);
	for (i = 0; i < wants->nenv; i++)
		ret |= put_entry(p, &n, wants->env[i]);
	return ret ? tb_err_set(err, ENOMEM, "environment") : 0;
}

int product_find(struct product *p, char **argv, const char *const *extra, const struct box_opts *wants,
		 struct tb_err *err)
{
	int ret;

	memset(p, 0, sizeof(*p));
	p->argv = argv;
	while (argv[p->argc])
		p->argc++;
	p->cwd = wants->cwd ? strdup(wants->cwd) : getcwd(NULL, 0);
	if (!p->cwd && errno == ENOENT)
		return tb_err_msg(err, ESTALE, "the current directory is no more; go to another, or give --workdir");
	if (!p->cwd)
		return tb_err_set(err, errno, "working directory");
	ret = choose_ids(p, err);
	if (!ret)
		ret = find_program(p, argv[0], err);
	if (!ret)
		ret = check_access(p, wants, err);
	if (!ret)
		ret = add_expose(p, p->cwd, true, err);
	if (!ret)
		ret = add_expose(p, p->program, false, err);
	if (!ret)
		ret = add_expose(p, p->real, false, err);
	if (!ret)
		ret = check_binds(p, wants, err);
	if (!ret)
		ret = build_env(p, extra, wants, err);
	return ret;
}

void product_clear(struct product *p)
{
	size_t i;

	free(p->program);
	free(p->real);
	free(p->cwd);
	for (i = 0; i < p->nexpose; i++)
		free(p->expose[i]);
	for (i = 0; p->env && p->env[i]; i++)
		free(p->env[i]);
	free(p->env);
	memset(p, 0, sizeof(*p));
}
