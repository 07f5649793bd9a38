"""Configurations: Keras's format, of all that is not a layer, a loss, a metric or an optimizer."""

import json

import numpy as np
import pytest

from brisknet import activations, constraints, initializers, random, regularizers, saving, utils
from brisknet.serialization.configurable import Configurable

MADE = [
    initializers.Zeros(),
    initializers.Constant([[1.5, 2.5]]),
    initializers.Identity(2.0),
    initializers.RandomNormal(1.0, 0.25, seed=3),
    initializers.TruncatedNormal(1.0, 0.25, seed=3),
    initializers.RandomUniform(-1.0, 2.0, seed=random.SeedGenerator(5)),
    initializers.VarianceScaling(2.0, "fan_out", "uniform", 3, [0], [1]),
    initializers.GlorotUniform(seed=4),
    initializers.Orthogonal(0.5, seed=3),
    initializers.STFT("imag", "hamming", None, True),
    regularizers.L1(0.1),
    regularizers.L2(0.2),
    regularizers.L1L2(0.1, 0.2),
    regularizers.OrthogonalRegularizer(0.3, "columns"),
    constraints.MaxNorm(3, [0, 1]),
    constraints.NonNeg(),
    constraints.UnitNorm(1),
    constraints.MinMaxNorm(0.5, 2.0, 0.75, 1),
]


def area_of(obj):
    return {"initializers": initializers, "regularizers": regularizers, "constraints": constraints}[
        type(obj).__module__.split(".")[1]
    ]


@pytest.mark.parametrize("obj", MADE, ids=lambda obj: type(obj).__name__)
def test_an_object_comes_back_from_json(obj):
    area = area_of(obj)
    config = json.loads(json.dumps(area.serialize(obj)))
    assert config["module"] == f"keras.{area.__name__.split('.')[1]}"
    assert config["class_name"] == type(obj).__name__
    assert config["registered_name"] is None
    for again in (
        area.deserialize(config),
        area.get(config),
        saving.deserialize_keras_object(config),
        type(obj).from_config(config["config"]),
    ):
        assert type(again) is type(obj)
        assert again.get_config() == obj.get_config()
        x = (3, 1, 2) if isinstance(obj, initializers.STFT) else (2, 2)
        w = x if area is initializers else np.arange(4, dtype=np.float32).reshape(2, 2)
        assert np.array_equal(again(w), obj(w)) or isinstance(obj, initializers.RandomUniform)


def test_no_seed_given_is_no_seed_in_the_configuration():
    made = initializers.GlorotUniform()
    assert made.get_config() == {"seed": None, "input_axes": None, "output_axes": None}
    assert isinstance(made.seed, int)


@pytest.mark.parametrize("name", ["relu", "gelu", "softmax", "linear"])
def test_activations_are_their_names(name):
    function = activations.get(name)
    assert activations.serialize(function) == name
    assert activations.deserialize(name) is function
    assert activations.get(saving.serialize_keras_object(function)) is function


def test_plain_values_are_their_own():
    value = {"a": [1, 2.5, None, True], "b": ("text", {"c": 1})}
    assert saving.serialize_keras_object(value) == value
    assert saving.deserialize_keras_object(value) == value
    assert saving.serialize_keras_object(np.float32(0.5)) == 0.5


def test_arrays():
    x = np.arange(6, dtype=np.int16).reshape(2, 3)
    again = saving.deserialize_keras_object(json.loads(json.dumps(utils.serialize_keras_object(x))))
    assert again.dtype == x.dtype
    assert np.array_equal(again, x)


class Doubled(initializers.Initializer):
    def __init__(self, value=1.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        return np.full(shape, 2 * self.value, np.float32)


def test_users_classes_by_custom_objects_scope_and_registration():
    config = initializers.serialize(Doubled(3.0))
    assert config["registered_name"] == "Doubled"
    with pytest.raises(ValueError, match="there is no class 'Doubled'"):
        initializers.deserialize(config)
    assert initializers.deserialize(config, {"Doubled": Doubled})((1,)) == 6
    with saving.custom_object_scope({"Doubled": Doubled}):
        assert initializers.get(config).value == 3
    with pytest.raises(ValueError, match="there is no class"):
        initializers.get(config)

    saving.register_keras_serializable("mine")(Doubled)
    try:
        config = initializers.serialize(Doubled(4.0))
        assert config["registered_name"] == saving.get_registered_name(Doubled) == "mine>Doubled"
        assert saving.get_registered_object("mine>Doubled") is Doubled
        assert initializers.deserialize(config).value == 4
    finally:
        saving.get_custom_objects().pop("mine>Doubled")


def quartic(w):
    return (w**4).sum(), 4 * w**3


def test_users_functions():
    config = regularizers.serialize(quartic)
    assert config["config"] == "quartic"
    assert regularizers.deserialize(config, {"quartic": quartic}) is quartic
    assert regularizers.deserialize("quartic", {"quartic": quartic}) is quartic
    with pytest.raises(ValueError, match="there is no function 'quartic'"):
        regularizers.deserialize(config)


def test_a_lambda_is_refused():
    with pytest.raises(ValueError, match="a lambda has no name"):
        saving.serialize_keras_object(lambda x: x)


def test_a_class_that_keeps_no_attribute_must_define_get_config():
    class Forgetful(Configurable):
        def __init__(self, a, **kwargs):
            super().__init__(**kwargs)

    with pytest.raises(NotImplementedError, match="'a'"):
        Forgetful(1).get_config()


@pytest.mark.parametrize(
    "config",
    [
        {"module": "os", "class_name": "system", "config": {}, "registered_name": None},
        {"module": "os", "class_name": "function", "config": "system", "registered_name": None},
        {"module": "builtins", "class_name": "function", "config": "exec"},
        {"module": "keras.utils", "class_name": "get_file", "config": {}},
        {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "x"}},
        {"module": "keras.layers", "class_name": "__init__", "config": {}},
        {"module": "keras.regularizers", "class_name": "L2", "config": {"unknown": 1}},
        {"module": "keras.regularizers", "class_name": "L2", "config": [1]},
        {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": "x"}},
        {"module": ["keras"], "class_name": {"a": 1}, "config": {}},
        {"class_name": "__lambda__", "config": {"value": "x"}},
        {"class_name": "__numpy__", "config": {"value": [[1], [2, 3]], "dtype": "float32"}},
        {"class_name": "function", "config": ["relu"]},
    ],
)
def test_what_there_is_not_is_refused(config):
    with pytest.raises(ValueError, match=r"\[(deserialize|L2)\]"):
        saving.deserialize_keras_object(config)


def test_an_area_takes_only_its_own():
    with pytest.raises(ValueError, match=r"expected regularizer: .*, got that of NonNeg"):
        regularizers.deserialize(constraints.serialize(constraints.NonNeg()))
    with pytest.raises(ValueError, match="expected regularizer: a configuration with class_name"):
        regularizers.deserialize({"l2": 1})


def test_code_is_never_taken():
    with pytest.raises(ValueError, match="safe_mode=False is not supported"):
        saving.deserialize_keras_object({}, safe_mode=False)
