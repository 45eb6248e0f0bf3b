/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls_ioctl.c - the commands of ioctl(2) that change what other system calls change, too
 *
 * Numbers, because not all of them are in the headers of a build: linux/fs.h, linux/fscrypt.h,
 * linux/btrfs.h, linux/f2fs.h, linux/sockios.h, linux/if_tunnel.h, asm-generic/ioctls.h. A 32-bit
 * caller has some of its own, as long is shorter there.
 */
#include "sandbox/filter/calls_ioctl.h"

#include <assert.h>
#include <errno.h>

#include "tcbox/own.h"

#define ATTRIBUTES IOCTL_ATTRIBUTES, "file", 0, "changes a file's attributes"
#define TREES IOCTL_NOTABLE, "file", ENOTTY, "makes and removes whole trees of files"
#define KEYS IOCTL_NOTABLE, "keyring", EPERM, "keys of the machine's file systems"
#define LINK IOCTL_NOTABLE, "network", 0, "configures the box's link or routes"
#define OPENED \
	IOCTL_NOTHING, "file", 0, \
	"through a descriptor that was opened for writing, which is recorded"
#define OWN IOCTL_NOTHING, "file", 0, "changes the descriptor only"

/* clang-format off */
/* X(command, name, what it does); those with a look come first */
#define LOOKED_AT(X) \
	X(0x00005412, TIOCSTI, IOCTL_NOTABLE, "terminal", EPERM, "types into terminals") \
	X(0x0000541c, TIOCLINUX, IOCTL_NOTABLE, "terminal", EPERM, "types into terminals") \
	X(0x00005423, TIOCSETD, IOCTL_NOTABLE, "terminal", EPERM, \
	  "has the kernel load line disciplines") \
	X(0x40086602, FS_IOC_SETFLAGS, ATTRIBUTES) \
	X(0x40046602, FS_IOC32_SETFLAGS, ATTRIBUTES) \
	X(0x401c5820, FS_IOC_FSSETXATTR, ATTRIBUTES) \
	X(0x40087602, FS_IOC_SETVERSION, ATTRIBUTES) \
	X(0x40047602, FS_IOC32_SETVERSION, ATTRIBUTES) \
	X(0x40086604, EXT4_IOC_SETVERSION, ATTRIBUTES) \
	X(0x40046604, EXT4_IOC32_SETVERSION, ATTRIBUTES) \
	X(0x800c6613, FS_IOC_SET_ENCRYPTION_POLICY, ATTRIBUTES) \
	X(0x40806685, FS_IOC_ENABLE_VERITY, ATTRIBUTES) \
	X(0x40047211, FAT_IOCTL_SET_ATTRIBUTES, ATTRIBUTES) \
	X(0x4004f50d, F2FS_IOC_SET_PIN_FILE, ATTRIBUTES) \
	X(0x50009401, BTRFS_IOC_SNAP_CREATE, TREES) \
	X(0x5000940e, BTRFS_IOC_SUBVOL_CREATE, TREES) \
	X(0x5000940f, BTRFS_IOC_SNAP_DESTROY, TREES) \
	X(0x50009417, BTRFS_IOC_SNAP_CREATE_V2, TREES) \
	X(0x50009418, BTRFS_IOC_SUBVOL_CREATE_V2, TREES) \
	X(0x4008941a, BTRFS_IOC_SUBVOL_SETFLAGS, TREES) \
	X(0xc0c89425, BTRFS_IOC_SET_RECEIVED_SUBVOL, TREES) \
	X(0x5000943f, BTRFS_IOC_SNAP_DESTROY_V2, TREES) \
	X(0xc0506617, FS_IOC_ADD_ENCRYPTION_KEY, KEYS) \
	X(0xc0406618, FS_IOC_REMOVE_ENCRYPTION_KEY, KEYS) \
	X(0xc0406619, FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS, KEYS) \
	X(0x0000890b, SIOCADDRT, LINK) \
	X(0x0000890c, SIOCDELRT, LINK) \
	X(0x00008914, SIOCSIFFLAGS, LINK) \
	X(0x00008916, SIOCSIFADDR, LINK) \
	X(0x00008918, SIOCSIFDSTADDR, LINK) \
	X(0x0000891a, SIOCSIFBRDADDR, LINK) \
	X(0x0000891c, SIOCSIFNETMASK, LINK) \
	X(0x00008922, SIOCSIFMTU, LINK) \
	X(0x00008923, SIOCSIFNAME, LINK) \
	X(0x00008924, SIOCSIFHWADDR, LINK) \
	X(0x00008931, SIOCADDMULTI, LINK) \
	X(0x00008932, SIOCDELMULTI, LINK) \
	X(0x00008936, SIOCDIFADDR, LINK) \
	X(0x00008937, SIOCSIFHWBROADCAST, LINK) \
	X(0x00008953, SIOCDARP, LINK) \
	X(0x00008955, SIOCSARP, LINK) \
	X(0x00008983, SIOCSIFVLAN, LINK) \
	X(0x000089a0, SIOCBRADDBR, LINK) \
	X(0x000089f1, SIOCADDTUNNEL, LINK) \
	X(0x000089f3, SIOCCHGTUNNEL, LINK)

#define NOT_LOOKED_AT(X) \
	X(0x40049409, FICLONE, OPENED) \
	X(0x4020940d, FICLONERANGE, OPENED) \
	X(0xc0189436, FIDEDUPERANGE, IOCTL_NOTHING, "file", 0, \
	  "only where the contents are equal: it changes none") \
	X(0x4030582a, FS_IOC_RESVSP64, OPENED) \
	X(0x4030582b, FS_IOC_UNRESVSP64, OPENED) \
	X(0xc028660f, EXT4_IOC_MOVE_EXT, OPENED) \
	X(0x400454ca, TUNSETIFF, IOCTL_NOTHING, "file", 0, "the box has no /dev/net/tun") \
	X(0x00005421, FIONBIO, OWN) \
	X(0x00005451, FIOCLEX, OWN)

#define ROW(command, name, ...) { command, #name, __VA_ARGS__ },
#define CASE(command, name, ...) { command, 0, false },

static const struct call_ioctl table[] = { LOOKED_AT(ROW) NOT_LOOKED_AT(ROW) };
const struct call_case calls_ioctl_cases[CALLS_IOCTLS] = { LOOKED_AT(CASE) };
/* clang-format on */

#define ONE(command, name, ...) + 1u
static_assert(LOOKED_AT(ONE) == CALLS_IOCTLS, "as many cases as rows");

const struct call_ioctl *calls_ioctl(uint32_t command)
{
	for (size_t i = 0; i < CALLS_IOCTLS; i++)
		if (table[i].command == command)
			return &table[i];
	return NULL;
}

const struct call_ioctl *calls_ioctl_at(size_t i)
{
	return i < TB_ARRAY_SIZE(table) ? &table[i] : NULL;
}
