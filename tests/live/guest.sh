# In the virtual machine (vm.sh): play to the virtual MIDI port, listen at its
# other end, print what came. The host looks at it (tests/long/play_vm.bats).

# record NAME COMMAND...: what the port got while the command ran, and the command's own words
record() {
	name=$1
	shift
	midicap /dev/snd/midiC0D0 >/tmp/$name.log &
	listener=$!
	sleep 0.2
	code=0
	"$@" >/tmp/$name.said 2>&1 || code=$?
	sleep 0.2
	kill $listener
	wait $listener
	echo "BEGIN $name.log"
	cat /tmp/$name.log
	echo "END"
	echo "BEGIN $name.said"
	cat /tmp/$name.said
	echo "exit $code"
	echo "END"
}

# stopped SIGNAL SECONDS COMMAND...: sent the signal after so long
stopped() {
	signal=$1
	seconds=$2
	shift 2
	"$@" &
	player=$!
	sleep $seconds
	kill -$signal $player
	wait $player
}

port="VirMIDI 0-0"
echo "BEGIN devices"
musegen devices
echo "END"
# without -d: the only output that is not a through port
record file musegen play /short.mid
record live stopped INT 20 musegen play --live --plain -m /tiny.safetensors --seed 3 -d "$port"
record int stopped INT 1.2345 musegen play -d virmidi /long.mid
record term stopped TERM 0.9 musegen play -d "$port" /long.mid
record hup stopped HUP 1.6 musegen play -d "$port" /long.mid
record clock musegen play --clock /short.mid
record clockkill stopped KILL 1.4 musegen play --clock -d "$port" /long.mid
# what the program cannot do itself, its guardian does
record kill stopped KILL 1.4 musegen play -d "$port" /long.mid
record segv stopped SEGV 2.1 musegen play -d "$port" /long.mid
echo "BEGIN left"
for status in /proc/[0-9]*/status; do
	grep -E '^Name:.*(musegen|midi-guardian)' $status
done
echo "END"
# what the live music begins with, by the same program
musegen export --plain -m /tiny.safetensors --seed 3 -o /tmp/live.mid >/dev/null
echo "BEGIN live.mid"
base64 /tmp/live.mid
echo "END"
# nobody listens at the other end: nothing hangs
code=0
musegen play /short.mid >/tmp/deaf 2>&1 || code=$?
echo "BEGIN deaf"
cat /tmp/deaf
echo "exit $code"
echo "END"
