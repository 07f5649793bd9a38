"""What objects and modules look like to those who print and explore them."""

import functools
import inspect
import pydoc
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks, initializers, layers, losses, metrics, optimizers, regularizers
from brisknet.display.representation import Represented, call_text


def public_modules(module):
    """A module and the modules among its public names."""
    yield module
    for value in map(vars(module).get, module.__all__):
        if inspect.ismodule(value) and hasattr(value, "__all__"):
            yield from public_modules(value)


MODULES = {module.__name__: module for module in public_modules(bn)}


def public_classes():
    for module in MODULES.values():
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) and value.__module__.startswith("brisknet"):
                yield value


CLASSES = {f"{cls.__module__}.{cls.__qualname__}": cls for cls in public_classes()}

# Something for each argument without a default.
ARGUMENTS = {
    "activation": "tanh", "alpha": 0.1, "backup_dir": "b", "boundaries": [1], "custom_objects": {},
    "decay_rate": 0.5, "decay_steps": 10, "dims": (1,), "filename": "f.csv", "fn": losses.Huber(),
    "filepath": "f.safetensors", "first_decay_steps": 4, "initial_learning_rate": 0.1,
    "initializer": "zeros", "input_dim": 4, "learning_rate": 0.1, "n": 3, "num_classes": 3,
    "output_dim": 2, "precision": 0.5, "rate": 0.5, "recall": 0.5, "scale": 2.0,
    "schedule": lambda epoch: 0.1, "sensitivity": 0.5, "specificity": 0.5, "stddev": 0.1,
    "target_class_ids": [1], "target_shape": (2,), "units": 3, "values": [0.1, 0.2],
}  # fmt: skip
# These ask for one of two arguments, or are made by brisknet alone.
INSTEAD = {
    "InputLayer": {"shape": (3,)},
    "Variable": {"initializer": np.ones((2, 3)), "name": "kernel"},
}


def required(cls):
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(cls).parameters.values()
    return [p.name for p in parameters if p.kind in named and p.default is p.empty]


def made(cls):
    arguments = INSTEAD.get(cls.__name__) or {name: ARGUMENTS[name] for name in required(cls)}
    return cls(**arguments)


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_shows_what_it_is(name):
    cls = CLASSES[name]
    if inspect.isabstract(cls) or issubclass(cls, BaseException | tuple):
        pytest.skip("it makes no object, or shows its content")
    if cls is callbacks.LivePlot:
        pytest.importorskip("matplotlib")
    obj = made(cls)
    text = repr(obj)
    assert type(obj).__repr__ is not object.__repr__
    assert " object at 0x" not in text
    assert re.match(rf"<?{type(obj).__name__}\b", text)
    assert "\n" not in text
    assert len(text) <= 250
    if isinstance(obj, Represented):
        for argument in required(cls):
            if argument != "fn":  # kept by another name
                assert f"{argument}=" in text
        if cls.__name__ in {base.__name__ for base in cls.__mro__[:-1]} and "<" not in text:
            assert text.endswith(")")


def test_the_list_of_classes_is_whole():
    """The test above sees what there is."""
    names = {cls.__name__ for cls in CLASSES.values()}
    assert len(names) > 120
    assert {"Dense", "Adam", "History", "AUC", "Huber", "L2", "Variable", "PyDataset"} <= names


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        (optimizers.Adam(), "Adam(learning_rate=0.001)"),
        (optimizers.SGD(0.5, momentum=0.9), "SGD(learning_rate=0.5, momentum=0.9)"),
        (
            optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)),
            "SGD(learning_rate=ExponentialDecay(initial_learning_rate=0.1, decay_steps=10.0, "
            "decay_rate=0.5))",
        ),
        (callbacks.EarlyStopping(patience=3), "EarlyStopping(monitor='val_loss', patience=3)"),
        (callbacks.EarlyStopping("loss"), "EarlyStopping(monitor='loss')"),
        (initializers.HeNormal(), "HeNormal()"),
        (initializers.HeNormal(seed=3), "HeNormal(seed=3)"),
        (initializers.RandomUniform(-1, 1), "RandomUniform(minval=-1, maxval=1)"),
        (initializers.Constant(np.ones((2, 3))), "Constant(value=<ndarray of shape (2, 3)>)"),
        (regularizers.L1L2(l2=1e-3), "L1L2(l1=0.0, l2=0.001)"),
        (losses.MeanSquaredError(), "MeanSquaredError()"),
        (losses.Huber(2.0, reduction="sum"), "Huber(delta=2.0, reduction='sum')"),
        (metrics.AUC(curve="PR", name="a"), "AUC(num_thresholds=200, curve='PR', name='a')"),
        (metrics.Mean("b"), "Mean(name='b')"),
        (metrics.Precision(name="p"), "Precision(thresholds=[0.5], name='p')"),
        (callbacks.LambdaCallback(on_epoch_end=abs), "LambdaCallback(on_epoch_end=abs)"),
        (
            layers.Embedding(4, 2, "random_uniform", name="a"),
            "<Embedding(input_dim=4, output_dim=2, name='a'), not built>",
        ),
        (
            layers.Embedding(4, 2, initializers.RandomUniform(maxval=1), name="a"),
            "<Embedding(input_dim=4, output_dim=2, embeddings_initializer=RandomUniform("
            "minval=-0.05, maxval=1), name='a'), not built>",
        ),
        (optimizers.Adam(amsgrad=1), "Adam(learning_rate=0.001, amsgrad=True)"),
    ],
)
def test_arguments_that_differ_from_the_defaults_are_shown(obj, text):
    assert repr(obj) == text


