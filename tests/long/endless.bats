#!/usr/bin/env bats
# Music without end, for longer than a check has time for: a million events of
# a small network in constant memory, every one of them in order.

@test "a million events" {
	MUSEGEN_EVENTS=1000000 "$BATS_TEST_DIRNAME/../../build/tests/unit/test_model_endless"
}
