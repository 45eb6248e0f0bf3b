/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review_ask.h - decide about findings one by one, by question and answer
 */
#ifndef CLI_REVIEW_ASK_H
#define CLI_REVIEW_ASK_H

#include "run/evaluate.h"

/**
 * review_ask() - show each finding that is open or expired, and store what is answered
 * @e:	With its review, evaluate_review()
 *
 * Answers are lines of standard input; its end ends the review. Each decision is on the disk before
 * the next finding is shown. Return: exit status
 */
int review_ask(struct evaluation *e, const char *reviewer);

#endif
