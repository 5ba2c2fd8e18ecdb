# For tests of what somebody else does on the stage, beside tests/live/stub.bash: a master's clock, a player's hands, and what is asked of the answer.

# clocks FROM TO BPM [JITTER]: MIDI clocks from one second to the other, each up to JITTER ms early or late. The first is at FROM.
clocks() {
	awk -v from="$1" -v to="$2" -v bpm="$3" -v jitter="${4:-0}" 'BEGIN {
		srand(5)
		for (k = 0; (t = from + k * 60 / bpm / 24) < to - 1e-9; k++)
			printf "%.6f f8\n", t + (2 * rand() - 1) * jitter / 1000
	}'
}

# A line of a script: message SECONDS BYTES...
message() {
	printf '%s' "$1"
	shift
	printf ' %s' "$@"
	printf '\n'
}

# A script in order of time, from the standard input.
in_order() {
	sort -s -g -k1,1 >"$1"
}

# When the input was opened, by the log's clock: the scripts' second 0.
listened() {
	awk -v name="$1" '$2 == "listen" && $3 == name { print $1; exit }' "$LOG"
}

# says_then A B...: in the output of the last run, each in a line after the one before.
says_then() {
	local from=1 part line

	for part; do
		line=$(printf '%s\n' "$output" | tail -n +$from | grep -nF -m 1 -- "$part" | cut -d: -f1)
		[ -n "$line" ] || { echo "\"$part\" is not where it should be in: $output"; return 1; }
		from=$((from + line))
	done
}

# Notes begun between two seconds of the input's script: onsets NAME FROM TO, a line each: SECONDS CHANNEL PITCH VELOCITY, in decimal.
onsets() {
	awk -v zero="$(listened "$1")" -v from="$2" -v to="$3" '
	function hex(s) { return 16 * index("123456789abcdef", substr(s, 1, 1)) + index("123456789abcdef", substr(s, 2, 1)) }
	$2 ~ /^9/ && $1 - zero >= from && $1 - zero < to { printf "%.4f %s %d %d\n", $1 - zero, substr($2, 2), hex($3), hex($4) }' "$LOG"
}
