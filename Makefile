# SPDX-License-Identifier: Apache-2.0
# tcbox - see README.md; "make help" lists the targets

VERSION := 0.1.0
PKG_CONFIG ?= pkg-config
CC ?= cc
comma := ,
CONF := $(if $(SAN),san-$(subst $(comma),-,$(SAN)),release)
B ?= build/$(notdir $(CC))-$(CONF)
Q := $(if $(V),,@)

ROOMS := lib record policy report sandbox capture lab cli
DEPS := libpcap libseccomp libnl-3.0 libnl-route-3.0 json-c libcrypto libssl libndpi libevent libevent_openssl

PC_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(DEPS) 2>/dev/null)
PC_LIBS := $(shell $(PKG_CONFIG) --libs $(DEPS) 2>/dev/null)
cc-option = $(shell echo 'int x;' | $(CC) -Werror -O2 $(1) -c -xc - -o /dev/null 2>/dev/null && echo '$(1)')
WARN := -Wall -Wextra -Wshadow -Wformat=2 -Wundef -Wvla -Wwrite-strings -Wcast-qual -Wpointer-arith \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wimplicit-fallthrough -Wswitch-enum \
	-Wnull-dereference $(foreach w,-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wbidi-chars=any,$(call cc-option,$(w)))
HARDEN := -fPIE -fstack-protector-strong -fno-strict-aliasing $(foreach f,-fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -fno-delete-null-pointer-checks \
	-fno-strict-overflow,$(call cc-option,$(f)))
FORTIFY := -U_FORTIFY_SOURCE $(if $(SAN),,-D_FORTIFY_SOURCE=3)
HARDEN_LD := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)

CPPFLAGS_ALL := -Iinclude -I. -I$(B)/gen -D_GNU_SOURCE -DTCBOX_VERSION='"$(VERSION)"' $(PC_CFLAGS) $(FORTIFY) $(CPPFLAGS)
CFLAGS_ALL := -std=gnu11 -O2 -g $(WARN) $(if $(WERROR),-Werror) $(HARDEN) $(SANFLAGS) $(CFLAGS)
COMPILE := $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
LINK := $(CC) $(HARDEN_LD) $(SANFLAGS) $(LDFLAGS)

src-of = $(wildcard $(1)/*.c)
obj-of = $(patsubst %.c,$(B)/%.o,$(call src-of,$(1)))
ARCHIVES := $(foreach r,$(filter-out cli,$(ROOMS)),$(B)/$(r).a)

all: $(B)/tcbox

$(B)/.flags: FORCE
	@mkdir -p $(@D); echo '$(COMPILE) $(LINK)' | cmp -s - $@ || echo '$(COMPILE) $(LINK)' > $@

$(B)/gen/syscall_table.h: $(B)/.flags
	@mkdir -p $(@D)
	$(Q)echo '#include <asm/unistd_64.h>' | $(CC) -E -dM - | \
	  sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$$/{ \2, "\1" },/p' | sort -t' ' -k2n > $@.tmp && mv $@.tmp $@

$(B)/%.o: %.c $(B)/.flags | $(B)/gen/syscall_table.h
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c $< -o $@

define archive
$(B)/$(1).a: $(call obj-of,$(1))
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach r,$(filter-out cli,$(ROOMS)),$(eval $(call archive,$(r))))

$(B)/tcbox: $(call obj-of,cli) $(ARCHIVES)
	$(Q)$(LINK) -o $@ $(call obj-of,cli) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(PC_LIBS)

# One cmocka program for each tests/unit/ROOM/test_FILE.c; it links its room, record and lib, so that rooms stay separate.
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/test_*.c))
define unit
$(B)/tests/unit/$(1): $(B)/tests/unit/$(1).o $(B)/$(patsubst %/,%,$(dir $(1))).a $(B)/record.a $(B)/lib.a
	$$(Q)$$(LINK) -o $$@ $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(UNIT_LD_$(notdir $(1))) $$(PC_LIBS) -lcmocka
endef
$(foreach u,$(UNIT),$(eval $(call unit,$(u))))
check-unit: $(foreach u,$(if $(ROOM),$(filter $(ROOM)/%,$(UNIT)),$(UNIT)),$(B)/tests/unit/$(u))
	$(Q)for t in $^; do TZ=UTC LC_ALL=C $$t || exit 1; done

clean:
	rm -rf build

FORCE:
.PHONY: all clean check-unit FORCE
-include $(shell find $(B) -name '*.d' 2>/dev/null)
