"""Prices of houses in California."""

import os

from brisknet.arguments.checks import describe
from brisknet.datasets.files import KERAS_FILES, Source
from brisknet.datasets.housing import Split, load

__all__ = ["load_data"]

_DATA = Source(
    "california_housing.npz",
    f"{KERAS_FILES}california_housing.npz",
    "sha256:1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
)


def load_data(
    version: str = "large",
    path: str | os.PathLike[str] = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
    *,
    download: bool = False,
) -> Split:
    """Load 20,640 districts of California in 1990, and their median prices of houses in dollars.

    The columns of x are the median income, the houses' median age, the mean numbers of rooms, of
    bedrooms, the population, the mean number of people in a household, latitude and longitude.

    Args:
        version: 'large', or 'small' for the first 600 rows.
        path: the file, absolute or below Keras's folder of data sets; by default
            `california_housing.npz` there, `~/.keras/datasets` or `$KERAS_HOME/datasets`, whose
            sha256 sum is verified.
        test_split: the share of the rows to test with.
        seed: of the order of the rows.
        download: whether to download the file if it is not there (this needs
            `pip install 'brisknet[data]'`); so does the environment variable BRISKNET_DOWNLOAD=1.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x of shape (samples, 8), y of shape (samples,).

    Raises:
        FileNotFoundError: If the file is not there: the message says where to put which file.
        ValueError: If it has another sum, is damaged, or holds something else; for another version
            or a test_split that is no share.
        ImportError: If it is to be downloaded and pooch is not installed.

    Source:
        R. K. Pace, R. Barry, "Sparse spatial autoregressions", 1997. The interface is that of
        `keras.datasets.california_housing.load_data`.

    Example:
        >>> from brisknet.datasets import california_housing
        >>> (x_train, y_train), _ = california_housing.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (16512, 8)
    """
    op = "california_housing.load_data"
    if version not in ("small", "large"):
        raise ValueError(f"[{op}] expected version 'small' or 'large', got {describe(version)}")
    rows = 600 if version == "small" else None
    return load(op, _DATA, 8, path, test_split, seed, download, rows)
