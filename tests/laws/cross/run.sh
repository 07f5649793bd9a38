#!/usr/bin/env bash
# Compares the bits of every kernel and of whole training steps over this machine's instruction sets and thread counts,
# and with aarch64's under emulation where Debian's g++-aarch64-linux-gnu and qemu-user are installed. Then looks at the
# code that the compiler made.
set -euo pipefail
cd "$(dirname "$0")"
core=../../../csrc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build COMPILER OUTPUT NAME:FLAGS …
build() {
  local compiler=$1 output=$2 commands=() defines=() isa name unit
  shift 2
  for isa in "$@"; do
    name=${isa%%:*}
    defines+=("-DBRISKNET_HAS_${name^^}")
    for unit in "$core"/kernels/*.cpp; do
      commands+=("-O3 -I$core -DBRISKNET_ISA=$name ${isa#*:} -c $unit -o $work/$output-$name-$(basename "$unit" .cpp).o")
    done
  done
  for unit in "$core"/runtime/*.cpp; do
    commands+=("-O3 -fopenmp -I$core ${defines[*]} -c $unit -o $work/$output-core-$(basename "$unit" .cpp).o")
  done
  for unit in hashes denormals; do
    commands+=("-O2 -I$core -c $unit.cpp -o $work/$output-$unit.o")
  done
  printf '%s\n' "${commands[@]}" |
    xargs -P "$(nproc)" -I{} sh -c "$compiler -std=c++17 -ffp-contract=off -fno-math-errno -w {}"
  "$compiler" "$work/$output"*.o -static -fopenmp -o "$work/$output"
}

build g++ x86 portable: "avx2:-mavx2 -mfma" "avx512:-mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl"
"$work/x86" >"$work/all"
if command -v aarch64-linux-gnu-g++ qemu-aarch64 >/dev/null; then
  build aarch64-linux-gnu-g++ aarch64 neon:
  qemu-aarch64 "$work/aarch64" >>"$work/all"
else
  echo "aarch64 left out: needs g++-aarch64-linux-gnu and qemu-user"
fi
python3 disassembly.py "$work"

grep == "$work/all"
# One hash a kernel, in every block.
different=$(grep -v == "$work/all" | sort -u | awk '{name = $0; sub(/ +[0-9a-f]+$/, "", name); print name}' | uniq -d)
[ -z "$different" ] || { echo "different bits: $different"; grep -F "$different" "$work/all"; exit 1; }
echo "the same bits everywhere:"
grep -v == "$work/all" | sort -u
