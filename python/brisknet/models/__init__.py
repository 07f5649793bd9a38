"""Models, by Keras's names."""

from brisknet.models.cloning import clone_model
from brisknet.models.saveable import model_from_json
from brisknet.models.sequential import Sequential
from brisknet.names.refused_names import refuse_names
from brisknet.saving import load_model, save_model

__all__ = ["Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

__getattr__ = refuse_names(
    __name__,
    "Model",
    {
        "model_from_config": "use Sequential.from_config",
        "model_from_yaml": "use model_from_json",
    },
)
