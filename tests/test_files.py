"""Files are written whole or not at all, and nothing else of the process notices."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from digitnet.files.writing import LONGEST_WRITE_S, lock, remove_strays, replace, replaced, strays

ROOT = Path(__file__).parent.parent
WRITES_FOR_EVER = """
import sys, time
from pathlib import Path
from digitnet.files.writing import replaced
with replaced(Path(sys.argv[1])) as file:
    file.write(b"half of it")
    file.flush()
    print("writing", flush=True)
    time.sleep(600)
"""
HOLDS_A_LOCK = """
import sys, time
from pathlib import Path
from digitnet.files.writing import lock
assert lock(Path(sys.argv[1])) is not None
print("locked", flush=True)
time.sleep(600)
"""


def start(program, argument):
    """The program in a process of its own, once it has said that it is at work."""
    command = [sys.executable, "-c", program, argument]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.fixture
def umask():
    """That of the process, for the time of a test: the group may read, others may not."""
    before = os.umask(0o027)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_content_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "file"
    replace(path, b"old")
    replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("length", [1, 255])
def test_a_name_may_be_as_long_as_the_file_system_lets_it(length, tmp_path):
    replace(tmp_path / ("x" * length), b"content")
    assert [len(path.name) for path in tmp_path.iterdir()] == [length]


@pytest.mark.usefixtures("umask")
def test_others_may_read_what_the_umask_lets_them(tmp_path):
    replace(tmp_path / "file", b"content")
    assert mode(tmp_path / "file") == 0o640


@pytest.mark.usefixtures("umask")
def test_files_of_other_threads_get_the_umask_too(tmp_path):
    over = threading.Event()
    modes = set()

    def make_files():
        while not over.is_set():
            path = tmp_path / "other"
            path.open("wb").close()
            modes.add(mode(path))
            path.unlink()

    thread = threading.Thread(target=make_files)
    thread.start()
    for number in range(500):
        replace(tmp_path / f"file-{number % 7}", b"content")
    over.set()
    thread.join()
    assert modes == {0o640}


def test_a_file_that_is_replaced_leaves_its_permissions(tmp_path):
    path = tmp_path / "file"
    replace(path, b"old")
    path.chmod(0o600)
    replace(path, b"new")
    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_nothing_takes_the_place_of_what_is_no_file(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to("/dev/null")
    for path in (pipe, link):
        with pytest.raises(OSError, match="Not a file, but a pipe, a socket or a device") as caught:
            replace(path, b"content")
        assert caught.value.filename == str(path)
    assert pipe.is_fifo()
    assert link.readlink() == Path("/dev/null")
    assert sorted(tmp_path.iterdir()) == [link, pipe]


@pytest.mark.parametrize("name", ["", ".", "/", "a\0b"])
def test_a_name_that_no_file_can_have_is_an_error_of_the_system(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match=r"Is a directory|Embedded null"):
        replace(Path(name), b"content")


def test_the_new_name_reaches_the_disk_as_the_content_does(tmp_path, monkeypatch):
    """The content before the rename, the folder after it."""
    synced = []

    def sync(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append(("folder" if is_folder else "file", (tmp_path / "file").exists()))

    monkeypatch.setattr(os, "fsync", sync)
    replace(tmp_path / "file", b"content")
    assert synced == [("file", False), ("folder", True)]


def test_an_error_is_told_though_the_folder_is_gone_as_well(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(RuntimeError, match="the reason"), replaced(folder / "file"):
        shutil.rmtree(folder)
        raise RuntimeError("the reason")


def test_an_error_speaks_of_the_file_and_not_of_a_temporary_one(tmp_path):
    for path in (tmp_path / "missing" / "file", tmp_path):
        with pytest.raises(OSError) as caught:
            replace(path, b"content")
        assert str(path) in str(caught.value)
        assert ".digitnet-" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
@pytest.mark.parametrize("before", [b"before", None])
def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path, before):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    if before is not None:
        (there / "file").write_bytes(before)
    (here / "link").symlink_to(there / "file")
    replace(here / "link", b"content")
    assert (here / "link").is_symlink()
    assert (there / "file").read_bytes() == b"content"
    assert [path.name for path in (*here.iterdir(), *there.iterdir())] == ["link", "file"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_a_link_that_leads_to_nowhere_is_an_error_that_names_it(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "missing" / "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("link", "loop"):
        with pytest.raises(OSError) as caught:
            replace(tmp_path / name, b"content")
        assert str(tmp_path / name) in str(caught.value)


def test_what_a_killed_writer_left_goes_in_time_and_a_living_one_keeps_its_own(tmp_path):
    killed = start(WRITES_FOR_EVER, tmp_path / "file")
    (stray,) = strays(tmp_path)
    kill(killed)
    living = start(WRITES_FOR_EVER, tmp_path / "file")
    try:
        replace(tmp_path / "another", b"content")
        assert len(strays(tmp_path)) == 2  # one might still be written to, for all one knows
        long_ago = time.time() - LONGEST_WRITE_S - 1
        os.utime(stray, (long_ago, long_ago))
        replace(tmp_path / "another", b"content")
        assert len(strays(tmp_path)) == 1
        assert not stray.exists()
    finally:
        kill(living)
    remove_strays(tmp_path)  # as in a folder of one's own
    assert [path.name for path in tmp_path.iterdir()] == ["another"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")
def test_a_folder_is_locked_until_its_process_ends(tmp_path):
    process = start(HOLDS_A_LOCK, tmp_path)
    with pytest.raises(BlockingIOError):
        lock(tmp_path)
    kill(process)
    descriptor = lock(tmp_path)
    with pytest.raises(BlockingIOError):
        lock(tmp_path)
    os.close(descriptor)
    os.close(lock(tmp_path))
    assert list(tmp_path.iterdir()) == []
