/* SPDX-License-Identifier: Apache-2.0 */
/*
 * last_canary.h - the control lookup and connection after the product's end
 */
#ifndef SANDBOX_LAST_CANARY_H
#define SANDBOX_LAST_CANARY_H

#include "sandbox/airlock.h"

/**
 * last_canary() - make the control once more, and say how it went
 * @sup:	Socket to the supervisor, which receives a listener there; closed
 *
 * In the airlock, when the box is dead and everything that watched it still runs. Says MSG_BOX_DEAD
 * before and MSG_LAST_CANARY afterwards, and never fails otherwise: what did not see the control
 * bounds the verdict. In bounded time.
 */
void last_canary(const struct airlock_plan *a, int sup);

#endif
