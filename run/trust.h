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
#define TRUST_CHROMIUMS 2

struct trust {
	struct sbx_file files[TRUST_FILES_MAX];	/* for struct sbx_options */
	size_t nfiles;
	struct tb_buf bundle;			/* the host's certificates and the run's own */
	struct tb_buf resolv;
	struct tb_buf hosts, hostname;
	struct tb_buf java, chromium, firefox;	/* for programs with a store of their own */
	bool has_java, has_firefox;		/* there are such programs */
	bool has_chromium[TRUST_CHROMIUMS];
	char hash_path[64];
	const char *env[16];			/* "NAME=VALUE", NULL-terminated: where programs
						 * look for certificates */
};

/**
 * trust_prepare() - files and environment for the box, but for what needs the authority
 * @lab:	There is a simulated internet; else only name service is set up
 * @wants:	Name of the box, and its file system
 */
int trust_prepare(struct trust *t, bool lab, const struct run_options *wants, struct tb_err *err);

/**
 * trust_authority() - the files that make the box trust the run's own authority
 * @ca_pem:	Borrowed for as long as @t
 * @ca_hash:	Its name in OpenSSL's certificate directories
 *
 * Opens no file, so that the airlock can call it, which has another user's rights.
 */
int trust_authority(struct trust *t, const char *ca_pem, const char *ca_hash, struct tb_err *err);
void trust_clear(struct trust *t);

#endif
