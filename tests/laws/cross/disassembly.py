"""What the compiler made of the kernels: `python3 disassembly.py DIRECTORY`, called by run.sh.

The directory holds objects named ARCHITECTURE-ISA-UNIT.o; those whose ISA is 'core' are compiled
for the baseline. Asserts that

- no unit has an instruction that its instruction set has not: a CPU that cannot run it would stop;
- nor an inline function that a linker might keep for all instruction sets (a weak symbol);
- products and sums are fused where the source says so, and nowhere else;
- the inner loop of the largest tile of matmul is FMAs on whole registers and what feeds them: no
  sum across lanes, and no vector spilled (but on NEON, where gcc loads six scalars ahead).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ANY_VEX = re.compile(r"^v")
EVEX = re.compile(r"%zmm|%k[0-7]|%[xy]mm(1[6-9]|2\d|3[01])\b")
FUSED = re.compile(r"^(vfn?m(add|sub)|fn?m(add|sub)\b|fml[as]\b)")
UNFUSED_UNITS = set("clipping csr flush gather reduce table".split())  # no fma()


STACK = r"\(%r[sb]p|\[sp\b|\[x29\b"


class Tile(NamedTuple):
    rows: int
    vectors: int
    fma: str
    feed: str  # loads and broadcasts, to whole registers
    vector: str  # whatever works on vector registers


# The last: an address kept in a vector register for want of others.
X86_FEED = r"(vmov[ua]p[sd]|vmovdq[ua]\d*|vbroadcastss) .*,%{0}\d+|vmovq %xmm\d+,%r\w+"
TILES = {
    "avx512": Tile(8, 3, r"vfmadd\d+ps .*%zmm\d+$", X86_FEED.format("zmm"), r"%[xyz]mm"),
    "avx2": Tile(6, 2, r"vfmadd\d+ps .*%ymm\d+$", X86_FEED.format("ymm"), r"%[xyz]mm"),
    "neon": Tile(
        6,
        4,
        r"fmla v\d+\.4s, .*",
        r"(ldp|ldr|ldur) q.*|st[pr] q.*, \[sp.*|ld1r? \{v.*|dup v\d+\.4s.*|ldr s.*",
        r"\b[vqds]\d+\b",
    ),
}


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Instruction(NamedTuple):
    address: int
    text: str  # mnemonic, a blank, operands

    @property
    def target(self) -> int | None:
        """Of a jump."""
        found = re.match(r"(?:j\w+|b\.\w+|b|cbn?z \w+,|tbn?z .*,) ([0-9a-f]+) <", self.text)
        return int(found[1], 16) if found else None


def functions(tools: str, path: Path) -> Iterator[tuple[str, list[Instruction]]]:
    name, body = "", []
    for line in run(tools + "objdump", "-dC", "--no-show-raw-insn", str(path)).splitlines():
        if found := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            yield name, body
            name, body = found[1], []
        elif found := re.match(r" *([0-9a-f]+):\t(.*)", line):
            body.append(Instruction(int(found[1], 16), " ".join(found[2].split())))
    yield name, body


def inner_loops(body: list[Instruction]) -> Iterator[list[str]]:
    """What lies between a jump back and its target, where no other loop does."""
    loops = [(i.target, i.address) for i in body if i.target is not None and i.target <= i.address]
    first = body[0].address
    for begin, end in loops:
        if begin >= first and not any((begin, end) != o and begin <= o[0] <= end for o in loops):
            yield [i.text for i in body if begin <= i.address <= end]


def check_tile(isa: str, body: list[Instruction]) -> str:
    tile = TILES[isa]
    wanted = tile.rows * tile.vectors
    counts, spilled = [], 0
    for loop in inner_loops(body):
        fused = [text for text in loop if FUSED.match(text)]
        if not fused:
            continue
        counts.append(len(fused))
        assert len(fused) == wanted, f"{len(fused)} FMAs in a loop, not {wanted}"
        for text in loop:
            if re.search(tile.vector, text):
                assert re.fullmatch(tile.fma, text) or re.fullmatch(tile.feed, text), text
                spilled += bool(re.search(STACK, text))
    assert counts, "no loop of FMAs"
    assert isa == "neon" or not spilled, f"{spilled} accesses to spilled vectors"
    return (
        f"{isa}: {wanted} FMAs on whole registers in the inner loop of matmul, "
        f"{spilled} accesses to spilled vectors"
    )


def check(path: Path) -> str | None:
    architecture, isa, unit = path.stem.split("-")
    tools = "" if architecture == "x86" else f"{architecture}-linux-gnu-"
    summary = None
    for name, body in functions(tools, path):
        where = f"{path.name}: {name}"
        for _, text in body:
            if isa in ("core", "portable") and architecture == "x86":
                assert not ANY_VEX.match(text), f"{where}: {text}"
            if isa == "avx2":
                assert not EVEX.search(text), f"{where}: {text}"
            if FUSED.match(text):
                assert unit not in UNFUSED_UNITS, f"{where}: {text}"
                assert re.search(r"^vf\w+ps |^fml[as] v\d+\.4s", text), f"{where}: {text}"
        if isa in TILES and f"run_tile<{TILES[isa].rows}, {TILES[isa].vectors}, false>" in name:
            summary = check_tile(isa, body)
    if isa != "core":
        weak = [s for s in run(tools + "nm", "-C", str(path)).splitlines() if " W " in s[:20]]
        assert not weak, f"{path.name} has inline functions: {weak}"
    assert summary or unit != "matmul" or isa not in TILES, f"{path.name}: no tile found"
    return summary


def main() -> None:
    paths = sorted(Path(sys.argv[1]).glob("*-*-*.o"))
    assert any("avx2" in path.name for path in paths), "no objects"
    print("\n".join(filter(None, map(check, paths))))
    print(f"{len(paths)} objects: each within its instruction set, fused only where the source is")


if __name__ == "__main__":
    main()
