#!/usr/bin/env bats
# Made music against real music: the table, the JSON, the page, the listening test; and what cannot be compared.

load helper

setup() {
	enter_house
}

needs_jq() {
	command -v jq >/dev/null || skip "jq is not installed"
}

needs_csvmidi() {
	command -v csvmidi >/dev/null || skip "csvmidi is not installed"
}

# tune FILE NUMBER [BARS]: quarters and eighths of two parts in 4/4 that no other number has, of 12 bars unless told.
tune() {
	awk -v number="$2" -v bars="${3:-12}" '
		function next_number(n) { state = (state * 69069 + 1234567) % 2147483648; return int(state / 65536) % n }
		function note(track, ticks) {
			pitch[track] += next_number(7) - 3
			if (pitch[track] < low[track] || pitch[track] > low[track] + 14)
				pitch[track] = low[track] + 7
			printf "%d, %d, Note_on_c, %d, %d, 80\n", track, at, track, pitch[track]
			at += ticks
			printf "%d, %d, Note_off_c, %d, %d, 0\n", track, at, track, pitch[track]
		}
		BEGIN {
			state = number * 7919 + 17
			print "0, 0, Header, 1, 3, 480"
			print "1, 0, Start_track"
			print "1, 0, Time_signature, 4, 2, 24, 8"
			print "1, 0, Tempo, 500000"
			printf "1, %d, End_track\n", bars * 1920
			low[2] = 60; low[3] = 40
			for (track = 2; track <= 3; track++) {
				print track ", 0, Start_track"
				pitch[track] = low[track] + 7
				at = 0
				while (at < bars * 1920)
					if (next_number(3) == 0 && at % 480 == 0) { note(track, 240); note(track, 240) }
					else note(track, 480)
				print track ", " at ", End_track"
			}
			print "0, 0, End_of_file"
		}' | csvmidi >"$1"
}

# A corpus with folders: 24 pieces to learn from, 24 held out; and `made`, 16 more of the kind. Written once a run of bats.
write_music() {
	local store=$BATS_RUN_TMPDIR/musegen-compare

	if [ ! -d "$store" ]; then
		mkdir -p "$store.part/songs/train" "$store.part/songs/valid" "$store.part/made"
		for i in $(seq 24); do
			tune "$store.part/songs/train/$i.mid" $((100 + i))
			tune "$store.part/songs/valid/$i.mid" $((200 + i))
		done
		for i in $(seq 16); do tune "$store.part/made/$i.mid" $((300 + i)); done
		mv "$store.part" "$store"
	fi
	cp -r "$store/songs" "$store/made" .
}

# value EXPRESSION: of the JSON of the last run.
value() {
	jq -r "$1" <<<"$output"
}

@test "compare: the table" {
	needs_csvmidi
	write_music
	works musegen compare made songs
	says "16 pieces"
	says "24 pieces of 48, held-out"
	says "12 pieces with 12 others, 20 times; bars: real 12.0, made 12.0"
	for feature in "pitches used" "pitch classes" "empty bars (EB)" "tonal distance (TD)" "parallel fifths" \
		"distinct shapes" "bars repeated" "ends on the tonic" "longest copied run"; do
		says "$feature"
	done
	[[ $output =~ passes\ [0-9]+\ of\ [0-9]+\ features\;\ of\ the\ [0-9]+\ that\ no\ control\ passes,\ [0-9]+ ]]
	says_not nan
	if grep -nE '^.{79}' <<<"$output"; then return 1; fi
	if grep ' $' <<<"$output"; then return 1; fi
}

@test "compare: the same bytes again, whatever the threads and the locale" {
	needs_csvmidi
	write_music
	works musegen compare -j 1 --html one.html made songs
	one=$output
	LC_ALL=de_DE.UTF-8 works musegen compare -j 3 --html one.html made songs
	[ "$output" = "$one" ]
	works musegen compare -j 1 --json made songs
	one=$output
	works musegen compare -j 3 --json made songs
	[ "$output" = "$one" ]
}

@test "compare: more of the same passes; what is not music does not; what a control passes is blind" {
	needs_csvmidi
	needs_jq
	write_music
	works musegen compare --json made songs
	[ "$(value '.judged >= 20 and .passed >= .judged - 3')" = true ]
	[ "$(value '[.features[] | select(.feature == "pitch_range")][0] | [.blind, .passes.bars_shuffled] | @csv')" = true,true ]
	[ "$(value '[.features[] | .blind == (.feature != "longest_copied_run" and (.passes.bars_shuffled or .passes.markov or .passes.seed))] | all')" = true ]
	[ "$(value '[.features[] | .passes.made == (.overlap.made != null and .overlap.made >= .overlap_least)] | all')" = true ]
	# sixteenths on one pitch
	mkdir drone
	for i in $(seq 12); do
		{
			printf '0, 0, Header, 0, 1, 480\n1, 0, Start_track\n'
			for n in $(seq 0 150); do
				echo "1, $((n * 120)), Note_on_c, 0, $((60 + i)), 80"
				echo "1, $((n * 120 + 120)), Note_off_c, 0, $((60 + i)), 0"
			done
			printf '1, 18240, End_track\n0, 0, End_of_file\n'
		} | csvmidi >drone/$i.mid
	done
	works musegen compare --json drone songs
	[ "$(value '.not_blind_passed')" -le 1 ]
	[ "$(value '.passed * 3 < .judged')" = true ]
	# a part alone has no distance to another
	[ "$(value '[.features[] | select(.feature == "tonal_distance")][0] | [.judged, .overlap.made] | @csv')" = false, ]
}

