"""What prepares data, by Keras's names."""

from brisknet.names.refused_names import refuse_names
from brisknet.preprocessing import sequence

__all__ = ["sequence"]

__getattr__ = refuse_names(
    __name__,
    """
    image image_dataset_from_directory text_dataset_from_directory timeseries_dataset_from_array
    """,
    {"text": "use scikit-learn's CountVectorizer or TfidfVectorizer (examples/sparse_text.py)"},
)
