/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - a hash table from bytes to a pointer
 *
 * Open addressing, keys copied, seeded per table (SipHash-like mixing would be
 * slower; the seed is from getrandom(2), so that a product cannot aim for collisions).
 * Values are borrowed: the table never frees them.
 */
#ifndef TCBOX_MAP_H
#define TCBOX_MAP_H

#include <stddef.h>
#include <stdint.h>

struct tb_map;

/* tb_map_new() - an empty table that refuses to grow past @max entries. Return: NULL without
 * memory */
struct tb_map *tb_map_new(size_t max);
void tb_map_free(struct tb_map *m);

/* tb_map_get() - Return: the value, NULL if the key is not there */
void *tb_map_get(const struct tb_map *m, const void *key, size_t len);

/* tb_map_put() - store or replace. @value is not NULL. Return: 0, -ENOMEM, -ENOSPC at the
 * maximum */
int tb_map_put(struct tb_map *m, const void *key, size_t len, void *value);

/* tb_map_del() - Return: the value that was removed, or NULL */
void *tb_map_del(struct tb_map *m, const void *key, size_t len);
size_t tb_map_count(const struct tb_map *m);

/* tb_map_next() - walk: start with *pos = 0. Return: the next value, NULL at the end. Do not change
 * the table meanwhile */
void *tb_map_next(const struct tb_map *m, size_t *pos);

#endif
