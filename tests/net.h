/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h - the addresses of a run, for tests that feed the evidence themselves
 */
#ifndef TESTS_NET_H
#define TESTS_NET_H

#include "tcbox/evidence.h"
#include "tcbox/net.h"

static const char *const test_own[] = { TB_BOX_IP4, TB_BOX_IP6, NULL };
static const char *const test_resolver[] = { TB_GATE_IP4, TB_GATE_IP6, NULL };
static const struct evd_net test_net = { .own = test_own, .resolver = test_resolver };

#endif
