/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_write.c - the system calls of a policy as a seccomp profile of containers
 *
 * In the form of the runtime specification, which runc, crun, Docker and containerd read: names of
 * libseccomp, no rule that depends on anything. What is refused is answered with EPERM.
 */
#include <errno.h>

#include "policy/exchange/draft.h"
#include "policy/exchange/others.h"
#include "tcbox/json_write.h"

/* names() - of all calls that have a verdict. @i386: and those that only 32-bit x86 has */
static void names(struct jw *w, const struct pol *p, enum pol_sys verdict, bool i386)
{
	jw_array(w, "names");
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (p->sys[nr] == verdict && tb_syscall_name(nr))
			jw_str(w, NULL, tb_syscall_name(nr));
	for (size_t i = 0; i386 && i < p->nforeign; i++)
		jw_str(w, NULL, p->foreign[i].name);
	jw_end(w);
}

static bool has(const struct pol *p, enum pol_sys verdict)
{
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (p->sys[nr] == verdict)
			return true;
	return false;
}

static void rules(struct jw *w, const struct pol *p)
{
	jw_array(w, "syscalls");
	if (has(p, POL_SYS_ALLOWED)) {
		jw_object(w, NULL);
		names(w, p, POL_SYS_ALLOWED, p->i386);
		jw_str(w, "action", "SCMP_ACT_ALLOW");
		jw_end(w);
	}
	if (has(p, POL_SYS_DENIED)) {
		jw_object(w, NULL);
		names(w, p, POL_SYS_DENIED, false);
		jw_str(w, "action", "SCMP_ACT_ERRNO");
		jw_uint(w, "errnoRet", EPERM);
		jw_end(w);
	}
	jw_end(w);
}

/* write() - @log_only: what is not declared passes, and is logged */
static int write(struct draft *d, const struct pol *p, bool log_only, struct tb_buf *out,
		 struct tb_err *err)
{
	struct jw w;

	if (!p->has_syscalls)
		return tb_err_msg(err, EINVAL, "%s: it has no \"syscalls\", and a seccomp profile "
				  "says nothing else", p->path);
	others_list(d, p, ~(unsigned int)OTHERS_SYSCALLS, "a seccomp profile");
	others_levels(d, p, ~(unsigned int)OTHERS_SYSCALLS, "a seccomp profile");
	others_product(d, p, ~0u, "a seccomp profile");
	if (p->i386)
		draft_item(d, EXCH_NOTE, NULL, "calls that only 32-bit x86 has are in the profile "
			   "only where the policy names them");
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_str(&w, "defaultAction", log_only ? "SCMP_ACT_LOG" : "SCMP_ACT_ERRNO");
	if (!log_only)
		jw_uint(&w, "defaultErrnoRet", EPERM);
	jw_array(&w, "architectures");
	jw_str(&w, NULL, "SCMP_ARCH_X86_64");
	if (p->i386)
		jw_str(&w, NULL, "SCMP_ARCH_X86");
	jw_end(&w);
	rules(&w, p);
	jw_end(&w);
	return 0;
}

int oci_write(struct draft *d, const struct pol *p, struct tb_buf *out, struct tb_err *err)
{
	if (p->on_sys < POL_WARNING)
		others_levels(d, p, OTHERS_SYSCALLS, "a seccomp profile");
	return write(d, p, p->on_sys < POL_VIOLATION, out, err);
}

int oci_write_log(struct draft *d, const struct pol *p, struct tb_buf *out, struct tb_err *err)
{
	if (p->on_sys < POL_WARNING)
		others_levels(d, p, OTHERS_SYSCALLS, "a seccomp profile");
	return write(d, p, true, out, err);
}
