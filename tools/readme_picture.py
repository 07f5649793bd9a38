"""Draws docs/images/digits.svg, the training of the README's eight lines."""

from pathlib import Path

import brisknet

ROOT = Path(__file__).parent.parent
code = (ROOT / "README.md").read_text("utf-8").partition("```python\n")[2].partition("```")[0]

brisknet.utils.set_random_seed(1)
names: dict[str, object] = {}
exec(code, names)
names["history"].plot(to_file=ROOT / "docs" / "images" / "digits.svg")
