/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deeds.h - what the helper does, one function for some kinds of acts
 *
 * Each leaves what must be known of it in the act. Return: 0: it is proved that it was done; else
 * negative errno.
 */
#ifndef TRY_DEEDS_H
#define TRY_DEEDS_H

#include "tcbox/try.h"

/* on the network: deeds_net.c */
int deed_connect(struct try_act *act);
int deed_datagram(struct try_act *act);
int deed_echo(struct try_act *act);
int deed_join(struct try_act *act);
int deed_lookup(struct try_act *act);
int deed_resolver(struct try_act *act);
int deed_listen(struct try_act *act);

/* on the machine: deeds.c */
int deed_execute(struct try_act *act);
int deed_create(struct try_act *act);
int deed_mkdir(struct try_act *act);
int deed_change(struct try_act *act);
int deed_attributes(struct try_act *act);
int deed_rename(struct try_act *act);
int deed_link(struct try_act *act);
int deed_remove(struct try_act *act);
int deed_call(struct try_act *act);

#endif
