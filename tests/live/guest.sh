# In the virtual machine (vm.sh): play to the virtual MIDI port, listen at its
# other end, print what came. The host looks at it (tests/long/play_vm.bats).

# show NAME FILE: a section of what the host reads; "NAME.gz" is packed, as the console is slow
show() {
	echo "BEGIN $1"
	case $1 in
	*.gz) gzip -c "$2" | base64 ;;
	*) cat "$2" ;;
	esac
	echo "END"
}

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
	echo "exit $code" >>/tmp/$name.said
	show $name.log.gz /tmp/$name.log
	show $name.said /tmp/$name.said
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

# watched SECONDS COMMAND...: stopped by SIGINT after so long; what memory it has at half the time, when all the
# places for a composer's states have been used, and at the end, in kB
watched() {
	seconds=$1
	shift
	"$@" &
	player=$!
	sleep $((seconds / 2))
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' /proc/$player/status >/tmp/memory
	sleep $((seconds - seconds / 2))
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' /proc/$player/status >>/tmp/memory
	kill -INT $player
	wait $player
}

# stalled SECONDS COMMAND...: the listener takes nothing from 0.7 s on until the command has ended by SIGINT, after so long
stalled() {
	seconds=$1
	shift
	"$@" &
	player=$!
	sleep 0.7
	kill -STOP $listener
	sleep $seconds
	kill -INT $player
	code=0
	wait $player || code=$?
	kill -CONT $listener
	return $code
}

# led NAME OPTIONS WORDS...: live music by the clock of a master that does so (midiclock.c), and what the master sent
led() {
	name=$1
	options=$2
	shift 2
	record $name follow_master "$@"
	show $name.clock.gz /tmp/$name.clock
}

follow_master() {
	# without the performance's accents: an onset is where it was composed
	musegen play --live --plain -m /tiny.safetensors --seed 3 --tempo 120 -d "$port" --clock-from "$port" &
	player=$!
	sleep 1
	midiclock $options /dev/snd/midiC0D0 "$@" >/tmp/$name.clock || return 1
	sleep 0.5
	kill -INT $player
	wait $player
}

port="VirMIDI 0-0"
live="musegen play --live --plain -m /tiny.safetensors --seed 3"
musegen devices >/tmp/devices
show devices /tmp/devices
# without -d: the only output that is not a through port
record file musegen play /short.mid
record live stopped INT 20 $live -d "$port"
record int stopped INT 1.2345 musegen play -d virmidi /long.mid
record term stopped TERM 0.9 musegen play -d "$port" /long.mid
record hup stopped HUP 1.6 musegen play -d "$port" /long.mid
record quit stopped QUIT 1.1 musegen play -d "$port" /long.mid
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
export TERM=linux
record key inpty 3.3 q $live -d "$port" --no-screen
record screenkey inpty 3.3 q $live -d "$port"
record hangup stopped KILL 2.3 inpty 100 q $live -d "$port"
record clock musegen play --clock /short.mid
record clockkill stopped KILL 1.4 musegen play --clock -d "$port" /long.mid
record stalled stalled 2 musegen play -d "$port" /long.mid
# what the program cannot do itself, its guardian does
record kill stopped KILL 1.4 musegen play -d "$port" /long.mid
record segv stopped SEGV 2.1 musegen play -d "$port" /long.mid
record abrt stopped ABRT 3.1 $live -d "$port"
# what the live music begins with, by the same program
musegen export --plain -m /tiny.safetensors --seed 3 -o /tmp/live.mid >/dev/null
show live.mid.gz /tmp/live.mid
musegen export --plain -m /tiny.safetensors --seed 3 --tempo 120 -o /tmp/live120.mid >/dev/null
show live120.mid.gz /tmp/live120.mid
# long, with a clock and with everything that was played in a file
record long watched "$(cat /seconds)" $live --tempo 120 --clock --record /tmp/long.mid -d "$port"
show long.mid.gz /tmp/long.mid
show memory /tmp/memory
# a master of a clock; tests/long/play_vm.bats knows what it does
led moves "-j 1" start clocks 288 120 stop silence 1 continue clocks 96 120 stop silence 0.5 position 64 continue \
	clocks 192 120 ramp 384 120 140 clocks 96 140 drop 48 140 clocks 96 140 stop
for status in /proc/[0-9]*/status; do
	grep -E '^Name:.*(musegen|midi-guardian)' $status
done >/tmp/left
show left /tmp/left
# nobody listens at the other end: nothing hangs
code=0
musegen play /short.mid >/tmp/deaf 2>&1 || code=$?
echo "exit $code" >>/tmp/deaf
show deaf /tmp/deaf

# A USB synthesiser that is plugged out and in again: the kernel's own gadget, at the kernel's own, emulated, host
# controller. What the gadget's side reads is what the synthesiser hears, and what it writes comes from its keys.
gadget=/sys/kernel/config/usb_gadget/synth
mount -t configfs none /sys/kernel/config
mkdir $gadget $gadget/strings/0x409 $gadget/configs/c.1 $gadget/functions/midi.usb0
echo 0x1d6b >$gadget/idVendor
echo 0x0104 >$gadget/idProduct
echo musegen >$gadget/strings/0x409/manufacturer
echo "Fake Synth" >$gadget/strings/0x409/product
ln -s $gadget/functions/midi.usb0 $gadget/configs/c.1/

plug() {
	ls /sys/class/udc >$gadget/UDC
	synth=$(grep -l '^f_midi' /proc/asound/card*/midi0)
	synth=${synth#/proc/asound/card}
	synth=/dev/snd/midiC${synth%/midi0}D0
}

unplug() {
	echo >$gadget/UDC
}

# replugged NAME COMMAND...: plugged out after 3 s, in again after 1; a button is pressed before and after
replugged() {
	name=$1
	shift
	plug
	sleep 1
	midicap $synth >/tmp/$name.log &
	"$@" >/tmp/$name.said 2>&1 &
	player=$!
	sleep 2.5
	midiclock $synth bytes b0,14,7f bytes b0,14,0 >/tmp/$name.keys
	sleep 0.5
	unplug
	sleep 1
	plug
	midicap $synth >/tmp/$name.again &
	listener=$!
	sleep 3
	midiclock $synth bytes b0,14,7f bytes b0,14,0 >>/tmp/$name.keys
	sleep 0.5
	kill -INT $player
	code=0
	wait $player || code=$?
	echo "exit $code" >>/tmp/$name.said
	sleep 0.2
	kill $listener
	wait $listener
	show $name.log /tmp/$name.log
	show $name.again /tmp/$name.again
	show $name.said /tmp/$name.said
	unplug
	sleep 1
}

replugged usb $live --tempo 120 --clock -d "Fake Synth" --input "Fake Synth" --set live.cc-keep=20
# ended while the synthesiser is away
plug
sleep 1
musegen play -d "Fake Synth" /long.mid >/tmp/away.said 2>&1 &
player=$!
sleep 1
unplug
sleep 1
kill -INT $player
code=0
wait $player || code=$?
echo "exit $code" >>/tmp/away.said
show away.said /tmp/away.said
true
