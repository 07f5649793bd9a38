"""Unknown keyword arguments: mistyped ones are guessed, older Keras's are translated."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, ParamSpec, TypeVar

from brisknet.arguments.signatures import parameters
from brisknet.arguments.types import check_types, typed
from brisknet.names.origin import is_built_in
from brisknet.names.similar import did_you_mean
from brisknet.runtime.warning import warn_user

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound="Checked")

_OUT = "leave it out"
_WORKERS = "give it to a utils.PyDataset"

# What to write instead of arguments that Keras had before 3, by class or function; a class has also
# those of its bases.
INSTEAD: dict[str, dict[str, str]] = {
    "Layer": {
        "W_constraint": "use kernel_constraint",
        "W_regularizer": "use kernel_regularizer",
        "b_constraint": "use bias_constraint",
        "b_regularizer": "use bias_regularizer",
        "batch_input_shape": "use input_shape, or begin the model with Input(batch_shape=…)",
        "batch_size": "use Input(batch_size=…) as the model's first layer",
        "dynamic": _OUT,
        "input_dtype": _OUT,
        "weights": "use set_weights when the layer is built, or an initializer",
    },
    "Dense": {
        "bias": "use use_bias",
        "init": "use kernel_initializer",
        "output_dim": "use units",
    },
    "Dropout": {"p": "use rate"},
    "AlphaDropout": {"p": "use rate"},
    "GaussianDropout": {"p": "use rate"},
    "GaussianNoise": {"sigma": "use stddev"},
    "Embedding": {
        "W_constraint": "use embeddings_constraint",
        "W_regularizer": "use embeddings_regularizer",
        "dropout": "put a Dropout layer after it",
        "init": "use embeddings_initializer",
    },
    "BatchNormalization": {
        "beta_init": "use beta_initializer",
        "fused": _OUT,
        "gamma_init": "use gamma_initializer",
        "mode": _OUT,
        "virtual_batch_size": "it is not in Keras 3, leave it out",
    },
    "PReLU": {"init": "use alpha_initializer"},
    "Input": {
        "batch_input_shape": "use batch_shape",
        "input_shape": "use shape",
        "type_spec": "use shape and dtype",
    },
    "Optimizer": {
        "grad_averaging": _OUT,
        "jit_compile": _OUT,
        "lr": "use learning_rate",
        "schedule_decay": "use learning_rate with a schedule of optimizers.schedules",
    },
    "Adam": {"momentum": "use beta_1"},
    "L1": {"l": "use l1"},
    "L2": {"l": "use l2"},
    "EarlyStopping": {"epsilon": "use min_delta"},
    "ModelCheckpoint": {
        "options": _OUT,
        "period": "use save_freq, which is 'epoch' or a number of steps",
    },
    "TensorBoard": {
        "batch_size": _OUT,
        "embeddings_layer_names": "use embeddings_freq and embeddings_metadata",
        "write_grads": "it is not in Keras 3, leave it out",
    },
    "compile": {
        "class_mode": "choose the loss accordingly and leave it out",
        "distribute": _OUT,
        "experimental_run_tf_function": _OUT,
        "experimental_steps_per_execution": "use steps_per_execution",
        "pss_evaluation_shards": _OUT,
        "sample_weight_mode": "give fit weights for each step of a sample and leave it out",
        "target_tensors": "give the targets to fit",
    },
    "fit": {
        "generator": "give it as x",
        "max_q_size": _WORKERS,
        "max_queue_size": _WORKERS,
        "nb_epoch": "use epochs",
        "nb_val_samples": "use validation_steps, which counts batches",
        "nb_worker": _WORKERS,
        "pickle_safe": _WORKERS,
        "samples_per_epoch": "use steps_per_epoch, which counts batches",
        "show_accuracy": "use compile(metrics=['accuracy'])",
        "use_multiprocessing": _WORKERS,
        "val_samples": "use validation_steps, which counts batches",
        "workers": _WORKERS,
    },
    "evaluate": {
        "max_queue_size": _WORKERS,
        "show_accuracy": "use compile(metrics=['accuracy'])",
        "use_multiprocessing": _WORKERS,
        "val_samples": "use steps, which counts batches",
        "workers": _WORKERS,
    },
    "predict": {
        "max_queue_size": _WORKERS,
        "use_multiprocessing": _WORKERS,
        "workers": _WORKERS,
    },
    "ProgbarLogger": {"count_mode": _OUT, "stateful_metrics": _OUT},
    "to_categorical": {
        "dtype": "use the result's astype",
        "nb_classes": "use num_classes",
        "y": "use x",
    },
    "load_model": {"options": _OUT},
    "save": {"options": _OUT, "signatures": _OUT, "save_traces": _OUT},
}


def unknown_arguments(
    op: str, owners: Iterable[str], given: Iterable[str], known: Iterable[str]
) -> str | None:
    """The error for the first unknown keyword argument; None where all are known.

    Args:
        op: the class or function.
        owners: the names under which `INSTEAD` may have it.
        given: the arguments.
        known: the valid ones.
    """
    known = list(known)
    for name in given:
        if name not in known:
            hints = [INSTEAD[owner][name] for owner in owners if name in INSTEAD.get(owner, {})]
            hint = f": {hints[0]}" if hints else did_you_mean(name, known)
            return f"[{op}] unknown argument {name!r:.100}{hint or f': see help({op})'}"
    return None


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """A decorator: a call with an unknown argument says what to write instead, and one with an
    argument of another type than its annotation says names it.

    Costs nothing but the call where all arguments fit: only errors are looked at.
    """
    op = function.__name__

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if str(error).startswith("["):
                raise  # it says what is wrong
            traceback = error.__traceback__
            if isinstance(error, TypeError) and (traceback is None or traceback.tb_next is None):
                text = unknown_arguments(op, (op,), kwargs, inspect.signature(function).parameters)
                if text is not None:
                    raise TypeError(text) from None
            check_types(op, function, args, kwargs)
            raise

    return called


def refuse_rest(function: Callable[..., Any], arguments: Iterable[str]) -> None:
    """Raises for what is in a function's **kwargs, which Keras has and refuses as well."""
    op = function.__name__
    text = unknown_arguments(op, (op,), arguments, inspect.signature(function).parameters)
    if text is not None:
        raise ValueError(text)


