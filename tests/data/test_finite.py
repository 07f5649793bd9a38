"""fit(check_finite=True): inputs that are not finite in float32 are refused with their place."""

import numpy as np
import pytest

import brisknet as bk
from brisknet import layers


def compiled():
    model = bk.Sequential([layers.Input((3,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


def data(dtype=np.float32):
    return np.arange(1200, dtype=dtype).reshape(400, 3) / 1200, np.ones((400, 2))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_place_is_told_and_the_model_stays(wrong, dtype):
    x, y = data(dtype)
    x[301, 2] = x[350, 0] = wrong
    model = compiled()
    before = model.get_weights()
    with pytest.raises(ValueError, match=rf"\[fit\] expected x .*{wrong} at index \(301, 2\)"):
        model.fit(x, y, check_finite=True, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_too_large_for_float32():
    x, y = data(np.float64)
    x[5, 1] = -1e39
    with pytest.raises(ValueError, match=r"got -1e\+39 at index \(5, 1\)"):
        compiled().fit(x, y, check_finite=True, verbose=0)


def test_validation_data_and_batches():
    x, y = data()
    wrong = x.copy()
    wrong[7, 1] = np.nan
    with pytest.raises(ValueError, match=r"\[fit validation_data\] .*nan at index \(7, 1\)"):
        compiled().fit(x, y, validation_data=(wrong, y), check_finite=True, verbose=0)
    batches = [(x[:5], y[:5]), (wrong[5:10], y[5:10])]
    with pytest.raises(ValueError, match=r"nan at index \(2, 1\)"):
        compiled().fit(iter(batches), check_finite=True, verbose=0)


def test_finite_numbers_pass_and_all_do_by_default():
    x, y = data()
    for given in (x, x.astype(np.float64), x.astype(int), x.tolist()):
        compiled().fit(given, y, check_finite=True, verbose=0)
    x[3, 1] = np.nan
    model = compiled()
    model.fit(x, y, verbose=0)
    assert np.isnan(model.get_weights()[0]).any()


def test_blocks_of_a_large_array():
    from brisknet.data.finite import check_finite

    x = np.zeros((3000, 1000), np.float32)
    check_finite("op", "x", x)
    x[2999, 999] = np.inf
    with pytest.raises(ValueError, match=r"inf at index \(2999, 999\)"):
        check_finite("op", "x", x)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_column_of_a_frame(library):
    frames = pytest.importorskip(library)
    x, y = data()
    x[3, 1] = np.nan
    frame = frames.DataFrame({name: x[:, i] for i, name in enumerate("abc")})
    with pytest.raises(ValueError, match=r"nan at index \(3, 1\), in column 'b'"):
        compiled().fit(frame, y, check_finite=True, verbose=0)


def test_a_sparse_matrix():
    sparse = pytest.importorskip("scipy.sparse")
    x, y = data()
    x[:, 0] = 0
    x[300, 2] = np.nan
    with pytest.raises(ValueError, match=r"nan at index \(300, 2\)"):
        compiled().fit(sparse.csr_array(x), y, check_finite=True, verbose=0)
    x[300, 2] = 0
    compiled().fit(sparse.csr_array(x), y, check_finite=True, verbose=0)
