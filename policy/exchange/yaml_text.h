/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_text.h - YAML as the values of JSON, each with its place
 */
#ifndef POLICY_EXCHANGE_YAML_TEXT_H
#define POLICY_EXCHANGE_YAML_TEXT_H

#include "policy/exchange/source.h"

#define YAML_MAX_VALUES (1u << 19)	/* aliases counted as what they stand for */
#define YAML_MAX_DEPTH 64u
#define YAML_MAX_KEYS 512u		/* of one mapping */
#define YAML_MAX_ANCHORS 4096u
#define YAML_MAX_DIRECTIVES 64u

struct yaml_text;

/**
 * yaml_text_read() - read a text of one or more documents
 *
 * Strict beyond YAML: a key that occurs twice and a key that is no word are errors. Each alias
 * becomes a copy of what it stands for; how much there may be is bounded. Words without quotes are
 * null, true, false and whole numbers where they look like them; everything else is a string.
 * Return: 0, *out is the caller's (yaml_text_free()); -EINVAL, with a place; -ENOMEM
 */
int yaml_text_read(struct source *s, const char *text, size_t len, struct yaml_text **out);
void yaml_text_free(struct yaml_text *y);

/* yaml_text_documents() - an array of the documents */
const struct jsonc_val *yaml_text_documents(const struct yaml_text *y);

#endif
