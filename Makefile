# Few verbs: run test lint bench demo install. `make help` lists them.

SHELL    := /bin/sh
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT   ?= $(shell git rev-parse HEAD 2>/dev/null)
PREFIX   ?= /usr/local
ENGINE   ?= ask-nobody
FUZZTIME ?= 10s
ARCH     := $(shell go env GOARCH 2>/dev/null)

# go-nvml's header marks old entry points as deprecated, a hundred lines of it at every build; and NVML is
# linked lazily, so that a driver without a newer symbol is found out by looking it up, not by dying.
LAZY := -extldflags=-Wl,-z,lazy
export CGO_CFLAGS := -w $(CGO_CFLAGS)
export GOFLAGS    := $(GOFLAGS) -ldflags=$(LAZY)

GO_FILES := $(shell find . -name '*.go' -not -name '*_test.go' -not -path './.ci/*')
GUESTS   := assets/built/guest-$(ARCH).gz assets/built/starter-$(ARCH).gz

.PHONY: help tools build run demo ready test test-hostile test-gpu simulate test-faults test-churn test-engines test-cluster test-machine lint fuzz bench measure picture install uninstall gpu-trial deb release same clean

help: ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | sort | expand -t 12

tools: # what a build needs of this machine; a phony prerequisite behind | is looked at and makes nothing old
	@.ci/tools

build: berth ## build ./berth

berth: $(GO_FILES) $(GUESTS) $(shell find assets -name '*.toml') go.mod go.sum | tools
	CGO_ENABLED=1 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) $(LAZY)' -o $@ .

# The programs that run inside instances: static, the same bytes for the same source.
assets/built/%-$(ARCH).gz: $(GO_FILES) go.mod go.sum | tools
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -buildid=' -o $(@:.gz=) ./backend/$*
	gzip -9nf $(@:.gz=)

berth-cluster: $(GO_FILES) $(GUESTS) go.mod go.sum | tools ## build ./berth-cluster, which has instances on a Kubernetes cluster
	CGO_ENABLED=1 go build -tags cluster -trimpath -ldflags '-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) $(LAZY)' -o $@ .

run: berth ## build and open the screen; installs a Docker engine first where none answers (ENGINE=no declines)
	@ENGINE=$(ENGINE) .ci/engine
	./berth

demo: berth ## a look without GPU and Docker
	./berth --demo

ready: # what the tests need of this machine
	@.ci/prepare
	@ENGINE=$(ENGINE) .ci/engine

test: ready $(GUESTS) ## run all tests, on the engine that answers or on a private one
	go vet ./...
	go test -timeout 60m -p 2 ./...
	cd .ci/release && go vet ./... && go test ./...
	cd backend/engine/names && go vet ./... && go test ./...

FOR ?= 10m
test-hostile: ready $(GUESTS) ## a hostile instance beside 20 honest ones, for FOR (10m)
	BERTH_HOSTILE=$(FOR) go test -count=1 -timeout 0 -v -run TestAHostileInstance .

test-gpu: $(GUESTS) ## compare inventory and readings with nvidia-smi, on a machine with a GPU
	go test -count=1 -tags gpu -v -run 'SMI|Sweep' ./backend/gpu

N ?= 2000
simulate: ## play N schedules of faults on the keeper, in virtual time
	BERTH_SCHEDULES=$(N) go test -count=1 -timeout 0 -v ./backend/simulation

EACH    ?= 1440
test-faults: ready $(GUESTS) ## inject each fault N times on real engines and print a table; ONLY=words names some
	BERTH_FAULTS=$(N) BERTH_FAULTS_ONLY="$(ONLY)" BERTH_FAULTS_EACH=$(EACH) go test -count=1 -timeout 0 -v -run 'Whatever' ./backend/faults

CHURN ?= 30m
test-churn: ready $(GUESTS) ## let instances come and go for CHURN (30m): memory, files and goroutines stay what they were
	BERTH_CHURN=$(CHURN) go test -count=1 -timeout 0 -v -run Churn ./backend/faults

test-engines: ready $(GUESTS) ## hold the newest engine, built from its module, to the contract; six minutes more, once
	BERTH_TEST_ENGINES=1 go test -count=1 -timeout 0 -v -run TestNewerDocker ./backend/engine

dist/cluster: .ci/cluster/main.go .ci/cluster/gpus.go .ci/cluster/go.sum # all of Kubernetes as one program
	cd .ci/cluster && CGO_ENABLED=0 GOFLAGS= go build -ldflags '-s -w -X k8s.io/component-base/version.gitVersion=v1.34.4' -o ../../dist/cluster .

test-cluster: dist/cluster $(GUESTS) ## start a Kubernetes cluster here, with GPUs that are names, and hold berth to docs/kubernetes.md
	.ci/cluster/up dist/cluster-state
	BERTH_CLUSTER_TEST=$(CURDIR)/dist/cluster-state go test -count=1 -timeout 0 -v -tags cluster ./backend/kube; ended=$$?; .ci/cluster/down dist/cluster-state; exit $$ended

SHORT ?=
test-machine: deb ## install, use, break, upgrade and reboot an emulated machine; SHORT=yes is a part of it, ONLY=words names some
	BERTH_MACHINE=$(CURDIR)/$$(ls dist/berth_*.deb) BERTH_MACHINE_SHORT=$(SHORT) BERTH_MACHINE_ONLY="$(ONLY)" \
		BERTH_MACHINE_REPORT=$(CURDIR)/dist/machine.md go test -count=1 -timeout $(if $(SHORT),25m,0) -v -run TestMachine ./backend/emulated

lint: $(GUESTS) ## staticcheck, golangci-lint's set and govulncheck
	@.ci/lint

fuzz: $(GUESTS) ## run every fuzz target, each for FUZZTIME (10s)
	@.ci/fuzz $(FUZZTIME)

bench: $(GUESTS) ## measure, side by side with the engine's own verbs
	go test -run '^$$' -bench . -benchtime 1s ./...

measure: berth ## time the screen beside the other programs that are there, on the engine as it is
	go run ./docs/measure

picture: berth ## take the documentation's pictures and film of the screen anew
	go run ./docs/picture

# DESTDIR stages all of it for a package: nothing is started, and it needn't be root.
STAGING := $(if $(DESTDIR),--destdir $(DESTDIR))

install: berth ## install the program, its man pages, completions and the systemd service (as root)
	./berth setup --prefix $(PREFIX) $(STAGING)

uninstall: berth ## remove what install put there; instances and ledger stay
	./berth setup --prefix $(PREFIX) $(STAGING) --remove

gpu-trial: build ## a bundle for a machine with a GPU and nothing else, tried here on a stand-in driver
	.ci/trial/bundle dist
	.ci/trial/standin dist

deb: berth ## pack what is built as a Debian package, into dist
	cd .ci/release && go build -o ../../dist/release .
	rm -f dist/berth_*.deb
	dist/release deb ./berth dist

release: | tools ## packages, archives, checksums and bills of materials of what is committed, for all architectures, into dist
	cd .ci/release && go build -o ../../dist/release .
	dist/release all dist/$(VERSION)

same: | tools # two builds of what is committed are the same bytes
	cd .ci/release && go build -o ../../dist/release .
	dist/release same

clean: ## remove what was built
	rm -rf berth assets/built/*.gz dist
