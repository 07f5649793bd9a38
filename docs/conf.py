"""How Sphinx builds the documentation: `sphinx-build -W --keep-going -b html docs build/docs`."""

import shutil
import sys
from pathlib import Path

import brisknet

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

# Examples may write files where they run.
shutil.copytree(HERE.parent / "examples", HERE.parent / "build" / "examples", dirs_exist_ok=True)

project = "brisknet"
author = "The brisknet developers"
release = version = brisknet.__version__

extensions = [
    "dark_pictures",
    "docstrings",
    "example_scripts",
    "keras_names",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["**/sg_execution_times.rst", "sg_execution_times.rst", "tutorials/index.rst"]
add_module_names = False
autodoc_inherit_docstrings = False  # a method that says nothing new is not listed again
autodoc_preserve_defaults = True
autodoc_typehints = "none"  # the docstrings say what is taken, in words
autosummary_generate = False
copybutton_exclude = ".linenos, .gp, .go"  # no prompts, no output
default_role = "code"  # `x` in docstrings
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
smartquotes = False  # in code-like texts, 'float32'
suppress_warnings = ["ref.python"]  # names of attributes that several classes have
toc_object_entries_show_parents = "hide"

# The tutorials and the gallery are scripts, which are run to make their pages.
sphinx_gallery_conf = {
    "abort_on_example_error": False,
    "backreferences_dir": None,
    "download_all_examples": False,
    "examples_dirs": ["../build/examples/tutorials", "../build/examples/gallery"],
    "filename_pattern": "",
    "gallery_dirs": ["tutorials", "gallery"],
    "ignore_repr_types": r"matplotlib|History",
    "image_scrapers": ("gallery_figures.scraper",),
    "min_reported_time": 1e9,
    "remove_config_comments": True,
    "reset_modules": ("gallery_figures.forget_figures",),
    "show_memory": False,
    "show_signature": False,
    "within_subsection_order": "gallery_figures.Order",
    "write_computation_times": False,
}

html_theme = "pydata_sphinx_theme"
html_title = f"brisknet {release}"
html_copy_source = html_show_sourcelink = False
html_show_copyright = html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["site.css"]
html_sidebars = {page: [] for page in ["index", "performance", "gallery/*"]}  # they stand alone
html_theme_options = {
    "footer_start": [],
    "footer_end": [],
    "navbar_align": "left",
    "navigation_with_keys": False,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "gallery/index": []},
    "show_toc_level": 2,
}
