"""House prices in Boston."""

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
    """Load 506 areas around Boston in the 1970s, and their median house prices in $1,000.

    The column 'B' was constructed on the assumption that racial segregation affects house prices.
    Use `california_housing` instead, unless that is your subject.

    Args:
        path: the file, as an absolute path or relative to Keras's folder, `~/.keras/datasets` or
            `$KERAS_HOME/datasets`; by default `boston_housing.npz`, whose sha256 sum is verified.
        test_split: the fraction of the rows in the test set.
        seed: the seed of the order of the rows.
        download: whether to download the file if it is missing (this needs
            `pip install 'brisknet[data]'`); the environment variable BRISKNET_DOWNLOAD=1 does the
            same.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x of shape (samples, 13), y of shape (samples,).

    Raises:
        FileNotFoundError: If the file is missing; the message says which file to put where.
        ValueError: If the checksum differs, the file is damaged or contains other data, or
            test_split is not in [0, 1).
        ImportError: If pooch, which downloads the file, is not installed.

    Source:
        D. Harrison, D. L. Rubinfeld, "Hedonic prices and the demand for clean air", 1978. Same
        interface as `keras.datasets.boston_housing.load_data`.

    Example:
        >>> from brisknet.datasets import boston_housing
        >>> (x_train, y_train), _ = boston_housing.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (404, 13)
    """
    return load("boston_housing.load_data", _DATA, 13, path, test_split, seed, download)
