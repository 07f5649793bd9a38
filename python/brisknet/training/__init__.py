"""The loop: compile, fit, evaluate, predict."""

from brisknet.training.trainer import Trainer

__all__ = ["Trainer"]
