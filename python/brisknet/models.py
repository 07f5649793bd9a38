"""Models, by Keras's names."""

from brisknet._arguments import refuse_names
from brisknet.sequential import Sequential

__all__ = ["Sequential"]

__getattr__ = refuse_names(__name__, "Model clone_model load_model model_from_json save_model")
