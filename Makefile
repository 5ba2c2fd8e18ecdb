# musegen: generate music from your own MIDI files.
#
#   make          build/musegen, the libraries, and what `make install` copies
#   make install  to PREFIX, /usr/local unless set (install.mk)
#   make demo     install what is needed, build, write theme.mid and show it
#   make check    install what is needed, build, test (minutes)
#   make check-long   sanitizers, fuzzing, what takes long
#   make help     everything else
#
# Variants build into folders of their own:
#   make SANITIZE=address,undefined      build/address-undefined/
#   make REAL=double                     build/double/ (gradient checks)
#   make GOLDEN=1                        build/golden/ (tests/golden: the same on every processor of a kind)
#   make DEVELOPER=1                     warnings are errors

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

CC ?= cc
ARCH ?= -march=native
PKG_CONFIG ?= pkg-config
VERSION := 0.1.0

# A line a file; V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)')

comma := ,
empty :=
space := $(empty) $(empty)
variant := $(subst $(space),-,$(strip $(subst $(comma),-,$(SANITIZE)) $(filter double,$(REAL)) $(if $(filter 1,$(GOLDEN)),golden)))
B := $(if $(variant),build/$(variant),build)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
OPTIMISE ?= -O3
CPPFLAGS += -Isrc -Iinclude -D_GNU_SOURCE -DMUSEGEN_VERSION='"$(VERSION)"'
CFLAGS += -std=c11 $(OPTIMISE) $(ARCH) -g -fno-math-errno $(WARN) -pthread
LIBRARIES := smf glib-2.0 libcjson inih openblas
# Headers of others are system headers: our warnings are about our code.
CPPFLAGS += $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags-only-I $(LIBRARIES) 2>/dev/null))
# Sound of our own: --synth, and sound files. Where these libraries are not all else is as it is, as with `make SOUND=`.
have = $(shell $(PKG_CONFIG) --exists '$(1) >= $(2)' 2>/dev/null && echo $(1))
ifeq ($(origin SOUND),undefined)
SOUND := $(strip $(call have,fluidsynth,2.2) $(call have,sndfile,1.0.29))
endif
ifneq ($(SOUND),)
sound_flags := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags-only-I $(SOUND))) \
	$(if $(filter fluidsynth,$(SOUND)),-DHAVE_FLUIDSYNTH) $(if $(filter sndfile,$(SOUND)),-DHAVE_SNDFILE)
sound_libs := $(shell $(PKG_CONFIG) --libs $(SOUND))
endif
CPPFLAGS += $(sound_flags)
LDLIBS += $(sound_libs)
LDLIBS += $(or $(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null),-lsmf -lglib-2.0 -lcjson -linih -lopenblas) -lportmidi -lm -pthread

# The screen's, for the program alone.
SCREEN_LIBS := $(or $(shell $(PKG_CONFIG) --libs ncursesw 2>/dev/null),-lncursesw -ltinfo)

ifeq ($(DEVELOPER),1)
CFLAGS += -Werror
endif
ifneq ($(SANITIZE),)
# Products and sums are fused (num/packed.c) at -O1 as at -O3, so that a sanitizer build makes the same bytes.
CFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all -fexpensive-optimizations
LDFLAGS += -fsanitize=$(SANITIZE)
endif
ifeq ($(REAL),double)
CPPFLAGS += -DREAL_DOUBLE
endif
# What the processor is said to do quickly is not made use of: every sum is as the source has it.
ifeq ($(GOLDEN),1)
override ARCH :=
OPTIMISE := -O1
CPPFLAGS += -U__FP_FAST_FMAF -U__FP_FAST_FMA
CFLAGS += -ffp-contract=off
endif

