/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product.c - find the program, choose its ids and its environment
 */
#include "run/product.h"

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

#include "run/root_path.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define NOBODY 65534
#define ROOT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

/* What a product may know of the technician's environment: no agent sockets, no tokens, no session
 * of a desktop. */
static const char *const kept_env[] = { "LANG", "LANGUAGE", "TZ", "TERM", "COLORTERM", "NO_COLOR",
	"SHELL" };

static int choose_ids(struct product *p, struct tb_err *err)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");

	p->ids.uid = getuid();
	p->ids.gid = getgid();
	if (geteuid() != 0 && p->ids.uid == 0)
		return tb_err_msg(err, EPERM,
				  "started with real uid 0 and another effective uid; start it "
				  "plainly");
	if (geteuid() != 0)
		return 0;
	p->ids.uid = uid ? (uid_t)strtoul(uid, NULL, 10) : 0;
	p->ids.gid = gid ? (gid_t)strtoul(gid, NULL, 10) : 0;
	if (p->ids.uid == 0 || p->ids.gid == 0)
		p->ids.uid = p->ids.gid = NOBODY;
	return 0;
}

int product_ids(struct product *p, const struct run_options *wants, const char **why,
		struct tb_err *err)
{
	int ret;

	memset(p, 0, sizeof(*p));
	ret = choose_ids(p, err);
	*why = !ret && wants->identity.as_root ? sbx_ids_find(&p->ids) : NULL;
	return ret;
}

/* try_open() - look at a file with the rights of the product's ids; only root's own view differs
 * from it, setfsuid(2) */
