"""Keras scripts run on brisknet after their import lines are changed, and give Keras's numbers."""

import re

import numpy as np
import pytest

from keras_scripts import (
    CLOSE,
    FOLDER,
    NAMES,
    RANDOM,
    assert_agree,
    assert_are_keras,
    for_brisknet,
    laid_down,
    needs,
    results_of,
)


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_keras(name, tmp_path, monkeypatch):
    needs((FOLDER / f"{name}.py").read_text())
    monkeypatch.chdir(tmp_path)
    assert_are_keras(results_of, name, laid_down()[name])


def test_nothing_but_import_lines_changes():
    for name in NAMES:
        source = (FOLDER / f"{name}.py").read_text()
        before, after = source.splitlines(), for_brisknet(source).splitlines()
        changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        assert changed
        assert all(a.split()[0] == b.split()[0] in ("import", "from") for a, b in changed)
        assert all(re.match(r"(from|import) brisknet\b", b) for _, b in changed)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in RANDOM])
def test_the_comparison_sees_a_change_of_two_parts_in_a_hundred(name):
    expected = laid_down()[name]
    assert_agree(expected, expected)
    place = next(place for place in expected if re.search("loss|test|scores", place))
    other = {**expected, place: (np.asarray(expected[place]) * (1 + 26 * CLOSE)).tolist()}
    with pytest.raises(AssertionError):
        assert_agree(other, expected)