FLOORS := base music num midi nn corpus model live
lib_src := $(sort $(foreach f,$(FLOORS),$(wildcard src/$(f)/*.c)))
cli_src := $(sort $(wildcard src/cli/*.c))
lib_obj := $(lib_src:%.c=$(B)/%.o)
cli_obj := $(cli_src:%.c=$(B)/%.o)
unit_src := $(sort $(wildcard tests/unit/test_*.c))
double_src := $(sort $(wildcard tests/double/test_*.c))
unit_bin := $(unit_src:%.c=$(B)/%)
double_bin := $(double_src:%.c=$(B)/%)
helper_src := $(sort $(filter-out tests/double/test_%,$(wildcard tests/double/*.c)))
test_obj := $(patsubst %.c,$(B)/%.o,$(unit_src) $(double_src) $(helper_src) tests/golden/golden.c $(wildcard tests/screen/*.c))

api_src := $(filter src/model/api%,$(lib_src))

.PHONY: all
all: $(B)/musegen $(B)/libmusegen.a

# Everything below the command line, for the program and the tests.
$(B)/floors.a: $(lib_obj)
	$(call say,AR      $@)
	$(Q)rm -f $@ && ar rcs $@ $^

# What musegen.h's functions need of it, for other programs: one object that
# shows them only musegen.h's names, so that ours (error, ...) collide with nobody's.
$(B)/libmusegen.a: $(B)/floors.a
	$(call say,AR      $@)
	$(Q)ld -r -o $(B)/musegen.o $(api_src:%.c=$(B)/%.o) $<
	$(Q)objcopy --wildcard --keep-global-symbol='musegen_*' $(B)/musegen.o
	$(Q)rm -f $@ && ar rcs $@ $(B)/musegen.o

$(B)/musegen: $(cli_obj) $(B)/floors.a
	$(call say,LINK    $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(cli_obj) $(B)/floors.a $(LDLIBS) $(SCREEN_LIBS)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC      $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Objects are made anew when the compiler or its flags change.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' > $@
FORCE:

-include $(lib_obj:.o=.d) $(cli_obj:.o=.d) $(test_obj:.o=.d)

$(unit_bin): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/floors.a
	$(call say,LINK    $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/floors.a -lcmocka $(LDLIBS)

$(double_bin): $(B)/tests/double/%: $(B)/tests/double/%.o $(helper_src:%.c=$(B)/%.o) $(B)/floors.a
	$(call say,LINK    $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(helper_src:%.c=$(B)/%.o) $(B)/floors.a -lcmocka $(LDLIBS)

include install.mk
# A variant is for testing, and is not installed.
ifeq ($(variant),)
all: $(INSTALLABLE)
endif

include tests/tests.mk
-include corpus/corpus.mk

# ---- Debian's packages -------------------------------------------------------

PACKAGES := gcc make pkg-config libsmf-dev libglib2.0-dev libportmidi-dev libopenblas-dev libinih-dev libcjson-dev \
	libncurses-dev libfluidsynth-dev libsndfile1-dev
# What there is to play with without a MIDI device.
SOUND_PACKAGES := timgm6mb-soundfont
TEST_PACKAGES := libcmocka-dev bats midicsv abcmidi mandoc zsh locales tmux $(SOUND_PACKAGES)
LONG_PACKAGES := clang libclang-rt-14-dev
TOOL_PACKAGES := clang-format clang-tidy cppcheck
sudo := $(if $(filter 0,$(shell id -u)),,sudo)

define install_packages
	@if ! command -v dpkg-query >/dev/null; then \
		echo 'This is not Debian: install these by the names your system has for them, then `make`:'; \
		echo '  $(1)'; \
		echo '  Fedora:  dnf install gcc make pkgconf libsmf-devel glib2-devel portmidi-devel openblas-devel inih-devel cjson-devel ncurses-devel fluidsynth-devel libsndfile-devel fluid-soundfont-gm libcmocka-devel bats'; \
		echo '  Arch:    pacman -S gcc make pkgconf libsmf glib2 portmidi openblas libinih cjson ncurses fluidsynth libsndfile soundfont-fluid cmocka bats'; \
	else \
		missing=; for p in $(1); do \
			dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
		done; \
		if [ -n "$$missing" ]; then \
			echo "installing:$$missing"; \
			$(sudo) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(sudo) apt-get install -y -qq --no-install-recommends $$missing; \
		fi; \
	fi
endef

.PHONY: deps deps-demo deps-test deps-long deps-tools
deps-demo:
	$(call install_packages,$(PACKAGES) $(SOUND_PACKAGES))
deps:
	$(call install_packages,$(PACKAGES))
deps-test:
	$(call install_packages,$(PACKAGES) $(TEST_PACKAGES))
deps-long:
	$(call install_packages,$(PACKAGES) $(TEST_PACKAGES) $(LONG_PACKAGES))
deps-tools:
	$(call install_packages,$(TOOL_PACKAGES))

# Flags come from pkg-config, so a make that has just installed it starts over.
.PHONY: demo demo-sound check check-long check-live
demo: deps-demo
	@$(MAKE) -j$(JOBS) all
	@echo '$$ musegen export -o theme.mid'
	@build/musegen export -o theme.mid
	@build/musegen info --roll theme.mid
	@$(MAKE) --no-print-directory demo-sound

# Where there is audio, theme.mid is heard; where there is none, why not.
demo-sound:
	@echo '$$ musegen play --synth theme.mid      (Ctrl-C stops)'
	@build/musegen play --synth theme.mid 2>build/demo-sound || { \
		sed 's/^musegen: /not heard: /' build/demo-sound; \
		grep -q -e 'no audio' -e 'no soundfont' -e 'built without' build/demo-sound; }

check: deps-test
	@$(MAKE) -j$(JOBS) all test-programs
	@$(MAKE) run-check

check-long: deps-long
	@$(MAKE) -j$(JOBS) all test-programs
	@$(MAKE) run-check-long

# Live music on a real sequencer in a virtual machine; make check-long has it too, shorter.
check-live: deps-test
	@$(MAKE) -j$(JOBS) all
	@$(MAKE) run-check-live

# ---- Order in the house ------------------------------------------------------

.PHONY: format lint clean help
format: deps-tools
	clang-format -i $(lib_src) $(cli_src) $(wildcard src/*/*.h include/*.h tests/*/*.c tests/*/*.h)

lint: deps-tools
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem -Isrc -Iinclude -DMUSEGEN_VERSION='"$(VERSION)"' src
	clang-tidy --quiet $(lib_src) $(cli_src) -- $(CPPFLAGS) -std=c11 -march=native

clean:
	rm -rf build

help:
	@sed -n '/^# musegen/,/^$$/s/^# \{0,1\}//p' Makefile
	@echo '  make deps           install the Debian packages that building needs'
	@sed -n '/^#   make/s/^# \{0,1\}//p' install.mk
	@echo '  make man            list the settings anew in man/musegen-config.5'
	@echo '  make corpus         engrave corpus/ anew from its ABC (abc2midi)'
	@echo '  make golden         write tests/golden/ anew, and show how it differs'
	@echo '  make check-live     live music on a real sequencer, in a virtual machine'
	@echo '  make check-floors   no file includes one of a floor above its own'
	@echo '  make bench          how fast the layers are, against the machine'"'"'s own matrix product'
	@echo '  make format, lint   clang-format; cppcheck and clang-tidy'
	@echo '  make clean          remove build/'
