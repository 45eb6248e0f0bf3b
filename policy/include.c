/* SPDX-License-Identifier: Apache-2.0 */
/*
 * include.c - a policy and the policies that it includes, as documents; and all of it as one text
 *
 * How it works: all documents are read first, each before the one that includes it, and their
 * variables and groups are defined from the outside in: so the outermost definition holds. Then
 * their rules are read in that order. In the whole text each included file stands as an object in
 * the place of its name: it is what a bundle keeps, and needs no other file.
 */
#include "policy/include.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define DEPTH_MAX 8
#define DOCS_MAX 64		/* however often one is named */

/* dir_len() - of the directory of a file, with its slash; 0: the present one */
static size_t dir_len(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? (size_t)(slash - file) + 1 : 0;
}

static struct pol_doc *add_doc(struct pol_reader *r)
{
	struct pol_doc **list = tb_grow(r->docs, r->ndocs, 1, sizeof(*list));
	struct pol_doc *d = calloc(1, sizeof(*d));

	if (list)
		r->docs = list;
	if (!list || !d) {
		free(d);
		r->no_memory = true;
		return NULL;
	}
	list[r->ndocs++] = d;
	return d;
}

/* add_file() - its name, for places in it. Return: false without memory */
static bool add_file(struct pol_reader *r, struct pol_doc *d)
{
	struct pol *p = r->pol;
	char **list = tb_grow(p->files, p->nfiles, 1, sizeof(*list));

	if (list)
		p->files = list;
	if (!list || !d->file) {
		r->no_memory = true;
		return false;
	}
	list[p->nfiles] = pol_keep(r, d->file);
	d->number = (unsigned int)++p->nfiles;
	return list[p->nfiles - 1] != NULL;
}

/* enter() - what is read from now on is of this document */
static void enter(struct pol_reader *r, const struct pol_doc *d)
{
	r->file = d->file;
	r->number = d->number;
}

/* parse() - Return: false after reporting what is wrong */
static bool parse(struct pol_reader *r, struct pol_doc *d, const char *text, size_t len)
{
	struct jsonc_syntax bad = { { 1, 1 }, "" };
	size_t steps = r->depth;
	int ret;

	enter(r, d);
	r->bytes += len;
	r->depth = 0;		/* where in this file, not where it is included */
	if (r->bytes > POL_MAX_BYTES) {
		pol_bad(r, bad.pos, r->bytes == len ? "longer than %u bytes" :
			"longer than %u bytes, with what is included before", POL_MAX_BYTES);
		r->depth = steps;
		return false;
	}
	ret = jsonc_parse(text, len, &d->json, &bad);
	if (ret == -EINVAL) {
		r->code = "syntax";
		pol_bad(r, bad.pos, "%s", bad.text);
		r->code = NULL;
	}
	r->depth = steps;
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		d->begin = 3;
	r->no_memory |= ret < 0 && ret != -EINVAL;
	if (!ret)
		d->root = jsonc_root(d->json);
	return !ret;
}

/* same_file() - the document that was read from it already; NULL: none was */
static struct pol_doc *same_file(struct pol_reader *r, const struct stat *st)
{
	for (size_t i = 0; i < r->ndocs; i++)
		if (r->docs[i]->known && r->docs[i]->dev == st->st_dev &&
		    r->docs[i]->ino == st->st_ino)
			return r->docs[i];
	return NULL;
}

static void identify(struct pol_doc *d)
{
	struct stat st;

	if (stat(d->file, &st))
		return;
	d->known = true;
	d->dev = st.st_dev;
	d->ino = st.st_ino;
}

static void collect(struct pol_reader *r, struct pol_doc *d, unsigned int depth);

/* next() - collect another document, and come back to this one */
static void next(struct pol_reader *r, const struct pol_doc *from, struct pol_doc *d,
		 unsigned int depth)
{
	struct pol_step path[POL_PATH_DEPTH];
	size_t steps = r->depth;

	memcpy(path, r->path, sizeof(path));
	r->depth = 0;
	collect(r, d, depth + 1);
	memcpy(r->path, path, sizeof(path));
	r->depth = steps;
	enter(r, from);
}

