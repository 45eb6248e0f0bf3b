/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement.c - what is signed: an in-toto Statement (v1) about every file of a bundle
 *
 * The predicate has two parts: the run, in the form of in-toto's runtime-trace, and the verdict, in
 * that of its simple verification result. A verdict that is inconclusive is no property.
 */
#include "seal/statement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/finding.h"
#include "tcbox/json_write.h"
#include "tcbox/jsonc.h"
#include "tcbox/record.h"

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define PREDICATE_TYPE "https://tcbox.example/attestation/run/v1"
#define TOOL_URI "https://tcbox.example/tcbox/"
#define RUN_URI "https://tcbox.example/run/v1"
#define CONFORMS_PROPERTY "TCBOX_CONFORMS"

const struct sealed_file *statement_file(const struct statement *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->files[i].name, name))
			return &s->files[i];
	return NULL;
}

static void write_digest(struct jw *w, const char *hex)
{
	jw_object(w, "digest");
	jw_str(w, "sha256", hex);
	jw_end(w);
}

/* write_descriptor() - of a file: a ResourceDescriptor of in-toto */
static void write_descriptor(struct jw *w, const char *key, const struct sealed_file *f)
{
	if (!f)
		return;
	jw_object(w, key);
	jw_str(w, "name", f->name);
	write_digest(w, f->sha256);
	jw_object(w, "annotations");
	jw_uint(w, "bytes", f->size);
	jw_end(w);
	jw_end(w);
}

static void write_time(struct jw *w, const char *key, int64_t ns)
{
	char text[TB_TIMELEN];

	if (ns && !tb_time_format(ns, text))
		jw_str(w, key, text);
}

/* tool() - this tcbox, or the one that made the run; a URI has no blanks */
static void tool(struct jw *w, const char *key, const char *version)
{
	char uri[128] = TOOL_URI;
	size_t n = strlen(uri);

	(void)snprintf(uri + n, sizeof(uri) - n, "%.64s", version ? version : "unknown");
	jw_str(w, key, uri);
}

static void write_monitor(struct jw *w, const struct statement *s, const struct run_info *run)
{
	static const char *const nets[] = { "not said", "sim", "none" };
	static const char *const observes[] = { "not said", "default", "all" };

	jw_object(w, "monitor");
	tool(w, "type", run->tcbox_version);
	write_descriptor(w, "configSource", statement_file(s, RUN_POLICY_FILE));
	jw_object(w, "tracePolicy");
	jw_str(w, "net", nets[run->net]);
	jw_str(w, "observe", observes[run->observe]);
	jw_bool(w, "enforce", run->enforce);
	jw_end(w);
	jw_end(w);
}

static void write_run(struct jw *w, const struct statement *s, const struct run_info *run)
{
	jw_object(w, "run");
	write_monitor(w, s, run);
	jw_object(w, "monitoredProcess");
	jw_str(w, "hostID", run->hostname);
	jw_str(w, "type", RUN_URI);
	jw_str(w, "event", *s->random ? s->random : NULL);
	if (*s->challenge)
		jw_str(w, "challenge", s->challenge);
	jw_end(w);
	jw_object(w, "monitorLog");
	jw_array(w, "process");
	jw_object(w, NULL);
	jw_array(w, "arguments");
	for (size_t i = 0; i < run->argc; i++)
		jw_str(w, NULL, run->argv[i]);
	jw_end(w);
	jw_end(w);
	jw_end(w);
	write_descriptor(w, "record", statement_file(s, REC_EVENTS_FILE));
	jw_uint(w, "lines", s->lines);
	jw_str(w, "head", *s->head ? s->head : NULL);
	jw_end(w);
	jw_object(w, "metadata");
	write_time(w, "buildStartedOn", run->started_ns);
	write_time(w, "buildFinishedOn", run->ended_ns);
	jw_end(w);
	jw_end(w);
}

static void write_verdict(struct jw *w, const struct statement *s)
{
	jw_object(w, "verdict");
	jw_object(w, "verifier");
	tool(w, "id", TCBOX_VERSION);
	write_descriptor(w, "policy", statement_file(s, RUN_POLICY_FILE));
	jw_end(w);
	jw_str(w, "timeCreated", s->time);
	jw_array(w, "properties");
	if (!strcmp(s->verdict, fnd_verdict_name(FND_CONFORMS)))
		jw_str(w, NULL, CONFORMS_PROPERTY);
	jw_end(w);
	jw_str(w, "verdict", *s->verdict ? s->verdict : NULL);
	jw_end(w);
}

