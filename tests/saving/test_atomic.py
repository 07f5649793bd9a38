"""A file that is saved over survives whatever happens meanwhile."""

import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers
from brisknet.saving import atomic
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


# --- what is kept of the old file


def put(path, data=b"new"):
    with replacing(path) as file:
        file.write(data)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755, 0o4711])
def test_the_mode_is_kept(tmp_path, mode):
    path = tmp_path / "f"
    path.touch()
    path.chmod(mode)
    put(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may give files away")
def test_owner_and_group_are_kept(tmp_path):
    path = tmp_path / "f"
    path.touch()
    path.chmod(0o640)
    os.chown(path, 1234, 2345)
    put(path)
    state = path.stat()
    assert (state.st_uid, state.st_gid, stat.S_IMODE(state.st_mode)) == (1234, 2345, 0o640)


def test_another_group_may_do_no_more_than_others(tmp_path, monkeypatch):
    """Where the group cannot be kept, what it may do is not given to another one."""
    path = tmp_path / "f"
    path.touch()
    path.chmod(0o664)
    old = os.stat(path)
    new = os.stat_result([*old[:5], old.st_gid + 1, *old[6:]])

    def refuse(*args):
        raise PermissionError(1, "no")

    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(atomic, "_regular", lambda target: new)
    put(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_nobody_else_may_read_meanwhile(tmp_path):
    path = tmp_path / "f"
    path.touch()
    path.chmod(0o600)
    with replacing(path):
        (name,) = set(os.listdir(tmp_path)) - {"f"}
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


# --- what is not replaced


def test_only_regular_files_are_replaced(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
    (tmp_path / "link").symlink_to("fifo")
    (tmp_path / "loop").symlink_to("loop")
    before = sorted(os.listdir(tmp_path))
    for path in (*(tmp_path / name for name in before), "/dev/null"):
        with pytest.raises(OSError, match=r"fifo|folder|socket|loop|null"):
            put(path)
    assert sorted(os.listdir(tmp_path)) == before
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)


def test_read_only_files_are_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    path.chmod(0o444)
    if os.geteuid() == 0:  # who may write everything
        monkeypatch.setattr(os, "access", lambda *args: False)
    with pytest.raises(PermissionError, match="f'"):
        put(path)
    assert path.read_bytes() == b"old"


def test_a_link_to_nothing_makes_the_file(tmp_path):
    (tmp_path / "link").symlink_to("target")
    put(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def writers():
    """Calls that write a file, by its name."""

    def backup(path):
        one = model(3)
        one.compile("adam", "mse")
        one.fit(np.ones((2, 100)), np.ones((2, 2)), verbose=0)
        from brisknet.saving.backup import write_backup

        write_backup(one, path, 1, 0, None)

    def checkpoint(path):
        one = model(3)
        one.compile("adam", "mse")
        made = keras.callbacks.ModelCheckpoint(path)
        one.fit(np.ones((2, 100)), np.ones((2, 2)), verbose=0, callbacks=[made])

    def onnx(path):
        pytest.importorskip("onnx")
        model(3).export(path, verbose=False)

    def plot(path):
        pytest.importorskip("matplotlib")
        keras.utils.plot_history({"loss": [1, 2]}, to_file=path)

    def h5(path):
        pytest.importorskip("h5py")
        (model(3).save_weights if "weights" in path.name else model(3).save)(path)

    return {
        "m.safetensors": lambda path: model(3).save(path),
        "m.keras": h5,
        "m.weights.h5": h5,
        "backup.safetensors": backup,
        "checkpoint.safetensors": checkpoint,
        "m.onnx": onnx,
        "p.png": plot,
        "m.svg": lambda path: keras.utils.plot_model(model(3), to_file=path),
    }


@pytest.mark.parametrize("name", writers())
def test_all_that_writes_files(tmp_path, name):
    path = tmp_path / name
    path.touch()
    path.chmod(0o600)
    writers()[name](path)
    assert path.stat().st_size
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [name]
    path.unlink()
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # else who opens it to write would wait
    with pytest.raises(FileExistsError, match=f"Not a regular file.*{name}"):
        writers()[name](path)
    os.close(reader)
    assert os.listdir(tmp_path) == [name]


# --- folders and names


def test_no_error_after_success(tmp_path, monkeypatch):
    """A folder that may be written to but not read, and one that cannot be synced."""
    real = os.open

    def unreadable(path, *args, **kwargs):
        if os.path.isdir(path):
            raise PermissionError(13, "no")
        return real(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", unreadable)
        patch.setattr(os, "scandir", unreadable)
        put(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b"new"
    synced = []

    def only_files(descriptor):
        synced.append(os.fstat(descriptor).st_mode)
        if stat.S_ISDIR(synced[-1]):
            raise OSError(5, "the disk broke")

    monkeypatch.setattr(os, "fsync", only_files)
    put(tmp_path / "f", b"newer")
    assert (tmp_path / "f").read_bytes() == b"newer"
    assert [stat.S_ISDIR(mode) for mode in synced] == [False, True]


@pytest.mark.parametrize("length", [1, 200, 241, 242, 250, 255])
def test_names_as_long_as_the_file_system_has_them(tmp_path, length):
    path = tmp_path / ("ü" * (length // 2) + "x" * (length % 2))
    put(path)
    put(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert os.listdir(tmp_path) == [path.name]


# --- leftovers

WRITING = """
    import sys
    from brisknet.saving.atomic import replacing
    with replacing(sys.argv[1]) as file:
        file.write(b"half")
        file.flush()
        print("ready", flush=True)
        sys.stdin.read()
        file.write(b" and half")
"""


def writing(path):
    """A process that is in the middle of a file."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITING), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    return process


def unfinished(folder):
    return [name for name in os.listdir(folder) if name.endswith(".tmp")]


def test_leftovers_of_dead_processes_are_removed_and_those_of_living_ones_stay(tmp_path):
    with writing(tmp_path / "living") as living, writing(tmp_path / "dead") as dead:
        assert len(unfinished(tmp_path)) == 2
        dead.kill()
        dead.communicate()
        assert len(unfinished(tmp_path)) == 2
        put(tmp_path / "f")
        assert len(unfinished(tmp_path)) == 1
        living.communicate()
        assert living.returncode == 0
    assert (tmp_path / "living").read_bytes() == b"half and half"
    assert sorted(os.listdir(tmp_path)) == ["f", "living"]


def test_what_else_is_in_the_folder_stays(tmp_path):
    own = atomic._machine()
    other = f"{(int(own, 16) + 1) % 2**32:08x}"
    names = [
        f".brisknet-{other}-1-00000000.tmp",  # of another machine, perhaps alive
        f".brisknet-{own}-1-00000000.tmp.old",
        f"brisknet-{own}-1-00000000.tmp",
        ".m.safetensors.00000000.tmp",
        ".f.swp",
    ]
    for name in names:
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / f".brisknet-{own}-1-00000001.tmp")
    (tmp_path / f".brisknet-{own}-1-00000002.tmp").symlink_to(".f.swp")
    before = sorted(os.listdir(tmp_path))
    put(tmp_path / "f")
    assert sorted(os.listdir(tmp_path)) == sorted([*before, "f"])
    os.utime(tmp_path / names[0], (0, 0))  # long dead
    put(tmp_path / "f")
    assert sorted(os.listdir(tmp_path)) == sorted({*before, "f"} - {names[0]})


# A file that is interrupted between its opening and the block that closes it is closed as garbage.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_interrupts_at_any_place_leave_nothing(tmp_path):
    """Ctrl-C at each instruction of the module: the file is the old one or the new one, alone."""
    path = tmp_path / "f"
    outcomes = set()

    def interrupted_at(place):
        left = place

        def trace(frame, event, argument):
            nonlocal left
            if frame.f_code.co_filename != atomic.__file__:
                return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                left -= 1
                if left < 0:
                    sys.settrace(None)
                    raise KeyboardInterrupt
            return trace

        path.write_bytes(b"old")
        sys._getframe().f_trace_opcodes = True  # Python 3.12.1 needs it before settrace
        sys.settrace(trace)
        try:
            put(path)
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(None)
        return False

    tracing = sys.gettrace()
    place = 0
    try:
        while interrupted_at(place):
            assert os.listdir(tmp_path) == ["f"], place
            outcomes.add(path.read_bytes())
            place += 1
    finally:
        sys.settrace(tracing)
    assert place > 100
    assert outcomes == {b"old", b"new"}