def test_layers_before_and_after_build():
    dense = layers.Dense(
        3, "relu", kernel_initializer="he_normal", kernel_regularizer="l2", name="a"
    )
    call = (
        "Dense(units=3, activation=relu, kernel_initializer=HeNormal(), "
        "kernel_regularizer=L2(l2=0.01), name='a')"
    )
    assert repr(dense) == f"<{call}, not built>"
    dense.build((None, 4))
    assert repr(dense) == f"<{call}, built for (None, 4)>"
    model = bn.Sequential([dense], name="b")
    assert repr(model) == "<Sequential(name='b'), 1 layer, not built>"
    model.build((None, 4))
    model.add(layers.Dropout(0.5))
    assert repr(model) == "<Sequential(name='b'), 2 layers, (None, 4) -> (None, 3)>"
    model.trainable = False
    assert "trainable=False" in repr(model)


class Own(layers.Layer):
    def __init__(self, kept, lost, text="x", many=None, **kwargs):
        super().__init__(**kwargs)
        self.kept, self.text, self.many = kept, text, many

    def forward(self, x):
        return x, lambda dy: dy


def test_own_classes_of_every_kind():
    own = Own(np.ones((1000, 1000)), 2, "long\n" * 100, list(range(100)), name="own")
    text = repr(own)
    assert text.startswith("<Own(kept=<ndarray of shape (1000, 1000)>, text='long\\n")
    assert "many=[0, 1, 2, 3, 4, 5, …]" in text
    assert len(text) < 250
    assert "lost" not in text  # it is not kept

    class Broken(callbacks.Callback):
        def __init__(self, path, hook):
            self.hook = hook

        @property
        def path(self):
            raise RuntimeError("not yet")

    assert repr(Broken("a", functools.partial(max, key=abs))) == "Broken(hook=partial(max))"
    assert "(many={'a': " in call_text(Many({"a": np.ones(3)}))


class Unequal:
    def __eq__(self, other):
        raise RuntimeError("it cannot be compared")

    __hash__ = None


def test_values_that_cannot_be_compared():
    class Kept(callbacks.Callback):
        def __init__(self, value=3):
            self.value = value

    assert repr(Kept(Unequal())) == "Kept(value=Unequal())"
    assert repr(Kept(True)) == "Kept(value=True)"


class Many(callbacks.Callback):
    def __init__(self, many):
        super().__init__()
        self.many = many


# --- histories and models in notebooks


