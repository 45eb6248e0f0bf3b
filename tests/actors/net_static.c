/* SPDX-License-Identifier: Apache-2.0 */
/* net_static.c - net_actor.c without shared libraries: nothing of it can be watched by preloading
 * one */
#include "net_actor.c"