void statement_write(const struct statement *s, const struct run_info *run, struct tb_buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_str(&w, "_type", STATEMENT_TYPE);
	jw_array(&w, "subject");
	for (size_t i = 0; i < s->n; i++)
		write_descriptor(&w, NULL, &s->files[i]);
	jw_end(&w);
	jw_str(&w, "predicateType", PREDICATE_TYPE);
	jw_object(&w, "predicate");
	write_run(&w, s, run);
	write_verdict(&w, s);
	jw_end(&w);
	jw_end(&w);
}

/* member(), text_of() - of what may not be there */
static const struct jsonc_val *member(const struct jsonc_val *object, const char *key)
{
	return object ? jsonc_member(object, key) : NULL;
}

static const char *text_of(const struct jsonc_val *object, const char *key)
{
	return object ? jsonc_text(object, key) : NULL;
}

static int bad(struct tb_err *err, const char *what)
{
	return tb_err_msg(err, EBADMSG, "what is signed: %s", what);
}

/* copy() - a text that must fit. Return: false if it is none, or too long */
static bool copy(char *out, size_t size, const char *text)
{
	size_t len = text ? strlen(text) : size;

	if (len >= size)
		return false;
	memcpy(out, text, len + 1);
	return true;
}

static int read_subject(const struct jsonc_val *v, struct statement *s, struct tb_err *err)
{
	const struct jsonc_val *digest = member(v, "digest");
	const struct jsonc_val *bytes = member(member(v, "annotations"), "bytes");
	const char *sha256 = text_of(digest, "sha256"), *name = text_of(v, "name");
	struct sealed_file *f = &s->files[s->n];

	if (s->n == STATEMENT_FILES_MAX)
		return bad(err, "more files than a bundle has");
	if (!copy(f->name, sizeof(f->name), name) || !*f->name)
		return bad(err, "a file without a name");
	if (statement_file(s, f->name))
		return bad(err, "a file twice");
	if (!sha256 || !tb_sha256_is_hex(sha256) || !bytes || !jsonc_uint(bytes, &f->size))
		return bad(err, "a file without its SHA-256 and its size");
	memcpy(f->sha256, sha256, TB_SHA256_HEX);
	s->n++;
	return 0;
}

/* read_optional() - null, or a text */
static bool read_optional(const struct jsonc_val *o, const char *key, char *out, size_t size)
{
	const struct jsonc_val *v = member(o, key);

	*out = 0;
	if (v && v->type == JSONC_NULL)
		return true;
	return copy(out, size, text_of(o, key));
}

static int read_predicate(const struct jsonc_val *o, struct statement *s, struct tb_err *err)
{
	const struct jsonc_val *run = member(o, "run"), *verdict = member(o, "verdict");
	const struct jsonc_val *log = member(run, "monitorLog");
	const struct jsonc_val *process = member(run, "monitoredProcess");
	const struct jsonc_val *lines = member(log, "lines");

	if (!lines || !jsonc_uint(lines, &s->lines) ||
	    !read_optional(log, "head", s->head, sizeof(s->head)) ||
	    !read_optional(process, "event", s->random, sizeof(s->random)) ||
	    (member(process, "challenge") &&
	     !read_optional(process, "challenge", s->challenge, sizeof(s->challenge))))
		return bad(err, "it does not say where the record ended");
	if (!read_optional(verdict, "verdict", s->verdict, sizeof(s->verdict)) ||
	    !read_optional(verdict, "timeCreated", s->time, sizeof(s->time)))
		return bad(err, "it does not say what the verdict was");
	return 0;
}

static int read_members(const struct jsonc_val *o, struct statement *s, struct tb_err *err)
{
	const struct jsonc_val *list = member(o, "subject");
	const char *type = text_of(o, "_type"), *predicate = text_of(o, "predicateType");
	int ret = 0;

	if (!type || strcmp(type, STATEMENT_TYPE) != 0 || !predicate ||
	    strcmp(predicate, PREDICATE_TYPE) != 0)
		return bad(err, "it is not the statement that tcbox makes");
	if (!list || list->type != JSONC_ARRAY)
		return bad(err, "there are no files");
	for (const struct jsonc_val *v = list->first; !ret && v; v = v->next)
		ret = read_subject(v, s, err);
	return ret ? ret : read_predicate(member(o, "predicate"), s, err);
}

int statement_parse(const struct tb_buf *text, struct statement *s, struct tb_err *err)
{
	struct jsonc_syntax at;
	struct jsonc *doc;
	int ret = jsonc_parse_bytes(text->data, text->len, &doc, &at);

	*s = (struct statement){ .n = 0 };
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read the seal");
	if (ret)
		return bad(err, at.text);
	ret = read_members(jsonc_root(doc), s, err);
	jsonc_free(doc);
	return ret;
}
