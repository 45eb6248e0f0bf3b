/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp.h - a mail server that takes everything, line by line
 */
#ifndef LAB_SMTP_H
#define LAB_SMTP_H

#include <stdbool.h>
#include <stddef.h>

struct smtp {
	unsigned int secrets;	/* lines of an AUTH exchange that are still to come */
	bool data;		/* in a message, until "." */
	bool starttls;		/* the client was told to begin TLS */
	bool quit;
};

/**
 * smtp_answer() - answer one line
 * @line:	Without its end
 * @tls:	The connection is inside TLS already
 *
 * Return: the reply, with its end; "" for none
 */
const char *smtp_answer(struct smtp *s, const char *line, bool tls);

#endif
