"""Plots of models, training histories, data and predictions.

All plots except the .svg of `plot_model` need matplotlib (`pip install 'brisknet[plot]'`). They do
not change its backend or settings. These arguments are shared by all plots:

    to_file     the file to save the picture to, ending in .png, .svg or .pdf
    dpi         the resolution of a saved .png
    ax          the matplotlib Axes to draw into
    dark        whether to draw for a dark background
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
