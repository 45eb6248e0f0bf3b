/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_file.c - state.json: what tcbox knows about a kept layer
 */
#include "run/state_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/json_write.h"
#include "tcbox/jsonc.h"

#define NAME "state.json"
#define FORMAT 1
#define MAX_BYTES (1u << 20)

/* not_ours() - whatever is wrong with it, there is only one thing to do */
static int not_ours(const char *dir, const char *why, struct tb_err *err)
{
	return tb_err_msg(err, EINVAL,
			  "%s/" NAME " was not written by this version of tcbox (%s); remove the "
				     "state, or use another name",
			  dir, why);
}

/* get_u32() - a member that is an id or a number of them. Return: false if it is missing or is
 * none */
static bool get_u32(const struct jsonc_val *o, const char *key, uint32_t *out)
{
	const struct jsonc_val *v = jsonc_member(o, key);
	uint64_t n = 0;

	if (!v || !jsonc_uint(v, &n) || n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

static int from_object(const struct jsonc_val *o, const char *dir, struct state_file *out,
		       struct tb_err *err)
{
	const struct jsonc_val *runs = jsonc_member(o, "runs"), *root = jsonc_member(o, "root");
	uint32_t format = 0;

	if (!get_u32(o, "tcbox_state", &format) || format != FORMAT)
		return not_ours(dir, "\"tcbox_state\" is not 1", err);
	if (!get_u32(o, "uid", &out->ids.uid) || !get_u32(o, "gid", &out->ids.gid) ||
	    !get_u32(o, "sub_uid", &out->ids.sub_uid) ||
	    !get_u32(o, "sub_gid", &out->ids.sub_gid) ||
	    !get_u32(o, "sub_ids", &out->ids.n))
		return not_ours(dir, "an id is missing", err);
	if (!runs || !jsonc_uint(runs, &out->runs))
		return not_ours(dir, "\"runs\" is missing", err);
	if (!root)
		return 0;
	if (root->type != JSONC_STRING)
		return not_ours(dir, "\"root\" is not a string", err);
	out->root = strdup(root->text);
	return out->root ? 0 : tb_err_set(err, ENOMEM, "read %s/" NAME, dir);
}

static int from_text(const struct tb_buf *text, const char *dir, struct state_file *out,
		     struct tb_err *err)
{
	struct jsonc_syntax bad;
	struct jsonc *doc;
	int ret = jsonc_parse_bytes(text->data, text->len, &doc, &bad);

	if (ret == -EINVAL)
		return not_ours(dir, bad.text, err);
	if (ret)
		return tb_err_set(err, ENOMEM, "read %s/" NAME, dir);
	ret = from_object(jsonc_root(doc), dir, out, err);
	jsonc_free(doc);
	out->found = !ret;
	return ret;
}

int state_file_read(int dir_fd, const char *dir, struct state_file *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err why = { 0 };
	int ret;

	*out = (struct state_file){ 0 };
	ret = tb_read_regular(dir_fd, NAME, MAX_BYTES, &text, &why);
	if (!ret)
		return from_text(&text, dir, out, err);
	if (ret == -ENOENT)
		return 0;
	*err = why;
	return tb_err_wrap(err, "%s", dir);
}

int state_file_write(int dir_fd, const struct state_file *about, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct jw w;

	jw_init(&w, &text);
	jw_object(&w, NULL);
	jw_uint(&w, "tcbox_state", FORMAT);
	jw_uint(&w, "uid", about->ids.uid);
	jw_uint(&w, "gid", about->ids.gid);
	jw_uint(&w, "sub_uid", about->ids.sub_uid);
	jw_uint(&w, "sub_gid", about->ids.sub_gid);
	jw_uint(&w, "sub_ids", about->ids.n);
	jw_uint(&w, "runs", about->runs);
	if (about->root)
		jw_str(&w, "root", about->root);
	jw_end(&w);
	if (text.failed)
		return tb_err_set(err, ENOMEM, "write " NAME);
	return tb_store_file(dir_fd, NAME, text.data, text.len, err);
}

void state_file_clear(struct state_file *about)
{
	free(about->root);
	*about = (struct state_file){ 0 };
}
