"""How Sphinx builds the site: see build.py, which calls it."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from digitnet.version import __version__  # noqa: E402

project = "digitnet"
author = "The digitnet authors"
copyright = author  # noqa: A001
release = version = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "building.formulas",
    "building.sources",
    "building.docstrings",
    "building.course",
    "building.exercise",
    "building.downloads",
    "building.engine",
    "building.access",
]
root_doc = "index"
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # the types of NumPy and Python are described elsewhere

# Pages: Markdown as a code host shows it, with its anchors.
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 6
myst_url_schemes = ["http", "https", "mailto", "source"]
myst_update_mathjax = False
suppress_warnings = ["myst.header", "misc.highlighting_failure"]

# Code examples of chapters and the walk-through: executed, and one that fails ends the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = False  # a warning with the traceback, which -W makes an error
nb_execution_timeout = 600
nb_execution_show_tb = True
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_ipywidgets_js = {}

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
add_module_names = False

html_theme = "furo"
html_title = "digitnet"
html_math_renderer = "mathml"
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_favicon = str(HERE.parent / "digitnet" / "web" / "static" / "icon.svg")
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
