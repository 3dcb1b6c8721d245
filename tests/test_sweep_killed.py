"""Sweeps of several processes, some of which are killed: beside a journal, and with PostgreSQL."""

import csv
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PASSWORD = "not-so-secret"

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def optuna():
    return pytest.importorskip("optuna", reason="the extra digitnet[sweep] is not there")


@pytest.fixture(scope="module")
def some_images(tmp_path_factory, mnist):
    some = mnist.train.take(np.arange(6000))
    path = tmp_path_factory.mktemp("data") / "some.npz"
    np.savez(path, x_train=some.images, y_train=some.labels)
    return path


@pytest.fixture
def begin(some_images, tmp_path):
    """Starts `digitnet sweep` in a process of its own; each is killed at the end."""
    started = []

    def start(*arguments, folder="runs", epochs=3):
        command = [sys.executable, "-m", "digitnet", "sweep", "--data", some_images, "--hidden", 32]
        command += ["--vary", "learning_rate=log:0.01..0.5", "--vary", "dropout=0..0.5"]
        command += ["--name", "a", "--runs-dir", folder, "--epochs", epochs, *arguments]
        process = subprocess.Popen(
            [str(each) for each in command],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(process, pattern):
    """The match in a line of a process's output; the rest of it stays to be read."""
    for line in process.stdout:
        if match := re.search(pattern, line):
            return match
    raise AssertionError(f"{pattern} was not said")


def ended(process):
    """All else that a process says."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out
    return out


def n_finished(folder):
    with (folder / "a" / "trials.csv").open() as file:
        return len(list(csv.DictReader(file)))


def test_a_trial_in_whose_middle_its_process_was_killed_is_none(begin, tmp_path):
    first = begin("--trials", 1, epochs=100)
    while not list(tmp_path.glob("runs/a/at-work/*")):
        assert first.poll() is None
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    out = ended(begin("--trials", 1, epochs=100))
    assert re.search(r"^trial 1: .+\[1 of 1\]$", out, re.M)
    assert n_finished(tmp_path / "runs") == 1


def test_what_is_done_stays_done(begin, tmp_path):
    process = begin("--trials", 10)
    wait_for(process, r"\[3 of 10\]")
    process.send_signal(signal.SIGKILL)
    process.wait()
    out = ended(begin("--trials", 10))
    here = [int(n) for n in re.findall(r"\[(\d+) of 10\]", out)]
    assert here[0] in (4, 5)  # one more may have been done before the signal came
    assert here == list(range(here[0], 11))
    assert n_finished(tmp_path / "runs") == 10
    assert not (tmp_path / "runs/a/at-work").exists()


def test_workers_share_the_trials(begin, tmp_path):
    out = ended(begin("--trials", 9, "--workers", 2))
    assert len(re.findall(r"^trial \d+: ", out, re.M)) == 9
    assert n_finished(tmp_path / "runs") == 9


def test_a_worker_that_is_killed_is_replaced(begin, tmp_path):
    psutil = pytest.importorskip("psutil", reason="which comes with the extra digitnet[dask]")
    process = begin("--trials", 6, "--workers", 2)
    wait_for(process, r"^trial ")
    children = psutil.Process(process.pid).children()
    workers = [each for each in children if "popen_loky" in " ".join(each.cmdline())]
    assert len(workers) == 2
    workers[0].kill()
    out = ended(process)
    assert "A worker ended before its time" in out
    assert n_finished(tmp_path / "runs") == 6


def test_a_stopped_sweep_says_how_to_go_on(begin):
    process = begin("--trials", 100, "--workers", 2)
    wait_for(process, r"^trial ")
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.search(r"Interrupted with \d+ of 100 trials done; the same command", out)
    assert "Traceback" not in out
    assert "warning" not in out


@pytest.fixture(scope="module")
def database():
    """The URL of an empty database of a server of our own, with a password."""
    pytest.importorskip("psycopg2", reason="the extra digitnet[sweep] is not there")
    if not SERVERS:
        pytest.skip("no PostgreSQL below /usr/lib/postgresql: Debian's package postgresql")
    user = None
    folder = Path(tempfile.mkdtemp(prefix="digitnet-postgres-"))
    if os.geteuid() == 0:  # as whom the server refuses to run
        user = (
            "postgres" if any(each.pw_name == "postgres" for each in pwd.getpwall()) else "nobody"
        )
        shutil.chown(folder, user)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]

    def run(program, *arguments):
        groups = {"group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
        subprocess.run(
            [SERVERS[-1] / program, "--pgdata", folder / "data", *arguments],
            user=user,
            **groups,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--username=me", "--no-sync"]
        run("initdb", *options)
        server = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "start", "--wait", f"--log={folder / 'log'}", f"--options={server}")
        try:
            yield f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "--mode=immediate")
    finally:
        shutil.rmtree(folder)


class TestPostgreSQL:
    def test_of_two_processes_one_is_killed_and_the_number_is_right(
        self, begin, tmp_path, database
    ):
        arguments = ("--trials", 14, "--storage", database)
        one = begin(*arguments, folder="one")
        other = begin(*arguments, folder="other")  # of another machine
        wait_for(one, r"^trial ")
        wait_for(other, r"^trial ")
        other.send_signal(signal.SIGKILL)
        other.wait()
        out = ended(one)
        assert "14 trials: " in out
        assert n_finished(tmp_path / "one") == 14
        states = self.states(database)
        assert states.count("COMPLETE") + states.count("PRUNED") == 14
        assert "RUNNING" not in states
        assert PASSWORD not in (tmp_path / "one/a/sweep.json").read_text()
        out = ended(begin(*arguments, folder="later"))  # which only shows what there is
        assert not re.search(r"^trial \d", out, re.M)
        best = [json.loads((tmp_path / f / "a/best.json").read_text()) for f in ("one", "later")]
        assert best[0] == best[1]

    def test_a_trial_whose_process_was_killed_before_its_first_beat_is_none(
        self, begin, tmp_path, database
    ):
        sweep = ("--storage", database, "--name", "b")
        ended(begin("--trials", 1, *sweep))
        with self.study(database, "b") as study:
            study.ask()  # which begins a trial, and no beat
        ended(begin("--trials", 2, *sweep))
        assert self.states(database, "b") == ["COMPLETE", "FAIL", "COMPLETE"]

    def states(self, database, name="a"):
        with self.study(database, name) as study:
            return [each.state.name for each in study.trials]

    @contextmanager
    def study(self, database, name):
        from optuna import load_study

        url = database.replace("postgresql:", "postgresql+psycopg2:")
        study = load_study(study_name=name, storage=url)
        yield study
        study._storage._backend.engine.dispose()

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({PASSWORD: "guessed"}, "password authentication failed"),
            ({"/postgres": "/nothing"}, 'database "nothing" does not exist'),
        ],
    )
    def test_what_it_refuses_costs_a_sentence(self, begin, database, wrong, message):
        for before, after in wrong.items():
            url = database.replace(before, after)
        process = begin("--trials", 1, "--storage", url)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 2
        *_, line = out.splitlines()
        assert re.search(rf"error: --storage: postgresql.+: .*{message}", line)
        assert "Traceback" not in out
        assert PASSWORD not in out
        assert "guessed" not in out
