"""Measure the machine's FMA peak: the most float32 arithmetic that any code can do on it.

`fma_peak.cpp` beside this file is compiled for this machine, with g++ (or `CXX`), and run at once.
"""

import os
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".cpp")
FLAGS = ["-O2", "-march=native", "-ffp-contract=fast", "-pthread"]


def fma_peaks(threads: int) -> dict[int, float]:
    """GFLOP/s on so many threads, for each vector width in bits that the CPU has."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "fma_peak")
        compiler = os.environ.get("CXX", "g++")
        subprocess.run([compiler, *FLAGS, str(SOURCE), "-o", program], check=True)
        done = subprocess.run([program, str(threads)], check=True, capture_output=True, text=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {int(bits): float(gflops) for bits, gflops in lines}


def fma_peak(threads: int) -> float:
    """GFLOP/s on so many threads, by whatever vectors are fastest."""
    return max(fma_peaks(threads).values())


def main() -> None:
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for threads in sorted({1, cpus}):
        for bits, gflops in fma_peaks(threads).items():
            print(f"{threads} thread{'s'[: threads > 1]}, {bits} bits: {gflops:.1f} GFLOP/s")


if __name__ == "__main__":
    main()
