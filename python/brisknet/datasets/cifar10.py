"""Small colour images in 10 classes."""

import os

import numpy as np

from brisknet.datasets.cifar import Images, images_and_labels, read_batches
from brisknet.datasets.files import Source

__all__ = ["load_data"]

_DATA = Source(
    "cifar-10-batches-py-target_archive",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)
_SUMS = {
    "data_batch_1": "md5:c99cafc152244af753f735de768cd75f",
    "data_batch_2": "md5:d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "md5:634d18415352ddfa80567beed471001a",
    "data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "md5:40351d587109b95175f43aff81a1287e",
}


def load_data(
    path: str | os.PathLike[str] | None = None, *, download: bool = False
) -> tuple[tuple[Images, Images], tuple[Images, Images]]:
    """Load CIFAR-10: 60,000 colour images of 32 by 32 pixels.

    The labels are 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship
    and 9 truck.

    Args:
        path: a folder with the six batches, or the archive `cifar-10-python.tar.gz`; by default,
            Keras's files in `~/.keras/datasets` or `$KERAS_HOME/datasets`, whose checksums are
            verified.
        download: whether to download the archive if it is missing (this needs
            `pip install 'brisknet[data]'`); the environment variable BRISKNET_DOWNLOAD=1 does the
            same.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (50000, 32, 32, 3) and
        (10000, 32, 32, 3), labels (50000, 1) and (10000, 1).

    Raises:
        FileNotFoundError: If a file is missing; the message says which file to put where.
        ValueError: If a checksum differs, or a file is damaged or contains other data.
        ImportError: If pooch, which downloads the archive, is not installed.

    Source:
        A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009. Same
        interface as `keras.datasets.cifar10.load_data`.

    Example:
        >>> from brisknet.datasets import cifar10
        >>> (x_train, y_train), _ = cifar10.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (50000, 32, 32, 3)
    """
    op = "cifar10.load_data"
    place, batches = read_batches(op, _DATA, "cifar-10-batches-py", _SUMS, path, download)
    *train, test = batches.values()
    return (
        images_and_labels(op, place, train, "labels", 10, np.uint8),
        images_and_labels(op, place, [test], "labels", 10, np.uint8),
    )
