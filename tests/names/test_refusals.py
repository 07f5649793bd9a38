"""Names that there are not: refused ones explain themselves, mistyped ones are guessed."""

import copy
import doctest
import importlib
import importlib.util
import inspect
import pickle
import pkgutil

import numpy as np
import pytest

import brisknet as bn
from brisknet import activations, layers, losses, metrics
from brisknet.names import refused_names

MODULES = sorted(refused_names._reasons)


@pytest.mark.parametrize("module", MODULES)
def test_a_refused_name_is_no_attribute_and_says_why(module):
    found = importlib.import_module(module)
    reasons = refused_names._reasons[module]
    assert not reasons.keys() & set(dir(found))
    for name, message in reasons.items():
        assert f"{module}.{name}" in message
        assert not hasattr(found, name)
        assert getattr(found, name, None) is None
        with pytest.raises(AttributeError) as raised:
            getattr(found, name)
        assert str(raised.value) == message
        for statement in (f"from {module} import {name}", f"import {module}.{name}"):
            with pytest.raises(ImportError) as raised:
                exec(statement)
            assert str(raised.value) == message
            assert raised.value.name == f"{module}.{name}"
        with pytest.raises(ImportError) as raised:
            exec(f"from {module}.{name}.some.path import thing")
        assert str(raised.value) == message


def test_names_are_refused_in_every_public_module():
    refusing = {module for module, reasons in refused_names._reasons.items() if reasons}
    assert {f"brisknet{m}" for m in ("", ".layers", ".losses", ".models", ".utils")} <= refusing


def test_what_there_is_can_be_imported_as_before():
    from brisknet.layers import Dense
    from brisknet.models import Sequential, load_model  # noqa: F401
    from brisknet.optimizers import schedules

    assert pickle.loads(pickle.dumps(Dense)) is Dense
    assert copy.copy(Sequential) is Sequential
    assert importlib.import_module("brisknet.optimizers.schedules") is schedules
    assert inspect.getmembers(bn.models, inspect.isclass) == [("Sequential", Sequential)]
    assert inspect.getmodule(Dense).__name__ == "brisknet.layers.dense"
    assert doctest.DocTestFinder().find(bn.utils)
    assert "dense" in [module.name for module in pkgutil.iter_modules(layers.__path__)]
    assert list(pkgutil.iter_modules(bn.activations.__path__)) == []


def test_other_names_are_missing_in_the_usual_way():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'brisknet\.nope'"):
        importlib.import_module("brisknet.nope")
    with pytest.raises(ImportError, match=r"cannot import name 'nope' from 'brisknet\.models'"):
        from brisknet.models import nope  # noqa: F401
    assert importlib.util.find_spec("brisknet.nope") is None
    assert not hasattr(bn, "__wrapped__")
    assert importlib.util.find_spec("json.nope") is None


@pytest.mark.parametrize(
    ("module", "name", "meant"),
    [
        (bn, "Sequental", "Sequential"),
        (layers, "Dens", "Dense"),
        (layers, "BatchNormalisation", "BatchNormalization"),
        (layers, "Conv2d", "Conv2D"),
        (activations, "rellu", "relu"),
        (losses, "MeanSquareError", "MeanSquaredError"),
        (metrics, "Auc", "AUC"),
        (bn.optimizers, "Addam", "Adam"),
        (bn.optimizers.schedules, "ExponentialDecays", "ExponentialDecay"),
        (bn.callbacks, "EarlyStoping", "EarlyStopping"),
        (bn.utils, "to_categoricals", "to_categorical"),
        (bn.initializers, "GlorotUnifrom", "GlorotUniform"),
        (bn.regularizers, "L1_L2", "L1L2"),
        (bn.constraints, "MaxNrom", "MaxNorm"),
        (bn.ops, "sofmax", "softmax"),
        (bn.models, "load_modle", "load_model"),
        (bn.random, "uniformly", "uniform"),
    ],
)
def test_a_mistyped_attribute_is_guessed(module, name, meant):
    with pytest.raises(AttributeError) as raised:
        getattr(module, name)
    text = f"module {module.__name__!r} has no attribute {name!r}; did you mean {meant!r}?"
    assert str(raised.value) == text


@pytest.mark.parametrize("module", [layers, bn, activations])
def test_nothing_is_guessed_for_what_is_like_nothing(module):
    with pytest.raises(AttributeError) as raised:
        module.zzzzz  # noqa: B018
    assert str(raised.value) == f"module {module.__name__!r} has no attribute 'zzzzz'"


