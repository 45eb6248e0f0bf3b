/* SPDX-License-Identifier: Apache-2.0 */
/*
 * box_opts.c - options of "tcbox run" for products that need more than the box gives by itself
 */
#include "run/box_opts.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/state.h"
#include "tcbox/size.h"

#define PROCESSES 4096		/* and threads: a fork bomb must not take the machine's */
#define PROCESSES_MAX 1000000
#define LAYER (UINT64_C(2) << 30)

int box_opts_env(struct box_opts *o, const char *value, struct tb_err *err)
{
	char **grown = realloc(o->env, (o->nenv + 1) * sizeof(*grown));
	const char *own = NULL;
	int n;

	if (!grown)
		return tb_err_set(err, ENOMEM, "environment");
	o->env = grown;
	if (!value[0] || value[0] == '=')
		return tb_err_msg(err, EINVAL, "\"%s\" names no variable; write NAME=VALUE or NAME", value);
	if (!strchr(value, '=')) {
		own = getenv(value);
		if (!own)
			return tb_err_msg(err, EINVAL, "%s is not set here; write %s=VALUE", value, value);
	}
	n = own ? asprintf(&grown[o->nenv], "%s=%s", value, own) : asprintf(&grown[o->nenv], "%s", value);
	if (n < 0)
		return tb_err_set(err, ENOMEM, "environment");
	o->nenv++;
	return 0;
}

int box_opts_bind(struct box_opts *o, const char *value, struct tb_err *err)
{
	struct sbx_bind *grown = realloc(o->binds, (o->nbinds + 1) * sizeof(*grown));
	size_t i;
	int ret;

	if (!grown)
		return tb_err_set(err, ENOMEM, "%s", value);
	o->binds = grown;
	ret = sbx_bind_set(&grown[o->nbinds++], value, err);
	for (i = 0; !ret && i + 1 < o->nbinds; i++)
		if (!strcmp(grown[i].to, grown[o->nbinds - 1].to))
			ret = tb_err_msg(err, EINVAL, "%s is the place of another bind", grown[i].to);
	return ret;
}

int box_opts_hostname(struct box_opts *o, const char *value, struct tb_err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	const char *at = value;
	size_t n;

	/* labels of at most 63 letters, digits and inner hyphens, RFC 1123 section 2.1 */
	for (;; at += n + 1) {
		n = strspn(at, letters);
		if (!n || n > 63 || at[0] == '-' || at[n - 1] == '-' || (at[n] && at[n] != '.'))
			return tb_err_msg(err, EINVAL, "\"%s\" is no host name: letters, digits and hyphens, parted by dots", value);
		if (!at[n])
			break;
	}
	if (strlen(value) > HOST_NAME_MAX)
		return tb_err_msg(err, EINVAL, "\"%s\" is longer than %d characters", value, HOST_NAME_MAX);
	o->hostname = value;
	return 0;
}

int box_opts_state(struct box_opts *o, const char *value, struct tb_err *err)
{
	if (!state_name_valid(value))
		return tb_err_msg(err, EINVAL, "\"%s\" is no name for a state: at most 64 letters, digits and \"._-\", no dot first",
				  value);
	o->state = value;
	return 0;
}

int box_opts_processes(struct box_opts *o, const char *value, struct tb_err *err)
{
	char *end;

	o->processes = strtoull(value, &end, 10);
	/* the control process is one beside the product */
	if (value[0] < '0' || value[0] > '9' || *end || o->processes < 2 || o->processes > PROCESSES_MAX)
		return tb_err_msg(err, EINVAL, "\"%s\" is not a number of processes from 2 to %d", value, PROCESSES_MAX);
	return 0;
}

int box_opts_size(const char *value, uint64_t least, uint64_t most, uint64_t *out, struct tb_err *err)
{
	if (tb_size_parse(value, out))
		return tb_err_msg(err, EINVAL, "\"%s\" is not a size; write for example 512KiB, 64MB or 4GiB", value);
	if (*out < least || *out > most)
		return tb_err_msg(err, EINVAL, "\"%s\" is out of range: from %" PRIu64 " to %" PRIu64 " bytes", value, least, most);
	return 0;
}

/* limit() - what is in force: not more than who started tcbox may have, getrlimit(2) */
static int limit(int resource, uint64_t *value, struct tb_err *err)
{
	struct rlimit r;

	if (getrlimit(resource, &r))
		return tb_err_set(err, errno, "look at limits");
	if (r.rlim_max != RLIM_INFINITY && (!*value || *value > r.rlim_max))
		*value = r.rlim_max;
	return 0;
}

