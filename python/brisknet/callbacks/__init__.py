"""Callbacks, by Keras's names: what is called as training goes on."""

from brisknet._arguments import refuse_names
from brisknet.callbacks.backup_and_restore import BackupAndRestore
from brisknet.callbacks.callback import Callback
from brisknet.callbacks.callback_list import CallbackList
from brisknet.callbacks.early_stopping import EarlyStopping
from brisknet.callbacks.history import History
from brisknet.callbacks.lambda_callback import LambdaCallback
from brisknet.callbacks.model_checkpoint import ModelCheckpoint
from brisknet.callbacks.progbar_logger import ProgbarLogger
from brisknet.callbacks.swap_ema_weights import SwapEMAWeights

__all__ = [
    "BackupAndRestore",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "ModelCheckpoint",
    "ProgbarLogger",
    "SwapEMAWeights",
]

__getattr__ = refuse_names(
    __name__,
    """
    CSVLogger LearningRateScheduler OrbaxCheckpoint ReduceLROnPlateau RemoteMonitor TensorBoard
    TerminateOnNaN
    """,
)
