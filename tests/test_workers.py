"""Work by many: the same results, whoever does it, and whoever ends meanwhile."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitnet.cli import main
from digitnet.cli.json_lines import JsonLines
from digitnet.errors import DigitnetError
from digitnet.nn.shards import available_threads
from digitnet.workers import MOST_ENDINGS, Workers


def scaled(part, factor):
    return factor * part


def ends_once(part, folder):
    """The worker that does this first ends in the middle of it."""
    if part == 3:
        with contextlib.suppress(FileExistsError):
            (Path(folder) / "begun").touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid(), part


def hears_ctrl_c(part):
    signal.raise_signal(signal.SIGINT)  # to this thread, whatever others there are
    return part


def always_ends(_):
    os.kill(os.getpid(), signal.SIGKILL)


def threads_here(_):
    return available_threads(), os.environ["OPENBLAS_NUM_THREADS"]


def refuses(part):
    raise DigitnetError(f"expected no part, got {part}")


def own_process(_):
    return os.getpid()


def slowly(seconds, image):
    time.sleep(seconds)
    return image.nbytes


class TestProcesses:
    def test_one_does_it_here(self):
        assert list(Workers().each(own_process, range(2))) == [os.getpid()] * 2

    @pytest.mark.parametrize("n", [1, 2])
    def test_results_come_in_the_order_of_the_parts(self, n):
        image = np.ones((3, 400_000), np.float32)  # large enough to be shared by a file
        results = Workers(n).each(scaled, range(7), image)
        assert [float(each.mean()) for each in results] == list(range(7))

    def test_the_cores_are_shared(self):
        n_cores = os.cpu_count()
        shared = max(1, n_cores // 2)
        for threads, blas in Workers(2).each(threads_here, range(2)):
            assert threads == min(2, shared, len(os.sched_getaffinity(0)))
            assert blas == str(shared)

    def test_what_a_worker_had_begun_when_it_ended_is_done_again(self, tmp_path):
        said = []
        results = list(Workers(2, say=said.append).each(ends_once, range(6), str(tmp_path)))
        assert [part for _, part in results] == list(range(6))
        assert os.getpid() not in {process for process, _ in results}
        assert said == ["A worker ended before its time. What it had begun is done again."]

    def test_ctrl_c_is_for_the_process_that_began_them(self):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        assert list(Workers(2).each(hears_ctrl_c, range(4))) == list(range(4))
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # may have been ignored
        try:
            with pytest.raises(KeyboardInterrupt):
                list(Workers(1).each(hears_ctrl_c, range(1)))
        finally:
            signal.signal(signal.SIGINT, handler)

    @pytest.mark.filterwarnings("error::UserWarning")
    def test_what_nobody_waits_for_is_given_up_in_silence(self):
        results = Workers(2).each(own_process, range(1000))
        assert next(results) != os.getpid()
        results.close()

    def test_work_that_ends_every_worker_is_given_up(self):
        said = []
        with pytest.raises(DigitnetError, match=f"{MOST_ENDINGS} workers ended at the same work"):
            list(Workers(2, say=said.append).each(always_ends, range(2)))
        assert len(said) == MOST_ENDINGS - 1

    def test_an_error_of_the_work_is_that_of_the_work(self):
        with pytest.raises(DigitnetError, match="expected no part"):
            list(Workers(2).each(refuses, range(2)))


def test_omp_num_threads_bounds_the_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert available_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert available_threads() == min(2, len(os.sched_getaffinity(0)))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, mnist):
    """Twenty pictures of two digits, and a file that is none."""
    folder = tmp_path_factory.mktemp("pictures")
    for n in range(20):
        row = np.concatenate([mnist.test.images[2 * n], mnist.test.images[2 * n + 1]], axis=1)
        Image.fromarray(255 - row).save(folder / f"{n}.png")
    (folder / "7b.png").write_bytes(b"no picture")
    return folder


def read(*arguments):
    return main(["read", *map(str, arguments)])


class TestReading:
    def test_two_workers_read_what_one_reads(self, pictures, capsys):
        assert read(pictures, "--json") == 2
        alone = capsys.readouterr()
        assert read(pictures, "--json", "--workers", 2) == 2
        assert capsys.readouterr() == alone
        assert len(alone.out.splitlines()) == 21

    @pytest.mark.filterwarnings("default::digitnet.InputWarning")
    def test_they_warn_as_one_does(self, pictures, capsys):
        files = [pictures / "0.png", pictures / "1.png"]
        assert read(*files, "--digits", 1) == 0
        alone = capsys.readouterr()
        assert read(*files, "--digits", 1, "--workers", 2) == 0
        assert capsys.readouterr() == alone
        assert "warning" in alone.err

    def test_pictures_are_drawn_of_what_workers_read(self, pictures, tmp_path):
        for n in (1, 2):
            assert read(pictures / "0.png", "--annotate", tmp_path / str(n), "--workers", n) == 0
        alone, by_two = (tmp_path / each / "0-read.png" for each in "12")
        assert alone.read_bytes() == by_two.read_bytes()

    def test_standard_input_is_for_one(self, capsys):
        assert read("-", "--workers", 2) == 2
        assert "expected files for --workers and --dask, got -" in capsys.readouterr().err


class TestOutput:
    def test_it_goes_on_where_it_ended(self, pictures, tmp_path, capsys):
        whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
        read(pictures, "--output", whole)
        lines = whole.read_bytes().splitlines(keepends=True)
        assert [Path(json.loads(line)["file"]).name for line in lines[:8]] == [
            *(f"{n}.png" for n in range(7)),
            "7.png",
        ]
        cut.write_bytes(b"".join(lines[:5]) + lines[5][:40])  # as a killed process leaves it
        capsys.readouterr()
        read(pictures, "--output", cut)
        assert cut.read_bytes() == whole.read_bytes()
        assert f"5 of 21 pictures are in {cut} already" in capsys.readouterr().err

    def test_nothing_is_read_that_is_there(self, pictures, tmp_path):
        path = tmp_path / "read.jsonl"
        line = json.dumps({"file": str(pictures / "0.png"), "lines": ["as it was"]}) + "\n"
        path.write_text(line)
        assert read(pictures / "0.png", "--output", path) == 0
        assert path.read_text() == line

    def test_what_could_not_be_read_is_tried_again(self, pictures, tmp_path, capsys):
        damaged, path = tmp_path / "5.png", tmp_path / "read.jsonl"
        whole = (pictures / "5.png").read_bytes()
        damaged.write_bytes(whole[: len(whole) // 2])
        for _ in range(2):
            assert read(damaged, pictures / "0.png", "--output", path) == 2
            first, second = map(json.loads, path.read_text().splitlines())
            assert set(first) == {"file", "error"}
            assert second["lines"] == ["72"]
        assert "1 of 2 pictures are in" in capsys.readouterr().err
        damaged.write_bytes(whole)
        assert read(damaged, pictures / "0.png", "--output", path) == 0
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert [line["file"] for line in lines] == [str(pictures / "0.png"), str(damaged)]
        assert all("error" not in line for line in lines)

    def test_it_was_killed_after_it_was_read_at_last(self, pictures, tmp_path):
        path, name = tmp_path / "read.jsonl", str(pictures / "0.png")
        error = json.dumps({"file": name, "error": "gone"}) + "\n"
        line = json.dumps({"file": name, "lines": ["72"]}) + "\n"
        path.write_text(error + line)
        assert read(name, "--output", path) == 0
        assert path.read_text() == line

    def test_another_file_is_left_as_it_is(self, pictures, tmp_path, capsys):
        path = tmp_path / "notes.txt"
        path.write_text("dear diary\n")
        assert read(pictures / "0.png", "--output", path) == 2
        assert "got something else in line 1" in capsys.readouterr().err
        assert path.read_text() == "dear diary\n"

    def test_a_folder_is_no_file(self, tmp_path):
        with pytest.raises(DigitnetError, match="expected a file that can be written to"):
            JsonLines(tmp_path)


def test_two_workers_compare_what_one_does(tmp_path, capsys):
    arguments = ["compare", "--vary", "seed=0,1", "--epochs", "1", "--hidden", "8"]
    told = []
    for n in ("1", "2"):
        figure = str(tmp_path / f"{n}.png")
        assert main([*arguments, "--workers", n, "--figure", figure]) == 0
        said = capsys.readouterr().out.splitlines()
        told.append([" ".join(line.split()[:8]) for line in said if line.startswith("seed")])
    assert told[0] == told[1]
    assert len(told[0]) == 4


@pytest.fixture
def cluster():
    """A scheduler and two workers, each in a process of its own: (address, workers)."""
    pytest.importorskip("distributed", reason="the extra digitnet[dask] is not there")
    started = []
    copies_dropped = "DASK_DISTRIBUTED__SCHEDULER__ACTIVE_MEMORY_MANAGER__INTERVAL"
    environment = {**os.environ, copies_dropped: "50ms"}  # 2 s: too long for a test to wait

    def start(*arguments, until):
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        started.append(process)
        for line in process.stderr:
            if until in line:
                return process, line.split()[-1]
        raise AssertionError(f"{command} ended")

    try:
        _, address = start(
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            until="Scheduler at:",
        )
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
        yield address, [start("worker", address, *options, until="Registered to:")[0] for _ in "12"]
    finally:
        for process in reversed(started):
            process.kill()
            process.communicate()


@pytest.mark.slow
class TestCluster:
    def test_it_reads_what_one_process_reads_though_a_worker_is_killed(
        self, cluster, pictures, tmp_path, capsys
    ):
        address, workers = cluster
        alone, by_two = tmp_path / "alone.jsonl", tmp_path / "two.jsonl"
        read(pictures, "--output", alone)
        capsys.readouterr()
        command = [sys.executable, "-m", "digitnet", "read", str(pictures), "--dask", address]
        running = subprocess.Popen([*command, "--output", str(by_two)], stderr=subprocess.PIPE)
        while not busy(address):
            time.sleep(0.01)
        workers[0].kill()
        _, errors = running.communicate(timeout=60)
        assert running.returncode == 2
        assert by_two.read_bytes() == alone.read_bytes(), errors
        assert b"has gone. What it had begun is done by others." in errors

    def test_what_cannot_be_worked_with_costs_a_sentence(self, cluster, capsys, tmp_path):
        address, workers = cluster
        for process in workers:
            process.terminate()
            process.wait(timeout=20)
        image = tmp_path / "0.png"
        Image.new("L", (40, 40), 255).save(image)
        assert read(image, "--dask", address) == 2
        assert f"the scheduler at {address} has no workers" in capsys.readouterr().err

    def test_what_all_parts_share_is_not_lost_with_the_worker_that_had_it_alone(self, cluster):
        from distributed import Client

        address, workers = cluster
        said, image = [], np.ones(400_000, np.float32)
        parts = Workers(dask=address, say=said.append).each(slowly, [0, 0, 0, 5], image)
        with Client(address, set_as_default=False) as client, ThreadPoolExecutor(1) as thread:
            results = thread.submit(list, parts)

            def at_the_last_part_with_one_copy():
                begun = [name for name, tasks in client.processing().items() if tasks]
                holders = [holders for key, holders in client.who_has().items() if is_large(key)]
                return len(begun) == 1 and holders == [tuple(begun)] and begun[0]

            def is_large(key):
                return client.nbytes(summary=False).get(key, 0) >= image.nbytes

            while not (alone := at_the_last_part_with_one_copy()):
                assert not results.done(), results.result()
                time.sleep(0.02)
            process = client.run(os.getpid, workers=[alone])[alone]
            next(each for each in workers if each.pid == process).kill()
            assert results.result(60) == [image.nbytes] * 4
        assert said == [f"The worker {alone} has gone. What it had begun is done by others."]

    def test_nothing_is_waited_for_in_silence(self, cluster, capfd):
        from distributed import Client

        address, workers = cluster
        told = queue.Queue()
        parts = Workers(dask=address, say=told.put).each(slowly, [60], np.ones(1))
        with Client(address, set_as_default=False) as client:
            scheduler = client.run_on_scheduler(os.getpid)
        with ThreadPoolExecutor(1) as thread:
            results = thread.submit(list, parts)
            while not busy(address):
                time.sleep(0.01)
            for process in workers:
                process.kill()
            while "has no workers any more" not in told.get(timeout=60):
                pass
            capfd.readouterr()
            os.kill(scheduler, signal.SIGKILL)
            with pytest.raises(DigitnetError, match=f"scheduler at {address} has gone"):
                results.result(60)
        assert capfd.readouterr() == ("", "")

    def test_an_error_of_the_work_is_not_one_of_the_cluster(self, cluster):
        with pytest.raises(FileNotFoundError, match="nothing-there"):
            list(Workers(dask=cluster[0]).each(os.listdir, ["nothing-there"]))

    @pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:1"])
    def test_no_scheduler(self, address, capsys, tmp_path):
        pytest.importorskip("distributed", reason="the extra digitnet[dask] is not there")
        assert read(tmp_path, "--dask", address) == 2
        assert f"none answers at {address}" in capsys.readouterr().err


def busy(address):
    """Whether a worker of the cluster computes something."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        return any(client.processing().values())
