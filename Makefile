# `make demo` and `make test` do everything on a Debian, Ubuntu or macOS machine that has Swift 6.3.

SWIFT ?= swift
PREFIX ?= /usr/local
CONFIGURATION = -c release
# Where the programs are built; found only when it is needed.
BINARIES = $(shell $(SWIFT) build $(FLAGS) $(CONFIGURATION) --show-bin-path)
SOURCES = Package.swift Sources Tests examples

# libwebp, libtiff, libcurl and OpenSSL are compiled against and loaded when first used; FreeType is only loaded, if it is there,
# for letters that the package does not draw itself; OpenBLAS is only loaded, by a test, if
# it is there.
MODULES = libpng libjpeg libwebp libtiff-4 expat zlib libcurl openssl
# What tests start if it is there.
TEST_PACKAGES = openmpi-bin mpich
TEST_PROGRAMS = mpirun.openmpi mpirun.mpich
PACKAGES = pkg-config libpng-dev libjpeg-dev libwebp-dev libtiff-dev libexpat1-dev zlib1g-dev libcurl4-openssl-dev \
	libssl-dev libopenblas0-pthread libfreetype6
FORMULAE = pkg-config libpng jpeg-turbo webp libtiff expat zlib curl openssl@3 openblas freetype

ifeq ($(shell uname -s),Darwin)
HOMEBREW := $(shell brew --prefix 2>/dev/null)
FLAGS = -Xcc -I$(HOMEBREW)/include -Xcc -I$(HOMEBREW)/opt/jpeg-turbo/include -Xcc -I$(HOMEBREW)/opt/openssl@3/include \
	-Xlinker -L$(HOMEBREW)/lib -Xlinker -L$(HOMEBREW)/opt/jpeg-turbo/lib
else
# What is installed must not depend on where, or whether, Swift is, nor look for libraries beside itself, and leaves out every
# function that nobody calls. That takes a build of its own.
INSTALLED = --static-swift-stdlib --disable-local-rpath --scratch-path .build/installed \
	-Xswiftc -Xfrontend -Xswiftc -function-sections -Xlinker --no-export-dynamic \
	-Xlinker --gc-sections -Xlinker --icf=safe
endif

.DEFAULT_GOAL = help
.PHONY: help setup build test test-arm64 fuzz test-sanitized demo bench format lint install uninstall clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the system libraries that are missing
	@FORMULAE="$(FORMULAE)" MODULES="$(MODULES)" PACKAGES="$(PACKAGES)" SWIFT="$(SWIFT)" .ci/setup

build: setup ## Build the programs
	$(SWIFT) build $(FLAGS) $(CONFIGURATION) --product needletail

test: setup ## Build and run all tests
	@PROGRAMS="$(TEST_PROGRAMS)" PACKAGES="$(TEST_PACKAGES)" SWIFT="$(SWIFT)" .ci/setup
	$(SWIFT) build $(FLAGS) $(CONFIGURATION) --build-tests
	$(SWIFT) test $(FLAGS) $(CONFIGURATION) --skip-build --disable-xctest

