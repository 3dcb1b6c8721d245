"""Write the tables of messages in docs/playground.md from those in digitnet/web.

    python scripts/messages_table.py

`make pages` calls it. A test says whether the page is up to date.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.web.commands import COMMANDS
from digitnet.web.events import EVENTS

PAGE = Path(__file__).parent.parent / "docs" / "playground.md"
BEGIN, END = "<!-- messages: begin -->\n", "<!-- messages: end -->\n"


def tables() -> str:
    """Both tables, commands and events."""
    commands = [
        _row(
            name,
            command.meaning,
            {each: kind.expected for each, kind in command.fields.items()},
            {
                each: f"{kind.meaning}: {kind.dtype}, {kind.ndim}-d, at most {kind.most}"
                for each, kind in command.arrays.items()
            },
            command.optional,
        )
        for name, command in COMMANDS.items()
    ]
    events = [
        _row(
            f"{name}" + (" (may be dropped)" if about.passing else ""),
            about.meaning,
            about.fields,
            about.arrays,
        )
        for name, about in EVENTS.items()
    ]
    head = "| {} | meaning | fields | arrays |\n|---|---|---|---|\n"
    return "\n".join(
        (
            "### Commands: from the page to its visit\n",
            head.format("command") + "".join(commands),
            "### Events: from the visit to its page\n",
            head.format("event") + "".join(events),
        )
    )


def _row(
    name: str,
    meaning: str,
    fields: Mapping[str, str],
    arrays: Mapping[str, str],
    optional: tuple[str, ...] = (),
) -> str:
    word, *rest = name.split(" ", 1)
    cells = (" ".join([f"`{word}`", *rest]), meaning, _listed(fields, optional), _listed(arrays))
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |\n"


def _listed(things: Mapping[str, str], optional: tuple[str, ...] = ()) -> str:
    return "; ".join(
        f"`{name}`" + (" (optional)" if name in optional else "") + (f": {what}" if what else "")
        for name, what in things.items()
    )


def page() -> str:
    """The whole page, with the tables as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
