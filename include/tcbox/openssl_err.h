/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openssl_err.h - failures of OpenSSL as errors of tcbox
 */
#ifndef TCBOX_OPENSSL_ERR_H
#define TCBOX_OPENSSL_ERR_H

#include "tcbox/err.h"

/* tb_openssl_err() - @what failed, for the oldest reason of OpenSSL's queue, which is emptied:
 * ERR_get_error(3). Return: negative @code */
int tb_openssl_err(struct tb_err *err, int code, const char *what);

#endif