def take_deprecated(op: str, arguments: dict[str, Any], name: str, instead: str) -> Any:
    """An argument of older Keras's that Keras 3 still takes, with a warning; None where it is not.

    Args:
        op: the class.
        arguments: those given, of which it is taken away.
        name: of it.
        instead: what to do instead.
    """
    value = arguments.pop(name, None)
    if value is not None:
        warn_user(f"[{op}] {name} is deprecated: {instead}")
    return value


class _ConstructorsSignature:
    """What `inspect.signature` gives of a class: before Python 3.11.3 it looks at an inherited
    `__new__` rather than at an inherited `__init__`."""

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        init: Any = owner.__init__  # type: ignore[misc]
        new: Any = owner.__new__
        if instance is not None or init is object.__init__ or new is not Checked.__new__:
            raise AttributeError("__signature__")
        signature = inspect.signature(init)
        return signature.replace(parameters=list(signature.parameters.values())[1:])


class Checked:
    """Base of classes that say what is wrong with an unknown argument, before any is looked at,
    and with one of another type than its annotation says.

    Checked is where `__init__` is brisknet's: a user's class may take what it likes.
    """

    _also_taken: ClassVar[frozenset[str]] = frozenset()  # out of **kwargs, for older scripts
    __signature__ = _ConstructorsSignature()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls) and is_built_in(cls):
            cls.__init__ = typed(vars(cls)["__init__"])  # type: ignore[method-assign]

    def __new__(cls: type[C], *args: Any, **kwargs: Any) -> C:
        if kwargs:
            _check(cls, kwargs)
        elif args and cls.__init__ is object.__init__:  # which leaves it to the __new__
            raise TypeError(f"[{cls.__name__}] expected no arguments, got {len(args)}")
        return super().__new__(cls)


def _check(cls: type[Checked], given: dict[str, Any]) -> None:
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    if owner is object:
        refuse_unknown(cls, given, TypeError)
    if not is_built_in(owner):
        return
    signature = inspect.signature(vars(owner)["__init__"])
    takes_more = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values())
    if takes_more and "_takes_any" in vars(owner):
        return
    refuse_unknown(cls, given, ValueError if takes_more else TypeError)  # as Keras


def refuse_unknown(
    cls: type[Checked], given: Iterable[str], error: type[Exception] = ValueError
) -> None:
    """Raises for the first argument that the class does not take."""
    owners = [base.__name__ for base in cls.__mro__]
    known = [*parameters(cls), *cls._also_taken]  # type: ignore[arg-type]
    text = unknown_arguments(cls.__name__, owners, given, known)
    if text is not None:
        raise error(text)
