"""Callbacks, with Keras's names: objects whose methods are called during training."""

from brisknet.callbacks.backup_and_restore import BackupAndRestore
from brisknet.callbacks.callback import Callback
from brisknet.callbacks.callback_list import CallbackList
from brisknet.callbacks.csv_logger import CSVLogger
from brisknet.callbacks.early_stopping import EarlyStopping
from brisknet.callbacks.history import History
from brisknet.callbacks.lambda_callback import LambdaCallback
from brisknet.callbacks.learning_rate_finder import LearningRateFinder
from brisknet.callbacks.learning_rate_scheduler import LearningRateScheduler
from brisknet.callbacks.live_plot import LivePlot
from brisknet.callbacks.model_checkpoint import ModelCheckpoint
from brisknet.callbacks.progbar_logger import ProgbarLogger
from brisknet.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from brisknet.callbacks.swap_ema_weights import SwapEMAWeights
from brisknet.callbacks.tensorboard import TensorBoard
from brisknet.callbacks.terminate_on_nan import TerminateOnNaN
from brisknet.names.refused_names import refuse_names

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateFinder",
    "LearningRateScheduler",
    "LivePlot",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

__getattr__ = refuse_names(
    __name__, "OrbaxCheckpoint RemoteMonitor", {"callbacks": "use brisknet.callbacks"}
)
