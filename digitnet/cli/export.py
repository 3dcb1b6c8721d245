"""Write a trained model in a form that other programs read: ONNX (the extra digitnet[onnx]).

onnxruntime runs the file, and OpenCV from 4.11 on. It gives the probability of each class, and as
the label of an image the index of the most probable one. The names of the classes are in the
metadata of the file: "classes", a JSON list.
"""

import argparse
from pathlib import Path

from digitnet.cli.common import add_run_argument, one_of
from digitnet.cli.paths import kept_apart
from digitnet.model import load
from digitnet.model.export import INPUTS, export_onnx
from digitnet.report.terminal import open_terminal
from digitnet.training.runs import files_of, model_path

SUMMARY = "write a trained model as ONNX"
USAGE = "[RUN] --onnx FILE [options]"
EXAMPLES = """
PROG runs/mine --onnx mine.onnx  # a network of yours
PROG --onnx digits.onnx --input float  # it takes floats from 0 to 1
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """RUN, --onnx and --input."""
    add_run_argument(parser)
    parser.add_argument(
        "--onnx", metavar="FILE", type=Path, required=True, help="where to; replaced if it is there"
    )
    parser.add_argument(
        "--input",
        type=one_of(INPUTS),
        metavar="TYPE",
        default=INPUTS[0],
        help="images that the graph takes: uint8 from 0 to 255, or float (32 bits) from 0 to 1 "
        "(default: uint8)",
    )


def run(options: argparse.Namespace) -> int:
    """Write the file. Returns the exit status."""
    path = model_path(options.run)
    kept_apart(options.onnx, *files_of(options.run))
    model = load(path)
    export_onnx(model, options.onnx, options.input)
    height, width = model.image_shape
    open_terminal().say(
        f"{options.onnx}: images (N, {height}, {width}) of {options.input} -> "
        f"probabilities (N, {len(model.classes)}), labels (N,)"
    )
    return 0
