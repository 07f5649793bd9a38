"""Downloads: when they are asked for, and of the right sum alone."""

import functools
import hashlib
import http.server
import os
import sys
import threading

import pytest

import dataset_files as make
from brisknet import datasets
from brisknet.datasets import files
from dataset_files import NAMES, load

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A local server: the files it serves, and the requests it received."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *args):
            pass

    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}/", asked
        running.shutdown()
        thread.join()


def sum_of(path):
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_downloads_only_when_asked(home, server, monkeypatch):
    pytest.importorskip("pooch")
    folder, url, asked = server
    made = make.housing(folder / "boston_housing.npz", 13)
    source = files.Source("boston_housing.npz", f"{url}boston_housing.npz", sum_of(made))
    monkeypatch.setattr(datasets.boston_housing, "_DATA", source)
    with pytest.raises(FileNotFoundError):
        datasets.boston_housing.load_data()
    assert not asked
    (x, _), _ = datasets.boston_housing.load_data(download=True)
    assert x.shape == (40, 13)
    assert os.listdir(home) == ["boston_housing.npz"]
    datasets.boston_housing.load_data(download=True)
    datasets.boston_housing.load_data()
    assert asked == ["/boston_housing.npz"]
    (home / "boston_housing.npz").write_bytes(b"cut")
    with pytest.raises(ValueError, match="another sum"):
        datasets.boston_housing.load_data()
    monkeypatch.setenv("BRISKNET_DOWNLOAD", "1")
    datasets.boston_housing.load_data()
    assert len(asked) == 2


def test_a_download_with_another_sum_leaves_nothing(home, server, monkeypatch):
    pytest.importorskip("pooch")
    folder, url, _ = server
    (folder / "f.npz").write_bytes(b"other")
    monkeypatch.setattr(
        datasets.boston_housing, "_DATA", files.Source("f.npz", f"{url}f.npz", "md5:" + "0" * 32)
    )
    with pytest.raises(ValueError, match="hash"):
        datasets.boston_housing.load_data("f.npz", download=True)
    assert os.listdir(home) == []
    monkeypatch.setattr(
        datasets.boston_housing, "_DATA", files.Source("g.npz", f"{url}g.npz", "md5:" + "0" * 32)
    )
    with pytest.raises(OSError, match="404"):
        datasets.boston_housing.load_data("g.npz", download=True)
    assert os.listdir(home) == []


@pytest.mark.parametrize("name", NAMES)
def test_downloading_without_pooch_names_the_extra(home, name, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"pip install 'brisknet\[data\]'"):
        load(name, download=True)


@pytest.mark.parametrize("value", ["", "0"])
def test_the_environment_can_say_no(monkeypatch, value):
    monkeypatch.setenv("BRISKNET_DOWNLOAD", value)
    assert not files.wants_download()
