/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - one error object for all rooms
 *
 * A function that can fail returns a negative errno and takes a struct tb_err *
 * as its last parameter. The function that notices the failure fills the object once
 * with tb_err_set(); callers may put context in front of it with tb_err_wrap(). Success
 * leaves it untouched. Only cli/ prints it. The object is caller-owned and never
 * allocates, so it works when memory is short.
 */
#ifndef TCBOX_ERR_H
#define TCBOX_ERR_H

#define TB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

struct tb_err {
	int code;		/* errno value, positive; 0 while nothing has failed */
	char msg[768];		/* one line, no newline, cut with "..." if longer */
};

/**
 * tb_err_set() - record a failure
 * @err:	Object to fill; NULL is allowed and drops the text
 * @code:	errno value (positive); 0 is stored as EIO, so that a failure never reads as success
 * @fmt:	What failed, without the error's own text: ": strerror(code)" is appended
 *
 * Return: -code, so that a failing site is one line: return tb_err_set(err, errno, "open %s",
 * path);
 */
int tb_err_set(struct tb_err *err, int code, const char *fmt, ...) TB_PRINTF(3, 4);

/**
 * tb_err_msg() - record a failure whose text says everything already
 *
 * As tb_err_set(), but nothing is appended to the text. For bad input, where strerror() would only
 * confuse.
 */
int tb_err_msg(struct tb_err *err, int code, const char *fmt, ...) TB_PRINTF(3, 4);

/**
 * tb_err_wrap() - put context in front of a recorded failure
 *
 * Return: -err->code (or -EIO if err is NULL or empty)
 */
int tb_err_wrap(struct tb_err *err, const char *fmt, ...) TB_PRINTF(2, 3);

#endif
