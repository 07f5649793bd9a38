"""Pictures of models, trainings, data and predictions.

All but `plot_model`'s .svg need matplotlib (`pip install 'brisknet[plot]'`), and leave its backends
and settings alone. These arguments are the same everywhere:

    to_file     where to save the picture: a name that ends in .png, .svg or .pdf
    dpi         the resolution of a saved .png
    ax          an Axes of matplotlib's to draw into
    dark        whether the picture is for a dark page
"""

from brisknet.plots.calibration import plot_calibration
from brisknet.plots.confusion_matrix import plot_confusion_matrix
from brisknet.plots.decision_boundary import plot_decision_boundary
from brisknet.plots.history import plot_history
from brisknet.plots.learning_rates import plot_learning_rates
from brisknet.plots.misclassified import plot_misclassified
from brisknet.plots.model import plot_model
from brisknet.plots.precision_recall import plot_precision_recall
from brisknet.plots.regression import plot_regression
from brisknet.plots.roc import plot_roc
from brisknet.plots.weights import plot_weights

__all__ = [
    "plot_calibration",
    "plot_confusion_matrix",
    "plot_decision_boundary",
    "plot_history",
    "plot_learning_rates",
    "plot_misclassified",
    "plot_model",
    "plot_precision_recall",
    "plot_regression",
    "plot_roc",
    "plot_weights",
]
