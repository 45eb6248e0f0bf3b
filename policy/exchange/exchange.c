/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.c - the table of formats, and what is the same for all of them
 */
#include "tcbox/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/exchange/draft.h"
#include "tcbox/own.h"

struct exch {
	struct draft draft;
	struct tb_buf text;
};

static const struct row {
	struct exch_format format;
	exch_reader *read;
	exch_writer *write;
} rows[] = {
	{ { "mud", "Manufacturer Usage Description, RFC 8520", true, true, true },
	  mud_read, mud_write },
	{ { "oci-seccomp", "seccomp profile of OCI, Docker, containerd", true, true, false },
	  oci_read, oci_write },
	{ { "oci-seccomp-log", "seccomp profile that logs what is undeclared", false, true, false },
	  NULL, oci_write_log },
	{ { "sbob", "bill of behaviour, profile of kubescape", true, true, false },
	  sbob_read, sbob_write },
	{ { "cyclonedx", "services in a bill of CycloneDX", true, true, false },
	  cyclonedx_read, cyclonedx_write },
	{ { "cyclonedx-2.0", "services and behaviours, CycloneDX 2.0", false, true, false },
	  NULL, cyclonedx_write_2 },
	{ { "systemd", "settings of a unit of systemd", true, true, false },
	  systemd_read, systemd_write },
};

const struct exch_format *exch_format_at(size_t i)
{
	return i < TB_ARRAY_SIZE(rows) ? &rows[i].format : NULL;
}

/* named() - what a format is called; other names are those of the programs that have such files */
static const char *named(const char *name)
{
	static const char *const others[][2] = {
		{ "docker", "oci-seccomp" }, { "containerd", "oci-seccomp" },
		{ "kubescape", "sbob" }, { "systemd-unit", "systemd" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(others); i++)
		if (!strcmp(others[i][0], name))
			return others[i][1];
	return name;
}

const struct exch_format *exch_format_find(const char *name)
{
	name = named(name);
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].format.name, name))
			return &rows[i].format;
	return NULL;
}

static const struct row *row_of(const struct exch_format *f)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if (&rows[i].format == f)
			return &rows[i];
	return NULL;
}

static struct exch *exch_new(const char *path, struct tb_err *err)
{
	struct exch *e = calloc(1, sizeof(*e));

	if (!e) {
		(void)tb_err_set(err, ENOMEM, "%s", path);
		return NULL;
	}
	if (!draft_init(&e->draft, path, err))
		return e;
	free(e);
	return NULL;
}

void exch_free(struct exch *e)
{
	if (!e)
		return;
	draft_clear(&e->draft);
	tb_buf_free(&e->text);
	free(e);
}

const struct tb_buf *exch_text(const struct exch *e)
{
	return &e->text;
}

const struct exch_item *exch_item_at(const struct exch *e, size_t i)
{
	return i < e->draft.nitems ? &e->draft.items[i] : NULL;
}

const char *exch_kind_words(enum exch_kind kind)
{
	static const char *const words[] = {
		[EXCH_NOTE] = "note",
		[EXCH_FILL] = "to be filled in",
		[EXCH_WIDER] = "wider",
		[EXCH_LOST] = "not carried over",
	};

	return words[kind];
}

/* finish() - Return: @ret, or -ENOMEM if something could not be kept */
static int finish(struct exch *e, int ret, struct tb_err *err)
{
	if (!ret && (e->draft.no_memory || e->text.failed))
		return tb_err_set(err, ENOMEM, "%s", e->draft.path);
	return ret;
}

int exch_import(const struct exch_format *f, const char *path, const char *text, size_t len,
		const char *const *notes, struct exch **out, struct tb_err *err)
{
	const struct row *row = row_of(f);
	struct exch *e = exch_new(path, err);
	int ret;

	*out = NULL;
	if (!e)
		return -ENOMEM;
	draft_head(&e->draft, "Made from %s (%s).", path, f->about);
	for (; notes && *notes; notes++)
		draft_head(&e->draft, "%s", *notes);
	ret = finish(e, row->read(&e->draft, text, len, err), err);
	if (!ret)
		ret = finish(e, draft_policy(&e->draft, &e->text, err), err);
	if (ret) {
		exch_free(e);
		return ret;
	}
	*out = e;
	return 0;
}

int exch_export(const struct exch_format *f, const struct pol *p, struct exch **out,
		struct tb_err *err)
{
	const struct row *row = row_of(f);
	struct exch *e = exch_new(p->path, err);
	int ret;

	*out = NULL;
	if (!e)
		return -ENOMEM;
	e->draft.source = p;
	ret = finish(e, row->write(&e->draft, p, &e->text, err), err);
	e->draft.source = NULL;		/* it is the caller's */
	if (ret) {
		exch_free(e);
		return ret;
	}
	draft_sort(&e->draft);
	*out = e;
	return 0;
}
