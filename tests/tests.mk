# How the tests are built and run. Each program closes with cmocka's lines;
# bats prints TAP. A failure anywhere fails the whole.

.PHONY: test-programs run-check run-check-long run-check-live check-floors fuzz

# The screen with music that is made up: tests/cli/screen.bats.
screen_bin := $(B)/tests/screen/made_up $(B)/tests/screen/unread
$(B)/tests/screen/cli.a: $(filter-out %/main.o,$(cli_obj))
	@mkdir -p $(@D)
	$(call say,AR      $@)
	$(Q)rm -f $@ && ar rcs $@ $^
$(screen_bin): $(B)/tests/screen/%: $(B)/tests/screen/%.o $(B)/tests/screen/cli.a $(B)/floors.a
	$(call say,LINK    $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(SCREEN_LIBS)

test-programs: $(unit_bin) $(screen_bin)

run-check: check-floors
	@sh tests/run.sh $(unit_bin)
	@$(MAKE) -j$(JOBS) REAL=double double-programs
	@$(MAKE) REAL=double run-double
	@$(MAKE) -j$(JOBS) GOLDEN=1 golden-program
	@$(MAKE) GOLDEN=1 run-golden
	@bats tests/cli

.PHONY: double-programs run-double
double-programs: $(double_bin)
run-double:
	@sh tests/run.sh $(double_bin)

# Pieces and losses that are pinned; see tests/golden/golden.c.
.PHONY: golden-program run-golden write-golden golden
golden_bin := $(B)/tests/golden/golden
$(golden_bin): $(B)/tests/golden/golden.o $(B)/floors.a
	$(call say,LINK    $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/floors.a -lcmocka $(LDLIBS)
golden-program: $(golden_bin)
run-golden:
	@sh tests/run.sh $(golden_bin)
write-golden: $(golden_bin)
	@mkdir -p $(B)/new
	@$(golden_bin) $(B)/new
	@diff -u -N tests/golden $(B)/new -x '*.[ch]' || true
	@cp $(B)/new/*.txt tests/golden/
golden:
	@$(MAKE) -j$(JOBS) GOLDEN=1 write-golden

check-floors:
	@sh tests/floors.sh

run-check-long:
	@$(MAKE) -j$(JOBS) SANITIZE=address,undefined OPTIMISE=-O1 all test-programs
	@$(MAKE) SANITIZE=address,undefined OPTIMISE=-O1 run-sanitized
	@$(MAKE) -j$(JOBS) SANITIZE=thread OPTIMISE=-O1 all test-programs
	@$(MAKE) SANITIZE=thread OPTIMISE=-O1 run-thread
	@$(MAKE) fuzz FUZZ_SECONDS=$(FUZZ_SECONDS)
	@$(MAKE) $(many_files)
	@MUSEGEN_LONG=1 bats tests/long $(addprefix tests/cli/play_,follow.bats answer.bats steer.bats stage.bats)

# Ten minutes of it, in the virtual machine's time, or VM_LIVE_SECONDS.
VM_LIVE_SECONDS ?= 600
run-check-live:
	@MUSEGEN_LONG=1 VM_LIVE_SECONDS=$(VM_LIVE_SECONDS) bats tests/long/play_vm.bats

.PHONY: run-sanitized run-thread
run-sanitized:
	@sh tests/run.sh $(unit_bin)
	@MUSEGEN=$(CURDIR)/$(B)/musegen bats tests/cli

run-thread:
	@sh tests/run.sh $(filter %/test_base_pool %/test_base_ring %/test_live_player %/test_live_player_random %/test_live_record %/test_live_score %/test_live_stream %/test_live_cuts %/test_live_wishes %/test_live_mishaps %/test_live_arranger_threads %/test_live_synth_queue,$(unit_bin))

# Speed, on a machine with nothing else to do; unset OPENBLAS_* first.
.PHONY: bench
bench_bin := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/bench_*.c)))
# Makes a corpus of any size: tests/long/many_files.bats, and for measuring by hand.
many_files := $(B)/tests/bench/many_files
# Held-out music, spoiled and not, to ask a judge of: docs/results.md.
judge_sets := $(B)/tests/bench/judge_sets
# A model with a latent of random weights: tests/cli/latent.bats.
random_latent := $(B)/tests/bench/random_latent
# The same with knobs: tests/cli/knobs.bats; and what a model's knobs change: docs/results.md.
random_knobs := $(B)/tests/bench/random_knobs
knob_table := $(B)/tests/bench/knob_table
# A day of music recorded while it is played, by hand: docs/performance.md.
record_day := $(B)/tests/bench/record_day
# What is asked of live music, and how soon it is there: docs/performance.md.
live_requests := $(B)/tests/bench/live_requests
# How near the follower of a MIDI clock keeps to it: docs/performance.md.
follow_clock := $(B)/tests/bench/follow_clock
$(bench_bin) $(many_files) $(judge_sets) $(random_latent) $(random_knobs) $(knob_table) $(record_day) $(follow_clock) $(live_requests): $(B)/%: $(B)/%.o $(B)/floors.a
	$(call say,LINK    $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/floors.a $(LDLIBS)
-include $(wildcard $(B)/tests/bench/*.d)
bench: $(bench_bin)
	@for program in $(bench_bin); do $$program || exit 1; done

# Fuzzing: clang's libFuzzer, the whole library built with it.
FUZZ_SECONDS ?= 30
FUZZ := build/fuzz
fuzz_names := $(sort $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
fuzz_bin := $(fuzz_names:%=$(FUZZ)/fuzz_%)
fuzz_obj := $(lib_src:%.c=$(FUZZ)/%.o)

$(FUZZ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CLANG   $<)
	$(Q)clang $(CPPFLAGS) -std=c11 -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -MMD -MP -c -o $@ $<

$(fuzz_bin): $(FUZZ)/fuzz_%: tests/fuzz/fuzz_%.c $(fuzz_obj)
	$(call say,LINK    $@)
	$(Q)clang $(CPPFLAGS) -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -o $@ $< $(fuzz_obj) $(LDLIBS)

-include $(fuzz_obj:.o=.d)

fuzz:
	@$(MAKE) -j$(JOBS) $(fuzz_bin)
	@for name in $(fuzz_names); do \
		mkdir -p $(FUZZ)/corpus/$$name; \
		echo "fuzz $$name, $(FUZZ_SECONDS) seconds"; \
		seeds=; [ -d tests/fuzz/seeds/$$name ] && seeds=tests/fuzz/seeds/$$name; \
		$(FUZZ)/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
			$(FUZZ)/corpus/$$name $$seeds >$(FUZZ)/$$name.log 2>&1 || { tail -n 30 $(FUZZ)/$$name.log; exit 1; }; \
		grep -E 'number_of_executed_units' $(FUZZ)/$$name.log; \
	done
