/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openssl_err.c - failures of OpenSSL as errors of tcbox
 */
#include "tcbox/openssl_err.h"

#include <openssl/err.h>

int tb_openssl_err(struct tb_err *err, int code, const char *what)
{
	char text[256] = "unknown error";
	unsigned long reason = ERR_get_error();

	if (reason)
		ERR_error_string_n(reason, text, sizeof(text));
	ERR_clear_error();
	return tb_err_msg(err, code, "%s: OpenSSL says %s", what, text);
}
