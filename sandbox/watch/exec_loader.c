/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_loader.c - the dynamic loader, started as a program: what it runs
 *
 * Limits: the arguments are the product's word, read while the exec waits. A loader that does not
 * look like one, as any program that brings code into its own memory, is what execve(2) says.
 */
#include "sandbox/watch/exec_loader.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/watch/exec_args.h"
#include "sandbox/watch/target.h"
#include "tcbox/own.h"

#define HEADERS_MAX 64u
#define DYNAMIC_MAX 128u
#define ENV_MAX 4096u

static bool read_at(int fd, void *to, size_t len, uint64_t at)
{
	return at <= INT64_MAX && pread(fd, to, len, (off_t)at) == (ssize_t)len;
}

/* is_pie() - the linker says so of a program, static ones included, and not of a library */
static bool is_pie(int fd, uint64_t at, uint64_t size)
{
	Elf64_Dyn dyn[DYNAMIC_MAX];
	size_t n = size / sizeof(*dyn) < DYNAMIC_MAX ? (size_t)(size / sizeof(*dyn)) : DYNAMIC_MAX;

	if (!read_at(fd, dyn, n * sizeof(*dyn), at))
		return false;
	for (size_t i = 0; i < n && dyn[i].d_tag != DT_NULL; i++)
		if (dyn[i].d_tag == DT_FLAGS_1)
			return dyn[i].d_un.d_val & DF_1_PIE;
	return false;
}

bool exec_loader_is(int fd)
{
	Elf64_Phdr ph[HEADERS_MAX];
	const Elf64_Phdr *dynamic = NULL;
	Elf64_Ehdr eh;

	if (!read_at(fd, &eh, sizeof(eh), 0) || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_type != ET_DYN ||
	    eh.e_phentsize != sizeof(*ph) || eh.e_phnum > HEADERS_MAX ||
	    !read_at(fd, ph, eh.e_phnum * sizeof(*ph), eh.e_phoff))
		return false;
	for (size_t i = 0; i < eh.e_phnum; i++) {
		if (ph[i].p_type == PT_INTERP)
			return false;
		if (ph[i].p_type == PT_DYNAMIC)
			dynamic = &ph[i];
	}
	return dynamic && !is_pie(fd, dynamic->p_offset, dynamic->p_filesz);
}

const char *exec_loader_program(const struct exec_args *args)
{
	static const char *const valued[] = {
		"--library-path", "--inhibit-rpath", "--audit", "--preload", "--argv0",
		"--glibc-hwcaps-prepend", "--glibc-hwcaps-mask",
	};
	static const char *const quiet[] = { "--list", "--verify" };
	size_t i = 1;

	while (i < args->n && !strncmp(args->v[i], "--", 2)) {
		const char *option = args->v[i++];

		if (!option[2])
			break;	/* of musl: what follows is the program */
		for (size_t k = 0; k < TB_ARRAY_SIZE(quiet); k++)
			if (!strcmp(option, quiet[k]))
				return NULL;
		for (size_t k = 0; k < TB_ARRAY_SIZE(valued); k++)
			i += !strcmp(option, valued[k]);
	}
	return i < args->n ? args->v[i] : NULL;
}

bool exec_loader_lists(pid_t tid, uint64_t env, size_t width)
{
	static const char name[] = "LD_TRACE_LOADED_OBJECTS=";
	char text[sizeof(name) + 1];	/* and the first letter of the value */

	for (size_t i = 0; env && i < ENV_MAX; i++, env += width) {
		uint64_t ptr = 0;
		ssize_t n;

		if (tgt_read(tid, env, &ptr, width) < 0 || !ptr)
			return false;
		n = tgt_string(tid, ptr, text, sizeof(text));
		if (n == -ENAMETOOLONG)
			text[sizeof(text) - 1] = '\0';
		else if (n < 0)
			return false;
		if (!strncmp(text, name, sizeof(name) - 1) && text[sizeof(name) - 1])
			return true;
	}
	return false;
}
