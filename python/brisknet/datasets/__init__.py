"""Data sets, in the form that Keras gives them: `brisknet.datasets.mnist`."""

from typing import NoReturn

from brisknet.datasets import mnist

__all__ = ["mnist"]

_NOT_BUNDLED = frozenset(
    {
        "boston_housing",
        "california_housing",
        "cifar10",
        "cifar100",
        "fashion_mnist",
        "imdb",
        "reuters",
    }
)


def __getattr__(name: str) -> NoReturn:
    if name in _NOT_BUNDLED:
        raise AttributeError(
            f"[datasets] expected a bundled data set (mnist), got {name}, which is not bundled: "
            "load its file yourself and pass the arrays to `fit`"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
