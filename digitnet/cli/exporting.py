"""What `digitnet play --export FOLDER` does instead of serving."""

import argparse
from pathlib import Path

from digitnet.data import load_mnist
from digitnet.model import load
from digitnet.reading.reading import check_model
from digitnet.report.terminal import open_terminal
from digitnet.training.runs import model_path


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """--export and --pyodide."""
    parser.add_argument(
        "--export",
        metavar="FOLDER",
        type=Path,
        help="serve nothing, but write the page as files for any web server, into a new folder; of "
        "the other options, --model and --pyodide count",
    )
    parser.add_argument(
        "--pyodide",
        metavar="FOLDER",
        type=Path,
        help="with --export: copy Pyodide from this folder, so that the page loads nothing from "
        "elsewhere (default: the browser loads it from its public address)",
    )


def write_site(options: argparse.Namespace) -> None:
    """Write the page as files, and say how large it is. Raises OptionError or OSError."""
    from digitnet.web.export import export

    model = model_path(options.model) if options.model else None
    if model:
        check_model(load(model))
    n_bytes = export(options.export, load_mnist(), model, options.pyodide)
    terminal = open_terminal()
    terminal.say(f"{options.export}: {n_bytes / 1e6:.1f} MB, to be put on any web server")
    terminal.say(f"To try it: python -m http.server --bind 127.0.0.1 -d {options.export}")
