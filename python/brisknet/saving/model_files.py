"""Models in files: which format a name means, and what goes into each."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any, cast

from brisknet import _core
from brisknet.arguments.checks import describe
from brisknet.arguments.unknown import refuse_rest, take_deprecated
from brisknet.layers.layer import Layer
from brisknet.saving import h5_files, keras_format, legacy_config, legacy_h5, safetensors_format
from brisknet.saving.file_names import MODELS, FilePath, ending_of, size_of, write_file
from brisknet.saving.state import parsed_numbers, set_state, state_numbers, write_state
from brisknet.saving.untrusted import naming, parse_json
from brisknet.serialization.custom_objects import custom_object_scope
from brisknet.serialization.objects import deserialize_keras_object, serialize_keras_object
from brisknet.serialization.weight_limit import allowing

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

_VERSION = "1"  # of what our safetensors files hold; another is refused


def save_model(
    model: Sequential,
    filepath: FilePath,
    overwrite: bool = True,
    zipped: bool | None = None,
    include_optimizer: bool = True,
    **kwargs: Any,
) -> None:
    """Saves a model: its configuration, weights, optimizer's state and random streams.

    A model that is loaded goes on training with the same bits as this one. The file is replaced as
    a whole: should anything fail, the old one stays.

    Args:
        model: the model.
        filepath: ends in '.safetensors', for one file that needs nothing but brisknet, or in
            '.keras', for one that Keras reads too (this needs `pip install 'brisknet[keras]'`); or
            in '.h5' or '.hdf5', for Keras's older format.
        overwrite: whether a file of this name is replaced without asking.
        zipped: True or None; models are always zipped.
        include_optimizer: whether the file says how the model is trained.
        **kwargs: save_format, which Keras 3 still takes: the name's ending tells the format.

    Raises:
        ValueError: if the name ends otherwise, or something in the model has no configuration (a
            lambda, a class without get_config).
        OSError: if it cannot be written.

    Example:
        >>> import tempfile
        >>> from brisknet import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(model, f"{folder}/model.safetensors")
        ...     restored = load_model(f"{folder}/model.safetensors")
        >>> bool((model.predict([[1, 2, 3, 4]]) == restored.predict([[1, 2, 3, 4]])).all())
        True
    """
    if zipped not in (None, True):
        raise ValueError("[save] zipped=False is not supported: leave it out")
    take_deprecated("save", kwargs, "save_format", "the name's ending tells the format")
    refuse_rest(save_model, kwargs)
    ending = ending_of("save", filepath, MODELS)
    write = {".safetensors": _write_safetensors, ".keras": _write_keras}.get(ending, _write_h5)
    write_file(filepath, overwrite, lambda file: write(file, model, include_optimizer))


def load_model(
    filepath: FilePath,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Sequential:
    """Loads a model that `save_model` or Keras has saved.

    No code in a file is run: classes and functions that are not brisknet's are found by their
    names alone, among those registered (`saving.register_keras_serializable`) or passed.

    Args:
        filepath: ends in '.safetensors' or '.keras', or in '.h5' or '.hdf5' for a file in Keras's
            older format, of Keras 2 or 3.
        custom_objects: classes and functions by name.
        compile: whether to compile the model as the saved one was.
        safe_mode: True.

    Raises:
        ValueError: if the name ends otherwise, or the file is damaged or holds something that
            brisknet does not have.
        OSError: if it cannot be opened.
    """
    ending = ending_of("load_model", filepath, MODELS)
    read = {".safetensors": _read_safetensors, ".keras": _read_keras}.get(ending, _read_h5)
    if not safe_mode:
        raise ValueError("[load_model] safe_mode=False is not supported: no code is loaded")
    with open(filepath, "rb") as file, naming("load_model", filepath):
        return read(file, size_of(file), custom_objects, compile)


def model_to_bytes(model: Sequential) -> bytes:
    """A model as the bytes of a safetensors file."""
    file = io.BytesIO()
    _write_safetensors(file, model, True)
    return file.getvalue()


def model_from_bytes(data: bytes, custom_objects: Mapping[str, Any]) -> Sequential:
    """The model of `model_to_bytes`."""
    return _read_safetensors(io.BytesIO(data), len(data), custom_objects, True)


def _write_safetensors(file: IO[bytes], model: Sequential, include_optimizer: bool) -> None:
    metadata = {
        "format": "brisknet",
        "format_version": _VERSION,
        "brisknet_version": _core.__version__,
        "config": json.dumps(_config(model, include_optimizer)),
    }
    write_state(file, model, state_numbers(model, include_optimizer), metadata, include_optimizer)


def _read_safetensors(
    file: IO[bytes], size: int, custom_objects: Mapping[str, Any] | None, compile: bool
) -> Sequential:
    arrays, metadata = safetensors_format.read(file, size)
    if metadata.get("format") != "brisknet" or "config" not in metadata:
        raise ValueError("it holds no model, only weights: build the model and use load_weights")
    if metadata.get("format_version") != _VERSION:
        raise ValueError(
            f"its format is version {metadata.get('format_version')!r}, not {_VERSION!r}: it comes "
            "from another version of brisknet"
        )
    model = _model(metadata["config"], size, custom_objects, compile)
    numbers = parsed_numbers(metadata.get("state", "{}"), size)
    set_state("load_model", model, arrays, numbers, strict=True)
    return model


def _write_keras(file: IO[bytes], model: Sequential, include_optimizer: bool) -> None:
    config = json.dumps(_config(model, include_optimizer))
    extra = json.dumps(state_numbers(model, include_optimizer)).encode()
    keras_format.write(file, config, h5_files.weights_bytes(model, include_optimizer, extra))


def _read_keras(
    file: IO[bytes], size: int, custom_objects: Mapping[str, Any] | None, compile: bool
) -> Sequential:
    config, weights, version = keras_format.read(file, size)
    model = _model(config, size, custom_objects, compile, older=version.startswith("2."))
    h5_files.load_weights("load_model", model, weights, size, whole=True)
    return model


def _write_h5(file: IO[bytes], model: Sequential, include_optimizer: bool) -> None:
    config = _config(model, include_optimizer)
    extra = json.dumps(state_numbers(model, include_optimizer)).encode()
    file.write(h5_files.model_bytes(model, config, include_optimizer, extra))


def _read_h5(
    file: IO[bytes], size: int, custom_objects: Mapping[str, Any] | None, compile: bool
) -> Sequential:
    contents = legacy_h5.read(file, size)
    if contents.model_config is None:
        raise ValueError("it holds no model, only weights: build the model and use load_weights")
    training = contents.training_config if compile else None
    model = _model(contents.model_config, size, custom_objects, compile, training, older=True)
    h5_files.set_contents("load_model", model, contents, size, whole=True)
    return model


def _config(model: Sequential, include_optimizer: bool) -> Any:
    config = serialize_keras_object(model)
    if not include_optimizer:
        config["compile_config"] = {}
    return config


def _model(
    config: bytes | str,
    size: int,
    custom_objects: Mapping[str, Any] | None,
    compile: bool,
    training: str | None = None,
    older: bool = False,
) -> Sequential:
    """The model of a configuration, its weights not yet set.

    Args:
        config: JSON.
        size: of the file.
        custom_objects, compile: see `load_model`.
        training: what `compile` was called with, JSON, where it is not in config.
        older: whether it is written as in Keras 2.
    """
    parsed = parse_json(config, size)
    if not isinstance(parsed, dict):
        raise ValueError("its configuration is not a dict")
    compile_config = parsed.pop("compile_config", None)
    if training is not None:
        compile_config = parse_json(training, size)
    if older:
        parsed = legacy_config.model(parsed)
    with custom_object_scope(custom_objects), allowing(size // 4):
        made = deserialize_keras_object(parsed)
        if not (isinstance(made, Layer) and made.is_model):
            raise ValueError(f"it holds no Sequential model but {describe(made)}")
        model = cast("Sequential", made)
        if compile and compile_config:
            if older:
                compile_config = legacy_config.compiled(compile_config)
            model._compile_from(compile_config)
    return model
