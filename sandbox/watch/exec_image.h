/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_image.h - what tells a process from the same program executed again
 */
#ifndef SANDBOX_WATCH_EXEC_IMAGE_H
#define SANDBOX_WATCH_EXEC_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * exec_image() - where the kernel has put stack, program and its interpreter. A fork keeps it.
 * Return: 0 if it cannot be read
 */
uint64_t exec_image(pid_t tid);

/* exec_image_random() - does the machine put programs at random addresses? */
bool exec_image_random(void);

/* exec_image_moves() - where it does: would the thread's next program lie at some? */
bool exec_image_moves(pid_t tid);

#endif
