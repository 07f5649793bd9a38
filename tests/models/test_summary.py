"""The table of `Sequential.summary`."""

import numpy as np
import pytest

import brisknet as bk
from brisknet import layers


@pytest.fixture(autouse=True)
def _columns_of_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def two_layers(name=None):
    first, second = layers.Dense(3, name="first"), layers.Dense(2, name="second")
    return bk.Sequential([layers.Input((4,)), first, second], name=name)


def cells(text):
    return [[c.strip() for c in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line]


def printed(model, **arguments):
    texts = []
    model.summary(print_fn=texts.append, **arguments)
    (text,) = texts
    return text


def test_summary(capsys):
    model = two_layers("mine")
    model.layers[0].trainable = False
    model.summary()
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert lines[0] == 'Model: "mine"'
    assert cells(text) == [
        ["first (Dense)", "(None, 3)", "15"],
        ["second (Dense)", "(None, 2)", "8"],
    ]
    assert lines[-3:] == [
        " Total params: 23 (92.00 B)",
        " Trainable params: 8 (32.00 B)",
        " Non-trainable params: 15 (60.00 B)",
    ]
    assert {len(line) for line in lines[1:-3]} == {76}


def test_the_column_trainable(capsys):
    model = two_layers()
    model.layers[0].trainable = False
    model.add(layers.ReLU())
    text = printed(model, show_trainable=True, line_length=90)
    assert capsys.readouterr().out == ""
    assert [row[-1] for row in cells(text)] == ["N", "Y", "-"]
    assert {len(line) for line in text.splitlines()[1:-3]} == {90}


def test_an_unbuilt_model():
    text = printed(bk.Sequential([layers.Dense(3)]))
    assert "│ ?" in text
    assert "0 (unbuilt)" in text
    assert " Total params: 0 (0.00 B)" in text


def test_a_large_model():
    text = printed(bk.Sequential([layers.Input((1000,)), layers.Dense(2000)]))
    assert "2,002,000" in text
    assert " Total params: 2,002,000 (7.64 MB)" in text


def nested():
    inner = bk.Sequential([layers.Dense(3, name="a"), layers.Dense(4, name="b")], name="inner")
    return bk.Sequential([layers.Input((4,)), inner, layers.Dense(1, name="last")])


def test_models_within_the_model():
    assert [row[0] for row in cells(printed(nested()))] == ["inner (Sequential)", "last (Dense)"]
    assert cells(printed(nested(), expand_nested=True)) == [
        ["inner (Sequential)", "(None, 4)", "31"],
        ["└ a (Dense)", "(None, 3)", "15"],
        ["└ b (Dense)", "(None, 4)", "16"],
        ["last (Dense)", "(None, 1)", "5"],
    ]
    outer = bk.Sequential([nested()])
    assert "│    └ inner (Sequential) " in printed(outer, expand_nested=True)
    assert "│       └ a (Dense) " in printed(outer, expand_nested=True)


def test_long_names_are_wrapped():
    name = "a_layer_with_a_long_name_" * 3
    text = printed(bk.Sequential([layers.Input((4,)), layers.Dense(3, name=name)]), line_length=50)
    assert {len(line) for line in text.splitlines()[1:-3]} == {50}
    assert "".join(row[0] for row in cells(text)) == f"{name}(Dense)"


def test_positions():
    lines = printed(two_layers(), line_length=100, positions=[0.2, 0.5, 1]).splitlines()
    assert [i for i, c in enumerate(lines[1]) if c in "┏┳┓"] == [0, 20, 50, 99]


@pytest.mark.parametrize(
    ("positions", "message"),
    [([0.5, 1], "positions of 3 columns"), ([0.01, 0.5, 1], "room for each column")],
)
def test_bad_positions(positions, message):
    with pytest.raises(ValueError, match=message):
        printed(two_layers(), positions=positions)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["b", "c"], ["b", "c"]),
        (["c", "b"], ["b", "c"]),
        (["a", "[ab]"], ["a", "b"]),
        (("d", "d"), ["d"]),
    ],
)
def test_layer_range(names, expected):
    model = bk.Sequential([layers.Input((4,)), *(layers.ReLU(name=n) for n in "abcd")])
    rows = cells(printed(model, layer_range=names))
    assert [row[0] for row in rows] == [f"{name} (ReLU)" for name in expected]


@pytest.mark.parametrize("names", ["ab", ["a"], [1, 2], ["a", "x"]])
def test_bad_layer_range(names):
    model = bk.Sequential([layers.Input((4,)), layers.ReLU(name="a")])
    with pytest.raises(ValueError, match=r"\[summary\] expected layer_range"):
        printed(model, layer_range=names)


def test_the_optimizer_counts():
    model = two_layers()
    model.compile("adam", "mse")
    assert "Optimizer" not in printed(model)
    model.fit(np.ones((2, 4)), np.ones((2, 2)), verbose=0)
    assert printed(model).splitlines()[-4:] == [
        " Total params: 71 (284.00 B)",
        " Trainable params: 23 (92.00 B)",
        " Non-trainable params: 0 (0.00 B)",
        " Optimizer params: 48 (192.00 B)",
    ]
