"""Sequences of different lengths."""

from brisknet.names.refused_names import refuse_names
from brisknet.utils import pad_sequences

__all__ = ["pad_sequences"]

__getattr__ = refuse_names(
    __name__,
    "",
    {
        "TimeseriesGenerator": "use numpy.lib.stride_tricks.sliding_window_view",
        "skipgrams": "write the pairs of words yourself",
    },
)
