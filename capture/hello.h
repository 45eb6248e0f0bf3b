/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello.h - what nDPI does not say about a TLS client hello
 */
#ifndef CAPTURE_HELLO_H
#define CAPTURE_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hello {
	char name[256];		/* server name, lower case; empty: none, or none that a name
				 * could be */
	bool ech;		/* has the extension for an encrypted hello */
};

/**
 * hello_read() - read the client hello at the beginning of a stream
 *
 * A hello that is cut, or goes on in another record, is read up to there. Return: false if it is
 * none
 */
bool hello_read(struct hello *h, const uint8_t *data, size_t len);

#endif
