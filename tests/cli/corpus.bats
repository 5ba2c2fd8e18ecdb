#!/usr/bin/env bats
# The music in the repository: engraved as its ABC says, read without a word of complaint.

load helper

setup() {
	enter_house
}

@test "every .mid of corpus/ is what abc2midi makes of the .abc beside it" {
	command -v abc2midi >/dev/null || skip "abc2midi is not installed"
	run make -s -C "$ROOT" corpus-check
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "every piece of corpus/ is read, none is mended, none is empty" {
	find "$ROOT/corpus" -name '*.mid' | sort >list
	[ "$(wc -l <list)" -ge 110 ]
	while read -r file; do
		run "$MUSEGEN" info "$file"
		[ "$status" -eq 0 ] || { echo "$output"; false; }
		[[ "$output" != *mended* ]] || { echo "$output"; false; }
		echo "$output" | grep -qE '^parts +[1-9]' || { echo "$output"; false; }
	done <list
}

@test "corpus/bach has its styles and thirty pieces, corpus/folk sixty" {
	[ "$(find "$ROOT/corpus/bach" -name '*.mid' | wc -l)" -ge 30 ]
	[ "$(find "$ROOT/corpus/folk" -name '*.mid' | wc -l)" -ge 60 ]
	for style in chorales keyboard solo two-part; do
		[ -n "$(find "$ROOT/corpus/bach/$style" -name '*.mid')" ]
	done
}

@test "what the README says of the corpus is what musegen stats says" {
	cd "$ROOT"
	for corpus in corpus/bach corpus/folk; do
		LC_ALL=C.UTF-8 "$MUSEGEN" stats "$corpus" | sed 's/^\(.\)/    \1/' >"$HOUSE/block"
		[ "$(wc -l <"$HOUSE/block")" -gt 30 ]
		# the block as it stands, from its first line on
		grep -n -x -F "$(head -n 1 "$HOUSE/block")" README.md | cut -d: -f1 >"$HOUSE/line"
		tail -n "+$(cat "$HOUSE/line")" README.md | head -n "$(wc -l <"$HOUSE/block")" | diff - "$HOUSE/block"
	done
}