static int check_root(struct box_opts *o, struct tb_err *err)
{
	struct stat st;

	o->root = realpath(o->root_given, NULL);
	if (!o->root || stat(o->root, &st) || (S_ISDIR(st.st_mode) && access(o->root, R_OK | X_OK)))
		return tb_err_set(err, errno, "--root: %s", o->root_given);
	if (!S_ISDIR(st.st_mode))
		return tb_err_set(err, ENOTDIR, "--root: %s", o->root_given);
	return strcmp(o->root, "/") ? 0 : tb_err_msg(err, EINVAL, "--root: / is what the product sees without this option");
}

/* check_workdir() - in another file system, and in a kept layer, only the box can tell whether it is there */
static int check_workdir(struct box_opts *o, struct tb_err *err)
{
	struct stat st;

	if (!o->workdir && o->root)
		o->workdir = "/";
	if (!o->workdir)
		return 0;
	if (o->root && o->workdir[0] != '/')
		return tb_err_msg(err, EINVAL, "--workdir: %s: with --root, write an absolute path in it", o->workdir);
	o->cwd = o->root ? strdup(o->workdir) : realpath(o->workdir, NULL);
	if (!o->cwd && errno == ENOENT && o->state && o->workdir[0] == '/')
		o->cwd = strdup(o->workdir);
	else if (o->cwd && !o->root && (stat(o->cwd, &st) || !S_ISDIR(st.st_mode)))
		return tb_err_set(err, ENOTDIR, "--workdir: %s", o->workdir);
	return o->cwd ? 0 : tb_err_set(err, errno, "--workdir: %s", o->workdir);
}

int box_opts_check(struct box_opts *o, struct tb_err *err)
{
	int ret;

	if (!o->processes)
		o->processes = PROCESSES;
	if (!o->layer)
		o->layer = LAYER;
	limits_default(&o->limits);
	ret = limit(RLIMIT_NPROC, &o->processes, err);
	if (!ret)
		ret = limit(RLIMIT_FSIZE, &o->file_size, err);
	if (ret)
		return ret;

	ret = o->root_given ? check_root(o, err) : 0;
	return ret ? ret : check_workdir(o, err);
}

/* describe_env() - each name once */
static int describe_env(const struct box_opts *o, struct run_info *run, struct tb_err *err)
{
	size_t i, j, n;

	run->env = calloc(o->nenv + 1, sizeof(*run->env));
	if (!run->env)
		return tb_err_set(err, ENOMEM, "describe the environment");
	for (i = 0; i < o->nenv; i++) {
		n = strcspn(o->env[i], "=");
		for (j = 0; j < i && strncmp(o->env[i], o->env[j], n + 1); j++)
			;
		if (j < i)
			continue;
		run->env[run->nenv] = strndup(o->env[i], n);
		if (!run->env[run->nenv])
			return tb_err_set(err, ENOMEM, "describe the environment");
		run->nenv++;
	}
	return 0;
}

static int describe_binds(const struct box_opts *o, struct run_info *run, struct tb_err *err)
{
	size_t i;

	run->binds = calloc(o->nbinds + 1, sizeof(*run->binds));
	for (i = 0; run->binds && i < o->nbinds; i++) {
		const struct sbx_bind *b = &o->binds[i];

		if (asprintf(&run->binds[i], "%s:%s%s", b->from, b->to, b->readonly ? ":ro" : "") < 0)
			break;
		run->nbinds++;
	}
	return run->nbinds == o->nbinds ? 0 : tb_err_set(err, ENOMEM, "describe binds");
}

int box_opts_describe(const struct box_opts *o, struct run_info *run, struct tb_err *err)
{
	int ret = describe_env(o, run, err);

	if (!ret)
		ret = describe_binds(o, run, err);
	run->as_root = o->as_root;
	run->processes_max = o->processes;
	run->layer_bytes = o->layer;
	run->file_size_max = o->file_size;
	limits_describe(&o->limits, run);
	if (!ret && o->root && !(run->root = strdup(o->root)))
		ret = tb_err_set(err, ENOMEM, "describe the root file system");
	if (!ret && o->state && !(run->state_name = strdup(o->state)))
		ret = tb_err_set(err, ENOMEM, "describe the state");
	if (!ret && o->hostname) {
		run->box_hostname = strdup(o->hostname);
		if (!run->box_hostname)
			ret = tb_err_set(err, ENOMEM, "describe the host name");
	}
	return ret;
}

void box_opts_clear(struct box_opts *o)
{
	size_t i;

	for (i = 0; i < o->nenv; i++)
		free(o->env[i]);
	free(o->env);
	for (i = 0; i < o->nbinds; i++)
		sbx_bind_clear(&o->binds[i]);
	free(o->binds);
	free(o->cwd);
	free(o->root);
	memset(o, 0, sizeof(*o));
}
