# maaxd: `make help` lists the targets. Everything is built below build/.

VERSION := 0.1.0

CC ?= cc
CLANG ?= clang
JOBS ?= $(shell nproc)

PREFIX ?= /usr/local
DESTDIR ?=
sbindir := $(PREFIX)/sbin
bindir := $(PREFIX)/bin
bashdir := $(PREFIX)/share/bash-completion/completions
zshdir := $(PREFIX)/share/zsh/site-functions
unitdir := $(PREFIX)/lib/systemd/system
docdir := $(PREFIX)/share/doc/maaxd
mandir := $(PREFIX)/share/man

PACKAGES := libmicrohttpd libcurl json-c sqlite3 libsystemd ini_config gnutls gumbo libxml-2.0 gmime-3.0
TEST_PACKAGES := cmocka

# VARIANT: release (what is installed), check (ASan and UBSan), clang (the other compiler), fuzz
VARIANT ?= release
BUILD ?= build
B := $(BUILD)/$(VARIANT)
GEN := $(BUILD)/gen

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion \
	-Wno-sign-conversion -Wformat=2 -Wvla -Wswitch-enum -Wundef -Wnull-dereference -Wwrite-strings
CPPFLAGS := -D_GNU_SOURCE -DMAAXD_VERSION='"$(VERSION)"' -Iinclude -Itests -I$(GEN)
HARDEN := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
SANITIZE := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all

CFLAGS_release := -O2 $(HARDEN)
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
CFLAGS_check := -O1 $(SANITIZE)
LDFLAGS_check := $(SANITIZE)
CFLAGS_clang := -O2 -fPIE
LDFLAGS_clang := -pie
CFLAGS_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS_fuzz := -fsanitize=fuzzer,address,undefined

CC_release := $(CC)
CC_check := $(CC)
CC_clang := $(CLANG)
CC_fuzz := $(CLANG)

COMPILE = $(CC_$(VARIANT)) -std=gnu17 -g $(WARNINGS) $(CPPFLAGS) $(CFLAGS_$(VARIANT)) $(CFLAGS)
# Asked only when something is compiled: `make help` works before the packages are there.
LIB_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
LIBS = $(shell pkg-config --libs $(PACKAGES)) -lm

