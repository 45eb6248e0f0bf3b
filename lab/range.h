/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range.h - a part of what is found, as a client asks for it (RFC 9110, 14)
 */
#ifndef LAB_RANGE_H
#define LAB_RANGE_H

#include <stddef.h>

enum range_what {
	RANGE_ALL,		/* there is none that is understood: everything is sent */
	RANGE_PART,
	RANGE_BEYOND,		/* nothing is there */
};

struct range {
	size_t from, len;
};

/* range_find() - @text: of the header, "bytes=2-4"; @size: of what is found */
enum range_what range_find(const char *text, size_t size, struct range *out);

#endif
