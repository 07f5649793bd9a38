"""What get and deserialize of all modules with named objects have in common."""

import importlib
import inspect
import pickle
import sys

import pytest

from brisknet import (
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from brisknet.losses.function_loss import CLASS_OF
from brisknet.metrics.means import MeanOfFunction
from brisknet.names.public import public_names
from brisknet.optimizers import schedules
from brisknet.serialization import objects
from brisknet.serialization.registry import Registry

NAMED = [activations, constraints, initializers, losses, metrics, optimizers, regularizers]
every_module = pytest.mark.parametrize("module", NAMED, ids=lambda m: m.__name__)

# An object of each kind, none of which any other kind's `deserialize` takes.
OBJECTS = {
    constraints: constraints.NonNeg(),
    initializers: initializers.Zeros(),
    layers: layers.Dense(1),
    losses: losses.Huber(),
    metrics: metrics.AUC(),
    optimizers: optimizers.Adam(),
    regularizers: regularizers.L2(),
    schedules: schedules.ExponentialDecay(0.1, 10, 0.5),
}
NEED_ARGUMENTS = {"IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"} | {
    name for name in metrics.__all__ if name.endswith(("AtPrecision", "AtRecall", "icity", "ivity"))
}


def test_every_registry_is_tested():
    found = {
        module.__name__  # not brisknet.keras…, another name of the same
        for name, module in list(sys.modules.items())
        if name.startswith("brisknet") and isinstance(vars(module).get("_registry"), Registry)
    }
    assert found == {module.__name__ for module in (*NAMED, layers, schedules)}
    assert {name.removeprefix("brisknet.") for name in found} <= set(objects._AREAS)


@every_module
def test_names(module):
    registry = module._registry
    assert len(registry.names) > 5
    for name, known in registry.names.items():
        if isinstance(known, type) and known.__name__ not in NEED_ARGUMENTS:
            assert type(module.get(name)) is type(module.get(known)) is known
            made = module.get(name)
            assert module.get(made) is made
            assert type(module.deserialize(module.serialize(made))) is known
        elif not isinstance(known, type):
            assert module.get(name) is module.get(known) is module.deserialize(name) is known
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, type) and value is not registry.base and name not in registry.without:
            assert registry.names[name.lower() if registry.any_case else name] is value


@every_module
def test_mistyped_names_are_guessed(module):
    name = max(module._registry.names, key=len)
    with pytest.raises(ValueError, match=rf"\.get\] unknown \w+ '{name[:-1]}'; did you mean"):
        module.get(name[:-1])
    with pytest.raises(ValueError, match=r"\.get\] unknown \w+ 'qqqqqq': the names are those of"):
        module.get("qqqqqq")
    with pytest.raises(ValueError, match=r"\.get\] expected \w+: a name.*, got 3"):
        module.get(3)


@pytest.mark.parametrize("module", OBJECTS, ids=lambda m: m.__name__)
def test_only_the_modules_own_kind_is_deserialized(module):
    for other, made in OBJECTS.items():
        config = other.serialize(made)
        if other is module:
            assert type(module.deserialize(config)) is type(made)
            continue
        wrong = rf"\.deserialize\] .*got that of {type(made).__name__}"
        with pytest.raises(ValueError, match=wrong):
            module.deserialize(config)
    with pytest.raises(ValueError, match=r"\.deserialize\] expected \w+: a configuration with"):
        module.deserialize({"config": {}})


@pytest.mark.parametrize("module", [optimizers, schedules, layers], ids=lambda m: m.__name__)
def test_a_function_is_none_of_these(module):
    with pytest.raises(ValueError, match="got that of function"):
        module.deserialize({"class_name": "function", "config": "relu"})


@pytest.mark.parametrize("module", [initializers, losses, metrics], ids=lambda m: m.__name__)
def test_files_list_a_name_once(module):
    files = [
        importlib.import_module(name)
        for name in list(sys.modules)
        if name.rpartition(".")[0] == module.__name__
    ]
    listed = [name for file in files for name in vars(file).get("__all__", ())]
    assert len(listed) == len(set(listed)) > 15
    assert set(listed) < set(module.__all__)
    assert all(getattr(module, name) is not None for name in module.__all__)
    assert public_names(module.__name__) == sorted(listed)


@pytest.mark.parametrize("loss", CLASS_OF.values(), ids=lambda cls: cls.__name__)
def test_a_loss_and_its_function(loss):
    """They have the same arguments, with the same defaults, and names that belong together."""
    assert CLASS_OF[loss.fn] is loss is losses._registry.names[loss.__name__]
    assert losses._registry.names[loss.fn.__name__] is loss.fn
    of_class, of_function = (inspect.signature(one).parameters for one in (loss, loss.fn))
    own = [name for name in of_class if name not in ("reduction", "name", "dtype")]
    assert own == [*of_function][2:]
    for name in own:
        if of_function[name].default is not inspect.Parameter.empty:
            assert of_class[name].default == of_function[name].default


def test_classes_of_functions_can_be_extended():
    """Without an `__init__` of its own a class has its base's, and so the base's name."""
    for base, name in [
        (losses.LogCosh, "log_cosh"),
        (losses.Huber, "huber_loss"),
        (metrics.Hinge, "hinge"),
        (metrics.LogCoshError, "logcosh"),
        (metrics.BinaryAccuracy, "binary_accuracy"),
    ]:
        own = type("Own", (base,), {})
        assert own().name == base().name == name
        assert own.__init__ is base.__init__
        assert inspect.signature(own) == inspect.signature(base)
        assert inspect.signature(base).parameters["name"].default == name
        assert pickle.loads(pickle.dumps(base(name="mine"))).name == "mine"

    class Loose(metrics.BinaryAccuracy):
        def __init__(self, slack, name=None):
            super().__init__(name, threshold=0.5 - slack)
            self.slack = slack

    assert Loose(0.25)([[1.0]], [[0.3]]) == 1
    assert metrics.BinaryAccuracy()([[1.0]], [[0.3]]) == 0


def test_metrics_of_losses_get_better_downwards():
    found = {
        cls.__name__: cls.direction
        for cls in metrics._registry.names.values()
        if issubclass(cls, MeanOfFunction)
    }
    of_losses = {name for name, direction in found.items() if direction == "down"}
    assert of_losses >= {"MeanSquaredError", "Hinge", "KLDivergence", "LogCoshError"}
    assert all(found[name] == "up" for name in found if "Accuracy" in name or "Corr" in name)
