"""A copy of the package, in which tests follow the recipes of CONTRIBUTING.md."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import brisknet
from brisknet import _core

ROOT = Path(__file__).parents[2]


def recipe(title, language="python"):
    """A recipe's text, and its blocks of code in a language."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = re.search(rf"(?ms)^### {title}\n(.*?)(?=^##|\Z)", text)
    assert section, title
    return section[1], re.findall(rf"(?ms)^```{language}\n(.*?)^```", section[1])


class PackageCopy:
    """The copy, and how to run Python with it.

    Attributes:
        path: the package's folder.
    """

    def __init__(self, folder):
        self.path = folder / "copy" / "brisknet"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(brisknet.__file__).parent, self.path, ignore=ignored)
        core = Path(_core.__file__)
        if not (self.path / core.name).exists():  # an editable install has it elsewhere
            shutil.copy(core, self.path)

    def insert(self, file, before, text):
        """Puts text before what stands once in a file."""
        path = self.path / file
        content = path.read_text("utf-8")
        assert content.count(before) == 1, (file, before)
        path.write_text(content.replace(before, text + before), "utf-8")

    def run(self, script):
        """What a script prints."""
        check = f"import brisknet; assert brisknet.__file__.startswith({str(self.path)!r})"
        places = [self.path.parent, Path(np.__file__).parents[1]]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
        # -S: without it, an editable install would be found first.
        command = [sys.executable, "-S", "-W", "error", "-c", f"{check}\n{script}"]
        done = subprocess.run(
            command, env=env, cwd=self.path.parent, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
