/* SPDX-License-Identifier: Apache-2.0 */
/*
 * joins.h - which socket options join a multicast group, and which group
 */
#ifndef SANDBOX_WATCH_JOINS_H
#define SANDBOX_WATCH_JOINS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/event.h"

#define JOINS_SOURCES 64u	/* of one group, at most: /proc/sys/net/ipv6/mld_max_msf */
#define JOINS_MAX (144u + JOINS_SOURCES * 128u) /* bytes of an option's value that are looked at */

/* A socket option that joins a group, or says from whom it wants to hear there: where its value has
 * the addresses. */
struct joins_option {
	size_t size;	/* bytes of the value that tell them; 0: the option joins none, or the value
			 * is too short for the kernel */
	size_t at;	/* where the group begins in them */
	size_t source;	/* where the first source begins; 0: there are none */
	size_t count;	/* where a number says how many there are; 0: one */
	int family;
	bool sockaddr;	/* they are struct sockaddr_storage, else addresses alone */
};

/**
 * joins_option() - does a setsockopt(2) join a multicast group?
 * @args:	Its arguments: socket, level, option, value, length of the value
 * @narrow:	The caller is a 32-bit process, whose struct group_req is packed otherwise
 *
 * Source: ip(7), ipv6(7), RFC 3678; net/ipv4/ip_sockglue.c for the lengths.
 */
struct joins_option joins_option(const __u64 args[6], bool narrow);

/**
 * joins_read() - the group that a value names
 * @opt:	As of joins_option()
 * @value:	@len bytes of the product's
 * @group:	Receives the group, without port
 *
 * Return: true; false if the value is too short or names no multicast group: then the kernel
 * refuses it and @group is empty
 */
bool joins_read(const struct joins_option *opt, const uint8_t *value, size_t len,
		struct ev_addr *group);

/* joins_sources() - those that the same value names. Return: how many */
size_t joins_sources(const struct joins_option *opt, const uint8_t *value, size_t len,
		     struct ev_addr sources[JOINS_SOURCES]);

#endif
