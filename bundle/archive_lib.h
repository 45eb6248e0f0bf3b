/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive_lib.h - libarchive, loaded when a bundle is packed or unpacked
 *
 * It brings ten libraries with it. Every run would map and bind them, in each of its processes.
 */
#ifndef BUNDLE_ARCHIVE_LIB_H
#define BUNDLE_ARCHIVE_LIB_H

#include <archive.h>
#include <archive_entry.h>

#include "tcbox/err.h"

#define ARCHIVE_LIB_CALLS(X) \
	X(archive_error_string) X(archive_errno) \
	X(archive_entry_new2) X(archive_entry_free) X(archive_entry_pathname) \
	X(archive_entry_set_pathname) X(archive_entry_set_mode) X(archive_entry_set_size) \
	X(archive_entry_set_mtime) X(archive_entry_set_uid) X(archive_entry_set_gid) \
	X(archive_entry_hardlink) X(archive_entry_symlink) X(archive_entry_filetype) \
	X(archive_entry_sparse_count) X(archive_entry_size) X(archive_entry_size_is_set) \
	X(archive_write_new) X(archive_write_free) X(archive_write_set_format_pax_restricted) \
	X(archive_write_add_filter_zstd) X(archive_write_set_bytes_in_last_block) \
	X(archive_write_open_fd) X(archive_write_header) X(archive_write_data) \
	X(archive_write_close) \
	X(archive_read_new) X(archive_read_free) X(archive_read_support_format_tar) \
	X(archive_read_support_filter_zstd) X(archive_read_open_fd) X(archive_read_next_header) \
	X(archive_read_data)

/* Its functions by their own names. */
struct archive_lib {
#define ARCHIVE_LIB_MEMBER(f) __typeof__(f) *f;
	ARCHIVE_LIB_CALLS(ARCHIVE_LIB_MEMBER)
#undef ARCHIVE_LIB_MEMBER
};

/* archive_lib() - the library, which stays loaded. Return: 0; negative errno: it is not there */
int archive_lib(const struct archive_lib **out, struct tb_err *err);

#endif
