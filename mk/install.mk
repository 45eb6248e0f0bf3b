# SPDX-License-Identifier: Apache-2.0
# GNU directories, DESTDIR; nothing is set-uid and nothing needs root but the directories themselves.

PREFIX ?= /usr/local
prefix ?= $(PREFIX)
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
docdir ?= $(datadir)/doc/tcbox
bashcompdir ?= $(datadir)/bash-completion/completions
zshcompdir ?= $(datadir)/zsh/site-functions
fishcompdir ?= $(datadir)/fish/vendor_completions.d

# One line for each installed file: MODE:SOURCE:DESTINATION. Install and uninstall read the same list.
MAN_PAGES := $(wildcard man/*.[1-9])
INSTALLED := 755:$(B)/tcbox:$(bindir)/tcbox \
	$(foreach m,$(MAN_PAGES),644:$(m):$(mandir)/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	644:completions/tcbox.bash:$(bashcompdir)/tcbox 644:completions/_tcbox:$(zshcompdir)/_tcbox \
	644:completions/tcbox.fish:$(fishcompdir)/tcbox.fish \
	$(foreach s,$(wildcard doc/schema/*.json),644:$(s):$(datadir)/tcbox/schema/$(notdir $(s))) \
	$(foreach d,$(wildcard README.md NEWS SECURITY.md LICENSE doc/*.md),644:$(d):$(docdir)/$(notdir $(d))) \
	$(foreach t,$(wildcard templates/*.json),644:$(t):$(datadir)/tcbox/templates/$(notdir $(t))) \
	644:apparmor/tcbox:$(datadir)/tcbox/apparmor/tcbox \
	$(foreach e,$(wildcard doc/examples/*.json),644:$(e):$(docdir)/examples/$(notdir $(e))) \
	$(foreach e,$(wildcard scripts/demo.d/*),755:$(e):$(docdir)/examples/$(notdir $(e)))

install: all ## install below PREFIX (/usr/local); DESTDIR for packagers
	$(Q)set -e; for f in $(INSTALLED); do mode=$${f%%:*}; f=$${f#*:}; \
	  install -D -m "$$mode" "$${f%%:*}" "$(DESTDIR)$${f#*:}"; done

uninstall: ## remove what install put there
	$(Q)for f in $(INSTALLED); do rm -f "$(DESTDIR)$${f##*:}"; done; \
	  rmdir "$(DESTDIR)$(datadir)/tcbox/schema" "$(DESTDIR)$(datadir)/tcbox/apparmor" "$(DESTDIR)$(datadir)/tcbox/templates" "$(DESTDIR)$(datadir)/tcbox" "$(DESTDIR)$(docdir)/examples" "$(DESTDIR)$(docdir)" \
	  2>/dev/null || true

.PHONY: install uninstall
