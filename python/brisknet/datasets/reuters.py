"""Newswires, labelled by topic."""

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.datasets.files import KERAS_FILES, Source, find
from brisknet.datasets.housing import check_share
from brisknet.datasets.npz import read_npz
from brisknet.datasets.texts import (
    Objects,
    check_labels,
    check_lists,
    check_numbers,
    prepared,
    word_index,
)

__all__ = ["get_label_names", "get_word_index", "load_data"]

_DATA = Source(
    "reuters.npz",
    f"{KERAS_FILES}reuters.npz",
    "sha256:d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
)
_WORDS = Source(
    "reuters_word_index.json",
    f"{KERAS_FILES}reuters_word_index.json",
    "md5:4d44cc38712099c9e383dc6e5f11a921",
)
_LABELS = """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship
    cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin
    strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem
    dlr gas silver wpi hog lead
""".split()

_Labels = npt.NDArray[Any]


def load_data(
    path: str | os.PathLike[str] = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    *,
    download: bool = False,
) -> tuple[tuple[Objects, _Labels], tuple[Objects, _Labels]]:
    """Load 11,228 newswires on 46 topics, as lists of word indices.

    Words are numbered by falling frequency, from 1; 0 is not used for any word.

    Args:
        path: the file, as an absolute path or relative to Keras's folder, `~/.keras/datasets` or
            `$KERAS_HOME/datasets`; by default `reuters.npz`, whose sha256 sum is verified.
        num_words: indices of at least this number, after adding `index_from`, are replaced by
            `oov_char`; None for the largest index, as in Keras.
        skip_top: indices below this number are replaced by `oov_char`.
        maxlen: lists of this length or longer are left out; None or 0 keeps all.
        test_split: the fraction of the newswires in the test set.
        seed: the seed of the order of the newswires.
        start_char: the first element of each list; None for none.
        oov_char: the index that replaces words left out; None removes them.
        index_from: a number added to each index.
        download: whether to download the file if it is missing (this needs
            `pip install 'brisknet[data]'`); the environment variable BRISKNET_DOWNLOAD=1 does the
            same.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of int, and of labels from 0 to 45
        (see `get_label_names`), both of shape (samples,).

    Raises:
        FileNotFoundError: If the file is missing; the message says which file to put where.
        ValueError: If the checksum differs, the file is damaged or contains other data, maxlen
            leaves nothing, or test_split is not in [0, 1).
        TypeError: If an argument has the wrong type.
        ImportError: If pooch, which downloads the file, is not installed.

    Source:
        D. D. Lewis, "Reuters-21578", 1997. Same interface as
        `keras.datasets.reuters.load_data`.

    Example:
        >>> from brisknet.datasets import reuters
        >>> (x_train, y_train), _ = reuters.load_data(num_words=10_000)  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (8982,)
    """
    op = "reuters.load_data"
    check_numbers(op, num_words=num_words, skip_top=skip_top, maxlen=maxlen, seed=seed)
    check_numbers(op, start_char=start_char, oov_char=oov_char, index_from=index_from)
    check_share(op, test_split)
    place, trusted = find(op, _DATA, path, download)
    found = read_npz(op, place, {"x": check_lists, "y": check_labels}, trusted)
    order = np.random.RandomState(seed)
    x, y = prepared(
        op, place, found, ("x", "y"), "newswires", order, start_char, index_from, maxlen
    )
    words = num_words or int(x.numbers.max(initial=0))
    lists = x.limited(words, skip_top, oov_char).lists()
    count = int(len(lists) * (1 - test_split))
    return (lists[:count], y[:count].copy()), (lists[count:], y[count:].copy())


def get_word_index(
    path: str | os.PathLike[str] = "reuters_word_index.json", *, download: bool = False
) -> dict[str, int]:
    """Load the word index, to whose numbers `load_data` adds its `index_from`.

    Args:
        path: the file, as an absolute path or relative to Keras's folder; by default
            `reuters_word_index.json`.
        download: see `load_data`.

    Returns:
        A dict from words to their indices.

    Raises:
        FileNotFoundError, ValueError, ImportError: See `load_data`.
    """
    return word_index("reuters.get_word_index", _WORDS, path, download)


def get_label_names() -> tuple[str, ...]:
    """The topics' names, in the order of the labels.

    Example:
        >>> from brisknet.datasets import reuters
        >>> reuters.get_label_names()[:4]
        ('cocoa', 'grain', 'veg-oil', 'earn')
    """
    return tuple(_LABELS)
