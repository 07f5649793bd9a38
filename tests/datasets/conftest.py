import pytest

import dataset_files
from brisknet.datasets import cifar, files


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder of Keras's, and no wish to download."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BRISKNET_DOWNLOAD", raising=False)
    folder = tmp_path / "home" / "datasets"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def filled(home, monkeypatch):
    """Small data sets in Keras's folder, taken for the real ones."""
    dataset_files.fill(home)
    monkeypatch.setattr(files, "has_sum", lambda path, expected: True)
    monkeypatch.setattr(cifar, "has_sum", lambda path, expected: True)
    return home
