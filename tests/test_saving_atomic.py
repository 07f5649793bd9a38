"""A file that is saved over survives whatever happens meanwhile."""

import os
import resource
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers
from brisknet.saving.atomic import replacing

ENDINGS = [".safetensors", ".weights.h5"]


def model(units=300):
    return keras.Sequential([layers.Input((100,)), layers.Dense(units), layers.Dense(2)])


@pytest.fixture(params=ENDINGS)
def saved(request, tmp_path):
    """A saved file, and a call that saves another model over it."""
    if request.param == ".weights.h5":
        pytest.importorskip("h5py")
    path = tmp_path / f"m{request.param}"
    model().save_weights(path)
    return path, model(310)


def test_only_the_file_is_left(saved):
    path, other = saved
    before = path.read_bytes()
    other.save_weights(path)
    assert path.read_bytes() != before
    assert os.listdir(path.parent) == [path.name]


class Failing:
    """A file whose n-th write fails."""

    def __init__(self, file, calls):
        self.file, self.calls = file, calls

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        self.file.__enter__()
        return self

    def __exit__(self, *error):
        return self.file.__exit__(*error)

    def write(self, data):
        if not self.calls:
            raise OSError(5, "the disk broke")
        self.calls -= 1
        return self.file.write(data)


def test_an_error_at_any_write_leaves_the_old_file(saved, monkeypatch):
    path, other = saved
    before = path.read_bytes()
    failures = 0
    for calls in range(100):
        with monkeypatch.context() as patch:
            patch.setattr(
                "builtins.open",
                lambda *a, _open=open, n=calls, **k: Failing(_open(*a, **k), n),
            )
            try:
                other.save_weights(path)
            except OSError:
                failures += 1
            else:
                break
        assert path.read_bytes() == before
        assert os.listdir(path.parent) == [path.name]
    assert failures >= 1
    assert path.read_bytes() != before


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_an_error_of_the_system_leaves_the_old_file(saved, monkeypatch, call):
    path, other = saved
    before = path.read_bytes()

    def fail(*args):
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="no space left"):
        other.save_weights(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_a_full_disk_leaves_the_old_file(saved):
    path, other = saved
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for size in (0, 1000, len(before) // 2, len(before) - 1):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
            with pytest.raises(OSError, match="File too large"):
                other.save_weights(path)
            assert path.read_bytes() == before
            assert os.listdir(path.parent) == [path.name]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_kill_leaves_a_whole_file(tmp_path):
    """A process that saves without end is killed at some time, many times."""
    path = tmp_path / "m.safetensors"
    code = """
        import sys
        import brisknet as keras
        from brisknet import layers
        models = [
            keras.Sequential([layers.Input((100,)), layers.Dense(300, kernel_initializer=start)])
            for start in ("zeros", "ones")
        ]
        models[0].save_weights(sys.argv[1])
        print("ready", flush=True)
        while True:
            for model in models:
                model.save_weights(sys.argv[1])
    """
    reader = keras.Sequential([layers.Input((100,)), layers.Dense(300)])
    for delay in (0.0, 0.001, 0.0023):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), str(path)], stdout=subprocess.PIPE
        )
        process.stdout.readline()
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        reader.load_weights(path)
        kernel = reader.layers[0].kernel.value
        assert (kernel == kernel[0, 0]).all()


def test_what_a_link_points_to_is_replaced(tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_folders_are_refused(tmp_path):
    (tmp_path / "m.safetensors").mkdir()
    with pytest.raises(IsADirectoryError):
        model().save_weights(tmp_path / "m.safetensors")
    assert os.listdir(tmp_path) == ["m.safetensors"]


def test_the_umask_decides_who_may_read(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "f") as file:
            file.write(np.zeros(3).tobytes())
    finally:
        os.umask(before)
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o640
