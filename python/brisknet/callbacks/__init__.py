"""Callbacks, by Keras's names: what is called as training goes on."""

from brisknet._arguments import refuse_names
from brisknet.callbacks.callback import Callback
from brisknet.callbacks.callback_list import CallbackList
from brisknet.callbacks.early_stopping import EarlyStopping
from brisknet.callbacks.history import History
from brisknet.callbacks.lambda_callback import LambdaCallback
from brisknet.callbacks.progbar_logger import ProgbarLogger
from brisknet.callbacks.swap_ema_weights import SwapEMAWeights

__all__ = [
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "ProgbarLogger",
    "SwapEMAWeights",
]

__getattr__ = refuse_names(
    __name__,
    """
    BackupAndRestore CSVLogger LearningRateScheduler ModelCheckpoint OrbaxCheckpoint
    ReduceLROnPlateau RemoteMonitor TensorBoard TerminateOnNaN
    """,
)