/* read_included() - a file that is named. Return: its document; NULL: it is there already, or a
 * problem was reported */
static struct pol_doc *read_included(struct pol_reader *r, const struct pol_doc *from,
				     const struct jsonc_val *e)
{
	size_t dir = *e->text == '/' ? 0 : dir_len(from->file);
	TB_AUTOBUF struct tb_buf path = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct pol_doc *d;
	struct stat st;

	tb_buf_add(&path, from->file, dir);
	tb_buf_adds(&path, e->text);
	if (path.failed) {
		r->no_memory = true;
		return NULL;
	}
	d = stat(path.data, &st) ? NULL : same_file(r, &st);
	if (d) {
		if (d->busy)
			pol_bad(r, e->pos, "\"%.128s\" includes itself", e->text);
		return NULL;
	}
	if (!stat(path.data, &st) && !S_ISREG(st.st_mode)) {	/* nor waited for */
		pol_bad(r, e->pos, "\"%.128s\" is not a file", e->text);
		return NULL;
	}
	d = add_doc(r);
	if (!d)
		return NULL;
	if (tb_read_file(AT_FDCWD, path.data, POL_MAX_BYTES, &d->text, &err)) {
		pol_bad(r, e->pos, "%.256s", err.msg);
		return NULL;
	}
	d->file = tb_buf_take(&path);
	identify(d);
	return add_file(r, d) && parse(r, d, d->text.data ? d->text.data : "", d->text.len) ? d :
		NULL;
}

/* inline_doc() - an object in the place of a file, as in the policy of a bundle */
static struct pol_doc *inline_doc(struct pol_reader *r, const struct pol_doc *from,
				  const struct jsonc_val *e)
{
	struct pol_doc *d = add_doc(r);

	if (!d)
		return NULL;
	d->file = pol_keep(r, from->file);
	d->number = from->number;
	d->root = e;
	return d->file ? d : NULL;
}

/* include() - one element of "include" */
static void include(struct pol_reader *r, struct pol_doc *from, const struct jsonc_val *e,
		    unsigned int depth)
{
	struct pol_doc **list, *d = NULL;

	if (r->nincluded > DOCS_MAX)
		return;
	if (r->nincluded++ == DOCS_MAX) {
		pol_bad(r, e->pos, "more than %d files are included", DOCS_MAX);
		return;
	}
	list = tb_grow(from->parts, from->nparts, 1, sizeof(*list));
	if (!list) {
		r->no_memory = true;
		return;
	}
	from->parts = list;
	list[from->nparts++] = NULL;
	if (e->type != JSONC_OBJECT && !pol_expect(r, e, JSONC_STRING))
		return;
	if (depth == DEPTH_MAX)
		pol_bad(r, e->pos, "included more than %d deep", DEPTH_MAX);
	else if (e->type == JSONC_OBJECT)
		d = inline_doc(r, from, e);
	else if (!r->files)
		pol_bad(r, e->pos, "a file is included only by a policy that is read from a file "
				   "of yours");
	else if (!*e->text)
		pol_bad(r, e->pos, "an empty name of a file");
	else
		d = read_included(r, from, e);
	enter(r, from);
	from->parts[from->nparts - 1] = d;
	if (d)
		next(r, from, d, depth);
}

static void collect(struct pol_reader *r, struct pol_doc *d, unsigned int depth)
{
	const struct jsonc_val *list, *e;
	size_t i = 0;

	enter(r, d);
	if (!pol_expect(r, d->root, JSONC_OBJECT) || !pol_version_right(r, d->root))
		return;
	d->busy = true;
	pol_read_definitions(r, d->root);
	list = jsonc_member(d->root, "include");
	pol_push(r, "include", 0);
	if (list && pol_expect(r, list, JSONC_ARRAY)) {
		for (e = list->first; e; e = e->next, i++) {
			pol_push(r, NULL, i);
			include(r, d, e, depth);
			pol_pop(r);
		}
	}
	pol_pop(r);
	d->busy = false;
	d->order = ++r->nordered;
}