@test "compare: copies are named, transposed ones too; those of real music with a twin are no measure" {
	needs_csvmidi
	needs_jq
	write_music
	works musegen compare --json made songs
	[ "$(value '.copies | map(select(.notes > 20)) | length')" = 0 ]
	[ "$(value '.twins')" = 0 ]
	cp songs/train/7.mid made/stolen.mid
	midicsv songs/train/9.mid | awk -F', ' -v OFS=', ' '$3 ~ /^Note_o/ { $5 += 5 } { print }' | csvmidi >made/hidden.mid
	midicsv songs/valid/3.mid | awk -F', ' -v OFS=', ' '$3 ~ /^Note_o/ { $5 -= 2 } { print }' | csvmidi >songs/train/twin.mid
	works musegen compare --json made songs
	[ "$(value '.copies[:2] | map(.file) | sort | join(" ")')" = "made/hidden.mid made/stolen.mid" ]
	[ "$(value '.copies[1].notes > 40')" = true ]
	[ "$(value '.twins')" = 1 ]
	[ "$(value '.copied_runs.real.pieces')" = 23 ]
	works musegen compare made songs
	says "made/stolen.mid"
	says "1 real piece with a twin in training left out"
}

@test "compare: which side is real" {
	needs_csvmidi
	needs_jq
	write_music
	for split in train:24 valid:24 all:48 held-out:24; do
		works musegen compare --json --split "${split%:*}" made songs
		[ "$(value '.real_pieces')" = "${split#*:}" ]
		[ "$(value '.split')" = "${split%:*}" ]
	done
	fails_with 1 "0 real pieces to compare with" musegen compare --split test made songs
	fails_with 2 '"dev" is not train, valid, test, all or held-out' musegen compare --split dev made songs
	# a real piece that is in training is compared with the others
	works musegen compare --json --split train made songs
	[ "$(value '.copied_runs.real.longest < 40')" = true ]
	# where no whole piece is held out, all are real
	mkdir few
	cp songs/train/?.mid few
	works musegen compare --json made few
	[ "$(value '[.split, .real_pieces] | @csv')" = '"all",9' ]
	works musegen compare made few
	says "9 pieces, all: no whole piece is held out"
}

