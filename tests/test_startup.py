"""`python main.py` speaks at once, and does what takes long where nobody waits for it."""

import subprocess
import sys
from pathlib import Path

from digitnet.training.material import prepared
from digitnet.training.plan import Plan
from digitnet.training.settings import Settings

ROOT = Path(__file__).parent.parent
UNTIL_THE_FIRST_LINE = """
import os, sys
from digitnet.cli import main_job

class FirstLine:
    def isatty(self):
        return False

    def flush(self):
        pass

    def write(self, text):
        heavy = sorted({"sklearn", "scipy", "matplotlib"} & set(sys.modules))
        commands = sorted(name for name in sys.modules if name in COMMANDS)
        print(repr(text), heavy, commands, sep="\\n", file=sys.__stdout__, flush=True)
        os._exit(0)

COMMANDS = {f"digitnet.cli.{name}" for name in ("read", "play", "sweep", "exercise", "compare")}
sys.stdout = FirstLine()
main_job(["--runs-dir", sys.argv[1]])
"""
PLAN = Plan(Settings(), [])


def run(program: str, *arguments: str) -> list[str]:
    """The lines that it prints, in an interpreter of its own."""
    command = [sys.executable, "-c", program, *arguments]
    result = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    return result.stdout.splitlines()


def test_the_first_line_waits_for_no_large_library_and_no_other_command(tmp_path):
    line, heavy, commands = run(UNTIL_THE_FIRST_LINE, str(tmp_path))
    assert line == repr("MNIST: 60000 images to learn from and 10000 to test with\n")
    assert heavy == "[]"
    assert commands == "[]"
    assert not list(tmp_path.iterdir())


def test_the_line_before_the_data_are_read_is_true_of_them(mnist):
    said = []
    material = prepared(PLAN, None, said.append)
    assert said[0] == f"{mnist.name}: {mnist.note}"
    assert said[0].split()[1] == str(len(material.examples) + len(material.held_out))
    assert (material.test.images == mnist.test.images).all()


def test_the_exit_status_and_the_last_line_survive_the_short_way_out(tmp_path):
    command = [sys.executable, "main.py", "--resume", str(tmp_path / "none")]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 2
    assert result.stderr.startswith("main.py: error: ")
