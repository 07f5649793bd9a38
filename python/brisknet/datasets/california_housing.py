"""House prices in California."""

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
    """Load 20,640 districts of California in 1990, and their median house prices in dollars.

    The columns of x are the median income, the median age of the houses, the mean numbers of rooms
    and of bedrooms, the population, the mean household size, latitude and longitude.

    Args:
        version: 'large', or 'small' for the first 600 rows.
        path: the file, as an absolute path or relative to Keras's folder, `~/.keras/datasets` or
            `$KERAS_HOME/datasets`; by default `california_housing.npz`, whose sha256 sum is
            verified.
        test_split: the fraction of the rows in the test set.
        seed: the seed of the order of the rows.
        download: whether to download the file if it is missing (this needs
            `pip install 'brisknet[data]'`); the environment variable BRISKNET_DOWNLOAD=1 does the
            same.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x of shape (samples, 8), y of shape (samples,).

    Raises:
        FileNotFoundError: If the file is missing; the message says which file to put where.
        ValueError: If the checksum differs, the file is damaged or contains other data, version is
            unknown, or test_split is not in [0, 1).
        ImportError: If pooch, which downloads the file, is not installed.

    Source:
        R. K. Pace, R. Barry, "Sparse spatial autoregressions", 1997. Same interface as
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