@test "compare: lengths are made alike" {
	needs_csvmidi
	needs_jq
	write_music
	rm made/*
	for i in $(seq 8); do tune "made/$i.mid" $((300 + i)) $((i < 5 ? 6 : 60)); done
	works musegen compare --json made songs
	[ "$(value '[.real_bars, .made_bars, .pieces_a_side] | @csv')" = 9,9,8 ]
}

@test "json: -h documents every key" {
	needs_csvmidi
	needs_jq
	write_music
	works musegen compare --json made songs
	keys=$(jq -r '[.. | objects | keys[]] | unique[]' <<<"$output")
	[ "$(wc -w <<<"$keys")" -ge 30 ]
	works musegen compare -h
	for key in $keys file notes; do
		grep -qw -- "$key" <<<"$output" || { echo "$key"; return 1; }
	done
}

@test "html: one page, well-formed, that fetches and runs nothing, and is not written over others" {
	needs_csvmidi
	write_music
	mv made 'a <b> & "c"'
	works musegen compare --html page.html 'a <b> & "c"' songs
	says "written: page.html"
	[ "$(head -n 1 page.html)" = "<!DOCTYPE html>" ]
	[ "$(tail -n 1 page.html)" = "</html>" ]
	[ "$(grep -c '<svg ' page.html)" -eq 26 ]
	if grep -niE '<script|javascript:|https?:|src=|href=|url\(|@import|<link|<iframe|<object| on[a-z]*=|nan' page.html; then return 1; fi
	for element in html head title style body h1 h2 table tr th td p svg text; do
		opened=$(grep -oE "<$element[ >]" page.html | wc -l)
		[ "$opened" -gt 0 ] || { echo "no $element"; return 1; }
		[ "$opened" -eq "$(grep -o "</$element>" page.html | wc -l)" ] || { echo "$element"; return 1; }
	done
	if command -v xmllint >/dev/null; then xmllint --noout page.html; fi
	grep -qF 'a &lt;b&gt; &amp; &quot;c&quot; against songs' page.html
	# a page of ours is replaced, another's is not
	works musegen compare --html page.html 'a <b> & "c"' songs
	echo "my own page" >mine.html
	fails_with 1 "mine.html: is there already, and musegen did not write it" musegen compare --html mine.html made songs
	works musegen stats --html stats.html songs
	fails_with 1 "stats.html: is there already" musegen compare --html stats.html made songs
	fails_with 1 "no/page.html: cannot write" musegen compare --html no/page.html made songs
	[ "$(find . -name '.musegen*' | wc -l)" -eq 0 ]
}

@test "blind: ten pairs that tell nothing, and a key that tells all" {
	needs_csvmidi
	needs_midicsv
	write_music
	works musegen compare --blind test made songs
	says "written: test"
	[ "$(find test -name '??-[ab].mid' | wc -l)" -eq 20 ]
	[ "$(find test -type f | wc -l)" -eq 22 ]
	base64 -d test/key.base64 >key
	[ "$(wc -l <key)" -eq 10 ]
	says "$(sha256sum test/key.base64 | cut -d' ' -f1)"
	grep -qF "$(sha256sum test/key.base64 | cut -d' ' -f1)" test/read-me.txt
	if grep -rqaE 'made/|songs/' test; then return 1; fi
	grep -q 'a: made, made/.*  b: real, songs/valid/' key
	grep -q 'a: real, songs/valid/.*  b: made, made/' key
	# each is what the key says, cut: the pitches of its parts begin like the file's
	while read -r number _ kind_a file_a _ kind_b file_b _; do
		for side in "a $file_a" "b $file_b"; do
			for track in 2 3; do
				midicsv "test/$number-${side%% *}.mid" | awk -F', ' -v t=$track '$1 == t && $3 == "Note_on_c" && $6 > 0 { print $5 }' >heard
				midicsv "${side#* }" | awk -F', ' -v t=$track '$1 == t && $3 == "Note_on_c" && $6 > 0 { print $5 }' >whole
				[ "$(wc -l <heard)" -gt 10 ]
				[ "$(wc -l <heard)" -lt "$(wc -l <whole)" ]
				cmp <(head -n "$(wc -l <heard)" whole) heard
			done
		done
		[ "$(midicsv "test/$number-a.mid" | grep -vE 'Note|Key' | sed 's/[0-9]*, End_track/End_track/')" = \
			"$(midicsv "test/$number-b.mid" | grep -vE 'Note|Key' | sed 's/[0-9]*, End_track/End_track/')" ]
	done <key
	for file in test/*.mid; do
		[ "$(midicsv "$file" | awk -F', ' '$3 == "Note_on_c" && $6 > 0 { print $6 }' | sort -u)" = 80 ]
		[ "$(midicsv "$file" | awk -F', ' '$3 == "End_track" { print $2 }' | sort -u)" = $((11 * 1920)) ]
	done
	# the same again, but not over what is there
	fails_with 1 "test/01-a.mid: is there already (-f replaces it)" musegen compare --blind test made songs
	works musegen compare --blind again made songs
	diff -r test again
	works musegen compare -f --blind test made songs
	diff -r test again
	# other music, another key
	rm made/1.mid
	works musegen compare --blind third made songs
	differ test/key.base64 third/key.base64
}

@test "blind: where it cannot be made, and of too few" {
	needs_csvmidi
	write_music
	: >file
	fails_with 1 "file: is a file, not a folder" musegen compare --blind file made songs
	fails_with 1 "an empty folder name" musegen compare --blind "" made songs
	rm made/1?.mid
	fails_with 1 "a listening test takes 10 pieces of each kind; 9 were made" musegen compare --blind test made songs
	[ -z "$output" ]
}

@test "compare: what cannot be compared: one line" {
	needs_csvmidi
	fails_with 2 "which folder" musegen compare
	fails_with 2 "with which music" musegen compare made
	fails_with 1 "no/such: No such file or directory" musegen compare no/such songs
	write_music
	fails_with 1 "no/such: No such file or directory" musegen compare made no/such
	mkdir empty one
	fails_with 1 "empty: no MIDI files" musegen compare empty songs
	fails_with 1 "empty: no MIDI files" musegen compare made empty
	cp made/1.mid one
	fails_with 1 "1 piece to compare, and 2 are the fewest" musegen compare one songs
	fails_with 1 "1 real pieces to compare with, and 4 are the fewest" musegen compare made one
	# what cannot be read is said, and does not keep the rest
	printf 'x' >made/bad.mid
	works musegen compare made songs
	says "left out    1 file: byte 0: not a MIDI file (no MThd) (made/bad.mid)"
	# the same piece made twice counts twice
	cp made/2.mid made/again.mid
	works musegen compare made songs
	says "17 pieces"
	[ -c /dev/full ] || return 0
	run --separate-stderr bash -c '"$MUSEGEN" compare made songs >/dev/full'
	[ "$status" -eq 1 ]
	[[ $stderr == "musegen: cannot write to standard output: "* ]]
}

@test "compare: of a model's exports" {
	install_tiny
	works musegen export --plain -m tiny -n 8 --bars 8 --seed 1 -o made/x.mid
	works musegen compare made "$ROOT/corpus/bach"
	says "8 pieces"
	says "passes "
}
