"""Turns the user's data into batches."""

from brisknet.data.adapters import is_stream, named_array
from brisknet.data.arrays import ArrayBatches, Data
from brisknet.data.batches import Batch
from brisknet.data.epochs import Epochs
from brisknet.data.py_dataset import PyDataset
from brisknet.data.sparse import SparseRows, is_sparse
from brisknet.data.streams import StreamBatches
from brisknet.names.refused_names import refuse_names

__all__ = [
    "ArrayBatches",
    "Batch",
    "Data",
    "Epochs",
    "PyDataset",
    "SparseRows",
    "StreamBatches",
    "is_sparse",
    "is_stream",
    "named_array",
]

__getattr__ = refuse_names(
    __name__, "", dict.fromkeys(("AUTOTUNE", "Dataset"), "it is TensorFlow's; fit takes arrays")
)
