"""Prices of houses in Boston."""

import os

from brisknet.datasets.files import KERAS_FILES, Source
from brisknet.datasets.housing import Split, load

__all__ = ["load_data"]

_DATA = Source(
    "boston_housing.npz",
    f"{KERAS_FILES}boston_housing.npz",
    "sha256:f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
)


def load_data(
    path: str | os.PathLike[str] = "boston_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
    *,
    download: bool = False,
) -> Split:
    """Load 506 places around Boston in the 1970s, and their median prices of houses in $1,000.

    One of its columns, 'B', was made in the belief that the people's skin colour decides what
    houses cost. Take `california_housing` instead, unless that is your subject.

    Args:
        path: the file, absolute or below Keras's folder of data sets; by default
            `boston_housing.npz` there, `~/.keras/datasets` or `$KERAS_HOME/datasets`, whose sha256
            sum is verified.
        test_split: the share of the rows to test with.
        seed: of the order of the rows.
        download: whether to download the file if it is not there (this needs
            `pip install 'brisknet[data]'`); so does the environment variable BRISKNET_DOWNLOAD=1.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x of shape (samples, 13), y of shape (samples,).

    Raises:
        FileNotFoundError: If the file is not there: the message says where to put which file.
        ValueError: If it has another sum, is damaged, or holds something else, or test_split is no
            share.
        ImportError: If it is to be downloaded and pooch is not installed.

    Source:
        D. Harrison, D. L. Rubinfeld, "Hedonic prices and the demand for clean air", 1978. The
        interface is that of `keras.datasets.boston_housing.load_data`.

    Example:
        >>> from brisknet.datasets import boston_housing
        >>> (x_train, y_train), _ = boston_housing.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (404, 13)
    """
    return load("boston_housing.load_data", _DATA, 13, path, test_split, seed, download)
