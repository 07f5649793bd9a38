"""Layers, weights and metrics in attributes, lists, dicts and tuples, whenever they came there."""

import collections
import copy
import pickle

import numpy as np
import pytest

import brisknet as bk
from brisknet import layers, metrics

X = np.random.default_rng(0).standard_normal((32, 4)).astype(np.float32)
Pair = collections.namedtuple("Pair", "first second")


def through(x, parts, training):
    """The output after some layers, and the backward."""
    backs = []
    for part in parts:
        x, back = part.run(x, training)
        backs.append(back)

    def backward(dy):
        for back in reversed(backs):
            dy = back(dy)
        return dy

    return x, backward


class Held(layers.Layer):
    """Layers in all that can hold them, and weights of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.layers = []
        self.by_name = {}
        self.out = layers.Dense(4, name="out")
        self.layers.append(layers.Dense(4))
        self.layers += [(layers.Dense(4), [layers.Dense(4)])]
        self.layers[1][1].append(layers.Dense(4))
        self.by_name["drop"] = layers.Dropout(0.5)
        self.by_name.setdefault("more", collections.OrderedDict())["last"] = layers.Dense(4)
        self.pair = Pair(layers.Dense(4), bk.Variable([2.0] * 4, name="scale"))
        self.counts = [bk.Variable(0.0, trainable=False, name="count")]

    def parts(self):
        lists = self.layers
        more = (self.by_name["drop"], self.by_name["more"]["last"], self.pair.first, self.out)
        return [lists[0], lists[1][0], *lists[1][1], *more]

    def forward(self, x, training=False):
        y, back = through(x, self.parts(), training)
        scale = self.pair.second

        def backward(dy):
            scale.grad = (dy * y).sum(axis=0)
            return back(dy * scale.value)

        return y * scale.value, backward


def held_model():
    bk.utils.set_random_seed(0)
    model = bk.Sequential([bk.Input((4,)), Held(name="held"), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def test_all_are_built_counted_and_trained():
    model = held_model()
    held = model.layers[0]
    assert held.count_params() == 7 * 20 + 4 + 1
    assert [v.name for v in held.weights[:2]] == ["scale", "count"]
    # In the order in which they came: out was there before the lists were filled.
    assert held.weights[2] is held.out.kernel
    assert held.weights[4] is held.layers[0].kernel
    assert len(model.trainable_weights) == 7 * 2 + 1 + 2
    assert len(held.non_trainable_weights) == 1
    before = model.get_weights()
    model.fit(X, X[:, :1], epochs=3, verbose=0)
    unchanged = [
        v.name for v, old in zip(model.weights, before, strict=True) if np.array_equal(v.value, old)
    ]
    assert unchanged == ["count"]


def test_all_are_frozen():
    model = held_model()
    held = model.layers[0]
    held.trainable = False
    assert len(model.trainable_weights) == 2
    before = held.get_weights()
    model.compile("adam", "mse")
    model.fit(X, X[:, :1], verbose=0)
    assert all(map(np.array_equal, before, held.get_weights()))
    held.trainable = True
    assert len(held.trainable_weights) == 15
    assert not Held(trainable=False).has_trainable


@pytest.mark.parametrize("ending", ["safetensors", "keras"])
def test_all_are_saved(ending, tmp_path):
    if ending == "keras":
        pytest.importorskip("h5py")
    model = held_model()
    model.layers[0].counts[0].assign(3.0)
    model.fit(X, X[:, :1], verbose=0)
    model.save(tmp_path / f"m.{ending}")
    loaded = bk.models.load_model(tmp_path / f"m.{ending}", {"Held": Held})
    for one in (model, loaded):
        one.fit(X, X[:, :1], epochs=2, verbose=0)  # dropout's random stream goes on as well
    assert all(map(np.array_equal, model.get_weights(), loaded.get_weights()))
    assert loaded.layers[0].counts[0].value == 3


def test_what_is_taken_away_is_let_go():
    layer = layers.Layer()
    a, b, c, d = (layers.Dense(1, name=name) for name in "abcd")
    layer.parts = [a, b, c]
    layer.by_name = {"a": a, "d": d}

    def names():
        return {used.name for _, used in layer.used_layers()}

    layer.parts.pop(0)
    assert names() == set("abcd")  # the dict has it yet
    del layer.by_name["a"]
    assert names() == set("bcd")
    layer.parts.remove(c)
    assert names() == set("bd")
    layer.parts[0] = a
    assert names() == set("ad")
    layer.parts[:] = [b, c]
    assert names() == set("bcd")
    layer.parts.clear()
    layer.by_name.pop("d")
    assert names() == set()
    layer.by_name.update(a=a)
    layer.by_name |= {"b": b}
    layer.parts.insert(0, c)
    layer.parts.extend([d])
    assert names() == set("abcd")
    assert layer.by_name.popitem() == ("b", b)
    layer.by_name.clear()
    del layer.parts[:]
    assert names() == set()
    layer.parts = collections.OrderedDict(a=a, b=b)
    assert layer.parts.popitem(last=False) == ("a", a)
    assert names() == {"b"}
    layer.parts = b  # another attribute of this name
    del layer.parts
    assert names() == set()


def test_weights_taken_away():
    layer = layers.Layer()
    layer.build((None, 1))
    layer.ws = [layer.add_weight((2,), name="a"), layer.add_weight((3,), name="b")]
    layer.w = bk.Variable(1.0, name="c", trainable=False)
    assert [v.name for v in layer.weights] == ["a", "b", "c"]
    layer.ws.pop()
    del layer.w
    assert [v.name for v in layer.weights] == ["a"]
    layer.ws = None  # kept, as in Keras: what add_weight made may be held by nothing else
    assert [v.name for v in layer.weights] == ["a"]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_watch_their_own(duplicate):
    layer = layers.Layer(name="one")
    layer.parts = [layers.Dense(1), {"a": layers.Dense(1)}]
    layer.ordered = collections.OrderedDict(b=layers.Dense(1))
    other = duplicate(layer)
    other.parts.append(layers.Dense(1))
    other.parts[1]["c"] = layers.Dense(1)
    other.ordered["d"] = layers.Dense(1)
    assert len(layer.used_layers()) == 3
    assert len(other.used_layers()) == 6
    other.parts.pop(0)
    assert len(other.used_layers()) == 5
    assert not {id(v) for _, v in layer.used_layers()} & {id(v) for _, v in other.used_layers()}


def test_containers_stay_what_they_are():
    layer = layers.Layer()
    layer.units = [1, 2]
    layer.table = {"a": (1, [2])}
    layer.pair = Pair(1, [])
    assert layer.units == [1, 2]
    assert isinstance(layer.units, list)
    assert layer.table == {"a": (1, [2])}
    assert isinstance(layer.table, dict)
    assert isinstance(layer.pair, Pair)
    assert [*type(layer.units)([3]), 4] == [3, 4]
    other = layers.Layer()
    other.units = layer.units
    other.units.append(layers.Dense(1))
    assert len(other.used_layers()) == 1
    assert layer.units == [1, 2]


def test_lists_of_other_classes_are_looked_through_when_the_layer_is_built():
    class Late(layers.Layer):
        def __init__(self):
            self.early = []
            super().__init__()
            self.parts = collections.defaultdict(list)
            self.parts["a"].append(layers.Dense(2))
            self.early.append(layers.Dense(3))

        def forward(self, x, training=False):
            return through(x, [*self.parts["a"], *self.early], training)

    model = bk.Sequential([bk.Input((4,)), Late()])
    assert [v.shape for v in model.weights] == [(2, 3), (3,), (4, 2), (2,)]


def test_sets_are_refused():
    layer = layers.Layer()
    layer.names = {"a", "b"}
    with pytest.raises(TypeError, match=r"\[Layer\] expected layers.* in a list or a dict"):
        layer.parts = {layers.Dense(1)}
    with pytest.raises(TypeError, match="in a list or a dict"):
        layer.parts = [{"a": {bk.Variable(1.0)}}]


def test_a_models_own_are_its_own():
    class Scaled(bk.Sequential):
        def __init__(self, parts=None, name=None):
            super().__init__(parts, name=name)
            self.head = layers.Dense(1, name="head")
            self.scale = bk.Variable(2.0, name="scale")

        def compute_output_shape(self, input_shape):
            return (None, 1)

        def forward(self, x, training=False, input_gradient=True):
            h, back = super().forward(x, training, input_gradient)
            y, head_back = self.head.run(h, training)

            def backward(dy):
                self.scale.grad = (dy * y).sum()
                return back(head_back(dy * self.scale.value))

            return y * self.scale.value, backward

    def made():
        model = Scaled([bk.Input((4,)), layers.Dense(3)])
        model.compile("sgd", "mse")
        model.build()
        return model

    model, other = made(), made()
    assert [v.name for v in model.weights] == ["scale", "kernel", "bias", "kernel", "bias"]
    before = model.get_weights()
    model.fit(X, X[:, :1], verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))
    data = copy.deepcopy(bk.saving.places.named_weights(model))
    assert [list(names) for names in data.values()] == [
        ["scale"],
        ["layers/dense/kernel", "layers/dense/bias"],
        ["head/kernel", "head/bias"],
    ]
    other.set_weights(model.get_weights())
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    model.trainable = False
    assert not model.has_trainable


def test_what_brisknet_keeps_of_a_model_is_not_watched():
    model = held_model()
    model.compile("adam", "mse", metrics=["mae", metrics.MeanSquaredError()])
    model.fit(X, X[:, :1], validation_split=0.5, verbose=0)
    assert not model._used
    assert not model._measures
    assert not [name for name, value in vars(model).items() if "Watched" in type(value).__name__]


class Counting(layers.Layer):
    """Counts the samples that come by."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seen = {"samples": metrics.Sum(name="samples")}

    def forward(self, x):
        self.seen["samples"].update_state(float(len(x)))
        return x, lambda dy: dy


