"""What all documents say is there: links lead somewhere, commands are understood, pages are those
of their measurements."""

import importlib
import json
import re
import shlex
import sys
from functools import cache
from pathlib import Path

import pytest

from digitnet.cli import COMMANDS, command_of, main, main_job

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "docs/*.ipynb", "benchmarks/*.md", "digitnet/**/*.md")
    for path in ROOT.glob(pattern)
    if not path.name.endswith("-notes.md")  # parts of pages in docs/
)
HISTORY = {"CHANGELOG.md", "LOG.md"}
"""Whose commands are those of their day."""


def text_of(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return text


def without_code(text: str) -> str:
    """The text without blocks and spans of code, where brackets are no links."""
    text = re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "`", text)


LINKS = [
    (page.relative_to(ROOT), target)
    for page in PAGES
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(page)))
    if not re.match(r"[a-z]+:", target)  # of other places
]


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page: small letters, hyphens, no punctuation."""
    headings = re.findall(
        r"^#+ +(.+?) *$", re.sub(r"```.*?```", "", text_of(page), flags=re.S), re.M
    )
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    names = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain]
    numbered = dict.fromkeys(names, 0)
    result = set()
    for name in names:
        result.add(f"{name}-{numbered[name]}" if numbered[name] else name)
        numbered[name] += 1
    return result


def test_the_pages_link_to_each_other():
    assert {page.name for page in PAGES} >= {"README.md", "CONTRIBUTING.md", "map.md", "data.md"}
    assert len(LINKS) > 100


@pytest.mark.parametrize(("page", "target"), LINKS, ids=str)
def test_each_link_leads_to_a_file_and_a_heading_or_a_line_of_it(page, target):
    path, _, anchor = target.partition("#")
    file = ROOT / page.parent / path if path else ROOT / page
    assert file.exists(), f"{page}: {path} is not there"
    if match := re.fullmatch(r"L(\d+)", anchor):
        assert int(match[1]) <= len(file.read_text(encoding="utf-8").splitlines())
    elif anchor:
        assert anchor in anchors(file), f"{page}: {path} has no heading {anchor}"


@cache
def reached() -> set[Path]:
    """The pages that can be reached from the README, by way of others."""
    links: dict[Path, set[Path]] = {}
    for source, target in LINKS:
        path = (ROOT / source.parent / target.partition("#")[0]).resolve()
        if path.suffix in (".md", ".ipynb"):
            links.setdefault(source, set()).add(path.relative_to(ROOT))
    found, todo = set(), [Path("README.md")]
    while todo:
        here = todo.pop()
        found.add(here)
        todo += links.get(here, set()) - found
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_in_docs_is_hidden(page):
    assert page.relative_to(ROOT) in reached()


CALL = r"(?:(?:python )?main\.py|(?:python -m )?digitnet)"


def commands_of(page: Path) -> list[str]:
    """The calls of digitnet in blocks of code, and those in the text that have options."""
    text = text_of(page)
    lines = re.findall(rf"^ +({CALL} [^…\n]+)$", text, re.M)
    for block in re.findall(r"^ *```(?:sh|bash)?\n(.*?)^ *```", text, re.M | re.S):
        lines += re.findall(rf"^ *({CALL}(?: [^…\n]+)?)$", block, re.M)
    return [*lines, *re.findall(rf"`({CALL} [^`…\n]*--[^`…\n]+)`", text)]


CALLS = sorted(
    {
        (str(page.relative_to(ROOT)), command)
        for page in PAGES
        if page.name not in HISTORY
        for command in commands_of(page)
    }
)


def test_there_are_calls():
    assert len(CALLS) > 40


@pytest.mark.parametrize(("page", "command"), CALLS)
def test_each_call_is_understood(page, command, monkeypatch, capsys):
    """Its command and options are parsed; what they do is tested elsewhere."""
    understood = []
    for each in map(command_of, COMMANDS):
        monkeypatch.setattr(each, "run", lambda options: understood.append(options) or 0)
    words = shlex.split(command, comments=True)
    words = words[words.index("-m") + 1 :] if "-m" in words else words
    words = words[1:] if words[0] == "python" else words
    program, arguments = words[0], words[1:]
    if {"--help", "--version"} & set(arguments):
        with pytest.raises(SystemExit) as left:
            (main_job if program == "main.py" else main)(arguments)
        assert left.value.code == 0
        return
    assert (main_job if program == "main.py" else main)(arguments) == 0
    assert len(understood) == 1, f"{page}: {command}"
    assert capsys.readouterr().err == ""


SCRIPTS = sorted(
    {
        (str(page.relative_to(ROOT)), *call)
        for page in PAGES
        if page.name not in HISTORY
        for call in re.findall(
            r"((?:benchmarks|scripts)/[a-z_]+(?:\.py)?)((?: +--?\w[\w-]*(?: +\w+)?)*)",
            text_of(page),
        )
    }
)


@pytest.mark.parametrize(("page", "script", "options"), SCRIPTS)
def test_each_script_is_there_and_has_the_options(page, script, options):
    assert (ROOT / script).is_file(), page
    source = (ROOT / script).read_text(encoding="utf-8")
    for option in re.findall(r"--[\w-]+", options):
        assert f'"{option}"' in source, f"{script} has no {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_make_target_is_there(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.M))
    blocks = "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```", text_of(page), re.M | re.S))
    called = re.findall(r"^ *make (\w+)", blocks, re.M)
    called += re.findall(r"`make (\w+)[^`]*`", text_of(page))
    assert set(called) <= targets


@pytest.mark.parametrize(
    ("module", "name", "function"),
    [
        ("accuracy", "accuracy", "report"),
        ("report", "performance", "page"),
        ("speedrun_report", "speedrun", "page"),
    ],
)
def test_a_page_of_measurements_is_the_one_that_its_figures_make(module, name, function):
    figures = json.loads((ROOT / "docs" / f"{name}.json").read_text(encoding="utf-8"))
    made = getattr(importlib.import_module(module), function)(figures)
    assert (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") == made


def test_the_log_is_in_order_of_date():
    log = (ROOT / "docs" / "LOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## .*?(?:\((\d{4}-\d\d-\d\d)\))?$", log, re.M)
    assert all(headings)
    assert headings == sorted(headings)


def test_the_page_about_other_programs_begins_as_its_command_writes_it():
    page = (ROOT / "docs" / "busy.md").read_text(encoding="utf-8")
    assert page.startswith(importlib.import_module("busy").INTRODUCTION)
