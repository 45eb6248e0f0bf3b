/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.h - the users of a user namespace
 */
#ifndef SANDBOX_BOX_IDS_H
#define SANDBOX_BOX_IDS_H

#include "tcbox/sandbox.h"

/*
 * ids_map() - write the maps of the user namespace of @pid: its root is ids->uid outside, and 1 to
 * ids->n are the subordinate ids. Must be called from outside; the process must be dumpable still,
 * prctl(2)
 */
int ids_map(pid_t pid, const struct sbx_ids *ids, struct tb_err *err) TB_MUST_CHECK;

/*
 * ids_map_product() - the same for the user namespace of the product, in the one above: as root it
 * has all ids of that, else only its usual one. @pid is the caller itself, or, with CAP_SETUID and
 * CAP_SETGID in the one above, another process
 */
int ids_map_product(const char *pid, const struct sbx_identity *who,
		    struct tb_err *err) TB_MUST_CHECK;

#endif
