"""TensorBoard's event files, read by TensorBoard."""

import pytest

from brisknet import callbacks
from brisknet.callbacks import event_file
from small_trainings import INPUTS, SUMS, fit, regressor


def test_checksums():
    # RFC 3720, B.4: 32 zeros; and TFRecord's mask.
    crc = 0x8A9136AA
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert event_file._checksum(bytes(32)) == masked.to_bytes(4, "little")


def curves(folder):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    ).EventAccumulator(str(folder))
    accumulator.Reload()
    return {
        tag: {event.step: event.value for event in accumulator.Scalars(tag)}
        for tag in accumulator.Tags()["scalars"]
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard(tmp_path):
    made = regressor()
    callback = callbacks.TensorBoard(tmp_path, update_freq=2, write_steps_per_second=True)
    history = fit(made, callback, validation_data=(INPUTS, SUMS)).history
    train, test = curves(tmp_path / "train"), curves(tmp_path / "validation")
    for name in ("loss", "mae"):
        assert list(train[f"epoch_{name}"].values()) == pytest.approx(history[name])
        assert list(test[f"epoch_{name}"].values()) == pytest.approx(history[f"val_{name}"])
        assert list(train[f"batch_{name}"]) == [2, 4, 6, 8]
        assert list(test[f"evaluation_{name}_vs_iterations"]) == [3, 6, 9]
    assert list(train["epoch_learning_rate"].values()) == pytest.approx([0.1] * 3)
    assert min(train["epoch_steps_per_second"].values()) > 0
    assert list(train["epoch_loss"]) == [0, 1, 2]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cut_event_file_is_read_up_to_there(tmp_path):
    file = event_file.EventFile(str(tmp_path))
    for step in range(3):
        file.scalar("a", step / 2, step + 1000)
    file.close()
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    assert curves(tmp_path)["a"] == {1000: 0.0, 1001: 0.5}


@pytest.mark.parametrize(
    "arguments",
    [{"histogram_freq": 1}, {"write_images": True}, {"profile_batch": 2}, {"embeddings_freq": 1}],
)
def test_tensorboard_refuses(arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=rf"\[TensorBoard\] {name} is not supported"):
        callbacks.TensorBoard(**arguments)
    with pytest.raises(ValueError, match="expected update_freq"):
        callbacks.TensorBoard(update_freq=0)
