/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive_lib.c - libarchive, loaded when a bundle is packed or unpacked
 */
#include "bundle/archive_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define NAME "libarchive.so.13" /* with the interface of the header that this is built with */

static bool find(void *handle, const char *name, void *member, size_t size)
{
	void *f = dlsym(handle, name);

	memcpy(member, &f, size);
	return f;
}

int archive_lib(const struct archive_lib **out, struct tb_err *err)
{
	static struct archive_lib lib;
	static void *handle;
	bool whole = true;
	const char *why;

	*out = &lib;
	if (handle)
		return 0;
	handle = dlopen(NAME, RTLD_NOW | RTLD_LOCAL);
#define ARCHIVE_LIB_FIND(f) whole = handle && whole && find(handle, #f, &lib.f, sizeof(lib.f));
	ARCHIVE_LIB_CALLS(ARCHIVE_LIB_FIND)
#undef ARCHIVE_LIB_FIND
	if (whole)
		return 0;
	handle = NULL;
	why = dlerror();
	return tb_err_msg(err, ENOSYS, "a bundle in one file needs libarchive: %s",
			  why ? why : NAME " is another one");
}
