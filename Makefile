# certflow: everything by name. `make help` says what there is.
SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
# Optimised, with all of Swift in the program: it needs nothing of Swift where it runs.
RELEASE = -c release --static-swift-stdlib

# Test targets that compute for minutes, and those that run many peers at a time.
LONG = AutomationTests|SimulationTests
PEERS = ACMETests|CurlTests|HTTPPublisherTests|TestPeersTests
# Pages and API, asked by hundreds of connections.
SERVER = ServerTests
# What FAULTS_FULL makes thorough.
FAULTS = BinaryTests.((ACME)?KillTests|DiskFaultTests|PowerLossTests)|ACMETests.PebbleTests/matrix

.DEFAULT_GOAL := help
.PHONY: help run build test check format bench faults install clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "  make %-9s %s\n", $$1, $$2 }'

run: build ## install what is missing, build, and do the main job on a demo home in demo/, until Ctrl-C
	@packaging/demo/run .build/release/certflow

build: ## the program, optimised, with all of Swift in it: .build/release/certflow
	@packaging/install-packages build
	$(SWIFT) build $(RELEASE) --product certflow

test: export CERTFLOW_OPTIMISED_TESTS = 1
test: ## install the test peers, build, run all tests
	@packaging/install-packages test
	$(SWIFT) build --build-tests
	# In parts: what computes for minutes would keep the others, which talk to peers, from the two cores.
	$(SWIFT) test --skip-build --parallel --skip '$(LONG)' --skip '$(PEERS)' --skip '$(SERVER)' --skip BinaryTests
	$(SWIFT) test --skip-build --parallel --filter '$(PEERS)'
	$(SWIFT) test --skip-build --parallel --filter '$(SERVER)'
	$(SWIFT) test --skip-build --parallel --filter BinaryTests
	$(SWIFT) test --skip-build --parallel --filter '$(LONG)'

check: ## formatting, then build and tests; no network beyond packages that are missing
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Plugins Tests Benchmarks
	$(MAKE) test

format: ## format all sources
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Plugins Tests Benchmarks

bench: ## measure what Benchmarks/README.md promises, and run 2,000 seeds of the simulation
	@packaging/install-packages bench
	$(SWIFT) build $(RELEASE) --product certflow
	$(SWIFT) build $(RELEASE) --product CertflowBenchmarks
	.build/release/CertflowBenchmarks

faults: ## kill, fail and cut off the power at every single call; `make test` takes a part of the alike ones
	@packaging/install-packages test
	$(SWIFT) build --build-tests
	FAULTS_FULL=1 $(SWIFT) test --skip-build --filter '$(FAULTS)'

install: build ## the program, its man page, completion and service, below $(PREFIX)
	install -D -m 0755 .build/release/certflow $(DESTDIR)$(PREFIX)/bin/certflow
	mkdir -p .build/install
	.build/release/certflow man >.build/install/certflow.1
	.build/release/certflow completion bash >.build/install/certflow.bash
	.build/release/certflow completion zsh >.build/install/_certflow
	.build/release/certflow completion fish >.build/install/certflow.fish
	for unit in certflow certflow-web; do \
		sed 's|/usr/local|$(PREFIX)|' packaging/$$unit.service >.build/install/$$unit.service; \
		install -D -m 0644 .build/install/$$unit.service $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit.service || exit 1; \
	done
	install -D -m 0644 .build/install/certflow.1 $(DESTDIR)$(PREFIX)/share/man/man1/certflow.1
	install -D -m 0644 .build/install/certflow.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/certflow
	install -D -m 0644 .build/install/_certflow $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_certflow
	install -D -m 0644 .build/install/certflow.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/certflow.fish

clean: ## what was built; the demo stays
	rm -rf .build
