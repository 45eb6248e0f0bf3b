/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own.h - scope-bound ownership of descriptors and memory
 *
 *	TB_AUTOCLOSE int fd = open(...);	closed when the scope ends, if >= 0
 *	TB_AUTOFREE char *s = strdup(...);	freed when the scope ends
 *	return tb_take_fd(&fd);			hands the descriptor to the caller
 *	return tb_take_ptr(&s);			hands the memory to the caller
 */
#ifndef TCBOX_OWN_H
#define TCBOX_OWN_H

#include <stdlib.h>
#include <unistd.h>

#define TB_AUTOCLOSE __attribute__((cleanup(tb_cleanup_fd)))
#define TB_AUTOFREE __attribute__((cleanup(tb_cleanup_free)))
#define TB_MUST_CHECK __attribute__((warn_unused_result))
#define TB_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void tb_cleanup_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);	/* once: on Linux the descriptor is gone even after EINTR,
					 * close(2) */
}

static inline void tb_cleanup_free(void *p)
{
	void **pp = p;

	free(*pp);
}

/* tb_close() - close *fd if it is open and mark it closed; safe to call twice */
static inline void tb_close(int *fd)
{
	tb_cleanup_fd(fd);
	*fd = -1;
}

static inline int tb_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define tb_take_ptr(pp)				\
	__extension__({				\
		__typeof__(*(pp)) taken_ = *(pp);	\
		*(pp) = NULL;			\
		taken_;				\
	})

#endif
