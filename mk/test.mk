# SPDX-License-Identifier: Apache-2.0
# Tests. Everything speaks TAP and is run and counted by scripts/tap-run; scripts/check runs all of it.

# Under a sanitizer, too, memory that cannot be had is NULL: tests ask for it.
TAP := ASAN_OPTIONS=allocator_may_return_null=1 V='$(V)' TZ=UTC LC_ALL=C.UTF-8 CMOCKA_MESSAGE_OUTPUT=TAP B='$(B)' CC='$(CC)' MAKE='$(MAKE)' \
	scripts/tap-run
# Programs at a time, where each has its files, ports and namespaces to itself.
JOBS ?= $(shell nproc)
AS_USER := B='$(B)' scripts/as-user

# One cmocka program for each tests/unit/ROOM/.../test_FILE.c; it links its room, bundle, record and lib, and readers of the
# evidence that, too, and what they find is read in the words of the report: rooms stay separate. run and cli know all rooms; of cli, main() is the test's own.
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c))
# These run whole parts as processes, which lock themselves up: a sanitizer needs the memory and the calls that they give up, so
# that under one they keep them.
LOCKED_UP := capture/test_capture capture/test_decode lab/test_lab sandbox/box/test_disk run/test_run cli/test_cmd_run
UNLOCKED := $(if $(SAN),$(LOCKED_UP))
UNLOCKED_LD := -Wl,--wrap=tb_lock_calls,--wrap=tb_lock_memory,--wrap=tb_lock_terminal,--wrap=tb_lock_open
# Nobody waits for a test's own code; it is compiled in half the time.
$(B)/tests/unit/%.o $(B)/tests/fuzz/%.o $(B)/tests/filter/%.o: OPTIMIZE := -O1
room-of = $(firstword $(subst /, ,$(1)))
UNIT_WITH_policy := evidence report
UNIT_WITH_facts := evidence policy
UNIT_WITH_try := evidence policy report
UNIT_WITH_report := evidence facts policy
UNIT_WITH_run := $(filter-out run cli,$(ROOMS))
UNIT_WITH_cli := $(filter-out cli,$(ROOMS))
NO_MEMORY := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
UNIT_LD_test_no_memory := $(NO_MEMORY),--wrap=reallocarray
UNIT_LD_test_cmp_no_memory := $(NO_MEMORY),--wrap=reallocarray,--wrap=vasprintf
UNIT_LD_test_evd_no_memory := $(NO_MEMORY),--wrap=reallocarray
UNIT_LD_test_exch_no_memory := $(UNIT_LD_test_no_memory)
UNIT_LD_test_cmd_no_memory := $(UNIT_LD_test_cmp_no_memory)
UNIT_LD_test_match_index := -Wl,--wrap=match_rule,--wrap=pol_program_glob
UNIT_LD_test_exec_gone := -Wl,--wrap=readlink
# A second reader of what we write.
UNIT_LD_test_json := -ljson-c
UNIT_LD_test_sarif := -ljson-c
UNIT_LD_test_cgroup := -Wl,--wrap=mkdirat,--wrap=unlinkat,--wrap=write
UNIT_LD_test_ids := -Wl,--wrap=access,--wrap=geteuid,--wrap=program_run
UNIT_LD_test_datagram := -Wl,--wrap=recvmmsg,--wrap=setsockopt,--wrap=bind,--wrap=sendto,--wrap=tb_monotonic_ns
UNIT_LD_test_decode := -Wl,--wrap=tb_monotonic_ns
UNIT_LD_test_serve := $(UNIT_LD_test_decode)
UNIT_LD_test_files := $(UNIT_LD_test_decode)
UNIT_LD_test_capture := $(UNIT_LD_test_decode),--wrap=pcap_stats,--wrap=ifstats_get
UNIT_LD_test_progress := $(UNIT_LD_test_decode)
UNIT_LD_test_scenarios := -Wl,--wrap=fork
UNIT_LD_test_parts := $(foreach f,lab_main dec_main capt_main sbx_disk_main sbx_gate_allow,-Wl$(comma)--wrap=$(f))
UNIT_LD_test_cmd_doctor := -Wl,--wrap=sbx_doctor,--wrap=whole_run
UNIT_LD_test_dissect_no_memory := $(NO_MEMORY)
UNIT_LD_test_rpt_no_memory := $(UNIT_LD_test_no_memory)
UNIT_LD_test_bundle_no_memory := $(UNIT_LD_test_no_memory)
UNIT_LD_test_facts_no_memory := $(UNIT_LD_test_no_memory)
UNIT_LD_test_seal_no_memory := $(UNIT_LD_test_no_memory)
define unit
$(B)/tests/unit/$(1): $(B)/tests/unit/$(1).o $(if $(filter $(1),$(UNLOCKED)),$(B)/tests/unit/unlocked.o) $(foreach r,$(sort $(call room-of,$(1)) $(UNIT_WITH_$(call room-of,$(1))) bundle record lib),$(B)/$(r).a)
	$$(call link-with,$$(filter %.o,$$^),$$(filter %.a,$$^),$$(UNIT_LD_$(notdir $(1))) $(if $(filter $(1),$(UNLOCKED)),$$(UNLOCKED_LD)) -lcmocka)
