/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_words.h - the headers of HTTP, but for Host, by which proxies and servers choose a host
 */
#ifndef TCBOX_HOST_WORDS_H
#define TCBOX_HOST_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum tb_host_kind {
	TB_HOST_NONE,
	TB_HOST_LIST,		/* names, with commas between them */
	TB_HOST_URL,		/* a URL, which may be absolute */
	TB_HOST_FORWARDED,	/* RFC 7239 */
};

/* tb_host_kind() - what stands in the header with this name, in any case of letters */
enum tb_host_kind tb_host_kind(const char *header, size_t len);

/* A value while its hosts are read. */
struct tb_host_list {
	enum tb_host_kind kind;
	const char *p;
	size_t left;
};

/**
 * tb_host_next() - the next host that a value names
 * @name, @len:	Receive it, as it stands there: with its port, and bytes of any kind
 *
 * Return: false if there is no more
 */
bool tb_host_next(struct tb_host_list *l, const char **name, size_t *len);

#endif
