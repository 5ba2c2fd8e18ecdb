#!/usr/bin/env bats
# The cache of corpora: a second start uses it, what changes is noticed, and
# whatever becomes of it the same bytes are trained.

load helper

setup() {
	enter_house
	unset XDG_CACHE_HOME
	mkdir -p corpus models
	cp -R "$ROOT/corpus/bach/chorales" "$ROOT/corpus/bach/two-part" corpus/
	CACHE=$HOME/.cache/musegen
}

train() {
	"$MUSEGEN" train --scratch --config "$TINY" --steps 4 -f "$@" corpus
}

# What is trained without any cache: the bytes that all else must have.
train_plain() {
	works train -m plain --set corpus.cache=no
	[ ! -e "$CACHE" ]
}

# works, and the model is that of train_plain.
same_model() {
	works train -m "$1"
	cmp models/plain.safetensors "models/$1.safetensors"
}

cache_file() {
	ls "$CACHE"/*.corpus
}

# Files just written may change again within a tick of the clock: they are read once more.
settle() {
	sleep 2.1
}

@test "cache: a second start uses it, and trains the same bytes" {
	train_plain
	settle
	same_model first
	[ "$(ls "$CACHE" | wc -l)" -eq 1 ]
	before=$(stat -c %i "$(cache_file)")
	same_model second
	[ "$(stat -c %i "$(cache_file)")" = "$before" ]
	export XDG_CACHE_HOME=$HOUSE/other
	same_model third
	cmp "$(cache_file)" "$XDG_CACHE_HOME"/musegen/*.corpus
}

@test "cache: a file that changes is noticed, though its size and time be the old ones" {
	settle
	works train -m before
	victim=$(ls corpus/two-part/*.mid | head -n 1)
	touch -r "$victim" stamp
	# the last note-on of the file goes a semitone up: as many bytes
	at=$(LC_ALL=C grep -obUaP '\x90[\x30-\x50][\x20-\x7f]' "$victim" | tail -n 1 | cut -d: -f1)
	[ -n "$at" ]
	pitch=$(od -An -tu1 -j $((at + 1)) -N1 "$victim" | tr -d ' ')
	printf "\\x$(printf %x $((pitch + 1)))" | dd of="$victim" bs=1 seek=$((at + 1)) conv=notrunc status=none
	touch -r stamp "$victim"
	works train -m plain --set corpus.cache=no
	differ models/before.safetensors models/plain.safetensors
	same_model after
	rm "$victim"
	works train -m plain --set corpus.cache=no
	same_model fewer
}

@test "cache: no home, a home that is a file, folders that cannot be made: quietly none" {
	train_plain
	(unset HOME && same_model homeless)
	echo text >nothome
	(HOME=$PWD/nothome && same_model nothome)
	(XDG_CACHE_HOME=/proc/nothing && export XDG_CACHE_HOME && same_model proc)
	(XDG_CACHE_HOME=relative && export XDG_CACHE_HOME && same_model relative)
	[ ! -e relative ]
	# as nobody, whom a folder's permissions bind
	if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
		chmod 755 "$HOUSE" "$HOUSE/.." "$HOUSE/../.."
		mkdir -p "$CACHE" && chmod 555 "$HOME" "$HOME/.cache" "$CACHE"
		chown -R 65534 models
		# only where all above is open to others
		if setpriv --reuid=65534 --clear-groups test -x "$HOUSE/work" -a -x "$MUSEGEN"; then
			run --separate-stderr setpriv --reuid=65534 --clear-groups "$MUSEGEN" train --scratch --config "$TINY" \
				--steps 4 -f -m readonly corpus
			[ "$status" -eq 0 ] || { echo "$output $stderr"; false; }
			[ -z "$stderr" ] || { echo "$stderr"; false; }
			cmp models/plain.safetensors models/readonly.safetensors
			[ -z "$(ls "$CACHE")" ]
		fi
	fi
}

@test "cache: cut short, changed, replaced: one warning, made anew, the same bytes" {
	train_plain
	settle
	same_model good
	file=$(cache_file)
	cp "$file" good
	size=$(stat -c %s good)
	spoilt() {
		run --separate-stderr train -m spoilt
		[ "$status" -eq 0 ] || { echo "$output $stderr"; return 1; }
		[ "$(printf '%s\n' "$stderr" | grep -c '^musegen: warning: .*made anew$')" -eq 1 ] || { echo "$stderr"; return 1; }
		[ "$(printf '%s\n' "$stderr" | wc -l)" -eq 1 ]
		cmp models/plain.safetensors models/spoilt.safetensors
		cmp "$file" good
	}
	head -c $((size / 2)) good >"$file"
	spoilt
	: >"$file"
	spoilt
	head -c "$size" /dev/urandom >"$file"
	spoilt
	for at in 3 20 $((size / 3)) $((size - 100)) $((size - 10)); do
		cp good "$file"
		byte=$(od -An -tu1 -j "$at" -N1 good | tr -d ' ')
		printf "\\x$(printf %x $((byte ^ 16)))" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
		spoilt
	done
	rm "$file"
	mkdir "$file"
	run --separate-stderr train -m spoilt
	[ "$status" -eq 0 ]
	cmp models/plain.safetensors models/spoilt.safetensors
}

@test "cache: a full disk costs the cache, not the training" {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
	train_plain
	export XDG_CACHE_HOME=$HOUSE/disk
	mkdir "$XDG_CACHE_HOME"
	mount -t tmpfs -o size=12k none "$XDG_CACHE_HOME" 2>/dev/null || skip "cannot mount"
	status=0
	(same_model full && [ -z "$(ls -A "$XDG_CACHE_HOME/musegen")" ]) || status=1
	umount "$XDG_CACHE_HOME"
	[ "$status" -eq 0 ]
}

@test "cache: two at once, one after the other, killed: never half a file" {
	train_plain
	for i in 1 2 3 4; do
		train -m "at$i" >"log$i" 2>&1 3>&- &
	done
	wait
	for i in 1 2 3 4; do
		[ ! -s "log$i" ] || ! grep -q 'warning' "log$i"
		cmp models/plain.safetensors "models/at$i.safetensors"
	done
	[ "$(ls -A "$CACHE" | wc -l)" -eq 1 ]
	# what a killed one left goes with the next
	: >"$CACHE/.musegen-0123456789abcdef.tmp"
	same_model last
	[ "$(ls -A "$CACHE" | wc -l)" -eq 1 ]
}
