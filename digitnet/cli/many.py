"""--workers and --dask: who does a work that has many parts."""

import argparse
from collections.abc import Callable

from digitnet.cli.common import whole_number
from digitnet.workers import Workers

MOST_WORKERS = 1024


def add_workers_options(parser: argparse.ArgumentParser) -> None:
    """Processes of this machine, or a cluster."""
    group = parser.add_argument_group("who does it").add_mutually_exclusive_group()
    add_workers_option(group)
    group.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="the workers of the Dask cluster whose scheduler is there, as in "
        "tcp://192.168.1.5:8786 (the extra digitnet[dask])",
    )


def add_workers_option(group: "argparse._ActionsContainer") -> None:
    """Processes of this machine."""
    group.add_argument(
        "--workers",
        metavar="N",
        type=whole_number(1, MOST_WORKERS, "a number"),
        default=1,
        help="as many processes of this machine at once, which share its cores (default: 1)",
    )


def many(options: argparse.Namespace) -> bool:
    """Whether other processes than this one do it."""
    return bool(options.dask) or options.workers > 1


def workers_from(options: argparse.Namespace, say: Callable[[str], None]) -> Workers:
    """Who does it. say: is told of workers that end."""
    return Workers(options.workers, options.dask, say)
