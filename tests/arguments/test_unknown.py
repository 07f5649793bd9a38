"""Keyword arguments that there are not: refused with a hint, wherever they are given."""

import inspect
import warnings

import numpy as np
import pytest

import brisknet
from brisknet import callbacks, initializers, layers, losses, metrics, optimizers, regularizers
from brisknet.arguments.older import INSTEAD
from brisknet.arguments.unknown import Checked

X, Y = np.zeros((4, 3), np.float32), np.zeros((4, 1), np.float32)


def compiled(**kwargs):
    model = brisknet.Sequential([brisknet.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", **kwargs)
    return model


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: layers.Dense(3, activaton="relu"), ValueError, "[Dense] unknown argument 'activ"
         "aton'; did you mean 'activation'?"),
        (lambda: layers.Dense(unit=3), ValueError, "'unit'; did you mean 'units'?"),
        (lambda: layers.Dense(output_dim=3), ValueError, "'output_dim': use units"),
        (lambda: layers.Dense(3, init="uniform"), ValueError, "use kernel_initializer"),
        (lambda: layers.Dense(3, W_regularizer="l2"), ValueError, "use kernel_regularizer"),
        (lambda: layers.Dense(3, batch_input_shape=(None, 3)), ValueError, "use input_shape, or"),
        (lambda: layers.Dense(3, zzz=1), ValueError, "'zzz': see help(Dense)"),
        (lambda: layers.Dropout(p=0.5), ValueError, "[Dropout] unknown argument 'p': use rate"),
        (lambda: layers.GaussianNoise(sigma=0.5), ValueError, "use stddev"),
        (lambda: layers.Embedding(3, 2, init="ones"), ValueError, "use embeddings_initializer"),
        (lambda: layers.BatchNormalization(fused=True), ValueError, "'fused': leave it out"),
        (lambda: brisknet.Input(input_shape=(3,)), TypeError, "[Input] unknown argument 'input_sh"),
        (lambda: brisknet.Sequential(layer=[]), TypeError, "did you mean 'layers'?"),
        (lambda: optimizers.SGD(lr=0.1), ValueError, "[SGD] unknown argument 'lr': use learning_r"),
        (lambda: optimizers.AdamW(lr=0.1), ValueError, "[AdamW] unknown argument 'lr': use learni"),
        (lambda: optimizers.Adam(beta1=0.1), ValueError, "did you mean 'beta_1'?"),
        (lambda: optimizers.schedules.ExponentialDecay(1, 2, rate=3), TypeError, "[ExponentialDec"),
        (lambda: losses.Huber(delte=1), TypeError, "[Huber] unknown argument 'delte'; did you mea"),
        (lambda: metrics.AUC(num_threshold=3), TypeError, "did you mean 'num_thresholds'?"),
        (lambda: regularizers.L2(l=0.1), TypeError, "[L2] unknown argument 'l': use l2"),
        (lambda: initializers.RandomNormal(stdev=1), TypeError, "did you mean 'stddev'?"),
        (lambda: brisknet.constraints.MaxNorm(max_valu=1), TypeError, "did you mean 'max_value'?"),
        (lambda: brisknet.random.SeedGenerator(sed=1), TypeError, "did you mean 'seed'?"),
        (lambda: callbacks.EarlyStopping(patiense=1), TypeError, "did you mean 'patience'?"),
        (lambda: callbacks.ModelCheckpoint("a.keras", period=2), TypeError, "use save_freq"),
        (lambda: callbacks.ReduceLROnPlateau(min_lrr=2), ValueError, "did you mean 'min_lr'?"),
        (lambda: callbacks.TensorBoard(write_grads=True), TypeError, "it is not in Keras 3"),
        (lambda: compiled(metric=["mae"]), TypeError, "[compile] unknown argument 'metric'; did y"),
        (lambda: compiled(class_mode="binary"), TypeError, "'class_mode': choose the loss accordi"),
        (lambda: compiled().fit(X, Y, nb_epoch=2), TypeError, "[fit] unknown argument 'nb_epoch': "
         "use epochs"),
        (lambda: compiled().fit(X, Y, samples_per_epoch=2), TypeError, "use steps_per_epoch"),
        (lambda: compiled().fit(X, Y, epoch=2), TypeError, "did you mean 'epochs'?"),
        (lambda: compiled().evaluate(X, Y, workers=2), ValueError, "give it to a utils.PyDataset"),
        (lambda: brisknet.utils.to_categorical([1], nb_classes=3), TypeError, "use num_classes"),
    ],
)  # fmt: skip
def test_an_unknown_argument_gets_a_hint(call, error, message):
    with pytest.raises(error) as raised:
        call()
    text = str(raised.value)
    assert message in text
    assert text.startswith("[")
    assert len(text) < 160


