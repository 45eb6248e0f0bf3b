# SPDX-License-Identifier: Apache-2.0
# tcbox - see README.md; "make help" lists the targets

VERSION := 0.1.0
PKG_CONFIG ?= pkg-config
CC ?= cc
comma := ,
CONF := $(if $(SAN),san-$(subst $(comma),-,$(SAN)),release)
B ?= build/$(notdir $(CC))-$(CONF)
Q := $(if $(V),,@)

ROOMS := lib record bundle evidence policy facts report try seal sandbox capture lab run cli
DEPS := libpcap libseccomp libnl-3.0 libnl-route-3.0 libcrypto libssl libndpi libgcrypt libevent_core libevent_openssl libnghttp2 zlib libarchive libpsl yaml-0.1

# Headers of libraries are not ours to warn about: -isystem.
PC_CFLAGS := $(patsubst -I%,-isystem%,$(shell $(PKG_CONFIG) --cflags $(DEPS) 2>/dev/null))
# Loaded when it is needed: bundle/archive_lib.h.
LOADED := libarchive
PC_LIBS := $(shell $(PKG_CONFIG) --exists $(DEPS) && $(PKG_CONFIG) --libs $(filter-out $(LOADED),$(DEPS)) 2>/dev/null)
SYS_LIBS := -lresolv
cc-option = $(shell echo 'int x;' | $(CC) -Werror -O2 $(1) -c -xc - -o /dev/null 2>/dev/null && echo '$(1)')
WARN := -Wall -Wextra -Wshadow -Wformat=2 -Wundef -Wvla -Wwrite-strings -Wcast-qual -Wpointer-arith \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wimplicit-fallthrough -Wswitch-enum \
	-Wnull-dereference $(foreach w,-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wbidi-chars=any,$(call cc-option,$(w)))
HARDEN := -fPIE -fstack-protector-strong -fno-strict-aliasing $(foreach f,-fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -fno-delete-null-pointer-checks \
	-fno-strict-overflow,$(call cc-option,$(f)))
# Sanitizers and fortify exclude each other: a fortified call is not intercepted.
FORTIFY := -U_FORTIFY_SOURCE $(if $(SAN),,-D_FORTIFY_SOURCE=3)
HARDEN_LD := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)

CPPFLAGS_ALL := -Iinclude -I. -I$(B)/gen -D_GNU_SOURCE -DTCBOX_VERSION='"$(VERSION)"' $(PC_CFLAGS) $(FORTIFY) $(CPPFLAGS)
# The same bytes wherever the tree lies: the shell that compiles knows where.
SAME := -ffile-prefix-map="$$PWD"=.
# Half as long to compile, and as much is found.
CFLAGS_ALL := -std=gnu11 $(SAME) $(if $(SAN),-O1,-O2) -g $(WARN) $(if $(WERROR),-Werror) $(HARDEN) $(SANFLAGS) $(CFLAGS)
COMPILE := $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
LINK := $(CC) $(HARDEN_LD) $(SANFLAGS) $(LDFLAGS)

src-of = $(wildcard $(1)/*.c $(1)/*/*.c)
obj-of = $(patsubst %.c,$(B)/%.o,$(call src-of,$(1)))
ARCHIVES := $(foreach r,$(filter-out cli,$(ROOMS)),$(B)/$(r).a)
link-with = $(Q)$(LINK) -o $@ $(1) -Wl,--start-group $(2) -Wl,--end-group $(3) $(PC_LIBS) $(SYS_LIBS)

all: $(B)/tcbox ## build tcbox (the default); WERROR=1, SAN=address$(comma)undefined, CC=clang, V=1, B=DIR

# The command line is a prerequisite of every object: other flags rebuild, the same flags do not.
$(B)/.flags: FORCE
	$(if $(PC_LIBS),,$(error build packages are missing: run "make setup", or see scripts/packages))
	@mkdir -p $(@D); echo '$(COMPILE) $(LINK)' | cmp -s - $@ || echo '$(COMPILE) $(LINK)' > $@

$(B)/gen/syscall_table.h: include/tcbox/syscalls_newer.h $(B)/.flags
	@mkdir -p $(@D)
	$(Q)printf '#include <%s>\n' asm/unistd_64.h tcbox/syscalls_newer.h | $(CC) -Iinclude -E -dM - | \
	  sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$$/{ \2, "\1" },/p' | sort -t' ' -k2n > $@.tmp && mv $@.tmp $@

# The numbers of the other tables, for the tests.
$(B)/gen/syscall_table_%.h: $(B)/.flags
	@mkdir -p $(@D)
	$(Q)printf '#include <asm/unistd_%s.h>\n' $* | $(CC) -E -dM - | \
	  sed -n 's/^#define __NR_\([a-z0-9_]*\) (*\(__X32_SYSCALL_BIT + \)*\([0-9][0-9]*\))*$$/{ \3, "\1" },/p' > $@.tmp && mv $@.tmp $@

$(B)/lib/syscalls.o: $(B)/gen/syscall_table_32.h

# The script and the style of report.html, with the libraries that they are built with.
$(B)/gen/page_files.h: $(wildcard report/page/*.js report/page/*.css) report/page/libraries scripts/page-files scripts/packages
	$(Q)scripts/page-files $@
$(B)/report/page/page.o: $(B)/gen/page_files.h

# Rooms may not use what lib/banned.h forbids; tests and actors may.
$(foreach r,$(ROOMS),$(call obj-of,$(r))): BAN := -include lib/banned.h
$(B)/%.o: %.c $(B)/.flags | $(B)/gen/syscall_table.h
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(OPTIMIZE) $(BAN) -MMD -MP -c $< -o $@

define archive
$(B)/$(1).a: $(call obj-of,$(1))
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call archive,$(r))))

$(B)/tcbox: $(call obj-of,cli) $(ARCHIVES)
	$(call link-with,$(call obj-of,cli),$(ARCHIVES))

include mk/test.mk mk/dev.mk mk/install.mk mk/pack.mk

help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## */\1\t/p' $(MAKEFILE_LIST) | sed 's/\$$(comma)/,/g' | sort -u | expand -t 16

clean: ## remove everything that was built
	rm -rf build

FORCE:
.PHONY: all help clean FORCE
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
