#!/usr/bin/env bash
# Makes a folder with what a build for another system needs, on Debian 12 as root: Debian's rustc-web with the sources of
# std, which is unpacked and not installed, start-up objects for Windows, and a Wine prefix. Run again, it does only what is
# missing.
#   setup.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
folder=$PWD

updated=
update() {
    [[ $updated ]] || apt-get -qq update
    updated=yes
}

# install PACKAGE...: those of them that are missing
install() {
    local missing=() package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    update
    DEBIAN_FRONTEND=noninteractive apt-get install --no-install-recommends -y -qq "${missing[@]}" >>apt.log 2>&1 ||
        { tail -20 apt.log; exit 1; }
}

# Of mingw the 'win32' flavour alone: what Debian calls by the plain name brings the 'posix' one besides.
install ca-certificates gcc libc6-dev gcc-mingw-w64-x86-64-win32 wine64

if [[ ! -d rust ]]; then
    update
    # Two versions of the sources may be there: all parts must be of one.
    version=$(apt-cache madison rustc-web | awk '$3 ~ /^1\.96\./ { print $3; exit }')
    [[ $version ]] || { echo "setup: Debian has no rustc-web 1.96"; exit 1; }
    llvm=$(apt-cache show "libstd-rust-web-1.96=$version" | grep -o 'libllvm[0-9]*' | head -1)
    rm -rf rust.part debs
    mkdir rust.part debs
    (cd debs && apt-get -qq -o APT::Sandbox::User=root download "rustc-web=$version" "libstd-rust-web-1.96=$version" \
        "libstd-rust-web-dev=$version" "rust-web-src=$version" "$llvm" >../apt.log 2>&1) || { cat apt.log; exit 1; }
    for package in debs/*.deb; do dpkg -x "$package" rust.part; done
    rm -r debs
    # Of the source only std is needed.
    (cd rust.part/usr/src/rustc-*/ && find . -mindepth 1 -maxdepth 1 ! -name library ! -name Cargo.toml \
        ! -name Cargo.lock -exec rm -rf {} +)
    mv rust.part rust
fi
# What LLVM needs and a small system may lack.
for pair in libedit.so.2:libedit2 libxml2.so.2:libxml2 libz3.so.4:libz3-4 libffi.so.8:libffi8 libzstd.so.1:libzstd1; do
    ldconfig -p | grep -q "${pair%%:*} " || install "${pair##*:}"
done

for tool in rustc rustdoc; do
    cat >"$tool" <<-SCRIPT
	#!/bin/sh
	LD_LIBRARY_PATH="$folder/rust/usr/lib/x86_64-linux-gnu\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" \\
	    exec "$folder/rust/usr/bin/$tool" "\$@"
	SCRIPT
    chmod +x "$tool"
done

# Two objects that std's own build would make.
objects=rust/usr/lib/rustlib/x86_64-pc-windows-gnu/lib
library=$(echo rust/usr/src/rustc-*/library)
mkdir -p "$objects"
for object in rsbegin rsend; do
    [[ -e $objects/$object.o ]] || RUSTC_BOOTSTRAP=1 ./rustc --target x86_64-pc-windows-gnu --emit obj \
        -o "$objects/$object.o" "$library/rtstartup/$object.rs"
done

if [[ ! -d wine ]]; then
    env -u DISPLAY WINEPREFIX="$folder/wine" WINEDEBUG=-all WINEARCH=win64 /usr/lib/wine/wine64 wineboot --init \
        >wineboot.log 2>&1 || { cat wineboot.log; exit 1; }
    env WINEPREFIX="$folder/wine" /usr/lib/wine/wineserver64 --wait || true
fi
system=wine/drive_c/windows/system32
[[ -e $system/bcryptprimitives.dll ]] ||
    x86_64-w64-mingw32-gcc -O2 -shared -s -o "$system/bcryptprimitives.dll" "$here/bcryptprimitives.c" -ladvapi32
