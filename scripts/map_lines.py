"""Put the line numbers right in the map from equations to code: README.md and docs/map.md.

    python scripts/map_lines.py     after the code has changed; prints what it cannot find

An entry is `a line of code` [file](path#Lnumber), without the comment at the line's end.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "docs" / "map.md")
ENTRY = re.compile(r"`(?P<code>[^`]+)` \[[\w.]+\]\((?P<path>[\w/.]+)#L(?P<line>\d+)\)")


def lines_of(path: Path) -> list[str]:
    """The lines of a file without margins and comments."""
    return [line.split("  #")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]


def nearest_line(code: str, path: Path, line: int) -> int | None:
    """The line, from 1, that holds this code, the one nearest to `line`; None if there is none."""
    places = [number for number, text in enumerate(lines_of(path), start=1) if text == code]
    return min(places, key=lambda place: abs(place - line), default=None)


def main() -> int:
    """Rewrite both pages. Exit status 1 if some code is nowhere."""
    lost = []
    for page in PAGES:

        def corrected(entry: re.Match[str], page: Path = page) -> str:
            line = nearest_line(
                entry["code"], (page.parent / entry["path"]).resolve(), int(entry["line"])
            )
            if line is None:
                lost.append(f"{page.name}: {entry['path']} no longer holds {entry['code']}")
                return entry[0]
            return entry[0].replace(f"#L{entry['line']})", f"#L{line})")

        text = page.read_text(encoding="utf-8")
        page.write_text(ENTRY.sub(corrected, text), encoding="utf-8")
    print("\n".join(lost) or "all lines are found")
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())