class Cells(HTMLParser):
    """The texts of a table's rows; refuses tags that are not closed."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.open = [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def fitted(**options):
    model = bn.Sequential([layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", "mae"])
    x, y = np.linspace(-1, 1, 16)[:, None], np.arange(16) % 2
    return model.fit(x, y, epochs=4, verbose=0, **options)


def test_history_shows_its_last_and_best_values():
    history = callbacks.History()
    logs = [(0.9, 0.5, 1.0), (0.3, 0.7, 3.0), (0.5, 0.6, 2.0)]
    for epoch, (loss, accuracy, unknown) in enumerate(logs):
        history.on_epoch_end(epoch, {"accuracy": accuracy, "loss": loss, "unknown": unknown})
    assert repr(history) == (
        "<History of 3 epochs, loss 0.5000 (best 0.3000 in epoch 2), "
        "accuracy 0.6000 (best 0.7000 in epoch 2), unknown 2.0000>"
    )
    assert Cells(history._repr_html_()).rows == [
        ["metric", "last", "best", "in epoch"],
        ["loss", "0.5000", "0.3000", "2"],
        ["accuracy", "0.6000", "0.7000", "2"],
        ["unknown", "2.0000", "", ""],
    ]
    assert history.best_epoch("accuracy") == 1
    assert history.best_epoch("unknown") is None
    with pytest.raises(KeyError):
        history.best_epoch("missing")


def test_best_epochs():
    history = fitted(validation_split=0.25, validation_freq=2, initial_epoch=1)
    history.history = {"val_loss": [np.nan], "loss": [np.nan, 2.0, 2.0], "mae": [3.0, 2.0, 1.0]}
    assert history.epoch == [1, 2, 3]
    assert history.best_epoch("val_loss") is None
    assert history.best_epoch("loss") == 2  # of equal ones the first, and no nan
    assert history.best_epoch("mae") == 3
    history.epoch = [1, 2, 3, 4]
    history.history = {"val_auc_1": [0.5, 0.7]}
    assert history.best_epoch("val_auc_1") == 4
    assert len(repr(callbacks.History())) < 30


def test_best_epochs_by_the_models_metrics():
    class Upward(metrics.Mean):
        direction = "up"

        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_pred)

    model = bn.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Upward(name="own")])
    history = model.fit(np.ones((4, 2)), np.ones(4), epochs=3, verbose=0)
    assert history.best_epoch("own") == int(np.argmax(history.history["own"]))


def test_models_as_tables():
    inner = bn.Sequential([layers.Dense(4, name="first"), layers.Dropout(0.1, name="<b>")])
    frozen = layers.Dense(2, name="last", trainable=False)
    model = bn.Sequential([inner, frozen], name="a&b")
    unbuilt = Cells(model._repr_html_()).rows
    assert unbuilt[-1] == ["not built: shapes and parameters are known when the input's shape is"]
    assert unbuilt[1][2:] == ["?", "?"]
    model.build((None, 3))
    html = model._repr_html_()
    assert "a&amp;b" in html
    assert "<b>" not in html.replace("<b>Sequential", "")
    assert Cells(html).rows == [
        ["layer", "type", "output shape", "parameters"],
        [inner.name, "Sequential", "(None, 4)", "16"],
        ["\u2003first", "Dense", "(None, 4)", "16"],
        ["\u2003<b>", "Dropout", "(None, 4)", "0"],
        ["last", "Dense (frozen)", "(None, 2)", "10"],
        ["26 parameters (104.00 B), 16 of them trainable"],
    ]


def test_tables_of_deep_models_are_folded():
    model = bn.Sequential([bn.Input((2,)), *(layers.Identity() for _ in range(1000))])
    rows = Cells(model._repr_html_()).rows
    assert len(rows) < 70
    assert ["… 940 more", "", "", ""] in rows


def test_tables_bring_no_colours_of_their_own():
    """So that they read well on a light and on a dark page."""
    for html in (fitted()._repr_html_(), bn.Sequential([layers.Dense(1)])._repr_html_()):
        colours = re.findall(r"(?<![-\w])(?:color|background|background-color): *([^;']+)", html)
        assert set(colours) <= {"inherit", "none"}


# --- what modules list


@pytest.mark.parametrize("name", MODULES)
def test_modules_list_their_public_names_alone(name):
    module = MODULES[name]
    listed = {known for known in dir(module) if not known.startswith("__")}
    assert listed == {known for known in module.__all__ if not known.startswith("__")}
    assert {"__all__", "__doc__", "__name__"} <= set(dir(module))
    assert all(hasattr(module, known) for known in module.__all__)


def test_the_list_of_modules_is_whole():
    names = "layers optimizers optimizers.schedules utils random config datasets.mnist saving ops"
    assert {f"brisknet.{known}" for known in names.split()} <= set(MODULES)


def test_objects_list_what_they_have():
    model = bn.Sequential([bn.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    for obj in (model, model.layers[0], model.optimizer):
        names = [name for name in dir(obj) if not name.startswith("_")]
        assert all(hasattr(obj, name) for name in names)
    assert "fit" in dir(model)
    assert "quantize" not in dir(model)  # Keras's, which is refused


@pytest.mark.parametrize("obj", [bn, layers.Dense, bn.Sequential.fit, callbacks.History])
def test_help_reads_well(obj):
    text = pydoc.plain(pydoc.render_doc(obj))
    assert text.splitlines()[2].strip()
    assert "object at 0x" not in text
