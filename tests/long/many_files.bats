#!/usr/bin/env bats
# Corpora of tens of thousands of files: the second start reads none of them,
# takes less time, and memory that hardly grows, and trains the same bytes.
# MUSEGEN_FILES is how many.

load ../cli/helper

setup() {
	enter_house
	unset XDG_CACHE_HOME
	mkdir models
	FILES=${MUSEGEN_FILES:-20000}
	MAKER=$ROOT/build/tests/bench/many_files
	[ -x "$MAKER" ] || skip "make build/tests/bench/many_files"
}

# One training; the most memory it had, in kB, the bytes it read (the kernel counts them with those of the shell that
# waited for it), and, to look at, its processor time in seconds, as $memory, $bytes and $seconds.
start() {
	/usr/bin/time -f '%M %U %S' -o figures sh -c '"$@" || exit; cat /proc/$$/io >io' sh \
		"$MUSEGEN" train --scratch --config "$TINY" --steps 2 -f "$@" >log 2>err
	read -r memory user system <figures
	seconds=$(awk "BEGIN { print $user + $system }")
	bytes=$(awk '$1 == "rchar:" { print $2 }' io)
}

@test "the second start: reads none of the files, is sooner, no larger, the same bytes; and files that come, go and change" {
	"$MAKER" big "$FILES" "$ROOT/corpus"
	"$MAKER" small $((FILES / 20)) "$ROOT/corpus"
	sleep 2.1
	start -m plain --set corpus.cache=no big
	[ ! -e "$HOME/.cache/musegen" ]
	start -m first big
	first=$seconds first_bytes=$bytes
	start -m second big
	large=$memory second=$seconds second_bytes=$bytes
	[ ! -s err ] || { cat err; false; }
	cmp models/plain.safetensors models/first.safetensors
	cmp models/plain.safetensors models/second.safetensors
	cut -f2 models/second.skipped.txt | grep -q 'no MThd'
	start -m few small
	start -m few small
	echo "# $FILES files: $first s and $first_bytes bytes read, again $second s, $second_bytes bytes" \
		"and $large kB; $((FILES / 20)) files: $memory kB" >&3
	awk "BEGIN { exit !($second < $first) }"
	# as many bytes fewer as the files have
	[ "$second_bytes" -gt 0 ]
	[ $((first_bytes - second_bytes)) -ge "$(find big -name '*.mid' -printf '%s\n' | awk '{ n += $1 } END { print n }')" ]
	# a twentieth of the files may not need less than two thirds of the memory
	[ $((memory * 3)) -gt $((large * 2)) ] || { echo "$memory and $large kB"; false; }
	# a file that is new, one that is gone, one that is another's
	find big -name '*.mid' | sort >list
	rm "$(sed -n 10p list)"
	cp "$ROOT"/corpus/bach/solo/bwv-1007-prelude.mid "$(sed -n 20p list)"
	cp "$ROOT"/corpus/bach/solo/bwv-1007-menuet-1.mid big/new.mid
	start -m plain --set corpus.cache=no big
	start -m changed big
	cmp models/plain.safetensors models/changed.safetensors
	differ models/plain.safetensors models/first.safetensors
}
