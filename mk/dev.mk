# SPDX-License-Identifier: Apache-2.0
# For those who work on tcbox: set-up, demo, fuzzing, benchmarks, lint, format.

setup: ## install the packages that building, running and testing need
	$(Q)scripts/setup build run test

demo: ## install what is missing, build, and run a short story as an ordinary user
	$(Q)scripts/setup build run
	$(Q)$(MAKE) --no-print-directory B='$(B)' all
	$(Q)B='$(B)' scripts/as-user scripts/demo

# libFuzzer puts new inputs into the first directory: that one is under build/, the tree's corpus only seeds.
FUZZ_SECONDS ?= 60
fuzz: ## fuzz each target for FUZZ_SECONDS with clang; FUZZ=NAME for one
	$(Q)$(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address,undefined B=build/fuzz $(FUZZ:%=fuzz-%)
$(FUZZ:%=$(B)/tests/fuzz/fuzz_%): $(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(ARCHIVES)
	$(call link-with,$<,$(ARCHIVES),-fsanitize=fuzzer)
fuzz-%: $(B)/tests/fuzz/fuzz_%
	@mkdir -p $(B)/corpus/$* tests/fuzz/corpus/$*
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -artifact_prefix=$(B)/crash-$*- \
	  $(wildcard tests/fuzz/$*.dict:%=-dict=%) -print_final_stats=1 $(B)/corpus/$* tests/fuzz/corpus/$*

bench: all test-programs ## measure against bwrap, firejail, strace and native; informs, never fails a test; T=ITEM for one
	$(Q)scripts/setup build run test bench
	$(Q)B='$(B)' TCBOX='$(abspath $(B)/tcbox)' tests/bench/run.sh $(T)

SH_FILES = $(shell grep -lE '^\#!/bin/(ba)?sh' scripts/* scripts/*/* tests/*.sh tests/*/*.sh .ci/run 2>/dev/null)
have = command -v $(1) >/dev/null || { echo 'lint: $(1) is not installed, skipped'; exit 0; }
lint: lint-shell lint-cppcheck lint-tidy lint-scan ## shellcheck, cppcheck, clang-tidy, scan-build; each skipped if absent
lint-shell:
	$(Q)$(call have,shellcheck); shellcheck $(SH_FILES)
# Not its uninitvar: it does not see that a called function fills a variable. The compilers and sanitizers do.
lint-cppcheck:
	$(Q)$(call have,cppcheck); cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
	  --inline-suppr --suppress=missingIncludeSystem --suppress=uninitvar --suppress=ctuuninitvar -Iinclude -I. -D_GNU_SOURCE -D__x86_64__ $(ROOMS)
lint-tidy: $(B)/gen/syscall_table.h $(B)/gen/page_files.h
	$(Q)$(call have,clang-tidy); clang-tidy --quiet $(foreach r,$(ROOMS),$(call src-of,$(r))) -- $(CPPFLAGS_ALL) -std=gnu11
lint-scan:
	$(Q)$(call have,scan-build); scan-build --status-bugs -disable-checker unix.Malloc \
	  -disable-checker core.uninitialized.Assign -o build/scan $(MAKE) --no-print-directory CC=clang B=build/scan-objects all

# The same changes each time: SEED is 1 unless it is given. A room's own unit tests first; BOX=1 adds the box scripts of a file.
N ?= 100
MUTATE_UNIT = $(patsubst %,$(B)/tests/unit/%,$(1))
# QUICK=1: the room's own tests and the golden ones only, which is a lower bound in a quarter of the time.
MUTATE_OWN = $(filter $(foreach r,$(ROOM),$(call room-of,$(r))/%),$(UNIT))
MUTATE_OTHER = --programs other $(call MUTATE_UNIT,$(filter-out $(MUTATE_OWN),$(UNIT))) \
	  --programs filter $(FILTER) --programs corpus $(REPLAY)
mutate: $(B)/tcbox $(if $(QUICK),$(MUTATE_OWN:%=$(B)/tests/unit/%),$(UNIT:%=$(B)/tests/unit/%) $(FILTER) $(REPLAY)) $(if $(BOX),test-programs) ## small changes in ROOM (or a file, or several): do tests notice? N=100, SEED, BOX=1, QUICK=1
	$(Q)tests/mutate/mutate.py --place '$(ROOM)' --build '$(B)' --number '$(N)' \
	  --seed '$(if $(filter file,$(origin SEED)),1,$(SEED))' \
	  --programs unit $(call MUTATE_UNIT,$(MUTATE_OWN)) $(if $(QUICK),,$(MUTATE_OTHER)) \
	  --scripts golden $(B)/tcbox $(wildcard tests/golden/*.sh) $(if $(BOX),--table box tests/mutate/box)

fmt: ## clang-format F=FILE in place; look at the diff: it knows no tables and no comments in columns
	clang-format -i $(F)

.PHONY: setup demo fuzz bench lint lint-shell lint-cppcheck lint-tidy lint-scan mutate fmt
