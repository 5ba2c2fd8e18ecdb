#!/bin/sh
# Run test programs one after the other; say which failed.
failed=0
for program in "$@"; do
	"$program" >"$program.log" 2>&1
	code=$?
	grep -E '^\[  (PASSED|FAILED|SKIPPED) ' "$program.log" | sed "s|^|$(basename "$program"): |"
	if [ $code -ne 0 ]; then
		failed=$((failed + 1))
		echo "$(basename "$program"): exit code $code"
		tail -n 40 "$program.log"
	fi
done
[ $failed -eq 0 ] || { echo "$failed test programs failed"; exit 1; }