# The kernels are C, so that they can be compiled for a processor that is not there.
test-arm64: ## Check the kernels for arm64 in an emulator (needs clang, gcc-aarch64-linux-gnu, qemu-user)
	mkdir -p .build/arm64
	clang --target=aarch64-linux-gnu --gcc-toolchain=/usr -isystem /usr/aarch64-linux-gnu/include -fuse-ld=lld -static -O2 \
		-ISources/CKernels/include -o .build/arm64/check Tests/Processors/check.c Sources/CKernels/*.c -lm
	qemu-aarch64 .build/arm64/check

SECONDS = 60
# Where this Swift comes with libFuzzer, what inputs reach in the program decides which are changed further. The linker has to
# be LLVM's: the one that Swift takes on Linux fails over libFuzzer's line numbers.
FUZZER = $(wildcard $(dir $(realpath $(shell command -v $(SWIFT))))../lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a)
COVERAGE = $(if $(FUZZER),--scratch-path .build/fuzzer -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld \
	-Xcc -fsanitize=fuzzer-no-link -Xlinker --undefined=LLVMFuzzerRunDriver \
	-Xlinker --export-dynamic-symbol=LLVMFuzzerRunDriver)
fuzz: setup ## Give every parser changed inputs for SECONDS=60 together
	$(SWIFT) build $(FLAGS) $(CONFIGURATION) $(COVERAGE) --product needletail-fuzz
	"$$($(SWIFT) build $(FLAGS) $(CONFIGURATION) $(COVERAGE) --show-bin-path)/needletail-fuzz" Tests/Fuzz \
		--seconds $(SECONDS) --found found --seed $$(date +%s)

# Each in a folder of its own, so that nothing built otherwise is mixed in. C is optimised: its kernels would take an hour. Swift
# itself traps on what the sanitizer for undefined behaviour looks for; it watches the C targets, and traps there, because Swift
# has no library of it on Linux.
ADDRESS = ArchivesTests|CheckpointsTests|FormatsTests|ImagesTests|SystemTests|TextTests|CKernelsTests
# Swift alone, unoptimised and watched, takes hours for every format broken in every way and whole datasets through all of them:
# that is done without the sanitizer, and changed inputs by `make fuzz`.
LEFT_OUT = [cC]omesBack|[cC]omeBack|truncatedAnywhere|brokenInEveryWay
THREAD = ThreadPoolTests|LinearOnMapsTests|DetectionBatchesTests|TrainingLoopTests|TiledDetectionTests|ClassifierTests
# Swift's own report of a crash reads memory that the sanitizer for addresses guards; what the program still holds at its end
# is no leak.
SANITIZED = SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=suppressions=Tests/Sanitizers/thread.txt
test-sanitized: setup ## Run the tests with the sanitizers of addresses, undefined behaviour and threads
	$(SWIFT) build $(FLAGS) --scratch-path .build/address --sanitize=address -Xcc -O1 -Xcc -fsanitize=undefined \
		-Xcc -fno-sanitize=alignment,vptr,function -Xcc -fsanitize-trap=undefined --build-tests
	$(SANITIZED) $(SWIFT) test $(FLAGS) --scratch-path .build/address --sanitize=address --skip-build --disable-xctest \
		--filter "$(ADDRESS)" --skip "$(LEFT_OUT)"
	$(SWIFT) build $(FLAGS) --scratch-path .build/thread --sanitize=thread -Xcc -O1 --build-tests
	$(SANITIZED) $(SWIFT) test $(FLAGS) --scratch-path .build/thread --sanitize=thread --skip-build --disable-xctest \
		--filter "$(THREAD)"

demo: build ## Train, measure and draw on the pictures in datasets/shapes
	examples/demo.sh "$(BINARIES)/needletail"

bench: setup ## Time the toolkit and its peers in turn (needs Python; fetches torch, ONNX Runtime, OpenVINO, OpenCV)
	$(SWIFT) build $(FLAGS) $(CONFIGURATION) --product needletail
	$(SWIFT) build $(FLAGS) $(CONFIGURATION) --product needletail-bench
	test -x .build/peers/bin/python || python3 -m venv .build/peers
	.build/peers/bin/pip install --quiet --requirement Tests/Peers/requirements.txt
	.build/peers/bin/python Tests/Peers/bench.py "$(BINARIES)"

format: ## Rewrite the Swift files in the project's style
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

lint: ## Say where the Swift files are not in the project's style
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

# What the program writes itself, for the shells and for man.
SHARED = bash-completion/completions zsh/site-functions fish/vendor_completions.d man/man1
SHARED_FILES = bash-completion/completions/needletail zsh/site-functions/_needletail \
	fish/vendor_completions.d/needletail.fish man/man1/needletail.1

install: setup ## Install the program, its completions and manual page below PREFIX, /usr/local unless given
	$(SWIFT) build $(FLAGS) $(CONFIGURATION) $(INSTALLED) --product needletail
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -s -m 755 "$$($(SWIFT) build $(FLAGS) $(CONFIGURATION) $(INSTALLED) --show-bin-path)/needletail" \
		"$(DESTDIR)$(PREFIX)/bin/needletail"
	install -d $(SHARED:%="$(DESTDIR)$(PREFIX)/share/%")
	program="$(DESTDIR)$(PREFIX)/bin/needletail"; share="$(DESTDIR)$(PREFIX)/share"; \
		"$$program" --generate-completion-script bash > "$$share/bash-completion/completions/needletail" && \
		"$$program" --generate-completion-script zsh > "$$share/zsh/site-functions/_needletail" && \
		"$$program" --generate-completion-script fish > "$$share/fish/vendor_completions.d/needletail.fish" && \
		"$$program" manual > "$$share/man/man1/needletail.1"

uninstall: ## Remove what was installed
	rm -f "$(DESTDIR)$(PREFIX)/bin/needletail" $(SHARED_FILES:%="$(DESTDIR)$(PREFIX)/share/%")

clean: ## Remove everything that was built
	$(SWIFT) package clean
	rm -rf demo
