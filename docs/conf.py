"""How Sphinx builds the documentation: `sphinx-build -W --keep-going -b html docs build/docs`."""

import sys
from pathlib import Path

import brisknet

sys.path.insert(0, str(Path(__file__).parent))

project = "brisknet"
author = "The brisknet developers"
release = version = brisknet.__version__

extensions = [
    "docstrings",
    "keras_names",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
]
add_module_names = False
autodoc_inherit_docstrings = False  # a method that says nothing new is not listed again
autodoc_preserve_defaults = True
autodoc_typehints = "none"  # the docstrings say what is taken, in words
autosummary_generate = False
default_role = "code"  # `x` in docstrings
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
smartquotes = False  # in code-like texts, 'float32'
suppress_warnings = ["ref.python"]  # names of attributes that several classes have
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = f"brisknet {release}"
html_copy_source = html_show_sourcelink = False
html_show_copyright = html_show_sphinx = False
html_theme_options = {"navigation_with_keys": False, "show_toc_level": 2}
