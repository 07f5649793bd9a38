"""The benchmarks that are quick enough to be run here: that they run, and what they report."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def table(script, *options):
    """The header and the rows of what a benchmark prints."""
    command = [sys.executable, str(BENCHMARKS / script), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.removeprefix("|").removesuffix("|") for line in done.stdout.splitlines()]
    rows = [[cell.strip() for cell in row.split("|")] for row in rows if " | " in row]
    return rows[0], rows[1:]


def test_tabular_data_quickly():
    pytest.importorskip("sklearn")
    header, rows = table("tabular.py", "--quick", "--only", "brisknet,brisknet-sequential,sklearn")
    assert header[0] == "data"
    assert [row[0] for row in rows[::3]] == ["wine", "diabetes", "1000"]
    for estimator, _, theirs in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        assert (estimator[1], theirs[1]) == ("brisknet", "sklearn")
        assert theirs[3] == theirs[5] == "1.0"
        # The scores: their steps are the same, but for rounding.
        assert float(estimator[-1]) == pytest.approx(float(theirs[-1]), abs=0.03)


def test_denormals_quickly():
    options = ["--units", "16", "--rows", "64", "--epochs", "60", "--layers", "30"]
    header, rows = table("denormals.py", *options)
    assert header[-2:] == ["worst to without", "denormal"]
    names = [row[0] for row in rows]
    for optimizer in ("SGD", "RMSprop", "Adam", "Adagrad", "Ftrl", "Lion", "Lamb"):
        assert f"{optimizer}, dead units" in names
    trained = names.index("30 saturated tanh layers") + 1
    assert [row[-1] for row in rows[:trained]] == ["0.000"] * trained
    assert len(rows) == trained + 5
