"""Drawings that are kept: what the file holds, what is lost, and what other commands make of it."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from digitnet.cli import main
from digitnet.data.sources import load_source
from digitnet.errors import DigitnetError
from digitnet.web.kept import Kept
from tests.playground import ask, drawing, last, refusal, visiting
from tests.threads import at_once


def image(value):
    return np.full((28, 28), value, np.uint8)


def keeping(data, path):
    """A visit whose last drawing is 7 1."""
    visit = visiting(data, kept=Kept(path))
    (answer,) = ask(visit, "draw", {"pixels": drawing(7, 1)}, number=1)
    return visit, answer.arrays["images"]


class TestOfAVisit:
    @pytest.fixture(params=["file", "memory"])
    def path(self, request, tmp_path):
        return tmp_path / "runs" / "drawings.npz" if request.param == "file" else None

    def test_a_digit_is_kept_as_the_network_saw_it(self, data, path):
        visit, images = keeping(data, path)
        ask(visit, "keep", number=1, digit=0, label="7")
        (event,) = ask(visit, "keep", number=1, digit=1, label="2")
        assert event.fields["counts"] == [0, 0, 1, 0, 0, 0, 0, 1, 0, 0]
        assert event.fields["where"] == ("" if path is None else str(path))
        assert np.array_equal(event.arrays["last"], images[::-1])
        assert event.arrays["labels"].tolist() == [2, 7]

    def test_the_last_or_all_can_be_removed(self, data, path):
        visit, images = keeping(data, path)
        for digit, label in ((0, "7"), (1, "1"), (0, "4")):
            ask(visit, "keep", number=1, digit=digit, label=label)
        (event,) = ask(visit, "discard", which="last")
        assert event.fields["counts"] == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0]
        assert np.array_equal(event.arrays["last"], images[::-1])
        assert event.arrays["labels"].tolist() == [1, 7]
        (event,) = ask(visit, "discard", which="all")
        assert event.fields["counts"] == [0] * 10
        assert event.arrays["last"].shape == (0, 28, 28)
        assert event.arrays["labels"].shape == (0,)
        for which in ("last", "all"):
            assert ask(visit, "discard", which=which)[0].fields["counts"] == [0] * 10
        if path:
            assert list(path.parent.iterdir()) == []

    def test_the_file_to_save_is_a_set_of_images(self, data, path, tmp_path):
        visit, images = keeping(data, path)
        ask(visit, "keep", number=1, digit=0, label="7")
        (event,) = ask(visit, "kept")
        assert event.fields == {"name": "drawings.npz"}
        other = tmp_path / "saved.npz"
        other.write_bytes(event.arrays["file"].tobytes())
        part = load_source(str(other)).train
        assert np.array_equal(part.images, images[:1])
        assert np.array_equal(part.labels, [7])

    def test_without_drawings_there_is_nothing_to_save(self, data, path):
        visit, _ = keeping(data, path)
        assert "no drawing is kept" in refusal(visit, "kept").fields["message"]

    def test_at_most_ten_are_shown_the_latest_first(self, data, path):
        visit, _ = keeping(data, path)
        for n in range(12):
            ask(visit, "keep", number=1, digit=n % 2, label=str(n % 10))
        shown = last(ask(visit, "hello"), "kept").arrays
        assert len(shown["last"]) == 10
        assert shown["labels"].tolist() == [1, 0, 9, 8, 7, 6, 5, 4, 3, 2]


class TestForgetting:
    def test_drawings_in_memory_are_forgotten_with_the_visit(self, data):
        visit, _ = keeping(data, None)
        ask(visit, "keep", number=1, digit=0, label="7")
        assert last(ask(visit, "forget"), "kept").fields["counts"] == [0] * 10

    def test_those_in_a_file_only_if_asked(self, data, tmp_path):
        path = tmp_path / "drawings.npz"
        visit, _ = keeping(data, path)
        ask(visit, "keep", number=1, digit=0, label="7")
        assert last(ask(visit, "forget"), "kept").fields["counts"][7] == 1
        assert path.exists()
        assert last(ask(visit, "forget", drawings=True), "kept").fields["counts"] == [0] * 10
        assert not path.exists()


class TestOfTheCommandLine:
    def test_what_is_kept_can_be_learned_from_and_tested_with(
        self, data, tmp_path, capsys, monkeypatch
    ):
        monkeypatch.setattr("digitnet.training.job.as_png", lambda _: b"drawn")
        path, kept = tmp_path / "drawings.npz", Kept()
        for n in range(300):
            kept.add(data.train.images[n], int(data.train.labels[n]))
        path.write_bytes(kept.as_file())
        runs = str(tmp_path / "runs")
        options = ["--epochs", "1", "--hidden", "8", "--runs-dir", runs, "--name", "mine"]
        assert main(["train", "--data", str(path), *options, "--validation-fraction", "0"]) == 0
        assert main(["evaluate", str(tmp_path / "runs" / "mine"), "--data", str(path)]) == 0
        assert "300" in capsys.readouterr().out

    def test_the_next_server_finds_them_again(self, tmp_path):
        path = tmp_path / "drawings.npz"
        Kept(path).add(image(9), 3)
        again = Kept(path)
        again.add(image(8), 4)
        assert Kept(path).counts == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
        assert Kept(path).last(5)[0][:, 0, 0].tolist() == [8, 9]


class TestFilesThatCannotBe:
    def archive(self, path, **arrays):
        np.savez(path, **arrays)
        return path

    @pytest.mark.parametrize(
        "arrays",
        [
            {"x_train": np.zeros((2, 8, 8), np.uint8), "y_train": np.array([1, 2])},
            {"x_train": np.zeros((2, 28, 28), np.float32), "y_train": np.array([1, 2])},
            {"x_train": np.zeros((2, 28, 28), np.uint8), "y_train": np.array([1, 12])},
            {"x_train": np.zeros((2, 28, 28), np.uint8), "y_train": np.array(["a", "b"])},
            {"x_train": np.zeros((2, 28, 28), np.uint8), "y_train": np.array([1.0, 2.5])},
            {"x_test": np.zeros((2, 28, 28), np.uint8), "y_test": np.array([1, 2])},
            {"something": np.zeros(3)},
            {
                "x_train": np.zeros((2, 28, 28), np.uint8), "y_train": np.array([1, 2]),
                "x_test": np.zeros((2, 28, 28), np.uint8), "y_test": np.array([1, 2]),
            },
            {
                "x_train": np.zeros((2, 28, 28), np.uint8), "y_train": np.array([1, 2]),
                "notes": np.zeros(3),
            },
        ],
        ids=["small", "floats", "twelve", "letters", "halves", "to test with", "something",
             "more to test with", "more"],
    )  # fmt: skip
    def test_other_images_are_refused_and_left_alone(self, arrays, tmp_path):
        path = self.archive(tmp_path / "drawings.npz", **arrays)
        before = path.read_bytes()
        with pytest.raises(DigitnetError, match=r"drawings\.npz"):
            Kept(path)
        assert path.read_bytes() == before

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive", bytes(1000)])
    def test_damaged_files_cost_a_sentence(self, content, tmp_path):
        path = tmp_path / "drawings.npz"
        path.write_bytes(content)
        with pytest.raises(DigitnetError, match=r"drawings\.npz"):
            Kept(path)

    def test_half_of_a_file_costs_a_sentence(self, tmp_path):
        path = tmp_path / "drawings.npz"
        Kept(path).add(image(7), 1)
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(DigitnetError, match=r"drawings\.npz"):
            Kept(path)

    def test_a_folder_is_no_file(self, tmp_path):
        with pytest.raises((DigitnetError, OSError), match="drawings"):
            Kept(tmp_path / "drawings").path.mkdir()
            Kept(tmp_path / "drawings")


class TestOtherServers:
    """They may write to the same file."""

    def test_what_each_keeps_is_there(self, tmp_path):
        path = tmp_path / "drawings.npz"
        one, two = Kept(path), Kept(path)
        for n, kept in enumerate((one, two, one, two)):
            kept.add(image(n), n)
        assert Kept(path).counts[:4] == [1, 1, 1, 1]
        assert one.counts[:4] == [1, 1, 1, 0]

    def test_they_wait_for_each_other(self, tmp_path):
        path = tmp_path / "drawings.npz"

        def keep(n):
            kept = Kept(path)
            for _ in range(5):
                kept.add(image(n), n)

        at_once(keep, 4)
        assert Kept(path).counts == [5, 5, 5, 5, 0, 0, 0, 0, 0, 0]

    def test_each_removes_what_it_showed_as_its_last(self, tmp_path):
        one, two = Kept(tmp_path / "drawings.npz"), Kept(tmp_path / "drawings.npz")
        one.add(image(1), 1)
        two.add(image(2), 2)
        one.discard("last")
        assert Kept(one.path).counts[:3] == [0, 0, 1]

    def test_a_link_stays_one(self, tmp_path):
        target, link = tmp_path / "elsewhere.npz", tmp_path / "drawings.npz"
        Kept(target).add(image(1), 1)
        link.symlink_to(target)
        Kept(link).add(image(2), 2)
        assert link.is_symlink()
        assert Kept(target).counts[:3] == [0, 1, 1]


class TestPathsThatCannotBe:
    """Said when the server starts, not when the first drawing is lost."""

    @pytest.mark.parametrize("name", ["", "x" * 300 + ".npz", "file/drawings.npz", "a\0b"])
    def test_they_cost_a_sentence(self, name, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "file").touch()
        with pytest.raises(DigitnetError, match="expected a file for drawings"):
            Kept(Path(name))

    @pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0,
                        reason="root may write everywhere")  # fmt: skip
    def test_so_does_a_folder_that_may_not_be_written_to(self, tmp_path):
        (tmp_path / "locked").mkdir(0o500)
        with pytest.raises(DigitnetError, match="in a folder to write to"):
            Kept(tmp_path / "locked" / "runs" / "drawings.npz")


class TestWhatGoesWrong:
    def test_a_folder_that_cannot_be_made_costs_an_error_and_nothing_is_kept(self, data, tmp_path):
        visit, _ = keeping(data, tmp_path / "file" / "drawings.npz")
        (tmp_path / "file").touch()
        error = refusal(visit, "keep", number=1, digit=0, label="7")
        assert "could not be written" in error.fields["message"]
        assert last(ask(visit, "hello"), "kept").fields["counts"] == [0] * 10

    def test_a_full_disk_costs_an_error_and_loses_nothing(self, data, tmp_path, monkeypatch):
        path = tmp_path / "drawings.npz"
        visit, images = keeping(data, path)
        ask(visit, "keep", number=1, digit=0, label="7")
        before = path.read_bytes()

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            error = refusal(visit, "keep", number=1, digit=1, label="1")
        assert "No space left on device" in error.fields["message"]
        assert path.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir()] == ["drawings.npz"]
        (event,) = ask(visit, "keep", number=1, digit=1, label="1")
        assert np.array_equal(event.arrays["last"], images[::-1])

    def test_there_is_an_end_to_it(self, data, monkeypatch):
        monkeypatch.setattr("digitnet.web.kept.MOST", 2)
        visit, _ = keeping(data, None)
        for digit in range(2):
            ask(visit, "keep", number=1, digit=digit, label="7")
        error = refusal(visit, "keep", number=1, digit=0, label="7")
        assert "2 drawings are kept already" in error.fields["message"]

    def test_two_tabs_that_keep_at_once_lose_nothing(self, tmp_path):
        kept = Kept(tmp_path / "drawings.npz")

        def keep(n):
            for _ in range(5):
                kept.add(image(n), n)
                kept.as_file()
                images, labels = kept.last(10)
                assert len(images) == len(labels) <= 10

        at_once(keep, 4)
        assert Kept(kept.path).counts == [5, 5, 5, 5, 0, 0, 0, 0, 0, 0]
