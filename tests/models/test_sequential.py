"""Sequential: layers, building, shapes, weights, names."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import Sequential, layers
from checks import bits
from reference import U, assert_within, central_differences
from two_layers import X, two_layers


def test_construction():
    model = two_layers(name="mine")
    assert model.name == "mine"
    assert [layer.name for layer in model.layers] == ["first", "second"]
    assert model.built
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 2)
    assert [v.path for v in model.variables] == [
        "mine/first/kernel",
        "mine/first/bias",
        "mine/second/kernel",
        "mine/second/bias",
    ]
    assert model.count_params() == 4 * 3 + 3 + 3 * 2 + 2
    assert repr(model) == "<Sequential(name='mine'), 2 layers, (None, 4) -> (None, 2)>"
    assert Sequential().layers == []
    assert bn.models.Sequential is Sequential


def test_layers_is_a_copy():
    model = two_layers()
    model.layers.clear()
    assert len(model.layers) == 2


def test_output_is_the_layers_one_after_the_other():
    model = two_layers()
    first, second = model.layers
    expected = second(first(X))
    for y in (model(X), model.predict(X, verbose=0), model.predict_on_batch(X), model.infer(X)):
        assert y.dtype == np.float32
        assert (y == expected).all()
    w = [w.astype(np.float64) for w in model.get_weights()]
    exact = np.tanh(X.astype(np.float64) @ w[0] + w[1]) @ w[2] + w[3]
    # Sums of 4 and of 3 products below 1, and a tanh; the first's errors go through the second.
    assert_within(expected, exact, (5 * 5 * 3 + 4 * 4) * U)


def test_gradient_by_the_input_and_the_weights():
    model = two_layers()
    y, backward = model.run(X)
    dy = np.random.default_rng(1).uniform(-1, 1, y.shape).astype(np.float32)
    dx = backward(dy)
    w = [w.astype(np.float64) for w in model.get_weights()]

    def total(x, *w):
        return dy * (np.tanh(x @ w[0] + w[1]) @ w[2] + w[3])

    # Sums over 6 samples, of products of what has errs by as much as the outputs above.
    bound = 6 * 100 * U
    assert_within(dx, central_differences(lambda x: total(x, *w), X.astype(np.float64)), bound)
    for i, v in enumerate(model.variables):

        def of_one(value, i=i):
            return total(X.astype(np.float64), *w[:i], value, *w[i + 1 :])

        assert_within(v.grad, central_differences(of_one, w[i]), bound)


def test_add_and_pop():
    model = Sequential()
    model.add(layers.Input((4,)))
    model.add(layers.Dense(3, name="a"))
    assert model.output_shape == (None, 3)
    model.add(layers.Dense(2, name="b"))
    kept = model.get_layer("a").get_weights()
    assert model.output_shape == (None, 2)
    assert model.pop().name == "b"
    assert model.output_shape == (None, 3)
    assert all((a == b).all() for a, b in zip(kept, model.get_weights(), strict=True))
    model.pop()
    assert model.layers == []
    with pytest.raises(ValueError, match="has no layers to remove"):
        model.pop()
    model.add(layers.Dense(5))
    assert model.output_shape == (None, 5)


@pytest.mark.parametrize(
    "first",
    [
        [layers.Input((4,)), layers.Dense(3)],
        [layers.Dense(3, input_shape=(4,))],
        [layers.Dense(3, input_dim=4)],
    ],
    ids=["Input", "input_shape", "input_dim"],
)
def test_shape_of_the_first_layer(first):
    model = Sequential([*first, layers.Dense(2)])
    assert model.built
    assert model.input_shape == (None, 4)


def test_unbuilt():
    model = Sequential([layers.Dense(3), layers.Dense(2)], name="m")
    assert not model.built
    assert model.get_weights() == model.variables == []
    with pytest.raises(AttributeError, match=r"\[m\] has no input shape yet"):
        model.input_shape  # noqa: B018
    with pytest.raises(AttributeError, match=r"\[m\] has no output shape before it is built"):
        model.output_shape  # noqa: B018
    with pytest.raises(ValueError, match="has no weights yet"):
        model.count_params()
    with pytest.raises(ValueError, match="cannot be built without layers and an input shape"):
        model.build()
    with pytest.raises(ValueError, match="cannot be built without layers and an input shape"):
        Sequential([layers.Input((3,))]).build()
    model.build((None, 4))
    assert model.built
    assert model.input_shape == (None, 4)


@pytest.mark.parametrize("use", ["call", "predict", "fit", "evaluate"])
def test_first_use_builds(use):
    model = Sequential([layers.Dense(3), layers.Dense(2)])
    model.compile("sgd", "mse")
    y = np.zeros((6, 2))
    {
        "call": lambda: model(X),
        "predict": lambda: model.predict(X, verbose=0),
        "fit": lambda: model.fit(X, y, verbose=0),
        "evaluate": lambda: model.evaluate(X, y, verbose=0),
    }[use]()
    assert model.built
    assert model.input_shape == (None, 4)
    assert len(model.get_weights()) == 4


@pytest.mark.parametrize("shape", [4, "ab", (), None, (None, 0), (None, "a")])
def test_build_with_a_wrong_shape(shape):
    model = Sequential([layers.Dense(3)])
    with pytest.raises((ValueError, TypeError), match=r"input.shape"):
        model.build(shape)
    model.build((None, 4))


def test_build_with_another_shape():
    model = two_layers()
    before = bits(model)
    model.build((None, 4))
    with pytest.raises(ValueError, match=r"expected input_shape \(None, 4\), got \(None, 5\)"):
        model.build((None, 5))
    assert model.input_shape == (None, 4)
    assert bits(model) == before


@pytest.mark.parametrize("bad", [3, None, layers.Dense, "Dense", [layers.Dense(1)], lambda x: x])
def test_only_layers(bad):
    model = two_layers()
    with pytest.raises(TypeError, match="expected a Layer, got"):
        model.add(bad)
    with pytest.raises(TypeError, match="expected a Layer, got"):
        Sequential([bad])
    assert len(model.layers) == 2


def test_names_must_differ():
    with pytest.raises(ValueError, match="expected layers of different names, got two named 'a'"):
        Sequential([layers.Dense(1, name="a"), layers.Flatten(name="a")])
    layer = layers.Dense(1)
    with pytest.raises(ValueError, match="is in the model already"):
        Sequential([layer, layer])


def test_input_comes_first():
    for given in ([layers.Dense(1), layers.Input((4,))], [layers.Input((4,)), layers.Input((4,))]):
        with pytest.raises(ValueError, match="an Input can only come first"):
            Sequential(given)


def test_get_layer():
    model = two_layers()
    first, second = model.layers
    assert model.get_layer("second") is model.get_layer(index=1) is second
    assert model.get_layer(index=-2) is first
    with pytest.raises(ValueError, match="no layer 'third': the layers are first, second"):
        model.get_layer("third")
    for index in (2, -3):
        with pytest.raises(ValueError, match=f"has 2 layers: {index}"):
            model.get_layer(index=index)
    for arguments in ({}, {"name": "first", "index": 0}):
        with pytest.raises(ValueError, match="expected either name or index"):
            model.get_layer(**arguments)


def test_weights_in_and_out():
    model, other = two_layers(), two_layers()
    weights = model.get_weights()
    assert [w.shape for w in weights] == [(4, 3), (3,), (3, 2), (2,)]
    other.set_weights(weights)
    assert bits(other) == bits(model)
    weights[0][:] = 9
    assert bits(other) == bits(model)
    other.set_weights([w.astype(np.float64).tolist() for w in model.get_weights()])
    assert bits(other) == bits(model)
    assert [v.path for v in model.weights] == [v.path for v in model.variables]


@pytest.mark.parametrize("x", [X[:, :3], X[:, :, None], np.ones((2, 2, 4)), [1, 2, 3]], ids=str)
def test_wrong_input_shapes(x):
    model = two_layers(name="m")
    model.compile("sgd", "mse")
    y = np.zeros((len(x), 2))
    message = r"expected x of shape \(samples, 4\) for model 'm', got"
    for call in (
        lambda: model.predict(x),
        lambda: model.predict_on_batch(x),
        lambda: model.evaluate(x, y),
        lambda: model.fit(x, y),
        lambda: model.train_on_batch(x, y),
        lambda: model.test_on_batch(x, y),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_open_axes():
    model = Sequential([layers.Input((None, 4)), layers.Dense(2)])
    assert model.output_shape == (None, None, 2)
    for length in (1, 5):
        x = np.ones((3, length, 4))
        assert model.predict(x, verbose=0).shape == (3, length, 2)
    with pytest.raises(ValueError, match=r"expected x of shape \(samples, None, 4\)"):
        model.predict(np.ones((3, 4)))


def test_compile_comes_first():
    model = two_layers()
    y = np.zeros((6, 2))
    for method in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with pytest.raises(ValueError, match=rf"\[{method.__name__}\] call compile\(\) first"):
            method(X, y)
    model.predict(X, verbose=0)


def test_compile_starts_anew():
    model = two_layers()
    model.compile("adam", "mse")
    model.fit(X, np.zeros((6, 2)), verbose=0)
    before = bits(model)
    model.compile("adam", "mse", metrics=["mae"], jit_compile=True, run_eagerly=True)
    assert bits(model) == before
    assert model.optimizer.iterations == 0
    assert model.metrics_names == ["loss"]


@pytest.mark.parametrize("name", ["quantize", "add_loss"])
def test_refused_methods_say_so(name):
    with pytest.raises(AttributeError, match=rf"\[Sequential\] {name} is not supported by this"):
        getattr(two_layers(), name)
    assert not hasattr(two_layers(), name)


def test_other_attributes_are_not_there():
    with pytest.raises(AttributeError, match="'Sequential' object has no attribute 'nope'"):
        two_layers().nope  # noqa: B018


class Counted(layers.Identity):
    """Counts how often its output's shape is asked for."""

    asked = 0

    def compute_output_shape(self, input_shape):
        Counted.asked += 1
        return super().compute_output_shape(input_shape)


