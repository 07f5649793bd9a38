#!/usr/bin/env bash
# Compares the bits of every kernel over this machine's instruction sets and thread counts, and with aarch64's under
# emulation where Debian's g++-aarch64-linux-gnu and qemu-user are installed.
set -euo pipefail
cd "$(dirname "$0")"
core=../../csrc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build COMPILER OUTPUT NAME:FLAGS …
build() {
  local compiler=$1 output=$2 objects=() defines=() isa name
  shift 2
  for isa in "$@"; do
    name=${isa%%:*}
    defines+=("-DBRISKNET_HAS_${name^^}")
    for kernel in matmul sparse compress reduce activations losses dropout optimizers gather table; do
      objects+=("$work/$output-$name-$kernel.o")
      # shellcheck disable=SC2086
      "$compiler" -std=c++17 -O3 -ffp-contract=off -fno-math-errno -w "-DBRISKNET_ISA=$name" ${isa#*:} \
        -c "$core/$kernel.cpp" -o "${objects[-1]}"
    done
  done
  "$compiler" -std=c++17 -O2 "${defines[@]}" -I"$core" hashes.cpp "$core"/{cpus,dispatch,threads}.cpp "${objects[@]}" \
    -static -pthread -o "$work/$output"
}

build g++ x86 portable: "avx2:-mavx2 -mfma" "avx512:-mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl"
"$work/x86" >"$work/all"
if command -v aarch64-linux-gnu-g++ qemu-aarch64 >/dev/null; then
  build aarch64-linux-gnu-g++ aarch64 neon:
  qemu-aarch64 "$work/aarch64" >>"$work/all"
else
  echo "aarch64 left out: needs g++-aarch64-linux-gnu and qemu-user"
fi

grep == "$work/all"
# One hash a kernel, in every block.
different=$(grep -v == "$work/all" | sort -u | awk '{name = $0; sub(/ +[0-9a-f]+$/, "", name); print name}' | uniq -d)
[ -z "$different" ] || { echo "different bits: $different"; grep -F "$different" "$work/all"; exit 1; }
echo "the same bits everywhere:"
grep -v == "$work/all" | sort -u
