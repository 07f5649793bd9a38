"""Film reviews, labelled as positive or negative."""

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.datasets.files import KERAS_FILES, Source, find
from brisknet.datasets.npz import read_npz
from brisknet.datasets.texts import (
    Objects,
    check_labels,
    check_lists,
    check_numbers,
    prepared,
    word_index,
)

__all__ = ["get_word_index", "load_data"]

_DATA = Source(
    "imdb.npz",
    f"{KERAS_FILES}imdb.npz",
    "sha256:69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
)
_WORDS = Source(
    "imdb_word_index.json",
    f"{KERAS_FILES}imdb_word_index.json",
    "md5:bfafd718b763782e994055a2d397834f",
)

_Labels = npt.NDArray[Any]


def load_data(
    path: str | os.PathLike[str] = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    *,
    download: bool = False,
) -> tuple[tuple[Objects, _Labels], tuple[Objects, _Labels]]:
    """Load 25,000 film reviews for training and 25,000 for testing, as lists of word indices.

    Words are numbered by falling frequency, from 1; 0 is not used for any word.

    Args:
        path: the file, as an absolute path or relative to Keras's folder, `~/.keras/datasets` or
            `$KERAS_HOME/datasets`; by default `imdb.npz`, whose sha256 sum is verified.
        num_words: indices of at least this number, after adding `index_from`, are replaced by
            `oov_char`; None for the largest index, as in Keras.
        skip_top: indices below this number are replaced by `oov_char`.
        maxlen: lists of this length or longer are left out; None or 0 keeps all.
        seed: the seed of the order of the reviews.
        start_char: the first element of each list; None for none.
        oov_char: the index that replaces words left out; None removes them.
        index_from: a number added to each index.
        download: whether to download the file if it is missing (this needs
            `pip install 'brisknet[data]'`); the environment variable BRISKNET_DOWNLOAD=1 does the
            same.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of int, and of labels, 1 for a
        positive review, both of shape (samples,).

    Raises:
        FileNotFoundError: If the file is missing; the message says which file to put where.
        ValueError: If the checksum differs, the file is damaged or contains other data, or maxlen
            leaves nothing.
        TypeError: If an argument has the wrong type.
        ImportError: If pooch, which downloads the file, is not installed.

    Source:
        A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng, C. Potts, "Learning word vectors for
        sentiment analysis", 2011. Same interface as `keras.datasets.imdb.load_data`.

    Example:
        >>> from brisknet.datasets import imdb
        >>> (x_train, y_train), _ = imdb.load_data(num_words=10_000)  # doctest: +SKIP
        >>> x_train.shape, x_train[0][:5]  # doctest: +SKIP
        ((25000,), [1, 14, 22, 16, 43])
    """
    op = "imdb.load_data"
    check_numbers(op, num_words=num_words, skip_top=skip_top, maxlen=maxlen, seed=seed)
    check_numbers(op, start_char=start_char, oov_char=oov_char, index_from=index_from)
    place, trusted = find(op, _DATA, path, download)
    checks = {f"x_{part}": check_lists for part in ("train", "test")}
    found = read_npz(op, place, checks | {"y_train": check_labels, "y_test": check_labels}, trusted)
    order = np.random.RandomState(seed)
    parts = []
    for part in ("train", "test"):
        names = f"x_{part}", f"y_{part}"
        parts.append(
            prepared(op, place, found, names, "reviews", order, start_char, index_from, maxlen)
        )
    words = num_words or max(int(x.numbers.max(initial=0)) for x, _ in parts)
    train, test = ((x.limited(words, skip_top, oov_char).lists(), y) for x, y in parts)
    return train, test


def get_word_index(
    path: str | os.PathLike[str] = "imdb_word_index.json", *, download: bool = False
) -> dict[str, int]:
    """Load the word index, to whose numbers `load_data` adds its `index_from`.

    Args:
        path: the file, as an absolute path or relative to Keras's folder; by default
            `imdb_word_index.json`.
        download: see `load_data`.

    Returns:
        A dict from words to their indices.

    Raises:
        FileNotFoundError, ValueError, ImportError: See `load_data`.
    """
    return word_index("imdb.get_word_index", _WORDS, path, download)
