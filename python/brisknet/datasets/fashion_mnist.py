"""Zalando's images of clothes, in the format of MNIST."""

import os

from brisknet.datasets.files import Source, find, folder
from brisknet.datasets.idx import PARTS, Split, read_idx, read_path, split

__all__ = ["load_data"]

_URL = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
_MD5 = {  # as published by the authors
    "train-images": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels": "bb300cfdad3c16e7a12a480ee83cd310",
}


def load_data(path: str | os.PathLike[str] | None = None, *, download: bool = False) -> Split:
    """Load Fashion-MNIST: 70,000 greyscale images of clothes, of 28 by 28 pixels.

    The labels are 0 T-shirt or top, 1 trousers, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7
    sneaker, 8 bag, 9 ankle boot.

    Args:
        path: a folder with the four IDX files, plain or gzipped, or an npz file with x_train,
            y_train, x_test and y_test; by default `~/.keras/datasets/fashion-mnist` or
            `$KERAS_HOME/datasets/fashion-mnist`.
        download: whether to download the files if they are missing, and verify their md5 sums (this
            needs `pip install 'brisknet[data]'`); the environment variable BRISKNET_DOWNLOAD=1 does
            the same.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (60000, 28, 28) and
        (10000, 28, 28), labels (60000,) and (10000,).

    Raises:
        FileNotFoundError: If a file is missing; the message says which file to put where.
        ValueError: If a file is damaged or contains other data.
        ImportError: If pooch, which downloads the files, is not installed.

    Source:
        H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", 2017; MIT licence. Same interface as
        `keras.datasets.fashion_mnist.load_data`.

    Example:
        >>> from brisknet.datasets import fashion_mnist
        >>> (x_train, y_train), _ = fashion_mnist.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (60000, 28, 28)
    """
    op = "fashion_mnist.load_data"
    if path is not None:
        return read_path(op, path, "leave out `path` for Keras's folder of data sets")
    arrays = []
    for part in PARTS:
        file = f"{part.file_name()}.gz"
        source = Source(f"fashion-mnist/{file}", _URL + file, f"md5:{_MD5[part.stem]}", True)
        arrays.append(read_idx(op, find(op, source, download=download)[0], part))
    return split(op, folder() / "fashion-mnist", arrays)
