/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detail.c - arguments of notable calls in words, where they are plain values
 */
#include "sandbox/watch/detail.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/calls_ioctl.h"
#include "tcbox/own.h"

struct word {
	uint64_t value;
	const char *name;
};

#define N(x) \
	{ \
		x, #x \
	}
static const struct word clone_flags[] = {
	N(CLONE_NEWUSER), N(CLONE_NEWNET),    N(CLONE_NEWNS), N(CLONE_NEWPID), N(CLONE_NEWIPC),
	N(CLONE_NEWUTS),  N(CLONE_NEWCGROUP), N(CLONE_FILES), N(CLONE_FS),     N(CLONE_THREAD),
};
static const struct word families[] = {
	N(AF_UNIX),   N(AF_INET),      N(AF_INET6), N(AF_NETLINK), N(AF_PACKET), N(AF_VSOCK),
	N(AF_ALG),    N(AF_BLUETOOTH), N(AF_XDP),   N(AF_NFC),	   N(AF_CAN),	 N(AF_TIPC),
	N(AF_RDS),    N(AF_QIPCRTR),   N(AF_KEY),   N(AF_KCM),	   N(AF_SMC),	 N(AF_IB),
	N(AF_PHONET), N(AF_PPPOX),     N(AF_AX25),  N(AF_X25),	   N(AF_LLC),	 N(AF_IEEE802154),
	N(AF_CAIF),   N(AF_MPLS),      N(AF_RXRPC), N(AF_ISDN),	   N(AF_ATMPVC),
};
static const struct word types[] = {
	N(SOCK_STREAM), N(SOCK_DGRAM), N(SOCK_RAW),  N(SOCK_SEQPACKET),
	N(SOCK_PACKET), N(SOCK_RDM),   N(SOCK_DCCP),
};
static const struct word ptrace_requests[] = {
	N(PTRACE_TRACEME),  N(PTRACE_ATTACH),	  N(PTRACE_SEIZE),	 N(PTRACE_PEEKDATA),
	N(PTRACE_PEEKTEXT), N(PTRACE_POKEDATA),	  N(PTRACE_POKETEXT),	 N(PTRACE_POKEUSER),
	N(PTRACE_GETREGS),  N(PTRACE_SETREGS),	  N(PTRACE_GETREGSET),	 N(PTRACE_SETREGSET),
	N(PTRACE_CONT),	    N(PTRACE_SYSCALL),	  N(PTRACE_SINGLESTEP),	 N(PTRACE_DETACH),
	N(PTRACE_KILL),	    N(PTRACE_SETOPTIONS), N(PTRACE_GETEVENTMSG), N(PTRACE_INTERRUPT),
	N(PTRACE_LISTEN),   N(PTRACE_PEEKUSER),	  N(PTRACE_GETSIGINFO),
};
static const struct word prctl_options[] = {
	N(PR_SET_DUMPABLE),	    N(PR_SET_KEEPCAPS),	  N(PR_SET_SECCOMP),
	N(PR_CAPBSET_DROP),	    N(PR_SET_SECUREBITS), N(PR_SET_MM),
	N(PR_SET_PTRACER),	    N(PR_CAP_AMBIENT),	  N(PR_SET_SPECULATION_CTRL),
	N(PR_GET_SPECULATION_CTRL), N(PR_SET_TSC),	  N(PR_SET_UNALIGN),
	N(PR_SET_FP_MODE),	    N(PR_SET_IO_FLUSHER), N(PR_SET_SYSCALL_USER_DISPATCH),
	N(PR_SCHED_CORE),	    N(PR_SET_ENDIAN),	  N(PR_MCE_KILL),
};
static const struct word seccomp_ops[] = {
	N(SECCOMP_SET_MODE_STRICT),
	N(SECCOMP_SET_MODE_FILTER),
	N(SECCOMP_GET_ACTION_AVAIL),
	N(SECCOMP_GET_NOTIF_SIZES),
};

static const char *name_of(const struct word *words, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].value == value)
			return words[i].name;
	return NULL;
}
#define NAME_OF(words, value) name_of(words, TB_ARRAY_SIZE(words), value)

static const char *name_or_number(const char *name, uint64_t value, char *buf, size_t cap)
{
	if (name)
		return name;
	(void)snprintf(buf, cap, "%llu", (unsigned long long)value);
	return buf;
}

