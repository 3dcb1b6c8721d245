"""A notebook as text, in version 4 of the format, without the package for it."""

from __future__ import annotations

import json
from typing import Any

Cell = dict[str, Any]


def cell(kind: str, source: str, **metadata: Any) -> Cell:
    """A cell of a kind: "markdown", "code" or "raw"."""
    made: Cell = {
        "cell_type": kind,
        "metadata": metadata,
        "source": source.splitlines(keepends=True),
    }
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def notebook(cells: list[Cell]) -> str:
    """The notebook, with its cells numbered from 0 by their ids."""
    numbered = [{"id": f"cell-{place}", **each} for place, each in enumerate(cells)]
    content = {
        "cells": numbered,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
