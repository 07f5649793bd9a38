"""What stands in the project's own files in more than one place says the same."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
VERSION = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]


@pytest.mark.parametrize(
    "command",
    [
        "pip install . && .venv/bin/python examples/mnist_mlp.py",
        "pip install '.[test]' && .venv/bin/python -m pytest",
    ],
)
def test_the_readme_has_its_two_commands(command):
    assert README.splitlines().count(f"    python3 -m venv .venv && .venv/bin/{command}") == 1


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("CHANGELOG.md", r"^## (\S+)"),  # the first one
        ("CITATION.cff", r"^version: (\S+)$"),
        ("docs/cite.bib", r"version = \{(.*)\}"),
    ],
)
def test_the_version_is_the_same_everywhere(file, pattern):
    text = (ROOT / file).read_text("utf-8")
    assert re.search(pattern, text, re.MULTILINE)[1] == VERSION


def test_the_speed_chart_is_that_of_the_readme():
    path = ROOT / "benchmarks" / "speed_chart.py"
    spec = importlib.util.spec_from_file_location("speed_chart", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    table = module.rows(README)
    assert len(table) > 5
    assert all(f"{seconds:.2f}" in README for _, seconds in table)
    drawn = module.CHART.read_text("utf-8")
    assert drawn == module.chart(table), "run python benchmarks/speed_chart.py"


def test_an_index_is_given_no_relative_links():
    """A package index shows the README, and knows nothing of the files that its links lead to."""
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    text = README
    for rule in project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"], text)
    assert "](docs/" in README
    assert not re.search(r"\]\((?!https:|#)", text)
    assert "![" not in text
    assert len(text) > 0.9 * len(README)


def test_the_page_on_installing_names_every_extra():
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    for extra in set(project["optional-dependencies"]) - {"dev", "oracle"}:  # for developers
        assert f"'.[{extra}]'" in page


def test_links_lead_somewhere():
    for file in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md"):
        text = re.sub(
            r"```.*?```|`[^`]*`|^    [^\n]*$", "", file.read_text("utf-8"), flags=re.M | re.S
        )
        for target in re.findall(r"\]\((?!https:|#)([^)]*)\)", text):
            assert (file.parent / target).exists(), (file.name, target)


def test_files_that_the_readme_names_exist():
    for name in re.findall(r"`((?:docs|benchmarks|examples|tools|python)/[^` ]*)", README):
        assert (ROOT / name).exists(), name


def test_ci_runs_parts_by_name_and_refuses_others():
    script = ROOT / ".ci" / "run"
    if not script.exists():
        pytest.skip("a source distribution has no .ci")
    ran = subprocess.run(["bash", script, "docs", "dogs"], capture_output=True, text=True)
    assert ran.returncode == 2
    assert "no part 'dogs'" in ran.stdout
    for part in re.search(r"PARTS=\((.*)\)", script.read_text())[1].split():
        assert part in ran.stdout
        assert f"\n{part}() {{" in script.read_text()
