"""tests/ has the rooms of the source: what is tested is found by its name."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SOURCE = ROOT / "python" / "brisknet"
BESIDE = {  # rooms of tests that are none of the package's
    "helpers": "modules that tests share",
    "keras": "brisknet beside Keras 3",
    "kernels": "csrc/kernels",
    "laws": "what holds for all of it, whatever happens",
    "project": "the project's own files",
}
WITHOUT = {  # rooms of the package without a room of tests, and where theirs are
    "ops": "kernels, project: the examples of its docstrings",
    "preprocessing": "test_utils.py: another name of pad_sequences",
}


def folders(path):
    return {p.name for p in path.iterdir() if p.is_dir() and not p.name.startswith(("_", "."))}


def test_every_room_has_its_tests():
    assert not set(WITHOUT) & folders(TESTS)
    assert folders(TESTS) - set(BESIDE) == folders(SOURCE) - set(WITHOUT)
    assert set(BESIDE) <= folders(TESTS)


def test_tests_of_modules_at_the_top_have_their_names():
    modules = {path.stem for path in SOURCE.glob("*.py")}
    assert {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")} <= modules


def test_every_file_is_collected_once(request):
    """Tests are in files called test_*.py, one folder deep at most; what they share in helpers."""
    files = {path.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    assert all(len(path.parts) <= 2 for path in files)
    others = {p for p in TESTS.glob("*/*.py") if not p.name.startswith("test_")}
    with_tests = [path.name for path in others if "\ndef test_" in path.read_text("utf-8")]
    assert with_tests == []


def test_names_of_shared_modules_shadow_nothing():
    """They are imported by name from three folders: see pythonpath in pyproject.toml."""
    shared = [p.stem for f in ("helpers", "keras", "laws") for p in (TESTS / f).glob("*.py")]
    shared = [name for name in shared if not name.startswith(("test_", "conftest"))]
    assert len(shared) == len(set(shared))


def test_files_are_short():
    """A file of tests past 600 lines is about several subjects."""
    lengths = {p: len(p.read_text("utf-8").splitlines()) for p in TESTS.rglob("test_*.py")}
    assert [path.name for path, length in lengths.items() if length > 600] == []