static const char *flag_names(const struct word *words, size_t n, uint64_t flags, char *buf,
			      size_t cap)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((flags & words[i].value) && len < cap)
			len += (size_t)snprintf(buf + len, cap - len, "%s%s", len ? "|" : "",
						words[i].name);
	return len ? buf : NULL;
}

const char *detail_family(uint32_t family, char *buf, size_t cap)
{
	const char *name = NAME_OF(families, family);

	if (name)
		return name;
	(void)snprintf(buf, cap, "family-%u", family);
	return buf;
}

/* A foreign call is named by its own table. */
static const char *foreign_name(const struct seccomp_data *d, char *buf, size_t cap)
{
	bool x32 = d->arch == AUDIT_ARCH_X86_64;
	char *name = NULL;

	if (x32 || d->arch == AUDIT_ARCH_I386)
		name = seccomp_syscall_resolve_num_arch(x32 ? SCMP_ARCH_X32 : SCMP_ARCH_X86, d->nr);
	if (name)
		(void)snprintf(buf, cap, "%s", name);
	else
		(void)snprintf(buf, cap, "syscall-%d",
			       x32 ? (int)((uint32_t)d->nr & ~CALL_X32_BIT) : d->nr);
	free(name);
	return buf;
}

static const char *socket_detail(const struct seccomp_data *d, char *buf, size_t cap)
{
	char family[32], type[32];
	uint64_t kind =
		d->args[1] & 0xf; /* SOCK_TYPE_MASK, linux/net.h: above are SOCK_CLOEXEC and
				   * SOCK_NONBLOCK */

	(void)snprintf(buf, cap, "%s %s protocol %d",
		       detail_family((uint32_t)d->args[0], family, sizeof(family)),
		       name_or_number(NAME_OF(types, kind), kind, type, sizeof(type)),
			       (int)d->args[2]);
	return buf;
}

const char *detail_of(const struct seccomp_data *d, char *buf, size_t cap)
{
	const __u64 *a = d->args;

	if (d->arch != AUDIT_ARCH_X86_64 || ((uint32_t)d->nr & CALL_X32_BIT))
		return foreign_name(d, buf, cap);
	switch (d->nr) {
	case SYS_clone:
	case SYS_unshare:
		return flag_names(clone_flags, TB_ARRAY_SIZE(clone_flags), a[0], buf, cap);
	case SYS_setns:
		return flag_names(clone_flags, TB_ARRAY_SIZE(clone_flags), a[1], buf, cap);
	case SYS_socket:
	case SYS_socketpair:
		return socket_detail(d, buf, cap);
	case SYS_ptrace:
		return name_or_number(NAME_OF(ptrace_requests, a[0]), a[0], buf, cap);
	case SYS_prctl:
		return name_or_number(NAME_OF(prctl_options, (uint32_t)a[0]), (uint32_t)a[0], buf,
				      cap);
	case SYS_seccomp:
		(void)snprintf(
			buf, cap, "%s%s",
			NAME_OF(seccomp_ops, (uint32_t)a[0]) ?
			NAME_OF(seccomp_ops, (uint32_t)a[0]) : "?",
			a[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER ?
				" SECCOMP_FILTER_FLAG_NEW_LISTENER" : "");
		return buf;
	case SYS_ioctl:
		return calls_ioctl((uint32_t)a[1]) ? calls_ioctl((uint32_t)a[1])->name : NULL;
	case SYS_personality:
		(void)snprintf(buf, cap, "0x%x", (uint32_t)a[0]);
		return buf;
	case SYS_setuid:
	case SYS_setgid:
	case SYS_setfsuid:
	case SYS_setfsgid:
		(void)snprintf(buf, cap, "%d", (int)a[0]);
		return buf;
	case SYS_setreuid:
	case SYS_setregid:
		(void)snprintf(buf, cap, "%d %d", (int)a[0], (int)a[1]);
		return buf;
	case SYS_setresuid:
	case SYS_setresgid:
		(void)snprintf(buf, cap, "%d %d %d", (int)a[0], (int)a[1], (int)a[2]);
		return buf;
	case SYS_bpf:
	case SYS_keyctl:
		(void)snprintf(buf, cap, "command %d", (int)a[0]);
		return buf;
	default:
		return NULL;
	}
}
