/* SPDX-License-Identifier: Apache-2.0 */
/*
 * places.h - the files that a policy declares, as places that the box can hold the product to
 */
#ifndef RUN_PLACES_H
#define RUN_PLACES_H

#include "tcbox/policy.h"
#include "tcbox/sandbox.h"

struct places {
	struct sbx_place *list;	/* owned */
	struct sbx_places box;	/* the same for the box */
};

/*
 * places_prepare() - what --enforce holds the product to. Whatever the comparison would only ignore
 * is left free. To be released with places_clear(), also after an error
 */
int places_prepare(struct places *p, const struct pol *policy, struct tb_err *err);
void places_clear(struct places *p);

#endif
