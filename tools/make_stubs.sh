#!/usr/bin/env bash
# Writes the core's signatures, read from the installed module, to the file named (python/brisknet/_core.pyi).
# Needs the extra `dev`.
set -euo pipefail
target=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python -m pybind11_stubgen --exit-code brisknet._core -o "$folder"
sed -i 's/^__version__: str = .*/__version__: str/' "$folder/brisknet/_core.pyi"  # a release changes no signature
python -m ruff format -q --isolated --line-length 100 "$folder/brisknet/_core.pyi"
cp "$folder/brisknet/_core.pyi" "$target"
