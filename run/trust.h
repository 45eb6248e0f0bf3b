/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.h - what the box needs so that the lab looks like the internet: names and trusted
 * certificates
 */
#ifndef RUN_TRUST_H
#define RUN_TRUST_H

#include "run/options.h"
#include "tcbox/buf.h"
#include "tcbox/sandbox.h"

#define TRUST_FILES_MAX 9

struct trust {
	struct sbx_file files[TRUST_FILES_MAX];	/* for struct sbx_options */
	size_t nfiles;
	struct tb_buf bundle;			/* the host's certificates and the run's own */
	struct tb_buf resolv;
	struct tb_buf hosts, hostname;
	struct tb_buf java, chromium, firefox;	/* for programs with a store of their own */
	char hash_path[64];
	const char *env[16];			/* "NAME=VALUE", NULL-terminated: where programs
						 * look for certificates */
};

/**
 * trust_prepare() - files and environment for the box
 * @ca_pem:	The run's own authority; NULL: no lab, then only name service is set up
 * @ca_hash:	Its name in OpenSSL's certificate directories
 * @wants:	Name of the box, and its file system
 */
int trust_prepare(struct trust *t, const char *ca_pem, const char *ca_hash,
		  const struct run_options *wants, struct tb_err *err);
void trust_clear(struct trust *t);

#endif
