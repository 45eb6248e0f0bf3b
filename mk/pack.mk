# SPDX-License-Identifier: Apache-2.0
# Packages: the source archive, Debian's package, and the kit for a machine without a network. All are of the committed tree.

dist: ## a source archive of the committed tree, the same bytes each time
	@mkdir -p build
	git archive --format=tar --prefix=tcbox-$(VERSION)/ HEAD | gzip -9n > build/tcbox-$(VERSION).tar.gz

DEB := build/tcbox_$(VERSION)_amd64.deb
deb: ## Debian's package of the committed tree, build/tcbox_VERSION_amd64.deb; lintian has nothing to say
	$(Q)scripts/setup build pack
	$(Q)scripts/deb '$(DEB)'

KIT := build/tcbox-kit-$(VERSION).tar.gz
kit: deb ## one archive with all packages that tcbox needs, to install it without a network
	$(Q)scripts/kit '$(DEB)' '$(KIT)'

check-kit: kit ## install the kit where there is no network, in a new system, and use it; by root
	$(Q)$(TAP) --label kit --timeout 1200 tests/kit.sh

.PHONY: dist deb kit check-kit