def test_metrics_of_layers_are_reported_and_reset():
    inner = bk.Sequential([Counting(), layers.Dense(1)])
    inner.compile("sgd", "mse", metrics=["mae"])
    model = bk.Sequential([bk.Input((4,)), Counting(), inner])
    model.compile("sgd", "mse")
    history = model.fit(X, X[:, :1], epochs=3, batch_size=8, verbose=0).history
    assert history["samples"] == history["samples_1"] == [32, 32, 32]
    assert set(history) == {"loss", "samples", "samples_1"}
    assert [m.name for m in model.metrics] == ["loss", "samples", "samples"]
    assert model.metrics_names == ["loss", "samples", "samples_1"]
    assert [m.name for m in model.layers[0].metrics] == ["samples"]
    assert model.evaluate(X, X[:, :1], verbose=0, return_dict=True)["samples"] == 32


def test_metrics_in_a_metric_are_reset():
    class Several(metrics.Metric):
        def __init__(self, name="several"):
            super().__init__(name=name)
            self.parts = []
            self.by_name = {"b": [metrics.Sum()]}
            self.parts.append(metrics.Sum())
            self.bare = bk.Variable(0.0, trainable=False)
            self.own = self.add_weight(name="own")

        def update_state(self, y_true, y_pred, sample_weight=None):
            for part in (self.parts[0], self.by_name["b"][0]):
                part.update_state(1.0)
            self.bare.assign_add(1.0)
            self.own.assign_add(1.0)

        def result(self):
            parts = (self.parts[0].result(), self.by_name["b"][0].result())
            return np.array([*parts, float(self.bare.numpy()), float(self.own)])

    several = Several()
    assert next(v.name for v in several.variables) == "own"
    assert len(several.variables) == 4
    model = bk.Sequential([bk.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[several])
    history = model.fit(X, X[:, :1], epochs=3, batch_size=32, verbose=0).history["several"]
    np.testing.assert_array_equal(history, np.ones((3, 4)))


def test_metrics_given_as_classes_are_made_once(tmp_path):
    bk.utils.clear_session()
    model = bk.Sequential([bk.Input((4,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "bce", metrics=[metrics.AUC, "auc"], weighted_metrics=metrics.Precision)
    model.fit(X, X[:, :1] > 0, verbose=0)
    assert model.metrics_names == ["loss", "auc", "auc_1", "precision"]
    assert metrics.AUC().name == "auc_2"
    model.save(tmp_path / "m.safetensors")
    loaded = bk.models.load_model(tmp_path / "m.safetensors")
    loaded.evaluate(X, X[:, :1] > 0, verbose=0)
    assert loaded.metrics_names == model.metrics_names


class Drawing(layers.Layer):
    """Noise from generators in a list and in a dict."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = [bk.random.SeedGenerator(1), bk.random.SeedGenerator(2)]
        self.by_name = {"c": bk.random.SeedGenerator(3)}

    def forward(self, x, training=False):
        for seed in (*self.seeds, *self.by_name.values()) if training else ():
            x = x + bk.random.normal(x.shape, seed=seed)
        return x, lambda dy: dy


def test_random_generators_in_lists_go_on_after_loading(tmp_path):
    model = bk.Sequential([bk.Input((4,)), Drawing(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], verbose=0)
    model.save(tmp_path / "m.safetensors")
    loaded = bk.models.load_model(tmp_path / "m.safetensors", {"Drawing": Drawing})
    states = [[s.state for s in m.layers[0].seeds] for m in (model, loaded)]
    assert states[0] == states[1]
    for one in (model, loaded):
        one.fit(X, X[:, :1], verbose=0)
    assert all(map(np.array_equal, model.get_weights(), loaded.get_weights()))
