/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole_run.h - a run that shows that runs work here
 */
#ifndef CLI_WHOLE_RUN_H
#define CLI_WHOLE_RUN_H

#include "tcbox/sandbox.h"

/*
 * whole_run() - run a small program as "tcbox run" does, in a process of its own, and remove the
 * bundle. What single checks cannot show is seen here: the limits of who starts tcbox, getrlimit(2)
 * @check:	Filled in; required
 */
void whole_run(struct sbx_check *check);

#endif
