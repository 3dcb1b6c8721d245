"""The command called from other places than a shell: a thread, a notebook."""

import contextlib
import signal
import threading
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from digitnet.cli import main, main_job

ROOT = Path(__file__).parent.parent
SMALL = ["--epochs", "1", "--hidden", "8"]


@pytest.fixture
def own(few, tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, x_train=few.images[:400], y_train=few.labels[:400])
    return str(path)


@pytest.mark.parametrize("call", [main_job, lambda arguments: main(["train", *arguments])])
def test_it_works_in_a_thread_and_leaves_the_signals_alone(call, own, tmp_path, capsys):
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    statuses = []
    arguments = [*SMALL, "--data", own, "--runs-dir", str(tmp_path), "--name", "threaded"]
    thread = threading.Thread(target=lambda: statuses.append(call(arguments)))
    thread.start()
    thread.join()
    assert statuses == [0]
    assert {each: signal.getsignal(each) for each in before} == before
    assert "Test accuracy" in capsys.readouterr().out
    assert (tmp_path / "threaded" / "confusion-matrix.png").exists()


def executed(cells, where):
    """What the cells of a notebook wrote, each as (stdout, stderr)."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(where)}}
    )
    client.execute()
    written = []
    for cell in notebook.cells:
        for output in cell.outputs:
            assert output.output_type != "error", "\n".join(output.traceback)
        texts = {"stdout": "", "stderr": ""}
        for output in cell.outputs:
            if output.output_type == "stream":
                texts[output.name] += output.text
        written.append((texts["stdout"], texts["stderr"]))
    return written


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_it_works_in_a_notebook(own, tmp_path):
    small = [*SMALL, "--data", own, "--runs-dir", str(tmp_path), "--name"]
    own_program = tmp_path / "own_program.py"
    own_program.write_text("import digitnet.cli\nprint(digitnet.cli.main_job())\n")
    _, plain, argv, run = executed(
        [
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import digitnet.cli",
            f"print(digitnet.cli.main_job({[*small, 'given']!r}))",
            """
import digitnet.cli.train as train
train.run = lambda options: print("options:", options.data, sys.argv[1]) or 0
print(digitnet.cli.main_job())
""",
            f"%run {own_program} --data {own}",
        ],
        tmp_path,
    )
    out, err = plain
    assert err == ""
    assert out.endswith("\n0\n")
    assert "\r" not in out
    assert "\x1b" not in out
    assert sum(line.startswith("    1/1 ") for line in out.splitlines()) == 1
    assert argv == ("options: None -f\n0\n", "")
    assert run == (f"options: {own} --data\n0\n", "")


def test_the_kernels_option_is_refused_outside_a_notebook(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["main.py", "-f", "kernel.json"])
    with contextlib.suppress(SystemExit):
        main_job()
    assert "unknown option -f" in capsys.readouterr().err