def test_other_errors_stay_as_they_are():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'units'"):
        layers.Dense()
    with pytest.raises(TypeError, match="multiple values for argument 'x'"):
        compiled().fit(X, Y, x=X)

    class Wrong(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            dict(**logs, loss=2)

    with pytest.raises(TypeError, match="got multiple values for keyword argument 'loss'"):
        compiled().fit(X, Y, verbose=0, callbacks=[Wrong()])


def test_classes_of_the_user_take_what_they_like():
    class Mine(layers.Dense):
        def __init__(self, units, **kwargs):
            self.mine = kwargs.pop("mine", 0)
            super().__init__(units, **kwargs)

    class Mean(metrics.Metric):
        def __init__(self, mine, name=None):
            super().__init__(name=name)
            self.mine = mine

    class Rate(optimizers.SGD):
        def __init__(self, mine, **kwargs):
            super().__init__(**kwargs)

    class Stop(callbacks.EarlyStopping):
        def __init__(self, mine, **kwargs):
            super().__init__(**kwargs)

    assert Mine(2, mine=3, name="a").mine == 3
    assert Mean(mine=3).mine == 3
    assert Rate(mine=1, learning_rate=0.5).learning_rate == 0.5
    assert Stop(mine=1, patience=2).patience == 2
    with pytest.raises(ValueError, match=r"\[Mine\] unknown argument 'unitz'; did you mean 'unit"):
        Mine(2, unitz=3)
    with pytest.raises(ValueError, match=r"\[Rate\] unknown argument 'lr': use learning_rate"):
        Rate(mine=1, lr=3)

    class Same(layers.Layer):
        """Without an __init__ of its own."""

        def forward(self, x):
            return x, lambda dy: dy

    with pytest.raises(ValueError, match=r"\[Same\] unknown argument 'nam'; did you mean 'name'"):
        Same(nam="a")


def test_classes_without_an_init_take_nothing():
    class Mine(brisknet.constraints.Constraint):
        def __call__(self, w):
            return w

    for cls in (Mine, brisknet.constraints.NonNeg, initializers.Zeros):
        with pytest.raises(TypeError, match=rf"\[{cls.__name__}\] expected no arguments, got 1"):
            cls(1)
        with pytest.raises(TypeError, match=rf"\[{cls.__name__}\] unknown argument 'a'"):
            cls(a=1)


def test_functions_keep_their_signatures():
    for method in (brisknet.Sequential.fit, brisknet.Sequential.compile, brisknet.Input):
        assert not [
            p for p in inspect.signature(method).parameters.values() if p.kind is p.VAR_KEYWORD
        ]


def test_warnings_of_fit_point_at_its_caller():
    def batches():
        yield X, Y

    with pytest.warns(UserWarning, match="ran out of data") as warned:
        compiled().fit(batches(), epochs=2, verbose=0)
    assert warned[0].filename == __file__


def classes():
    for area in "callbacks constraints initializers layers losses metrics optimizers".split():
        module = getattr(brisknet, area)
        for name in module.__all__:
            if inspect.isclass(cls := getattr(module, name)) and issubclass(cls, Checked):
                yield cls


@pytest.mark.parametrize("cls", sorted(set(classes()), key=lambda c: (c.__module__, c.__name__)))
def test_every_class_refuses_what_it_does_not_take(cls):
    if cls in (callbacks.CallbackList, callbacks.LambdaCallback, metrics.MeanMetricWrapper):
        return  # these take anything
    if cls.__init__ is callbacks.Callback.__init__:
        assert issubclass(cls, callbacks.Callback)
    with pytest.raises((TypeError, ValueError), match=rf"\[{cls.__name__}\] unknown argument 'zz'"):
        cls(zz=1)


DEPRECATED = [
    (lambda k: k.layers.LeakyReLU(alpha=0.1), "alpha", lambda layer: layer.negative_slope == 0.1),
    (lambda k: k.layers.Embedding(3, 2, input_length=4), "input_length", None),
    (lambda k: k.layers.InputLayer(input_shape=(3,)), "input_shape", None),
    (lambda k: k.optimizers.SGD(decay=1e-3), "decay", lambda o: o.learning_rate == 0.01),
    (lambda k: k.optimizers.AdamW(decay=0.0), "decay", None),
    (
        lambda k: k.callbacks.ReduceLROnPlateau(epsilon=1e-3),
        "epsilon",
        lambda c: c.min_delta < 1e-3,
    ),
]


@pytest.mark.parametrize(("make", "name", "check"), DEPRECATED)
def test_what_keras_3_still_takes_is_taken_with_a_warning(make, name, check):
    with pytest.warns(UserWarning, match=rf"\] {name} is deprecated: ") as warned:
        made = make(brisknet)
    assert check is None or check(made)
    assert warned[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = type(made).from_config(made.get_config()) if hasattr(made, "get_config") else made
    assert type(again) is type(made)


def test_an_input_layer_takes_its_older_names():
    assert layers.InputLayer(batch_input_shape=(None, 3)).batch_shape == (None, 3)
    with pytest.warns(UserWarning, match="use shape"):
        assert layers.InputLayer(input_shape=(3,)).batch_shape == (None, 3)


def owner_of(name):
    """The class or function that a key of INSTEAD means."""
    places = (layers, optimizers, regularizers, callbacks, brisknet.models, brisknet.utils)
    return next(
        (getattr(place, name) for place in places if hasattr(place, name)),
        getattr(brisknet.Sequential, name, None),
    )


@pytest.mark.parametrize("owner", INSTEAD)
def test_the_table_sends_from_what_there_is_not_to_what_there_is(owner):
    parameters = inspect.signature(owner_of(owner)).parameters
    for old, hint in INSTEAD[owner].items():
        assert old not in parameters
        new = hint.removeprefix("use ").partition(",")[0]
        if hint.startswith("use ") and new.isidentifier() and owner != "Layer":
            assert new in parameters, hint


@pytest.mark.parametrize("ending", [".safetensors", ".keras"])
def test_the_format_of_a_file_is_told_by_its_name(ending, tmp_path):
    if ending == ".keras":
        pytest.importorskip("h5py")
    path = tmp_path / f"m{ending}"
    with pytest.warns(UserWarning, match="save_format is deprecated: the name's ending") as warned:
        compiled().save(path, save_format="keras")
    assert warned[0].filename == __file__
    assert brisknet.models.load_model(path).compiled
    with pytest.raises(ValueError, match=r"\[save_model\] unknown argument 'formt'"):
        compiled().save(path, formt="keras")


def test_signatures_of_classes_that_inherit_their_constructor():
    class Own(layers.Dense):
        pass

    assert inspect.signature(Own) == inspect.signature(layers.Dense)
    assert list(inspect.signature(Own).parameters)[:2] == ["units", "activation"]
    assert "x" in inspect.signature(Own(2)).parameters  # of an object: its call's
