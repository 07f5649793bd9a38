"""What the text data sets share: lists of word indices, and the words."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import describe
from brisknet.datasets.files import Source, find
from brisknet.datasets.reading import MismatchError, check_shape, naming
from brisknet.saving.untrusted import parse_json

Objects = npt.NDArray[Any]


def check_lists(name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    """Raise unless this is a one-dimensional array of objects."""
    if dtype.kind != "O":
        raise MismatchError(f"{name} of dtype object", dtype)
    check_shape(name, shape, ())


def check_labels(name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    """Raise unless this is a one-dimensional array of integers."""
    if dtype.kind not in "iu":
        raise MismatchError(f"{name} of whole numbers", dtype)
    check_shape(name, shape, ())


class Sequences:
    """Lists of integers, concatenated, with the start of each."""

    def __init__(self, numbers: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> None:
        self.numbers, self.lengths = numbers, lengths

    @classmethod
    def of(cls, op: str, path: Path, name: str, lists: Objects) -> Sequences:
        """The lists in an array from the file at `path`."""
        with naming(op, path, "npz"):
            if not set(map(type, lists)) <= {list}:
                raise MismatchError(f"{name} of lists", "something else")
            if not set(map(type, itertools.chain.from_iterable(lists))) <= {int}:
                raise MismatchError(f"{name} of lists of whole numbers", "something else")
            lengths = np.fromiter(map(len, lists), np.int64, len(lists))
            numbers = np.fromiter(
                itertools.chain.from_iterable(lists), np.int64, int(lengths.sum())
            )
            if numbers.min(initial=0) < 0 or numbers.max(initial=0) > 2**31:
                raise MismatchError(f"{name} of numbers of words", "others")
            return cls(numbers, lengths)

    def lists(self) -> Objects:
        """An array of lists, as Keras returns it."""
        ends = np.cumsum(self.lengths).tolist()
        values = self.numbers.tolist()
        parts = (values[a:b] for a, b in zip([0, *ends], ends, strict=False))
        return np.fromiter(parts, dtype=object, count=len(ends))

    def __getitem__(self, order: npt.NDArray[Any]) -> Sequences:
        """A selection of the lists, in the given order."""
        starts = np.cumsum(self.lengths) - self.lengths
        lengths = self.lengths[order]
        ends = np.cumsum(lengths)
        shift = np.repeat(starts[order] - (ends - lengths), lengths)
        return Sequences(self.numbers[np.arange(len(shift)) + shift], lengths)

    def moved(self, start_char: int | None, index_from: int | None) -> Sequences:
        """With `index_from` added to each number, and `start_char` put before each list."""
        numbers = self.numbers + index_from if index_from else self.numbers
        if start_char is None:
            return Sequences(numbers, self.lengths)
        starts = np.cumsum(self.lengths) - self.lengths
        return Sequences(np.insert(numbers, starts, start_char), self.lengths + 1)

    def limited(self, num_words: int, skip_top: int, oov_char: int | None) -> Sequences:
        """With numbers out of [skip_top, num_words) replaced by `oov_char`, or left out."""
        kept = (self.numbers >= skip_top) & (self.numbers < num_words)
        if oov_char is not None:
            return Sequences(np.where(kept, self.numbers, oov_char), self.lengths)
        ends = np.concatenate([[0], np.cumsum(kept)])
        last = np.cumsum(self.lengths)
        return Sequences(self.numbers[kept], ends[last] - ends[last - self.lengths])


def shortened(
    op: str, sequences: Sequences, labels: Any, maxlen: int | None
) -> tuple[Sequences, Any]:
    """Drops the lists with `maxlen` numbers or more, as Keras does.

    Raises:
        ValueError: if no list is left.
    """
    if not maxlen:
        return sequences, labels
    kept = sequences.lengths < maxlen
    if not kept.any():
        raise ValueError(
            f"[{op}] expected maxlen of more than {sequences.lengths.min(initial=0)}, the shortest "
            f"length, got {maxlen}"
        )
    return sequences[np.flatnonzero(kept)], labels[kept]


def prepared(
    op: str,
    path: Path,
    found: Mapping[str, Any],
    names: tuple[str, str],
    what: str,
    order: np.random.RandomState,
    start_char: int | None,
    index_from: int | None,
    maxlen: int | None,
) -> tuple[Sequences, Any]:
    """The lists and labels of these names in a file, after the options of `load_data`."""
    x, y = Sequences.of(op, path, names[0], found[names[0]]), found[names[1]]
    if len(x.lengths) != len(y):
        raise ValueError(
            f"[{op}] expected as many labels {names[1]} as {what}, got {len(y)} labels "
            f"and {len(x.lengths)} {what}, in '{path}'"
        )
    indices = np.arange(len(y))
    order.shuffle(indices)
    return shortened(op, x[indices].moved(start_char, index_from), y[indices], maxlen)


def check_numbers(op: str, **given: Any) -> None:
    """Raise unless the argument is an integer or None."""
    for name, value in given.items():
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole and value is not None:
            raise TypeError(f"[{op}] expected {name}: an integer or None, got {describe(value)}")


def word_index(op: str, source: Source, path: Any, download: bool) -> dict[str, int]:
    """The word index in a file: a dict from words to their indices."""
    place, _ = find(op, source, path, download)
    with naming(op, place, "JSON"):
        text = place.read_bytes()
        index = parse_json(text, len(text))
        if not isinstance(index, dict) or not set(map(type, index.values())) <= {int}:
            raise MismatchError("a dict of words' numbers", json.dumps(index)[:40])
        return index