@pytest.mark.parametrize(
    ("module", "given", "start"),
    [
        ("activations", "rellu", "unknown activation 'rellu'; did you mean 'relu'? The names are"),
        ("activations", "LeakyReLU", "unknown activation 'LeakyReLU'; did you mean 'leaky_relu'?"),
        ("activations", "zzz", "unknown activation 'zzz': the names are those of brisknet.activ"),
        ("activations", layers.ReLU, "expected activation: a name, a function or a layer object, "),
        ("losses", "mean_square_error", "unknown loss 'mean_square_error'; did you mean 'mean_sq"),
        ("losses", "CategoricalCrossEntropy", "unknown loss 'CategoricalCrossEntropy'; did you m"),
        ("losses", metrics.AUC, "expected loss: a name of brisknet.losses, a Loss or a function"),
        ("metrics", "acuracy", "unknown metric 'acuracy'; did you mean 'accuracy'?"),
        ("metrics", 3, "expected metric: a name of brisknet.metrics, a Metric or a function, got"),
        ("optimizers", "adamm", "unknown optimizer 'adamm'; did you mean 'adam'?"),
        ("initializers", "he_norml", "unknown initializer 'he_norml'; did you mean 'he_normal'?"),
        ("regularizers", "l1l3", "unknown regularizer 'l1l3'; did you mean 'l1l2'?"),
        ("constraints", "maxnrom", "unknown constraint 'maxnrom'; did you mean "),
    ],
)
def test_a_mistyped_name_comes_first_and_is_guessed(module, given, start):
    with pytest.raises(ValueError, match=rf"^\[{module}\.get\] ") as raised:
        getattr(bn, module).get(given)
    text = str(raised.value)
    assert text.startswith(f"[{module}.get] {start}")
    assert len(text) < 200


def test_a_name_without_end_is_cut_short():
    with pytest.raises(ValueError, match="unknown loss 'mmm") as raised:
        losses.get("m" * 10**6)
    assert len(str(raised.value)) < 250


def test_classes_are_called_as_in_keras():
    class Zero:
        def __call__(self, w):
            return w * 0

    assert isinstance(bn.constraints.get(Zero), Zero)
    assert isinstance(metrics.get(losses.Huber), losses.Huber)
    assert isinstance(bn.regularizers.get(bn.regularizers.L2), bn.regularizers.L2)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"module": "keras.layers", "class_name": "LSTM", "config": {}},
            r"brisknet\.layers\.LSTM of Keras is not supported by this version of brisknet$",
        ),
        (
            {"module": "keras", "class_name": "Model", "config": {}},
            r"brisknet\.Model of Keras is not supported by this version of brisknet$",
        ),
        (
            {"module": "keras.layers", "class_name": "Dens", "config": {}},
            r"there is no class 'Dens' .*; did you mean 'Dense'\? If it is your own, register it",
        ),
        (
            {"module": "mine", "class_name": "Dens", "config": {}},
            r"there is no class 'Dens' of module 'mine' .*brisknet: if it is your own, register",
        ),
        (
            {"module": "builtins", "class_name": "function", "config": "rellu"},
            r"there is no function 'rellu'; did you mean 'relu'\? If it is your own, pass it in",
        ),
    ],
)
def test_what_a_file_names_is_guessed_as_well(config, message):
    with pytest.raises(ValueError, match=message):
        bn.saving.deserialize_keras_object(config)


def test_a_mistyped_layer_of_a_model_is_guessed():
    model = bn.Sequential([layers.Dense(1, name=f"dense_{i}") for i in range(500)])
    model.add(layers.Dense(1, name="output"))
    with pytest.raises(ValueError, match=r"no layer 'outptu'; did you mean 'output'\? The layers"):
        model.get_layer("outptu")
    with pytest.raises(
        ValueError, match="there is no layer 'zzz': the layers are dense_0, "
    ) as raised:
        model.get_layer("zzz")
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(("module", "name"), [("models", "Model"), ("utils", "Progbar")])
def test_refused_names_say_so(module, name):
    with pytest.raises(
        AttributeError, match=rf"brisknet.{module}.{name} of Keras is not supported"
    ):
        getattr(getattr(bn, module), name)


def test_refused_names_of_the_package_say_so():
    for name in ("Model", "quantizers", "Quantizer"):
        with pytest.raises(AttributeError, match=rf"brisknet.{name} of Keras is not supported"):
            getattr(bn, name)
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        bn.nope  # noqa: B018


@pytest.mark.parametrize("layer", [layers.Softmax(), layers.BatchNormalization(), bn.Sequential()])
def test_masks_are_refused_by_name(layer):
    with pytest.raises(ValueError, match="mask is not supported"):
        layer(np.ones((2, 3)), mask=np.ones((2, 3), bool))


def test_what_is_refused_cannot_be_set_either():
    model = bn.Sequential([layers.Dense(2)])
    for thing, name in [
        (model, "train_step"),
        (model.layers[0], "dtype_policy"),
        (model.layers[0], "compute_mask"),
        (metrics.Mean(), "stateless_result"),
        (bn.optimizers.SGD(), "update_step"),
        (bn.Variable(1.0), "overwrite_with_gradient"),
    ]:
        with pytest.raises(AttributeError, match=f"{name} is not supported"):
            setattr(thing, name, None)
    with pytest.raises(AttributeError, match=r"layers cannot be set: use add\(\) and pop\(\)"):
        model.layers = []
    layer = layers.Dense(2)
    layer.supports_masking = True  # without effect, as there are no masks
    assert layer.supports_masking
    del layer.supports_masking
    assert not hasattr(layer, "supports_masking")
