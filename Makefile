# Fairlead's habits. A bare `make` prints the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
BIN := bin/fairlead
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/fairleadhq/fairlead/internal/cli.version=$(VERSION)
# noasm: klauspost/cpuid (under arrow) asks the processor dozens of questions at
# start, each a trap in a virtual machine; the assembly it would choose is not
# on our paths. arrow_json_stdlib: the JSON library Arrow would take looks at
# every type of the program at start. osusergo, netgo: nothing of libc is needed
# at run time.
TAGS := noasm,osusergo,netgo,arrow_json_stdlib
# A static link saves the dynamic loader's 2 ms of every start, where the C
# library has a static form (Debian's libc6-dev has).
STATIC := $(shell [ "$$($(GO) env GOOS)" = linux ] && [ "$$($(GO) env CGO_ENABLED)" = 1 ] && \
  echo 'int main(void){return 0;}' | c++ -static -x c++ -o /dev/null - 2>/dev/null && \
  echo -linkmode external -extldflags \"-static -Wl,--no-warnings\")

##@ Use

.PHONY: build
build: ## Build bin/fairlead
	@$(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS) $(STATIC)' -o $(BIN) ./cmd/fairlead

.PHONY: demo
demo: build ## Three tables from Athena, Redshift and DynamoDB, starting at an expired SSO session
	@./$(BIN) demo

.PHONY: ui
ui: ## Build the page into internal/web/ui/dist, which is committed
	cd internal/web/ui && npm ci --no-audit --no-fund --silent && npx vite build --logLevel warn

##@ Check

.PHONY: test
test: tools lint house cross fuzz-brief test-ui ## Everything: format, vet, staticcheck, race tests, scripts, cross builds, the page
	$(GO) test -race -timeout 15m ./...

.PHONY: test-ui
test-ui: build ## The page: types, unit tests, stale build, browser tests
	@scripts/test-ui

.PHONY: check
check: lint house ## The fast half: format, vet, staticcheck, the import table

.PHONY: lint
lint: ## gofmt, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

.PHONY: house
house: ## The plan of the house: who may import whom
	$(GO) test ./internal/house

.PHONY: cross
cross: ## The client alone, without cgo, for every platform it ships to
	@for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do \
	  echo "build $$target without cgo"; \
	  CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -o /dev/null ./cmd/fairlead; \
	done

.PHONY: fuzz
fuzz: ## Each fuzz target for FUZZTIME (default 60s), guided by coverage
	@scripts/fuzz $(or $(FUZZTIME),60s)

.PHONY: fuzz-brief
fuzz-brief: ## Each fuzz target on thousands of inputs made from its corpus, from a fixed seed
	@scripts/fuzz brief

.PHONY: faults
faults: ## Every verb against every fault; prints the matrix with its totals
	FAIRLEAD_FAULTS=all $(GO) test -count=1 -timeout 30m -v -run '^TestMatrix$$' ./internal/faults

.PHONY: soak
soak: ## 50 connections over 20 profiles for SOAK (default 10m), sessions ended each minute, faults at 2 %
	SOAK=$(or $(SOAK),10m) $(GO) test -count=1 -timeout 0 -v -run '^TestSoak$$' ./internal/faults

.PHONY: tools
tools: ## Install what the tests need (Debian, as root), or name it
	@scripts/tools

##@ Ship

.PHONY: release
release: build ## dist/: the program for this machine, its checksum, SBOM and the licences of its parts
	@mkdir -p dist
	@cp $(BIN) dist/fairlead
	@$(GO) run ./release/parts check
	@$(GO) run ./release/parts sbom dist/fairlead > dist/sbom.cdx.json
	@$(GO) run ./release/parts notices > dist/THIRD-PARTY-LICENCES.txt
	@cd dist && sha256sum fairlead sbom.cdx.json THIRD-PARTY-LICENCES.txt > SHA256SUMS && cat SHA256SUMS

.PHONY: reproduce
reproduce: ## Build one commit twice in two places; the same to the byte
	@scripts/reproduce

.PHONY: audit
audit: ## Known vulnerabilities in what ships; says so and fails where the databases are out of reach
	@scripts/audit

##@ Measure

.PHONY: bench
bench: build ## Side-by-side measurements against named peers; prints ratios
	$(GO) run ./bench -fairlead $(BIN)

.PHONY: bench-results
bench-results: build ## Large results alone: ways to fetch, the Redshift wire, formats to write
	$(GO) run ./bench -fairlead $(BIN) -only results

.PHONY: bench-dynamodb
bench-dynamodb: build ## A whole DynamoDB table to JSON lines, beside the SDK's paginator and the AWS CLI
	$(GO) run ./bench -fairlead $(BIN) -only dynamodb

.PHONY: bench-page
bench-page: build ## The page: its start, first rows, downloads, scrolling, ten million rows (a browser: after make test-ui)
	$(GO) run ./bench -fairlead $(BIN) -only page

.PHONY: clean
clean: ## Remove what was built
	@rm -rf bin dist bench/.out

.PHONY: help
help:
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*##/ {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
