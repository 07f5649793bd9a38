"""Turns what the user passed into batches."""

from brisknet.data.arrays import Batch, Data

__all__ = ["Batch", "Data"]