endef
$(foreach u,$(UNIT),$(eval $(call unit,$(u))))

# Verdict tables of the seccomp filter: tests/filter/test_FILE.c (cmocka) see every room but cli.
FILTER := $(patsubst %.c,$(B)/%,$(wildcard tests/filter/test_*.c))
$(FILTER): $(B)/%: $(B)/%.o $(ARCHIVES)
	$(call link-with,$<,$(ARCHIVES),-lcmocka)

$(B)/tests/filter/test_foreign.o: $(B)/gen/syscall_table_32.h $(B)/gen/syscall_table_x32.h
$(B)/tests/filter/test_i386.o $(B)/tests/unit/sandbox/filter/test_calls_i386.o: $(B)/gen/syscall_table_32.h

# Fuzz targets, replayed over their corpus with an ordinary main().
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY := $(FUZZ:%=$(B)/tests/fuzz/replay_%)
$(REPLAY): $(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(ARCHIVES)
	$(call link-with,$(filter %.o,$^),$(ARCHIVES))

# Programs that the box tests drive: drivers know the rooms, actors are products and know only libc. An actor is never
# sanitized (the box would see the sanitizer at work), and actors named *_static.c are linked statically.
DRIVERS := $(patsubst %.c,$(B)/%,$(wildcard tests/box/*_driver.c tests/filter/*_driver.c tests/bench/*_driver.c))
ACTORS := $(patsubst %.c,$(B)/%,$(wildcard tests/actors/*.c))
$(DRIVERS): $(B)/%: $(B)/%.o $(ARCHIVES)
	$(call link-with,$<,$(ARCHIVES))
$(ACTORS): $(B)/%: %.c $(B)/.flags
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -O2 -g -Wall -Wextra $(if $(WERROR),-Werror) -MMD -MP -MF $@.d -MT $@ -pthread \
	  $(if $(filter %_static,$@),-static) $< -o $@

# Go makes system calls without the C library. The cache is outside $(B): it is large, and the same for all builds.
GO_ACTORS := $(if $(shell command -v go),$(patsubst %.go,$(B)/%,$(wildcard tests/actors/*.go)))
$(GO_ACTORS): $(B)/%: %.go
	@mkdir -p $(@D)
	$(Q)GOCACHE='$(abspath build/go-cache)' GOPROXY=off GO111MODULE=off go build -o $@ $<

test-programs: $(DRIVERS) $(ACTORS) $(GO_ACTORS)
	@:

check-unit: $(foreach u,$(if $(ROOM),$(filter $(ROOM)/%,$(UNIT)),$(UNIT)),$(B)/tests/unit/$(u)) ## unit tests; ROOM=lib for one room
	$(Q)$(TAP) --label unit$(if $(SAN),-san) --jobs $(JOBS) $^

check-golden: $(B)/tcbox ## tcbox check over stored bundles and vectors of policies, output compared
	$(Q)$(TAP) --label golden$(if $(SAN),-san) $(wildcard tests/golden/*.sh) tests/policy/vectors.py

# It reads what tcbox wrote, not tcbox: once is enough, and who runs it does not matter.
check-page: $(B)/tcbox ## report.html in a browser; SHOTS=DIR for pictures, FLOWS=N for another size of the large one
	$(Q)SHOTS='$(SHOTS)' FLOWS='$(FLOWS)' $(TAP) --label page tests/page/page.py

check-filter: $(FILTER) $(DRIVERS) ## verdicts of the final seccomp program
	$(Q)$(TAP) --label filter $(FILTER) $(wildcard tests/filter/*.sh)

check-corpus: $(REPLAY) ## every fuzz target over its stored inputs
	$(Q)$(TAP) --label corpus$(if $(SAN),-san) $^

# Both ways when root: what an ordinary user gets differs from what root gets.
# They mostly wait, each in namespaces of its own: three at a time take a third, on two processors. Those that take longest
# come first, so that none of them is alone at the end.
BOX_JOBS ?= 3
BOX_LONG := $(patsubst %,tests/box/%.sh,compat acts state crash kill flood other_machine gate hide disk caps behind)
BOX_SCRIPTS := $(if $(T),$(T:%=tests/box/%.sh),$(BOX_LONG) $(filter-out $(BOX_LONG),$(wildcard tests/box/*.sh)))
check-box: all test-programs ## real products and actors in the box; as root also as an ordinary user; T=NAME for one
	$(Q)if [ "$$(id -u)" != 0 ]; then $(TAP) --label box --machine --timeout 600 --jobs $(BOX_JOBS) $(BOX_SCRIPTS); else rc=0; \
	  $(AS_USER) env $(TAP) --label box-user --machine --timeout 600 --jobs $(BOX_JOBS) $(BOX_SCRIPTS) || rc=1; \
	  $(AS_USER) --stay env $(TAP) --label box-root --machine --timeout 600 --jobs $(BOX_JOBS) $(BOX_SCRIPTS) || rc=1; exit $$rc; fi

# The kernel's own tests; it is Debian's package that is built, and nothing of it comes into the tree.
KERNEL_SUITES := seccomp pidfd clone3 landlock ptrace
check-kernel: all ## the kernel's own tests in the box against outside; fetches Debian's linux-source-6.1; as root both ways
	$(Q)scripts/setup build run test kernel
	$(Q)B='$(B)' tests/kernel/build.sh $(KERNEL_SUITES)
	$(Q)rc=0; $(AS_USER) env $(TAP) --label kernel-user --timeout 1200 tests/kernel/selftests.py || rc=1; \
	  [ "$$(id -u)" != 0 ] || $(TAP) --label kernel-root --timeout 1200 tests/kernel/selftests.py || rc=1; exit $$rc

check-vm: all test-programs ## the box tests on Debian's own kernel in a virtual machine, by root; T=NAME for one; hours without KVM
	$(Q)scripts/setup build run test vm
	$(Q)V='$(V)' B='$(B)' tests/vm/vm.sh $(BOX_SCRIPTS)

flood: all test-programs ## one act a million times, of each kind, in the box: minutes, and gigabytes of /var/tmp
	$(Q)FLOOD=full $(TAP) --label flood --machine --timeout 3600 tests/box/flood.sh

ROUNDS ?= 1000
SECONDS ?= 3600
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
SOAK = env TCBOX='$(abspath $(B)/tcbox)' ACTORS='$(abspath $(B)/tests/actors)' tests/soak/soak.py --rounds '$(ROUNDS)' \
	--seconds '$(SECONDS)' --seed '$(SEED)' $(ROUND:%=--round '%')
soak: all test-programs ## kill, stop, starve runs at random, and look what is left; ROUNDS, SECONDS, SEED, ROUND; as root both ways
	$(Q)if [ "$$(id -u)" != 0 ]; then $(SOAK); else rc=0; $(AS_USER) $(SOAK) || rc=1; $(SOAK) || rc=1; exit $$rc; fi

property: all test-programs ## random actors against random policies: conforms if and only if nothing undeclared was done; ACTS, SEED, ROUND
	$(Q)TCBOX='$(abspath $(B)/tcbox)' tests/soak/property.py --acts $(or $(ACTS),10000) $(if $(SEED),--seed $(SEED)) $(if $(ROUND),--round $(ROUND))

check-headers: ## each header alone, strictly, and twice
	$(Q)CPPFLAGS='-Iinclude -I. -D_GNU_SOURCE $(PC_CFLAGS)' $(TAP) --label headers tests/headers.sh

check-layers: ## rooms include only what they may
	$(Q)$(TAP) --label layers tests/layers.sh

check-format: ## line length, blanks, comments, licence lines
	$(Q)$(TAP) --label format tests/format.sh

check-docs: $(B)/tcbox ## options in --help, manual and completions agree; manual pages are well-formed
	$(Q)$(TAP) --label docs tests/docs.sh

check-build: ## the build itself: nothing to do the second time, install, uninstall, clean; test runner and set-up
	$(Q)$(TAP) --label build tests/runner.sh tests/check.sh tests/setup.sh tests/as-user.sh tests/pack.sh tests/build.sh tests/mutate.sh

check-reproducible: ## the committed tree built twice, in other places and circumstances: the same bytes
	$(Q)scripts/setup build
	$(Q)scripts/reproducible

check-san: check-san-unit check-san-golden check-san-corpus ## unit, golden and corpus under AddressSanitizer and UBSan
check-san-%: FORCE
	$(Q)$(MAKE) --no-print-directory SAN=address,undefined B='$(patsubst %-release,%,$(B))-san-address-undefined' check-$*

check: ## install what tests need, build, run every test
	$(Q)scripts/setup build run test
	+$(Q)MAKE='$(MAKE)' B='$(B)' scripts/check

golden-update: $(B)/tcbox ## rewrite the expected output of check-golden; review it with git diff
	$(Q)B='$(B)' TCBOX='$(abspath $(B)/tcbox)' TZ=UTC LC_ALL=C.UTF-8 tests/golden/golden.sh --update
	$(Q)TCBOX='$(abspath $(B)/tcbox)' tests/golden/explain.sh --update >/dev/null

.PHONY: test-programs check check-unit check-golden check-page check-filter check-corpus check-box check-kernel check-vm check-headers check-layers check-format check-docs \
	check-build check-reproducible check-san flood soak property golden-update
