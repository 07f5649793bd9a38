"""The benchmarks that are quick enough to be run here: that they run, and what they report."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

TABULAR = Path(__file__).parents[1] / "benchmarks" / "tabular.py"


def test_tabular_data_quickly():
    command = [sys.executable, str(TABULAR), "--quick"]
    command += ["--only", "brisknet,brisknet-sequential,sklearn"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line[:2] == "| "]
    header, *rows = rows
    assert header[0] == "data"
    assert [row[0] for row in rows[::3]] == ["wine", "diabetes", "1000"]
    for estimator, _, theirs in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        assert (estimator[1], theirs[1]) == ("brisknet", "sklearn")
        assert theirs[3] == theirs[5] == "1.0"
        # The scores: their steps are the same, but for rounding.
        assert float(estimator[-1]) == pytest.approx(float(theirs[-1]), abs=0.03)
