"""What a model can do once it goes forward and back: fit, evaluate, predict."""

from __future__ import annotations

from brisknet.training.evaluation import Evaluating
from brisknet.training.fitting import Fitting
from brisknet.training.prediction import Predicting


class Trainer(Fitting, Evaluating, Predicting):
    """A model that is trained, measured and predicts; see `Trainable` for what it must define."""
