"""Write docs/options.md from the table of options.

    python scripts/options_page.py

`make pages` calls it. A test says whether the page is up to date.
"""

import sys
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.cli.common import option_name
from digitnet.training.kinds import YesNo
from digitnet.training.options import default_text, option_of
from digitnet.training.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "options.md"
INTRODUCTION = """\
# The options

What you can choose about a training. You write the option on the command line, and the parameter
in Python; both take the same values and have the same default:

    python main.py --hidden 256,128 --epochs 10

```python
from digitnet import DigitClassifier

DigitClassifier(hidden_layer_sizes=(256, 128), epochs=10)
```

`--recipe NAME` sets several options at once, and an option that you give beside it wins over the
recipe. `python main.py --help` lists the options too, with those for the data and the run folder.

In Python, lists are tuples, yes and no are `True` and `False`, and no value is `None`.
`hidden_layer_sizes` may also be a single number, `activation` a single name, and the seed is
called `random_state`, as in scikit-learn.

This page is written by `python scripts/options_page.py` from the table in
[digitnet/training/options.py](../digitnet/training/options.py); change it there.
"""
HEADER = """\
| option | parameter | default | values | meaning |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    groups: dict[str, list[str]] = {}
    for each in fields(Settings):
        groups.setdefault(option_of(each).group, []).append(row(each))
    tables = [f"## {name.capitalize()}\n\n{HEADER}{''.join(rows)}" for name, rows in groups.items()]
    return "\n".join((INTRODUCTION, *tables))


def row(each: "Field[Any]") -> str:
    """An option in a line of its table."""
    option = option_of(each)
    flag = option_name(each.name)
    shown = (
        f"{flag}, --no-{flag[2:]}" if isinstance(option.kind, YesNo) else f"{flag} {option.unit}"
    )
    parameter = "random_state" if each.name == "seed" else each.name
    cells = (f"`{shown}`", f"`{parameter}`", default_text(each), option.kind.expected)
    return "| " + " | ".join(map(escaped, (*cells, option.sentence))) + " |\n"


def escaped(text: str) -> str:
    """The text as a cell of a table, where | would end it; what is to be typed stays as it is."""
    return text.replace("|", "\\|").replace('""', '`""`')


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
