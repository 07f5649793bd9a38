"""One-hot rows, norms, padding, and names."""

import numpy as np
import pytest

from brisknet import layers, utils
from brisknet.names import automatic as naming


@pytest.mark.parametrize(
    "labels",
    [
        [0, 2, 1],
        [[0], [2], [1]],
        np.array([0, 2, 1], np.uint8),
        np.array([0.0, 2.0, 1.0]),
        np.array([[0], [2], [1]], order="F"),
    ],
)
def test_to_categorical(labels):
    one_hot = utils.to_categorical(labels)
    assert one_hot.dtype == np.float64
    assert one_hot.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_to_categorical_of_other_shapes():
    assert utils.to_categorical([1], num_classes=4).tolist() == [[0, 1, 0, 0]]
    assert utils.to_categorical(1, 3).tolist() == [0, 1, 0]
    labels = np.array([[0, 1], [2, 1]])
    assert (utils.to_categorical(labels) == np.eye(3)[labels]).all()
    assert utils.to_categorical(labels[..., None]).shape == (2, 2, 3)
    assert utils.to_categorical([], 3).shape == (0, 3)
    assert utils.to_categorical([[1]]).tolist() == [[0, 1]]
    assert utils.to_categorical([True, False]).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("labels", "classes", "error", "message"),
    [
        ([0, 3], 3, ValueError, "expected class numbers from 0 to 2, got 0 to 3"),
        ([0, -1], None, ValueError, "expected class numbers from 0 to 0, got -1 to 0"),
        ([0.5], None, ValueError, "expected x: whole class numbers, got float64 array"),
        ([np.nan], None, ValueError, "expected x: whole class numbers"),
        (["a"], None, TypeError, "expected x: class numbers, got <U1 array"),
        (None, None, TypeError, "expected x: class numbers"),
    ],
)
def test_to_categorical_errors(labels, classes, error, message):
    with pytest.raises(error, match=rf"\[to_categorical\] {message}"):
        utils.to_categorical(labels, classes)


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("Dense", "dense"),
        ("MeanSquaredError", "mean_squared_error"),
        ("RMSprop", "rm_sprop"),
        ("AdamW", "adam_w"),
        ("SGD", "sgd"),
        ("Conv2D", "conv2d"),
        ("MyHTTPLayer", "my_http_layer"),
    ],
)
def test_names_as_keras_makes_them(name, snake):
    assert naming.snake_case(name) == snake


def test_names_are_numbered():
    first = naming.auto_name("NeverSeenBefore")
    assert first == "never_seen_before"
    assert naming.auto_name("NeverSeenBefore") == "never_seen_before_1"
    assert naming.auto_name("NeverSeenBefore") == "never_seen_before_2"


def test_refused_names_say_so():
    with pytest.raises(AttributeError, match=r"utils.model_to_dot of Keras is not supported"):
        utils.model_to_dot  # noqa: B018


def test_clear_session_makes_names_begin_anew():
    layers.Dense(2)
    utils.clear_session()
    assert [layers.Dense(2).name for _ in range(2)] == ["dense", "dense_1"]


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
def test_normalize(axis, order):
    x = np.random.default_rng(0).standard_normal((4, 5))
    x[2], x[:, 3] = 0, 0
    y = utils.normalize(x, axis, order)
    norms = np.linalg.norm(y, order, axis)
    assert np.allclose(norms[norms > 0], 1)
    assert np.array_equal(y == 0, x == 0)


SEQUENCES = [[1], [2, 3], [4, 5, 6], []]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6], [0, 0, 0]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6], [0, 0, 0]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6], [0, 0]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5], [0, 0]]),
        ({"maxlen": 4, "value": 9}, [[9, 9, 9, 1], [9, 9, 2, 3], [9, 4, 5, 6], [9, 9, 9, 9]]),
        ({"maxlen": 0}, [[], [], [], []]),
    ],
)
def test_pad_sequences(arguments, expected):
    padded = utils.pad_sequences(SEQUENCES, **arguments)
    assert padded.dtype == np.int32
    assert padded.tolist() == expected


@pytest.mark.parametrize("maxlen", [-1, 2.5, "2", 2**70])
def test_pad_sequences_names_a_wrong_length(maxlen):
    with pytest.raises(
        ValueError, match=r"\[pad_sequences\] expected maxlen: a whole number from 0"
    ):
        utils.pad_sequences(SEQUENCES, maxlen)


def test_pad_sequences_of_vectors():
    padded = utils.pad_sequences([np.ones((1, 2)), np.full((3, 2), 2.0)], dtype="float32")
    assert padded.shape == (2, 3, 2)
    assert padded[:, :, 0].tolist() == [[0, 0, 1], [2, 2, 2]]
    assert utils.pad_sequences([["a"], ["b", "c"]], dtype=object, value="-").tolist() == [
        ["-", "a"],
        ["b", "c"],
    ]


@pytest.mark.parametrize(
    ("sequences", "arguments", "message"),
    [
        (SEQUENCES, {"padding": "left"}, "padding: 'pre' or 'post', got 'left'"),
        (SEQUENCES, {"truncating": "x"}, "truncating: 'pre' or 'post'"),
        (SEQUENCES, {"value": "a"}, "value of int32"),
        ([1, 2], {}, "a list of sequences, got a number"),
        (3, {}, "a list, got 3"),
        ([[[1, 2]], [[1, 2, 3]]], {}, "elements are of one shape"),
    ],
)
def test_bad_sequences(sequences, arguments, message):
    with pytest.raises(ValueError, match=message):
        utils.pad_sequences(sequences, **arguments)