void pol_read_documents(struct pol_reader *r, const char *file, const char *text, size_t len)
{
	struct pol_doc *main = add_doc(r);

	if (!main)
		return;
	main->file = pol_keep(r, file);
	if (!main->file)
		return;
	if (r->files)
		identify(main);
	tb_buf_add(&main->text, text, len);
	if (main->text.failed) {
		r->no_memory = true;
		return;
	}
	if (!parse(r, main, text, len))
		return;
	collect(r, main, 0);
	if (!main->order)
		return;
	pol_define_ours(r);
	pol_judge_groups(r);
	for (size_t order = 1; order <= r->nordered; order++) {
		for (size_t i = 0; i < r->ndocs; i++) {
			if (r->docs[i]->order != order)
				continue;
			enter(r, r->docs[i]);
			pol_read_rules(r, r->docs[i]->root, r->docs[i] != main);
		}
	}
	pol_keep_unused(r);
}

/* whole() - of @text, which has @d's values at their offsets. An inline document has no text of its
 * own: what stands in it is in that of the file */
static void whole(const struct pol_doc *d, const char *text, size_t begin, size_t end,
		  struct tb_buf *out)
{
	const struct jsonc_val *list = jsonc_member(d->root, "include");
	const struct jsonc_val *e = list && list->type == JSONC_ARRAY ? list->first : NULL;

	for (size_t i = 0; e && i < d->nparts; e = e->next, i++) {
		const struct pol_doc *part = d->parts[i];

		if (e->type == JSONC_OBJECT && part) {
			tb_buf_add(out, text + begin, e->begin - begin);
			whole(part, text, e->begin, e->end, out);
			begin = e->end;
			continue;
		}
		tb_buf_add(out, text + begin, e->begin - begin);
		if (part)
			whole(part, part->text.data, part->begin, part->text.len, out);
		else
			tb_buf_addf(out, "{ \"tcbox_policy\": %d }", POL_FORMAT);
		if (part)
			tb_buf_addc(out, '\n');	/* the last line may be a comment */
		begin = e->end;
	}
	tb_buf_add(out, text + begin, end - begin);
}

/* check_whole() - can it be read again, from a bundle? */
static void check_whole(struct pol_reader *r, const struct tb_buf *text)
{
	struct jsonc_syntax bad = { { 1, 1 }, "" };
	struct jsonc *json = NULL;
	int ret = -EFBIG;

	enter(r, r->docs[0]);
	if (text->len > POL_MAX_BYTES)
		pol_bad(r, bad.pos, "longer than %u bytes, with all that is included",
			POL_MAX_BYTES);
	else
		ret = jsonc_parse(text->data, text->len, &json, &bad);
	if (ret == -EINVAL)
		pol_bad(r, (struct jsonc_pos){ 1, 1 }, "with all that is included: %s", bad.text);
	r->no_memory |= ret == -ENOMEM;
	jsonc_free(json);
}

void pol_whole(struct pol_reader *r, struct tb_buf *out)
{
	const struct pol_doc *main = r->docs[0];
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	whole(main, main->text.data ? main->text.data : "", 0, main->text.len, &text);
	r->no_memory |= text.failed;
	if (r->ndocs > 1 && !r->no_memory)
		check_whole(r, &text);
	if (out)
		tb_buf_add(out, text.data ? text.data : "", text.len);
	r->no_memory |= out && out->failed;
}

void pol_free_documents(struct pol_reader *r)
{
	for (size_t i = 0; i < r->ndocs; i++) {
		struct pol_doc *d = r->docs[i];

		jsonc_free(d->json);
		tb_buf_free(&d->text);
		free(d->parts);
		free(d->file);
		free(d);
	}
	free(r->docs);
}
