/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts.c - the files of a bundle, and what they say of each other
 */
#include "seal/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seal/envelope.h"
#include "seal/said.h"
#include "seal/stamp.h"
#include "tcbox/file.h"
#include "tcbox/note.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tcbox/review.h"

static bool known(const char *name, const struct run_info *run, const struct copy *copy)
{
	const struct run_part *part;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return true;
	if (!strcmp(name, RUN_RESERVE_FILE))
		return run->state == RUN_RUNNING;
	part = run_part(name);
	return part && (copy->is || !part->of_copy);
}

static void unknown(const char *name, struct seal_check *out)
{
	TB_AUTOBUF struct tb_buf shown = TB_BUF_INIT;

	tb_buf_add_shown(&shown, name, strlen(name));
	if (shown.failed)
		out->no_memory = true;
	else
		said_wrong(out, "%s: it was added: a run leaves no such file", shown.data);
}

/* no_record() - did the run end before it began one? Such a bundle is never whole */
static bool no_record(int bundle_fd, const struct run_info *run)
{
	return run->state != RUN_COMPLETE && !run->record_head &&
	       faccessat(bundle_fd, REC_EVENTS_FILE, F_OK, AT_SYMLINK_NOFOLLOW) &&
	       faccessat(bundle_fd, CHAIN_FILE, F_OK, AT_SYMLINK_NOFOLLOW);
}

static bool of_record(const char *name)
{
	return !strcmp(name, REC_EVENTS_FILE) || !strcmp(name, CHAIN_FILE);
}

static void needed(int bundle_fd, const char *name, struct seal_check *out)
{
	struct stat st;

	if (fstatat(bundle_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		said_wrong(out, "%s: it is missing", name);
	else if (!S_ISREG(st.st_mode))
		said_wrong(out, "%s: it is not a regular file", name);
}

int parts_listed(int bundle_fd, const struct run_info *run, const struct copy *copy,
		 struct seal_check *out, struct tb_err *err)
{
	const struct dirent *e;
	bool none;
	/* not dup(2): it would share the place in the directory */
	int fd = openat(bundle_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		int ret = tb_err_set(err, errno, "list the bundle");

		tb_close(&fd);
		return ret;
	}
	while ((e = readdir(dir)))
		if (!known(e->d_name, run, copy))
			unknown(e->d_name, out);
	(void)closedir(dir);
	none = run->started_ns && no_record(bundle_fd, run);
	if (none)
		said_open(out, "There is no record: the run ended before it began one");
	for (const struct run_part *p = run_parts; p->name; p++)
		if (p->needed && !copy_file(copy, p->name) && !(none && of_record(p->name)))
			needed(bundle_fd, p->name, out);
	return 0;
}

/* hash_file() - Return: 0; 1: it cannot be read, and that is said; -ENOMEM */
static int hash_file(int bundle_fd, const char *name, char hex[TB_SHA256_HEX],
		     struct seal_check *out, struct tb_err *err)
{
	struct tb_err bad = { 0 };
	TB_AUTOCLOSE int fd = tb_open_regular(bundle_fd, name, &bad);
	int ret = fd < 0 ? fd : tb_sha256_fd(fd, hex, NULL, &bad);

	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", name);
	if (ret)
		said_wrong(out, "%s: it cannot be read: %s", name, bad.msg);
	return !!ret;
}

int parts_policy(int bundle_fd, const struct run_info *run, struct seal_check *out,
		 struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	int ret;

	if (!run->policy_sha256) {
		if (!faccessat(bundle_fd, RUN_POLICY_FILE, F_OK, AT_SYMLINK_NOFOLLOW))
			said_wrong(out, "%s: it was added: the run had no policy",
				   RUN_POLICY_FILE);
		return 0;
	}
	ret = hash_file(bundle_fd, RUN_POLICY_FILE, hex, out, err);
	if (ret)
		return ret < 0 ? ret : 0;
	if (strcmp(hex, run->policy_sha256) != 0)
		said_wrong(out, "%s: it was changed: its SHA-256 is not the one in %s",
			   RUN_POLICY_FILE, RUN_FILE);
	return 0;
}

/* bound_manifest() - of a run that has no end, it is as the run began */
static int bound_manifest(int bundle_fd, const struct chain_head *head,
			  const struct copy_file *was, struct seal_check *out, struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	int ret = was ? 0 : hash_file(bundle_fd, RUN_FILE, hex, out, err);

	if (was)
		memcpy(hex, was->was.sha256, sizeof(hex));

	if (ret)
		return ret < 0 ? ret : 0;
	if (strcmp(hex, head->manifest_sha256) != 0)
		said_wrong(out, "%s: it was changed: its SHA-256 is not the one in %s", RUN_FILE,
			   CHAIN_FILE);
	return 0;
}

/* bound_end() - a run that failed, as on a full disk, may have written values behind the last one
 * that it counted */
static int bound_end(const struct run_info *run, struct chain *chain, struct seal_check *out,
		     struct tb_err *err)
{
	char value[TB_SHA256_HEX] = "";
	int ret = chain_value(chain, run->record_lines, value, err);

	if (ret && ret != -ERANGE && ret != -EBADMSG)
		return ret;
	if ((run->state == RUN_COMPLETE && run->record_lines != chain->n) ||
	    strcmp(run->record_head, value) != 0)
		said_wrong(out, "%s: the chain does not end as %s says, with line %" PRIu64,
			   CHAIN_FILE, RUN_FILE, run->record_lines);
	return 0;
}

int parts_bound(int bundle_fd, const struct run_info *run, struct chain *chain,
		const struct copy *copy, struct seal_check *out, struct tb_err *err)
{
	const struct copy_file *was = copy_file(copy, RUN_POLICY_FILE);
	const char *policy = run->policy_sha256 ? run->policy_sha256 : "";

	if (run->started_ns != chain->head.started_ns)
		said_wrong(out, "%s and %s are of different runs: these began at different times",
			   RUN_FILE, CHAIN_FILE);
	if (was)
		policy = was->was.sha256;
	if (strcmp(policy, chain->head.policy_sha256) != 0)
		said_wrong(out, "%s and %s name different policies", RUN_FILE, CHAIN_FILE);
	if (run->state == RUN_RUNNING)
		return bound_manifest(bundle_fd, &chain->head, copy_file(copy, RUN_FILE), out,
				      err);
	if (run->record_head)
		return bound_end(run, chain, out, err);
	said_wrong(out, "%s does not say where the record ended", RUN_FILE);
	return 0;
}
