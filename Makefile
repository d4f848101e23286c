# certflow: everything by name. `make help` says what there is.
SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
# All of Swift in the program: it needs nothing of Swift where it runs.
STATIC = --static-swift-stdlib

.DEFAULT_GOAL := help
.PHONY: help run build test check format bench install clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "  make %-9s %s\n", $$1, $$2 }'

run: build ## install what is missing, build, and do the main job on a demo home in demo/, until Ctrl-C
	@packaging/demo/run .build/release/certflow

build: ## the program, optimised: .build/release/certflow
	@packaging/install-packages build
	$(SWIFT) build -c release --product certflow

test: ## install the test peers, build, run all tests
	@packaging/install-packages test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --parallel

check: ## formatting, then build and tests; no network beyond packages that are missing
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Plugins Tests Benchmarks
	$(MAKE) test

format: ## format all sources
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Plugins Tests Benchmarks

bench: ## measure what Benchmarks/README.md promises (about 20 minutes)
	@packaging/install-packages build
	$(SWIFT) build -c release --product CertflowBenchmarks
	$(SWIFT) build -c release --product certflow
	.build/release/CertflowBenchmarks

install: ## the program with all of Swift in it, its man page, completion and service, below $(PREFIX)
	@packaging/install-packages build
	$(SWIFT) build -c release --product certflow $(STATIC)
	install -D -m 0755 .build/release/certflow $(DESTDIR)$(PREFIX)/bin/certflow

clean: ## what was built; the demo stays
	rm -rf .build
