#!/bin/sh
# A file includes only headers of its own floor and of the floors below it;
# only the command line prints results, reads argv or exits.
rank() {
	case $1 in
	base) echo 1 ;; music | num) echo 2 ;; midi | nn) echo 3 ;;
	corpus) echo 4 ;; model) echo 5 ;; live) echo 6 ;; cli) echo 7 ;;
	*) echo 0 ;;
	esac
}
bad=0
for file in src/*/*.[ch]; do
	floor=$(basename "$(dirname "$file")")
	own=$(rank "$floor")
	[ "$own" -gt 0 ] || { echo "$file: no such floor"; bad=1; }
	for other in $(sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" | sort -u); do
		[ "$other" = "$floor" ] && continue
		if [ "$(rank "$other")" -ge "$own" ] || [ "$(rank "$other")" -eq 0 ]; then
			echo "$file ($floor) includes from $other, which is not below it"
			bad=1
		fi
	done
	if [ "$floor" != cli ] && grep -nE '\b(exit|_exit|printf|puts|putchar|perror)[[:space:]]*\(|\bstdout\b' "$file" |
		grep -vE '^[0-9]+:[[:space:]]*(\*|/\*|//)' | grep -vE '"[^"]*(exit|printf|stdout)[^"]*"'; then
		echo "$file: only the command line prints or exits"
		bad=1
	fi
done
[ $bad -eq 0 ] && echo "floors: every include points down" && exit 0
exit 1
