#!/bin/bash
# A real ALSA sequencer for tests, on a machine whose kernel has none: Debian's
# kernel in QEMU, without root and without installing anything.
#
#	vm.sh prepare DIR	fetch and unpack into DIR what is needed (once); exit 1
#				with one line that says why not
#	vm.sh run DIR ROOT	boot it; ROOT is a folder that becomes the guest's, with
#				the programs in bin/ (their libraries are found) and
#				guest.sh, which runs with the sound modules loaded; what
#				it prints comes out here. Exit 0 if guest.sh exited 0.
#
# Time in the guest is virtual (-icount): it counts instructions and skips
# what is idle. Ten minutes of music take seconds, and how busy the host is
# does not show in the time stamps: what lateness there is, is the program's.
set -euo pipefail

MODULES="soundcore snd snd-timer snd-seq-device snd-seq snd-rawmidi snd-seq-midi-event
	snd-seq-virmidi snd-virmidi snd-seq-midi snd-seq-dummy snd-hrtimer
	mc snd-pcm snd-hwdep configfs usb-common usbcore udc-core libcomposite usb-f-midi dummy-hcd
	snd-usbmidi-lib snd-usb-audio"

give_up() {
	echo "$*"
	exit 1
}

# The packages still to be had: emulator and busybox where they are not installed, with what they depend on.
packages() {
	local wanted=()

	command -v qemu-system-x86_64 >/dev/null || wanted+=(qemu-system-x86)
	busybox_is_static || wanted+=(busybox-static)
	[ ${#wanted[@]} -eq 0 ] || apt-get install -s --no-install-recommends "${wanted[@]}" 2>/dev/null | awk '$1 == "Inst" { print $2 }'
	apt-cache depends linux-image-amd64 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; exit }'
}

busybox_is_static() {
	command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1
}

fetch() {
	local list

	list=$(packages) || true
	if ! grep -q '^linux-image-' <<<"$list"; then
		# no lists of packages yet
		apt-get update -qq >/dev/null 2>&1 || true
		list=$(packages) || true
	fi
	grep -q '^linux-image-' <<<"$list" || give_up "apt knows no kernel package"
	mkdir -p "$DIR/debs"
	# shellcheck disable=SC2086
	(cd "$DIR/debs" && apt-get download -qq $list >/dev/null 2>&1) || give_up "the packages cannot be fetched"
}

# The kernel proper, an ELF file, out of the image that a boot loader takes
# (Linux' Documentation/arch/x86/boot.rst: setup_sects, payload_offset,
# payload_length): the emulator starts it without decompressing it slowly.
extract_kernel() {
	local image=$1 setup offset length

	setup=$(od -An -tu1 -j $((0x1f1)) -N 1 "$image" | tr -d ' ')
	offset=$(od -An -tu4 -j $((0x248)) -N 4 "$image" | tr -d ' ')
	length=$(od -An -tu4 -j $((0x24c)) -N 4 "$image" | tr -d ' ')
	# the last four bytes are the size unpacked, not part of the stream
	dd if="$image" bs=1M iflag=skip_bytes,count_bytes skip=$(((setup + 1) * 512 + offset)) count=$((length - 4)) status=none |
		xz -dc >"$DIR/vmlinux" 2>/dev/null || give_up "the kernel is not packed with xz"
}

unpack() {
	local deb

	mkdir -p "$DIR/tools" "$DIR/kernel"
	for deb in "$DIR"/debs/*.deb; do
		case ${deb##*/} in
		linux-image-*) dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$DIR/kernel" --wildcards \
			'./boot/vmlinuz-*' './lib/modules/*/kernel/sound/*' './lib/modules/*/kernel/fs/configfs/*' \
			'./lib/modules/*/kernel/drivers/usb/*' './lib/modules/*/kernel/drivers/media/mc/*' ;;
		*) dpkg -x "$deb" "$DIR/tools" ;;
		esac
	done
	extract_kernel "$(echo "$DIR"/kernel/boot/vmlinuz-*)"
}

prepare() {
	[ "$(cat "$DIR/ready" 2>/dev/null)" != "$MODULES" ] || return 0
	[ "$(uname -m)" = x86_64 ] || give_up "this is no x86-64 machine"
	command -v apt-get >/dev/null && command -v xz >/dev/null || give_up "this is not Debian"
	[ -d /usr/share/alsa ] || give_up "ALSA's configuration is not installed"
	rm -rf "$DIR"
	fetch
	unpack
	echo "$MODULES" >"$DIR/ready"
}

# Programs' libraries, to where they are here.
add_libraries() {
	local file

	for file in $(ldd "$1"/bin/* 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
		mkdir -p "$1$(dirname "$file")"
		cp -L "$file" "$1$file"
	done
}

make_root() {
	local root=$1 module busybox

	busybox=$DIR/tools/bin/busybox
	[ -x "$busybox" ] || busybox=$(command -v busybox)
	mkdir -p "$root"/{bin,dev,proc,sys,tmp,modules,usr/share}
	add_libraries "$root"
	cp "$busybox" "$root/bin/busybox"
	for module in $MODULES; do
		cp "$(find "$DIR/kernel/lib/modules" -name "${module//-/[-_]}.ko*" | head -n 1)" "$root/modules/$module.ko"
	done
	cp -r /usr/share/alsa "$root/usr/share/"
	cat >"$root/init" <<END
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(echo $MODULES); do
	options=
	[ \$module != snd-virmidi ] || options=midi_devs=1
	insmod /modules/\$module.ko \$options || echo "insmod \$module failed"
done
cd /tmp
sh /guest.sh && echo "GUEST DONE"
poweroff -f
END
	chmod +x "$root/init"
	(cd "$root" && find . | "$busybox" cpio -o -H newc -R 0:0 2>/dev/null) >"$DIR/initrd"
}

boot() {
	local qemu=qemu-system-x86_64 options=() libraries=${LD_LIBRARY_PATH:-}

	if [ -x "$DIR/tools/usr/bin/qemu-system-x86_64" ]; then
		qemu=$DIR/tools/usr/bin/qemu-system-x86_64
		export QEMU_MODULE_DIR=$DIR/tools/usr/lib/x86_64-linux-gnu/qemu
		options=(-L "$DIR/tools/usr/share/qemu" -L "$DIR/tools/usr/share/seabios")
		libraries=$DIR/tools/usr/lib/x86_64-linux-gnu:$DIR/tools/lib/x86_64-linux-gnu
	fi
	LD_LIBRARY_PATH=$libraries timeout "${VM_SECONDS:-100}" "$qemu" "${options[@]}" \
		-icount shift=1,sleep=off -accel tcg -machine q35 -cpu max -m 512 -smp 1 \
		-nodefaults -no-user-config -display none -no-reboot -serial stdio \
		-kernel "$DIR/vmlinux" -initrd "$DIR/initrd" -append "console=ttyS0 quiet panic=-1" \
		</dev/null 2>"$DIR/qemu.err" | tr -d '\r' | tee "$DIR/console"
	grep -q '^GUEST DONE' "$DIR/console"
}

DIR=$(mkdir -p "$2" && cd "$2" && pwd)
case $1 in
prepare) prepare ;;
run)
	make_root "$3"
	boot
	;;
*) exit 2 ;;
esac
