"""Small colour images in 100 classes."""

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import describe
from brisknet.datasets.cifar import Images, images_and_labels, read_batches
from brisknet.datasets.files import Source

__all__ = ["load_data"]

_DATA = Source(
    "cifar-100-python-target_archive",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)
_SUMS = {
    "train": "md5:16019d7e3df5f24257cddd939b257f8d",
    "test": "md5:f0ef6b0ae62326f3e7ffdfab6717acfc",
}

_Labels = npt.NDArray[Any]


def load_data(
    label_mode: str = "fine",
    path: str | os.PathLike[str] | None = None,
    *,
    download: bool = False,
) -> tuple[tuple[Images, _Labels], tuple[Images, _Labels]]:
    """Load CIFAR-100: 60,000 colour images of 32 by 32 pixels, in 100 classes and 20 superclasses.

    Args:
        label_mode: 'fine' for the classes, 'coarse' for the superclasses.
        path: a folder with the files `train` and `test`, or the archive
            `cifar-100-python.tar.gz`; by default, Keras's files in `~/.keras/datasets` or
            `$KERAS_HOME/datasets`, whose checksums are verified.
        download: whether to download the archive if it is missing (this needs
            `pip install 'brisknet[data]'`); the environment variable BRISKNET_DOWNLOAD=1 does the
            same.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images (50000, 32, 32, 3) and
        (10000, 32, 32, 3), int64 labels (50000, 1) and (10000, 1).

    Raises:
        FileNotFoundError: If a file is missing; the message says which file to put where.
        ValueError: If a checksum differs, a file is damaged or contains other data, or label_mode
            is unknown.
        ImportError: If pooch, which downloads the archive, is not installed.

    Source:
        A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009. Same
        interface as `keras.datasets.cifar100.load_data`.

    Example:
        >>> from brisknet.datasets import cifar100
        >>> (x_train, y_train), _ = cifar100.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (50000, 32, 32, 3)
    """
    op = "cifar100.load_data"
    if label_mode not in ("fine", "coarse"):
        raise ValueError(
            f"[{op}] expected label_mode 'fine' or 'coarse', got {describe(label_mode)}"
        )
    place, batches = read_batches(op, _DATA, "cifar-100-python", _SUMS, path, download)
    classes = 100 if label_mode == "fine" else 20
    train, test = (
        images_and_labels(op, place, [batches[name]], f"{label_mode}_labels", classes, np.int64)
        for name in ("train", "test")
    )
    return train, test