static int try_open(const struct product *p, const char *path, int flags)
{
	int fd, code;

	if (geteuid() == 0) {
		(void)setfsgid(p->ids.gid);
		(void)setfsuid(p->ids.uid);
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

static bool executable(const char *root, const char *path)
{
	TB_AUTOFREE char *real = root_real(root, path);
	struct stat st;

	return real && !stat(real, &st) && S_ISREG(st.st_mode) && !access(real, X_OK);
}

static bool is_there(const char *root, const char *path)
{
	TB_AUTOFREE char *real = root_real(root, path);

	return real != NULL;
}

/* box_path() - PATH of the product. Root finds the programs of the administrator, and another file
 * system has the usual places */
static const char *box_path(const struct run_options *wants)
{
	const char *own = getenv("PATH");

	if (wants->identity.as_root || wants->root)
		return ROOT_PATH;
	return own && *own ? own : DEFAULT_PATH;
}

/* search() - the first executable of that name in PATH, like execvp(3); *denied if one was there
 * but may not be executed */
static char *search(const char *root, const char *path, const char *name, bool *denied)
{
	char full[PATH_MAX];
	const char *end;
	int n;

	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		if (end > path)
			n = snprintf(full, sizeof(full), "%.*s/%s", (int)(end - path), path, name);
		else		/* an empty entry is the working directory */
			n = snprintf(full, sizeof(full), "./%s", name);
		if (n > 0 && (size_t)n < sizeof(full)) {
			if (executable(root, full))
				return strdup(full);
			*denied |= is_there(root, full);
		}
		if (!*end)
			return NULL;
	}
}

/* resolve_dir() - the absolute path of a file, with links resolved but for the last name, which
 * programs like busybox go by */
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

/* find_named() - a program that was given as a path on the host */
static int find_named(const char *name, char **found, struct tb_err *err)
{
	struct stat st;

	if (stat(name, &st))
		return tb_err_set(err, errno, "%s", name);
	if (!S_ISREG(st.st_mode))
		return tb_err_msg(err, EACCES, "%s: is not a file that can be executed", name);
	if (access(name, X_OK))
		return tb_err_set(err, EACCES, "%s: not executable (chmod +x?)", name);
	*found = strdup(name);
	return *found ? 0 : tb_err_set(err, ENOMEM, "find %s", name);
}

/* find_on_host() - as a shell would */
static int find_on_host(struct product *p, const char *path, const char *name, struct tb_err *err)
{
	TB_AUTOFREE char *found = NULL;
	bool denied = false;
	int ret = 0;

	if (strchr(name, '/'))
		ret = find_named(name, &found, err);
	else
		found = search(NULL, path, name, &denied);
	if (!ret && !found && denied)
		return tb_err_msg(err, EACCES, "%s: found in PATH, but not executable", name);
	if (!ret && !found)
		return tb_err_msg(err, ENOENT, "%s: no such program in PATH", name);
	if (ret)
		return ret;
	p->program = resolve_dir(found);
	p->real = realpath(found, NULL);
	return p->program && p->real ? 0 : tb_err_set(err, errno, "find %s", name);
}

/* find_in_root() - in another file system */
static int find_in_root(struct product *p, const char *root, const char *path, const char *name,
			struct tb_err *err)
{
	bool denied = name[0] == '/' && is_there(root, name);

	if (name[0] == '/' && executable(root, name))
		p->program = strdup(name);
	else if (name[0] != '/' && strchr(name, '/') && asprintf(&p->program, "%s/%s", p->cwd,
								 name) < 0)
		p->program = NULL;
	else if (!strchr(name, '/'))
		p->program = search(root, path, name, &denied);
	p->real = p->program ? root_real(root, p->program) : NULL;
	if (!p->program && denied)
		return tb_err_msg(err, EACCES, "%s: found in %s, but not executable", name, root);
	return p->real ? 0 : tb_err_msg(err, ENOENT, "%s: no such program in %s", name, root);
}

/* find_program() - what neither the host nor the other file system has may be in a kept layer: only
 * the box can tell */
static int find_program(struct product *p, const char *name, const struct run_options *wants,
			struct tb_err *err)
{
	const char *path = box_path(wants);
	int ret;

	if (wants->root)
		ret = find_in_root(p, wants->root, path, name, err);
	else
		ret = find_on_host(p, path, name, err);
	if (ret != -ENOENT || !wants->state)
		return ret;
	*err = (struct tb_err){ 0 };
	free(p->program);
	p->program = strdup(name);
	return p->program ? 0 : tb_err_set(err, ENOMEM, "find %s", name);
}

/* is_shared() - a whole place that is private in the box, of which a program in it is only a
 * part */
static bool is_shared(const char *dir)
{
	static const char *const places[] = { "/tmp", "/var/tmp", "/home", "/run", "/dev/shm" };
	const char *home = getenv("HOME");

	for (size_t i = 0; i < TB_ARRAY_SIZE(places); i++)
		if (!strcmp(dir, places[i]))
			return true;
	return home && !strcmp(dir, home);
}

/* add_expose() - the directory of a file; the file alone where its directory is a whole private
 * place */
static int add_expose(struct product *p, const char *path, bool is_dir, struct tb_err *err)
{
	char dir[PATH_MAX];
	char *slash;

	if ((size_t)snprintf(dir, sizeof(dir), "%s", path) >= sizeof(dir))
		return tb_err_set(err, ENAMETOOLONG, "%s", path);
	slash = strrchr(dir, '/');
	if (!is_dir && slash && slash != dir)
		*slash = '\0';
	if (!is_dir && is_shared(dir))
		(void)snprintf(dir, sizeof(dir), "%s", path);
	p->expose[p->nexpose] = strdup(dir);
	return p->expose[p->nexpose++] ? 0 : tb_err_set(err, ENOMEM, "%s", path);
}

/* expose_all() - what there is of the working directory, the program's and that of the file that
 * the program's name leads to */
static int expose_all(struct product *p, const struct run_options *wants, struct tb_err *err)
{
	TB_AUTOFREE char *cwd = root_real(wants->root, p->cwd);
	int ret = cwd ? add_expose(p, p->cwd, true, err) : 0;

	if (!ret && p->real)
		ret = add_expose(p, p->program, false, err);
	if (!ret && p->real && !wants->root)
		ret = add_expose(p, p->real, false, err);
	return ret;
}

/* check_workdir() - where root is and the product's user may not be, the product runs in /, and
 * this is told */
static int check_workdir(struct product *p, const struct run_options *wants, struct tb_err *err)
{
	if (try_open(p, p->cwd, O_RDONLY | O_DIRECTORY) != -EACCES)
		return 0;
	if (wants->cwd)
		return tb_err_msg(err, EPERM,
				  "--workdir: %s cannot be read by uid %u, as whom the product "
				  "runs",
				  p->cwd, (unsigned int)p->ids.uid);
	if (asprintf(&p->moved,
		     "The product ran in /, because uid %u, as whom it runs when root starts "
		     "tcbox, cannot read %s: go to another directory, or give --workdir.",
		     (unsigned int)p->ids.uid, p->cwd) < 0) {
		p->moved = NULL;
		return tb_err_set(err, ENOMEM, "working directory");
	}
	free(p->cwd);
	p->cwd = strdup("/");
	return p->cwd ? 0 : tb_err_set(err, ENOMEM, "working directory");
}

static int check_access(struct product *p, const struct run_options *wants, struct tb_err *err)
{
	int ret = p->real ? try_open(p, p->real, O_RDONLY) : 0;

	/* execute without read permission works outside, but then nobody can say what was
	 * executed */
	if (ret && geteuid() == 0)
		return tb_err_msg(err, EACCES,
				  "%s: cannot be read by uid %u, as whom the product runs when "
				  "root starts tcbox "
				  "(put it where that user can read it, or start tcbox as an "
				  "ordinary user)", p->real,
				  (unsigned int)p->ids.uid);
	if (ret)
		return tb_err_set(err, EACCES,
				  "%s: cannot be read, so what runs could not be identified",
				  p->real);
	return geteuid() == 0 && !wants->root ? check_workdir(p, wants, err) : 0;
}

/* check_binds() - they must be the product's to read, and may not stand in its way */
static int check_binds(const struct product *p, const struct run_options *wants, struct tb_err *err)
{
	size_t i, j, n;

	for (i = 0; i < wants->nbinds; i++) {
		const struct sbx_bind *b = &wants->binds[i];

		if (try_open(p, b->from, O_RDONLY))
			return tb_err_msg(err, EPERM,
					  "--bind: %s cannot be read by uid %u, as whom the "
					  "product runs", b->from,
					  (unsigned int)p->ids.uid);
		for (j = 0, n = strlen(b->to); j < p->nexpose; j++)
			if (!strncmp(p->expose[j], b->to, n) &&
			    (!p->expose[j][n] || p->expose[j][n] == '/') &&
			    strcmp(b->from, b->to))
				return tb_err_msg(err, EPERM,
						  "--bind: at %s it would hide %s, which the "
						  "product needs", b->to,
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

/* box_home() - HOME of the product: its user's, where the box has that */
static const char *box_home(const struct product *p, const struct run_options *wants,
			    const struct passwd *pw)
{
	const char *own = getenv("HOME");

	if (wants->identity.as_root)
		return "/root";
	if (wants->root)
		return "/tmp";
	if (geteuid() != 0 && own)
		return own;
	return pw && p->ids.uid != NOBODY ? pw->pw_dir : "/tmp";
}

/* box_user() - Return: NULL if nobody knows the name */
static const char *box_user(const struct run_options *wants, const struct passwd *pw)
{
	if (wants->identity.as_root)
		return "root";
	return pw ? pw->pw_name : NULL;
}

/* build_env() - a small set: who the user is, language and terminal, what the run adds, and what
 * was asked for */
static int build_env(struct product *p, const char *const *extra, const struct run_options *wants,
		     struct tb_err *err)
{
	const struct passwd *pw = getpwuid(p->ids.uid);
	const char *user = box_user(wants, pw);
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
	ret |= put_env(p, &n, "PATH", box_path(wants));
	ret |= put_env(p, &n, "HOME", box_home(p, wants, pw));
	ret |= put_env(p, &n, "USER", user);
	ret |= put_env(p, &n, "LOGNAME", user);
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

int product_find(struct product *p, char **argv, const char *const *extra,
		 const struct run_options *wants,
		 struct tb_err *err)
{
	int ret;

	p->argv = argv;
	while (argv[p->argc])
		p->argc++;
	p->cwd = wants->cwd ? strdup(wants->cwd) : getcwd(NULL, 0);
	if (!p->cwd && errno == ENOENT)
		return tb_err_msg(err, ESTALE,
				  "the current directory is no more; go to another, or give "
				  "--workdir");
	if (!p->cwd)
		return tb_err_set(err, errno, "working directory");
	ret = find_program(p, argv[0], wants, err);
	if (!ret)
		ret = check_access(p, wants, err);
	if (!ret)
		ret = expose_all(p, wants, err);
	if (!ret)
		ret = check_binds(p, wants, err);
	if (!ret)
		ret = build_env(p, extra, wants, err);
	return ret;
}

int product_set(struct product *p, const char *const *list, struct tb_err *err)
{
	size_t n = 0, more = 0;
	int ret = 0;
	char **grown;

	while (p->env[n])
		n++;
	while (list[more])
		more++;
	grown = tb_grow(p->env, n, more + 1, sizeof(*grown));
	if (!grown)
		return tb_err_set(err, ENOMEM, "environment");
	p->env = grown;
	for (size_t i = 0; i < more; i++)
		ret |= put_entry(p, &n, list[i]);
	p->env[n] = NULL;
	return ret ? tb_err_set(err, ENOMEM, "environment") : 0;
}

struct sbx_product product_for_box(const struct product *p)
{
	return (struct sbx_product){
		.argv = p->argv,
		.program = p->program,
		.cwd = p->cwd,
		.expose = (const char *const *)p->expose,
		.nexpose = p->nexpose,
		.env = p->env,
	};
}

void product_clear(struct product *p)
{
	size_t i;

	free(p->program);
	free(p->real);
	free(p->cwd);
	free(p->moved);
	for (i = 0; i < p->nexpose; i++)
		free(p->expose[i]);
	for (i = 0; p->env && p->env[i]; i++)
		free(p->env[i]);
	free(p->env);
	memset(p, 0, sizeof(*p));
}