def test_many_layers_are_built_once_each():
    """Neither a list of layers nor one that is added after the other makes all be built again."""
    Counted.asked = 0
    Sequential([layers.Input((1,)), *(Counted() for _ in range(300))])
    assert Counted.asked == 300
    other = Sequential()
    other.add(layers.Input((1,)))
    for _ in range(300):
        other.add(Counted())
    assert Counted.asked == 600
    for _ in range(100):
        other.pop()
    other.add(Counted())
    assert Counted.asked == 601
    assert other.output_shape == (None, 1)


def test_layers_that_changed_are_asked_again():
    """A model within the model may have got another layer, and so another output."""
    inner = Sequential([layers.Input((3,)), layers.Dense(4)])
    model = Sequential([layers.Input((3,)), inner])
    inner.add(layers.Dense(7))
    model.add(layers.Dense(2))
    assert model.layers[-1].kernel.shape == (7, 2)
    popped = model.pop(rebuild=False)
    model.add(layers.Dense(5))
    assert popped.kernel.shape == (7, 2)
    assert model.output_shape == (None, 5)
    with pytest.raises(ValueError, match="Permute"):
        model.add(layers.Permute((2, 1), name="Permute"))
    model.add(layers.Dense(6))
    assert model.output_shape == (None, 6)


def test_names_that_were_changed_are_known():
    model = Sequential([layers.Dense(2, name="a"), layers.Dense(2, name="b")])
    model.layers[0].name = "c"
    with pytest.raises(ValueError, match="two named 'c'"):
        model.add(layers.Dense(2, name="c"))
    model.add(layers.Dense(2, name="a"))
    model.pop()
    model.add(layers.Dense(2, name="a"))
    with pytest.raises(ValueError, match="two named 'a'"):
        model.add(layers.Dense(2, name="a"))
