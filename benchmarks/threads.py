"""Time products on brisknet's team of threads, and on a plain OpenMP region for each product.

The kernel and the runtime of this clone are compiled for this machine, by g++ (or `CXX`), and run
in processes of their own, quiet and while another process keeps one core busy. `--before COMMIT`
measures the team of that commit as well.
"""

import argparse
import os
import subprocess
import tempfile
from collections import defaultdict
from contextlib import nullcontext
from itertools import product
from pathlib import Path
from statistics import median

import peers
from busy import busy_core

ROOT = Path(__file__).parent.parent
KERNELS = ["matmul", "matmul_few_columns", "matmul_one_row", "activations"]
FLAGS = "-std=c++17 -O3 -march=native -ffp-contract=off -fno-math-errno -fopenmp -w".split()
SHAPES = {"small": "128 10 512", "large": "128 512 784"}
MEASURES = ["first call", "one after another", "after 50 ms idle"]


def build(folder: Path, before: str | None) -> dict[str, Path]:
    """Programs by the team that they run on."""
    compile = [os.environ.get("CXX", "g++"), *FLAGS, f"-I{ROOT}/csrc", "-DBRISKNET_ISA=native"]
    sources = [ROOT / "csrc/kernels" / f"{name}.cpp" for name in KERNELS]
    runtime = ROOT / "csrc/runtime"
    subprocess.run(
        [*compile, "-c", *sources, ROOT / "benchmarks/threads.cpp"], cwd=folder, check=True
    )
    objects = list(folder.glob("*.o"))
    teams = {
        "plain region": [ROOT / "benchmarks/threads_plain.cpp", runtime / "scratch.cpp"],
        "team": [path for path in runtime.glob("*.cpp") if path.stem != "dispatch"],
    }
    if before:
        archive = subprocess.run(
            ["git", "archive", before, "csrc/runtime"], cwd=ROOT, check=True, capture_output=True
        )
        subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)
        earlier = (folder / "csrc/runtime").glob("*.cpp")
        teams[f"team of {before}"] = [path for path in earlier if path.stem != "dispatch"]
    programs = {}
    for team, files in teams.items():
        programs[team] = folder / team.replace(" ", "-")
        subprocess.run([*compile, *files, *objects, "-ldl", "-o", programs[team]], check=True)
    return programs


def main() -> None:
    parser = argparse.ArgumentParser(description="Time products on teams of threads.")
    parser.add_argument("--rounds", type=int, default=10, help="of each (%(default)s)")
    parser.add_argument("--before", metavar="COMMIT", help="whose team is measured as well")
    args = peers.parse(parser, ["brisknet"])
    times: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        programs = build(Path(folder), args.before)
        cases = list(product(("quiet", "one core busy"), SHAPES))
        for _, (state, size) in product(range(args.rounds), cases):
            busy = busy_core(peers.available_cpus()[-1]) if state != "quiet" else nullcontext()
            with busy:
                for team, program in programs.items():
                    command = [str(program), str(args.threads), *SHAPES[size].split()]
                    printed = subprocess.run(command, check=True, capture_output=True, text=True)
                    for measure, line in zip(MEASURES, printed.stdout.splitlines(), strict=True):
                        times[state, size, measure, team] += map(float, line.split())
    peers.print_header(f"Products on teams of threads, {args.rounds} rounds", args, {})
    print(f"\n| | product | µs | {' | '.join(programs)} |")
    print(f"|---|---|---|{'---:|' * len(programs)}")
    for (state, size), measure in product(cases, MEASURES):
        cells = (times[state, size, measure, team] for team in programs)
        row = " | ".join(f"{median(cell):.1f} ({min(cell):.1f})" for cell in cells)
        print(f"| {state} | {size} | {measure} | {row} |")


if __name__ == "__main__":
    main()
