/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - a policy in plain English, shared by its files
 */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "report/doc.h"
#include "tcbox/policy.h"
#include "tcbox/report.h"

/* explain_where() - append to whom a rule allows to connect: names, addresses */
void explain_where(struct tb_buf *b, const struct pol_conn *c);

/* explain_name() - append a name, or what a glob of names means */
void explain_name(struct tb_buf *b, const char *name);

/* explain_how() - append protocol, ports, application and TLS of a rule */
void explain_how(struct tb_buf *b, const struct pol_conn *c);

/* explain_ports() - append "TCP port 443", "UDP ports 53 and 8000 to 8100" */
void explain_ports(struct tb_buf *b, const char *protocol, const struct pol_range *v, size_t n);

/* explain_limits() - append the limits of a rule; nothing if it has none */
void explain_limits(struct tb_buf *b, const struct pol_conn *c);

/* explain_path() - append a glob of paths, and what it means where that is not plain */
void explain_path(struct tb_buf *b, const char *glob);

/* explain_calls() - the section about system calls */
void explain_calls(struct doc *d, const struct pol *p);

#endif
