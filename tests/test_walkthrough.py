"""docs/walkthrough.ipynb shows what it computes, and each of its cells can be run again.

That the whole of it, computed again, prints what its text says is seen to where it is computed
anyway: when the site is built (site/building/printed.py).
"""

import importlib
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
PATH = ROOT / "docs" / "walkthrough.ipynb"
sys.path.insert(0, str(ROOT / "site"))
printing = importlib.import_module("building.printed")
printed, unmet, checks_unmet = printing.printed, printing.unmet, printing.checks_unmet


@pytest.fixture(scope="module")
def committed():
    return nbformat.read(PATH, as_version=4)


def test_it_is_committed_executed_from_top_to_bottom(committed):
    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    pictures = [
        output
        for cell in committed.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 7
    kinds = {output.output_type for cell in committed.cells for output in cell.get("outputs", [])}
    assert "error" not in kinds
    assert unmet(printed(committed)) == []
    assert PATH.stat().st_size < 1_000_000


def test_its_links_lead_somewhere(committed):
    text = "\n".join(cell.source for cell in committed.cells if cell.cell_type == "markdown")
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (PATH.parent / link).exists(), link
    headings = (PATH.parent / "derivations.md").read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^## (.+)$", headings, re.M)
    }
    for anchor in re.findall(r"derivations\.md#([^)]+)\)", text):
        assert anchor in anchors


@pytest.mark.parametrize(
    ("number", "another", "problem"),
    [
        (r"(?<=ten lines of NumPy: )[\d.]+", "96.90", r"ten lines of NumPy.+ is \[96.9\]"),
        (r"(?<=^zero weights: )[\d.]+", "97.00", r"zero weights.+ is \[97.0\]"),
        (r"^no shuffling: .+\n", "", r"no shuffling.+ is \[\]"),
        (r"(?<=relative error )\S+", "1e-6", r"relative error"),
        (r"(?<=the worst is off by )\S+", "nan", r"the worst is off by"),
        (r"differ by at most", "differ by", r"differ by at most"),
        (r"(?<=measured )\S+", "0.1", r"derived and measured"),
        (r"diverged in epoch 1", "ended", r"nothing diverged in epoch 1"),
    ],
    ids=["low", "high", "gone", "slope", "nan", "fewer", "derived", "not diverged"],
)
def test_a_number_that_changed_ends_the_build_of_the_site(
    number, another, problem, committed, tmp_path
):
    notebook = nbformat.from_dict(committed)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = re.sub(number, another, output.text, flags=re.M)
    nbformat.write(notebook, tmp_path / "walkthrough.ipynb")
    found = printing.problems(tmp_path / "walkthrough.ipynb")
    assert any(re.match(f"walkthrough.ipynb: .*{problem}", each) for each in found), found


@pytest.mark.parametrize("merged", [False, True])
def test_the_build_of_the_site_finds_nothing_wrong_with_what_is_committed(
    merged, committed, tmp_path
):
    """Merged: as MyST-NB does, which puts all that a cell prints into its first output."""
    notebook = nbformat.from_dict(committed)
    for cell in notebook.cells if merged else []:
        streams = [o for o in cell.get("outputs", []) if o.output_type == "stream"]
        if streams:
            streams[0].text = "".join(each.text for each in streams)
    nbformat.write(notebook, tmp_path / "walkthrough.ipynb")
    assert printing.problems(tmp_path / "walkthrough.ipynb") == []
    assert printed(notebook) == printed(committed)


def test_the_build_of_the_site_misses_a_walkthrough_that_was_not_computed(tmp_path):
    (problem,) = printing.problems(tmp_path / "walkthrough.ipynb")
    assert "was not computed" in problem


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_each_cell_can_be_run_again(committed, monkeypatch):
    """From top to bottom, and then each cell once more, from the last to the first.

    A cell that can be run again needs nothing that a later one has put something else in place of.
    An epoch of each training will do.
    """
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # steady beside other programs
    notebook = nbformat.from_dict(committed)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.source = re.sub(r"epoch in range\(\d+\)", "epoch in range(1)", cell.source)
            cell.source = re.sub(r"epochs=\d+", "epochs=1", cell.source)
    client = NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": str(PATH.parent)}}
    )
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        assert checks_unmet(printed(notebook)) == []
        for index, cell in reversed(list(enumerate(notebook.cells))):
            client.execute_cell(cell, index)
    assert checks_unmet(printed(notebook)) == []