SOURCES := $(filter-out daemon/main.c daemon/ctl/main.c,$(sort $(wildcard daemon/*.c daemon/*/*.c))) \
	$(GEN)/sql_queries.c $(GEN)/sql_migrations.c $(GEN)/openapi.c
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
TEST_LIB := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/lib/*.c)))
UNIT_TESTS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c tests/unit/*/test_*.c)))
E2E_TESTS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/e2e/test_*.c)))
FUZZERS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
# maax-sim and the receiver are one file each beside what they share
SIM_MAINS := tests/sim/maax_sim.c tests/sim/receiver.c
SIM_OBJECTS := $(patsubst %.c,$(B)/%.o,$(filter-out $(SIM_MAINS),$(sort $(wildcard tests/sim/*.c))))
PROGRAMS := $(B)/maaxd $(B)/maaxctl
TOOLS := $(B)/maax-sim $(B)/webhook-receiver
PRELOADS := $(B)/machine.so
HEADERS := $(sort $(wildcard include/*.h include/*/*.h))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help deps demo check check-release check-crash check-ledger check-parties check-openapi \
	check-systemd check-disk bench fuzz lint format \
	check-format check-tidy check-analyzer check-cppcheck check-headers check-layers check-sql \
	check-config check-man check-unit-file check-shell check-size install clean

all: $(PROGRAMS) ## build maaxd and maaxctl (in build/release)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install the Debian packages that are missing
	@tests/deps.sh build test

# ---- generated sources ----

$(GEN)/sql_queries.c $(GEN)/sql_queries.h &: sql/gen_queries.awk $(sort $(wildcard sql/queries/*.sql))
	@mkdir -p $(GEN)
	awk -v header=$(GEN)/sql_queries.h -v source=$(GEN)/sql_queries.c -f $^

$(GEN)/sql_migrations.c: sql/gen_migrations.awk $(sort $(wildcard sql/migrations/*.sql))
	@mkdir -p $(GEN)
	awk -f $^ >$@

$(GEN)/openapi.c: daemon/api/gen_openapi.awk daemon/api/openapi.json Makefile
	@mkdir -p $(GEN)
	awk -v version=$(VERSION) -v digest=$$(sha256sum <daemon/api/openapi.json | cut -c1-16) \
		-f daemon/api/gen_openapi.awk daemon/api/openapi.json >$@

# ---- objects and programs ----

$(B)/%.o: %.c | $(GEN)/sql_queries.h
	@mkdir -p $(@D)
	@echo "CC    $@"
	@$(COMPILE) $(LIB_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libmaaxd.a: $(OBJECTS)
	@rm -f $@
	@echo "AR    $@"
	@ar rcs $@ $^

$(B)/maaxd: $(B)/daemon/main.o $(B)/libmaaxd.a
	@echo "LD    $@"
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(LIBS)

# Of the library it takes base/ and ctl/ only, and so only the libraries they need.
$(B)/maaxctl: $(B)/daemon/ctl/main.o $(B)/libmaaxd.a
	@echo "LD    $@"
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -Wl,--as-needed -o $@ $^ $(LIBS)

$(B)/libsim.a: $(SIM_OBJECTS)
	@echo "AR    $@"
	@rm -f $@
	@ar rcs $@ $^

$(B)/maax-sim: $(B)/tests/sim/maax_sim.o $(B)/libsim.a $(B)/libmaaxd.a
	@echo "LD    $@"
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(LIBS) -lpthread

$(B)/webhook-receiver: $(B)/tests/sim/receiver.o $(B)/libsim.a $(B)/libmaaxd.a
	@echo "LD    $@"
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(LIBS) -lpthread

$(B)/tests/%: $(B)/tests/%.o $(TEST_LIB) $(B)/libmaaxd.a
	@echo "LD    $@"
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(LIBS) $(shell pkg-config --libs $(TEST_PACKAGES)) -lpthread

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/libmaaxd.a
	@echo "LD    $@"
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(LIBS)

fuzz-programs: $(FUZZERS)
.PHONY: fuzz-programs

# Into programs of every variant: no sanitizer, which must come first, is in it.
$(B)/machine.so: tests/preload/machine.c tests/preload/machine.h
	@mkdir -p $(@D)
	@echo "LD    $@"
	@$(CC_$(VARIANT)) -std=gnu17 -g -O2 $(WARNINGS) $(CPPFLAGS) -fPIC -shared -o $@ $<

tests-$(VARIANT): $(UNIT_TESTS) $(E2E_TESTS) $(PROGRAMS) $(TOOLS) $(PRELOADS)
.PHONY: tests-$(VARIANT)

# ---- what people run ----

demo: ## install what is missing, build, and show one message's whole way
	@tests/deps.sh build demo
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=release all demo-tools
	@tests/demo.sh build/release

demo-tools: $(TOOLS)
.PHONY: demo-tools

check: ## install what is missing, build with sanitizers, run all unit and end-to-end tests
	@tests/deps.sh build test
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=check tests-check
	@tests/run.sh build/check

check-release: ## the same tests on the flags that are installed
	@tests/deps.sh build test
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=release tests-release
	@tests/run.sh build/release

check-crash: ## 300 rounds of kill -9 under traffic, and 30 of SIGTERM; nothing acknowledged may be lost
	@tests/deps.sh build test
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=release all demo-tools build/release/tests/crash/crash
	@tests/crash/run.sh build/release

check-ledger: ## 10,000 messages from hook to webhook and command, one step in twenty fails; each is accounted for
	@tests/deps.sh build test
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=release all demo-tools build/release/tests/crash/ledger
	@tests/crash/ledger.sh build/release

check-parties: ## the npm packages twilio and standardwebhooks sign requests and verify our webhooks
	@tests/deps.sh build parties
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=release all demo-tools
	@tests/parties/run.sh build/release

check-openapi: ## lint the OpenAPI document, send its examples to the daemon, validate the replies
	@tests/deps.sh build parties
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=release all demo-tools
	@tests/openapi/run.sh build/release

fuzz: ## FUZZ_SECONDS (10) on each reader of what strangers send; crashing inputs stay in build/fuzz/crashes
	@tests/deps.sh build fuzz
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=fuzz fuzz-programs
	@tests/fuzz/run.sh build/fuzz

bench: ## callbacks per second beside a bare libmicrohttpd, in one run
	@tests/deps.sh build test bench
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=release all $(addprefix build/release/tests/bench/,hello prepare)
	@tests/bench/run.sh build/release

# ---- lint: each step is quiet or fails ----

LINT_FLAGS = -std=gnu17 $(CPPFLAGS) $(LIB_CFLAGS)
# The same for a shell's variable, where quotes are taken as they are.
export LINT_WORDS = $(subst ',,$(LINT_FLAGS))
DAEMON_SOURCES := $(sort $(wildcard daemon/*.c daemon/*/*.c))
TEST_SOURCES := $(sort $(wildcard tests/*/*.c tests/*/*/*.c))
LINT_STEPS := check-format check-layers check-headers check-sql check-config check-man check-size check-shell \
	check-unit-file check-cppcheck check-tidy check-analyzer check-clang

lint: ## every static check: format, layers, SQL, analyzers, both compilers
	@tests/deps.sh build test lint
	@tests/lint.sh $(LINT_STEPS)

check-format:
	@clang-format --dry-run -Werror $(DAEMON_SOURCES) $(TEST_SOURCES) $(HEADERS) $(sort $(wildcard tests/*/*.h tests/*/*/*.h))

check-layers:
	@awk -f tests/check_layers.awk $(DAEMON_SOURCES) $(HEADERS)

check-headers: $(GEN)/sql_queries.h
	@for header in $(HEADERS); do \
		$(CC) $(LINT_FLAGS) $(WARNINGS) -fsyntax-only -x c $$header && \
		$(CLANG) $(LINT_FLAGS) -Wall -Wextra -Werror -Wno-unused-function -fsyntax-only -x c $$header || exit 1; done

check-sql:
	@tests/check_sql.sh

check-config: $(B)/maaxd
	@$(B)/maaxd --example-config | diff -u config.example.ini - || \
		{ echo "config.example.ini differs: $(B)/maaxd --example-config >config.example.ini"; exit 1; }

check-man: $(B)/maaxd $(B)/maaxctl
	@tests/check_man.sh $(B)

check-size:
	@wc -l $(DAEMON_SOURCES) $(HEADERS) $(TEST_SOURCES) | awk '$$2 != "total" && $$1 > 700 { print $$2 ": " $$1 " lines: split it"; bad = 1 } END { exit bad }'

check-shell:
	@shellcheck $(sort $(wildcard tests/*.sh tests/*/*.sh)) .ci/run

check-unit-file: $(B)/maaxd
	@tests/check_units.sh $(B)/maaxd

# cppcheck does not know <sys/queue.h>, so the one header with a TAILQ_HEAD in it is no syntax error.
check-cppcheck: $(GEN)/sql_queries.h
	@cppcheck -q --enable=warning,performance,portability --inline-suppr --std=c11 --error-exitcode=1 \
		--suppress=missingInclude --suppress=syntaxError:include/http/internal.h -Iinclude -I$(GEN) -j$(JOBS) daemon

check-tidy: $(GEN)/sql_queries.h
	@printf '%s\n' $(DAEMON_SOURCES) | xargs -P $(JOBS) -n 4 sh -c 'clang-tidy --quiet "$$@" -- $$LINT_WORDS 2>/dev/null' _

check-analyzer: $(GEN)/sql_queries.h
	@printf '%s\n' $(DAEMON_SOURCES) | xargs -P $(JOBS) -n 1 sh -c '$(CC) $$LINT_WORDS -fanalyzer -Werror -c -o /dev/null "$$1"' _

check-clang:
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=clang tests-clang

install: all ## install under DESTDIR and PREFIX
	install -D -m 755 build/release/maaxd $(DESTDIR)$(sbindir)/maaxd
	install -D -m 755 build/release/maaxctl $(DESTDIR)$(bindir)/maaxctl
	install -d $(DESTDIR)$(bashdir) $(DESTDIR)$(zshdir)
	build/release/maaxctl completion bash >$(DESTDIR)$(bashdir)/maaxctl
	build/release/maaxctl completion zsh >$(DESTDIR)$(zshdir)/_maaxctl
	chmod 644 $(DESTDIR)$(bashdir)/maaxctl $(DESTDIR)$(zshdir)/_maaxctl
	install -D -m 644 systemd/maaxd.service $(DESTDIR)$(unitdir)/maaxd.service
	install -D -m 644 systemd/maaxd.socket $(DESTDIR)$(unitdir)/maaxd.socket
	install -D -m 644 systemd/maaxd-admin.socket $(DESTDIR)$(unitdir)/maaxd-admin.socket
	install -D -m 644 config.example.ini $(DESTDIR)$(docdir)/config.example.ini
	install -D -m 644 systemd/man/maaxctl.1 $(DESTDIR)$(mandir)/man1/maaxctl.1
	install -D -m 644 systemd/man/maaxd.ini.5 $(DESTDIR)$(mandir)/man5/maaxd.ini.5
	install -D -m 644 systemd/man/maaxd.8 $(DESTDIR)$(mandir)/man8/maaxd.8
	sed -i 's|/usr/sbin/maaxd|$(sbindir)/maaxd|' $(DESTDIR)$(unitdir)/maaxd.service

format: ## format all C files
	clang-format -i $(sort $(wildcard daemon/*.c daemon/*/*.c tests/*/*.[ch] tests/*/*/*.c)) $(HEADERS)

clean: ## remove build/
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
