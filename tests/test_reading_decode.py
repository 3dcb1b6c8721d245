"""Any picture becomes the same: 8 bits, upright, at a working size; what is none, a sentence."""

import io
import os
import struct
import time
import tracemalloc
import warnings
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digitnet
from digitnet import DigitnetError, InputWarning
from digitnet.reading.decode import decode
from tests.threads import at_once

HEIGHT, WIDTH = 60, 40


def drawn(height=HEIGHT, width=WIDTH):
    """Dark ink on white: a bar that stands left of the middle, in the upper half."""
    grey = np.full((height, width), 255, np.uint8)
    grey[height // 6 : height // 2, width // 4 : width // 2] = 0
    return grey


GREY = Image.fromarray(drawn())


def written(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def check(picture, tolerance=0):
    """It is the drawing, dark on light."""
    assert picture.grey.dtype == np.uint8
    assert picture.grey.shape == (HEIGHT, WIDTH)
    assert np.abs(picture.grey.astype(int) - drawn()).max() <= tolerance
    assert picture.colour is None
    assert picture.size == (WIDTH, HEIGHT)
    assert picture.scale == 1


def refused(source, message):
    with pytest.raises(DigitnetError, match=message) as caught:
        decode(source)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


class TestKinds:
    @pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "TIFF"])
    def test_files_without_loss(self, kind):
        check(decode(written(GREY, kind)))

    @pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
    def test_files_with_loss(self, kind):
        check(decode(written(GREY, kind, quality=95)), tolerance=40)

    @pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate", "packbits", "jpeg"])
    def test_compressed_tiff(self, compression):
        content = written(GREY, "TIFF", compression=compression)
        check(decode(content), tolerance=60 if compression == "jpeg" else 0)

    def test_fax(self):
        check(decode(written(GREY.convert("1"), "TIFF", compression="group4")))

    @pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 2}])
    def test_jpegs_of_cameras_and_of_browsers(self, options):
        check(decode(written(GREY.convert("RGB"), "JPEG", quality=95, **options)), tolerance=60)

    def test_a_file_its_bytes_a_stream_and_an_image_are_the_same(self, tmp_path):
        path = tmp_path / "a.png"
        path.write_bytes(written(GREY))
        with path.open("rb") as file, Image.open(path) as image:
            for source in (path, str(path), path.read_bytes(), file, image, GREY):
                check(decode(source))
        assert decode(path).name == str(path)
        assert decode(path.read_bytes()).name == "the picture"

    def test_an_image_of_pillow_stays_as_it_is(self):
        photo = Image.open(io.BytesIO(written(Image.new("RGB", (5000, 4000)), "JPEG")))
        assert decode(photo).grey.shape == (1600, 2000)
        assert photo.size == (5000, 4000)
        photo.close()
        closed = Image.open(io.BytesIO(written(GREY)))
        closed.close()
        refused(closed, "cut off or damaged")

    def test_the_content_decides_and_not_the_name(self, tmp_path):
        (tmp_path / "a.jpg").write_bytes(written(GREY, "PNG"))
        check(decode(tmp_path / "a.jpg"))

    def test_it_says_what_it_is(self):
        assert repr(decode(written(GREY))) == "Picture('the picture', 40x60 grey)"
        large = Image.new("RGB", (4000, 2000), (10, 100, 200))
        assert repr(decode(large)).endswith("4000x2000 in colour, read at 2000x1000)")


class TestModes:
    @pytest.mark.parametrize(
        "mode",
        ["1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"],
    )
    def test_every_mode_of_pillow(self, mode):
        check(decode(GREY.convert(mode)), tolerance=1)

    @pytest.mark.parametrize("mode", ["CMYK", "LAB"])
    def test_files_of_other_colour_spaces(self, mode):
        image = GREY.convert(mode) if mode != "LAB" else lab()
        check(decode(written(image, "TIFF")), tolerance=2)

    def test_cmyk_of_a_printer(self):
        check(decode(written(GREY.convert("CMYK"), "JPEG", quality=95)), tolerance=60)

    def test_a_palette(self):
        image = GREY.convert("RGB").quantize(2)
        for kind in ("PNG", "GIF", "BMP", "TIFF"):
            check(decode(written(image, kind)))

    def test_one_bit(self):
        for kind in ("PNG", "BMP", "TIFF", "GIF"):
            check(decode(written(GREY.convert("1"), kind)))

    def test_pixels_of_0_and_1_alone(self):
        ones = Image.fromarray(drawn() // 255)
        check(decode(written(ones)))
        check(decode(written(Image.merge("RGB", [ones] * 3))))
        check(decode(written(Image.merge("LA", [ones, GREY.point(lambda _: 255)]))))

    @pytest.mark.parametrize("white", [65535, 4095, 1023])
    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_sixteen_bits_are_stretched(self, white, kind):
        values = (drawn() / 255 * white).astype(np.uint16)
        check(decode(written(Image.fromarray(values), kind)))

    def test_sixteen_bits_that_hold_eight_are_not(self):
        values = np.where(drawn(), 200, 100).astype(np.uint16)
        assert np.unique(decode(written(Image.fromarray(values))).grey).tolist() == [100, 200]

    @pytest.mark.parametrize("white", [1.0, 255.0, 1e6])
    def test_floats_and_whole_numbers_of_32_bits(self, white):
        values = drawn() / 255 * white
        check(decode(written(Image.fromarray(values.astype(np.float32)), "TIFF")))
        if white > 1:
            check(decode(written(Image.fromarray(values.astype(np.int32)), "TIFF")))

    def test_floats_that_are_no_numbers_are_refused(self):
        values = np.full((20, 20), np.nan, np.float32)
        refused(written(Image.fromarray(values), "TIFF"), "expected finite pixels")

    def test_real_colours_are_kept_and_grey_is_as_bright_as_they_look(self):
        picture = decode(written(Image.new("RGB", (30, 20), (255, 0, 0))))
        assert picture.colour.shape == (20, 30, 3)
        assert picture.colour[0, 0].tolist() == [255, 0, 0]
        assert picture.grey[0, 0] == 76
        assert not picture.grey.flags.writeable
        assert not picture.colour.flags.writeable


def lab():
    image = Image.new("LAB", (WIDTH, HEIGHT))
    image.frombytes(np.stack([drawn(), *[np.full_like(drawn(), 128)] * 2], -1).tobytes())
    return image


class TestTransparency:
    def drawing(self, ink, mode="RGBA"):
        """Ink of one tone on nothing."""
        alpha = Image.fromarray(255 - drawn())
        image = Image.new("RGBA", GREY.size, (ink, ink, ink, 255))
        image.putalpha(alpha)
        return image.convert(mode)

    @pytest.mark.parametrize("mode", ["RGBA", "LA"])
    def test_dark_ink_lies_on_white(self, mode):
        check(decode(written(self.drawing(0, mode))))

    @pytest.mark.parametrize("mode", ["RGBA", "LA"])
    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_white_ink_lies_on_black(self, mode, kind):
        picture = decode(written(self.drawing(255, mode), kind))
        assert np.array_equal(picture.grey, 255 - drawn())

    def test_light_paper_with_ink_lies_on_white(self):
        paper = GREY.convert("RGBA")
        paper.paste((0, 0, 0, 0), (0, 40, 40, 60))
        check(decode(written(paper)))

    @pytest.mark.parametrize("transparency", [0, bytes([0, 255])])
    def test_a_palette_with_a_transparent_colour(self, transparency):
        indices = Image.fromarray((drawn() == 0).astype(np.uint8)).convert("P")
        indices.putpalette([9, 9, 9, 0, 0, 0])
        check(decode(written(indices, transparency=transparency)))

    def test_a_transparent_colour_of_grey_and_of_rgb(self):
        check(decode(written(GREY, transparency=255)))
        check(decode(written(GREY.convert("RGB"), transparency=(255, 255, 255))))
        check(decode(written(GREY.convert("1"), transparency=1)))

    def test_a_webp_and_a_gif(self):
        check(decode(written(self.drawing(0), "WEBP", lossless=True)))
        check(decode(written(self.drawing(0), "GIF")))

    def test_nothing_at_all_is_white(self):
        assert decode(Image.new("RGBA", (9, 9))).grey.min() == 255


TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: np.rot90(a, -1),
}
"""From a picture as it is to be seen to the pixels that are stored with each orientation."""


class TestOrientation:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("orientation", TURNS)
    def test_it_is_turned_as_it_is_to_be_seen(self, orientation, kind):
        stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation](drawn())))
        check(decode(self.tagged(stored, kind, orientation)), tolerance=60)

    @pytest.mark.parametrize("orientation", TURNS)
    def test_boxes_are_in_pixels_of_what_is_seen(self, orientation):
        large = drawn(3000, 4500)
        stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation](large)))
        picture = decode(self.tagged(stored, "JPEG", orientation))
        assert picture.size == (4500, 3000)
        assert picture.grey.shape == (1333, 2000)
        assert picture.scale == pytest.approx(2.25)
        dark = picture.grey < 128
        rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
        box = picture.box_as_seen(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert np.abs(np.subtract(box, (1125, 500, 2250, 1500))).max() <= 3

    @pytest.mark.parametrize("orientation", TURNS)
    def test_a_digit_is_read_and_found_however_the_camera_was_held(self, orientation):
        seen = np.full((800, 600), 255, np.uint8)
        seven = Image.open(TestRead.CASES[0].with_name("7_28x28_black_on_white.png"))
        seen[100:380, 200:480] = np.asarray(seven.resize((280, 280)))
        stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation](seen)))
        reading = digitnet.read(self.tagged(stored, "JPEG", orientation))
        assert reading.text == "7"
        ink = np.argwhere(seen < 128)
        expected = (*ink.min(0)[::-1], *ink.max(0)[::-1] + 1)
        assert np.abs(np.subtract(reading.digits[0].box, expected)).max() <= 12

    @pytest.mark.parametrize("value", [0, 9, 65535])
    def test_one_that_there_is_not_is_upright(self, value):
        check(decode(self.tagged(GREY, "PNG", value)))

    def test_an_image_of_pillow_is_turned_likewise(self):
        stored = Image.fromarray(np.ascontiguousarray(TURNS[6](drawn())))
        check(decode(Image.open(io.BytesIO(self.tagged(stored, "PNG", 6)))))

    def tagged(self, image, kind, orientation):
        exif = Image.Exif()
        exif[274] = orientation
        return written(image, kind, exif=exif)


class TestSize:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_twelve_megapixels_take_neither_long_nor_much(self, kind):
        rows = np.linspace(120, 250, 3024, dtype=np.uint8)
        photo = Image.fromarray(np.repeat(rows[:, None], 4032, 1)).convert("RGB")
        content = written(photo, kind)
        tracemalloc.start()
        began = time.process_time()
        picture = decode(content)
        seconds = time.process_time() - began
        peak = tracemalloc.get_traced_memory()[1]  # of Python and NumPy; no array at full size
        tracemalloc.stop()
        assert picture.grey.shape == (1500, 2000)
        assert picture.size == (4032, 3024)
        assert seconds < 3  # it is less than 0.3 where nothing else is computed
        assert peak < 40e6 + 2 * len(content)
        assert np.abs(picture.grey[:, 0] - np.linspace(120, 250, 1500)).max() < 3

    @pytest.mark.parametrize("size", [(2001, 10), (3999, 4000), (30_000, 3), (1, 9000)])
    def test_any_shape_is_brought_to_2000(self, size):
        picture = decode(Image.new("L", size, 7))
        assert max(picture.grey.shape) == 2000
        assert min(picture.grey.shape) >= 1
        assert picture.scale == max(size) / 2000
        height, width = picture.grey.shape
        assert picture.box_as_seen(0, 0, width, height) == (0, 0, *size)

    def test_small_pictures_stay_as_they_are(self):
        assert decode(Image.new("L", (2000, 3))).scale == 1
        assert decode(Image.new("L", (1, 1), 9)).grey.tolist() == [[9]]

    @pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF", "WEBP", "JPEG"])
    def test_fifty_million_pixels_are_refused_before_they_are_decoded(self, kind):
        content = bytearray(written(Image.new("L", (300, 200), 200), kind))
        huge(kind, content)
        tracemalloc.start()
        refused(bytes(content), r"1 to 50 million pixels, got \d+x\d+; scale it down first")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 5e6

    def test_a_bomb_is_refused(self):
        """An image of 900 million pixels in a file of one megabyte."""
        rows = zlib.compress(bytes(30_001) * 3000, 9)
        content = b"\x89PNG\r\n\x1a\n"
        for name, data in (
            (b"IHDR", struct.pack(">2I5B", 30_000, 30_000, 8, 0, 0, 0, 0)),
            (b"IDAT", rows),
            (b"IEND", b""),
        ):
            checksum = struct.pack(">I", zlib.crc32(name + data))
            content += struct.pack(">I", len(data)) + name + data + checksum
        refused(content, "got 30000x30000")

    def test_a_frame_larger_than_its_gif_counts_too(self):
        content = bytearray(written(Image.new("L", (30, 20)), "GIF"))
        at = content.rindex(b",\0\0\0\0")
        content[at + 5 : at + 9] = struct.pack("<2H", 60_000, 60_000)
        refused(bytes(content), "got 60000x60000")


def huge(kind, content):
    """Let the file say that it has more pixels."""
    if kind == "PNG":
        content[16:24] = struct.pack(">2I", 10_000, 10_000)
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    elif kind == "GIF":
        content[6:10] = struct.pack("<2H", 10_000, 10_000)
    elif kind == "BMP":
        content[18:26] = struct.pack("<2i", 10_000, 10_000)
    elif kind == "WEBP":
        content[26:30] = struct.pack("<2H", 16_000, 16_000)
    elif kind == "JPEG":
        at = content.index(b"\xff\xc0")
        content[at + 5 : at + 9] = struct.pack(">2H", 10_000, 10_000)
    else:
        (directory,) = struct.unpack_from("<I", content, 4)
        for at in range(directory + 2, directory + 26, 12):
            tag, type_ = struct.unpack_from("<2H", content, at)
            if tag in (256, 257):
                struct.pack_into(
                    "<HII" if type_ == 4 else "<HIH", content, at + 2, type_, 1, 10_000
                )


class TestRefusals:
    def test_an_empty_file(self):
        refused(b"", "expected a picture, got an empty file")

    @pytest.mark.parametrize(
        "content", [b"7", b"hello, this is text", b"\0" * 1000, b"RIFF1234WAVE"]
    )
    def test_no_picture(self, content):
        refused(content, r"expected a picture")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"\0\0\0\x18ftypheic" + bytes(50), "got HEIC; .* export it as JPEG"),
            (b"\0\0\0\x18ftypavif" + bytes(50), "got AVIF; .* export it as JPEG"),
            (b"\0\0\0\x18ftypisom" + bytes(50), "got a film"),
            (b"%PDF-1.7 ...", "got PDF; .* screenshot"),
            (b'<?xml version="1.0"?><svg xmlns="">', "got SVG; .* export it as JPEG or PNG"),
            (b"8BPS\0\1", "got a Photoshop file"),
            (b"PK\x03\x04rest", "got an archive or a document"),
            (b"II+\0" + bytes(20), "got BigTIFF"),
            (b"\x93NUMPY", r"digitnet.read\(numpy.load\(FILE\)\)"),
        ],
    )
    def test_what_people_take_for_a_picture_is_named_with_what_to_do(self, content, message):
        refused(content, message)

    @pytest.mark.parametrize("ending", [".heic", ".HEIF", ".avif", ".svg", ".pdf", ".nef", ".DNG"])
    def test_by_its_name_as_well(self, ending, tmp_path):
        path = tmp_path / f"a{ending}"
        refused(path, "No such file")
        path.write_bytes(written(GREY, "TIFF"))
        refused(path, "export it as JPEG or PNG")

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
    def test_a_file_that_is_cut_off(self, kind, generator):
        noise = Image.fromarray(generator.integers(0, 256, (50, 70), np.uint8))
        content = written(noise, kind)
        for share in (0.02, 0.1, 0.5, 0.9):
            refused(content[: int(share * len(content))], "cut off or damaged|expected a picture")

    def test_a_folder(self, tmp_path):
        refused(tmp_path, "got a folder; `digitnet read` takes folders")

    def test_a_file_that_is_not_there(self, tmp_path):
        refused(tmp_path / "a.png", "No such file or directory")
        refused("a\0b.png", "expected a picture that can be opened")

    def test_pipes_and_devices_are_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.png")
        (tmp_path / "zero.png").symlink_to("/dev/zero")
        (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
        for name in ("pipe.png", "zero.png"):
            refused(tmp_path / name, "Not a file, but a pipe, a socket or a device")
        refused(tmp_path / "loop.png", "symbolic links")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
    def test_no_permission(self, tmp_path):
        path = tmp_path / "a.png"
        path.write_bytes(written(GREY))
        path.chmod(0)
        refused(path, "Permission denied")

    def test_no_permission_is_a_sentence_for_root_too(self, tmp_path, monkeypatch):
        path = tmp_path / "a.png"
        path.write_bytes(written(GREY))

        def denied(*_):
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("digitnet.files.incoming.os.open", denied)
        refused(path, r"a.png: expected a picture that can be opened: Permission denied")

    def test_a_file_of_text_that_is_open(self, tmp_path):
        refused(io.StringIO("text"), "opened to read bytes")

    @pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG", "WEBP"])
    def test_of_several_pictures_the_first_is_read_with_a_note(self, kind):
        others = [Image.new("L", GREY.size, grey) for grey in (9, 200)]
        options = {"append_images": others, "save_all": True}
        content = written(GREY, kind, **options, **({"lossless": True} if kind == "WEBP" else {}))
        with pytest.warns(InputWarning, match="there are several pictures") as caught:
            check(decode(content), tolerance=1)
        assert caught[0].filename == __file__

    def test_names_that_a_terminal_obeys_are_escaped(self, tmp_path):
        refused(tmp_path / "\x1b[31mred\u202e.png", r"\\x1b\[31mred\\u202e.png: expected")


class TestArrays:
    @pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.float32, np.float64])
    def test_of_0_to_255(self, dtype):
        check(decode(drawn().astype(dtype)))

    @pytest.mark.parametrize("dtype", [np.bool, np.uint8, np.int64, np.float16, np.float64])
    def test_of_0_to_1(self, dtype):
        check(decode((drawn() // 255).astype(dtype)))

    @pytest.mark.parametrize(
        "array",
        [
            drawn().astype(np.float32) / 255,
            drawn().astype(np.float32) / 127.5 - 1,
            drawn().astype(np.uint16) * 257,
            drawn()[..., None],
            np.repeat(drawn()[..., None], 3, 2),
            np.repeat(drawn()[None], 3, 0),
            np.dstack([drawn()] * 3 + [np.full_like(drawn(), 255)]),
            np.dstack([np.zeros_like(drawn())] * 3 + [255 - drawn()]),
            np.asfortranarray(drawn()),
            drawn().astype(">i4"),
            drawn().tolist(),
        ],
    )
    def test_other_ranges_channels_and_layouts(self, array):
        before = np.array(array)
        check(decode(array))
        assert np.array_equal(before, array)

    @pytest.mark.parametrize(
        ("array", "message"),
        [
            (np.zeros(784), r"got an array of shape \(784,\)"),
            (np.zeros((5, 28, 28)), r"got an array of shape \(5, 28, 28\); read several one by"),
            (np.zeros((0, 5)), "got 5x0; it has none"),
            (np.full((9, 9), np.nan), "got float64 from nan"),
            (np.full((9, 9), -5), "got int64 from -5"),
            (np.full((9, 9), 1e6), r"got float64 from 1e\+06"),
            (np.array([["a"]]), "arrays of numbers"),
            (None, "expected the path of a picture, its bytes, an array .* got None"),
            (5, "expected the path of a picture, .* got 5"),
            (io.TextIOWrapper(io.BytesIO(b"\x89PNG")), r"opened to read bytes \('rb'\)"),
            ("", "^the picture: expected the path of a picture, got an empty text"),
            ({"a": 1}, "expected"),
            (np.broadcast_to(np.uint8(0), (10_000, 10_000)), "got 10000x10000"),
        ],
    )
    def test_what_is_none_is_refused(self, array, message):
        refused(array, message)


class TestWarnings:
    """Pillow warns of damaged extras; nobody hears of it, and nobody else is made deaf."""

    def damaged(self):
        """Files whose pixels are sound, and whose extras are not."""
        exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(range(256))
        bad_directory = (
            b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\x7f\xff\xff\xff\xff\xff\xff\xff"
        )
        for each in (exif, bad_directory, b"Exif\0\0", b"Exif\0\0II*\0"):
            yield written(GREY, "JPEG", quality=95, exif=each)
            yield written(GREY, "PNG", exif=each)
            yield written(GREY, "WEBP", quality=95, exif=each)
        jpeg = written(GREY, "JPEG", quality=95)
        yield jpeg[:2] + b"\xff\xe2\0\x10MPF\0II*\0\xff\xff\xff\0\0\0" + jpeg[2:]
        png = written(GREY)
        animation = b"acTL" + bytes(8)
        yield png[:33] + struct.pack(">I", 8) + animation + bytes(4) + png[33:]
        tiff = bytearray(written(GREY, "TIFF", description="x" * 50, software="y" * 20))
        (directory,) = struct.unpack_from("<I", tiff, 4)
        (n_entries,) = struct.unpack_from("<H", tiff, directory)
        for at in range(directory + 2, directory + 2 + 12 * n_entries, 12):
            if struct.unpack_from("<H", tiff, at)[0] in (270, 305):
                struct.pack_into("<I", tiff, at + 8, 2**31)
        yield bytes(tiff)

    def test_a_tiff_of_too_many_channels_is_one_sentence(self, capfd):
        tiff = bytearray(written(GREY, "TIFF"))
        (directory,) = struct.unpack_from("<I", tiff, 4)
        (n_entries,) = struct.unpack_from("<H", tiff, directory)
        for at in range(directory + 2, directory + 2 + 12 * n_entries, 12):
            if struct.unpack_from("<H", tiff, at)[0] == 277:
                struct.pack_into("<H", tiff, at + 8, 7000)
        with suppress(DigitnetError):  # of one channel is what it has, too
            decode(bytes(tiff))
        assert capfd.readouterr() == ("", "")

    def test_none_escapes(self, capfd):
        for content in self.damaged():
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                check(decode(content), tolerance=60)
            assert [w for w in caught if w.category is not InputWarning] == []
        assert capfd.readouterr() == ("", "")

    def test_threads_that_decode_leave_the_warnings_alone(self):
        contents = list(self.damaged())[:3]
        before = list(warnings.filters)
        at_once(lambda _: [decode(each) for each in contents * 5], 4)
        assert list(warnings.filters) == before


class TestRead:
    CASES = sorted((Path(__file__).parent / "cases" / "pictures").glob("*.png"))

    @pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
    def test_a_seven_of_every_kind_is_read(self, path):
        reading = digitnet.read(path)
        (digit,) = reading.digits
        assert (reading.text, digit.label) == ("7", "7")
        assert digit.confidence > 0.9
        assert digit.probabilities.shape == (10,)
        assert digit.probabilities.argmax() == 7
        assert digit.image.shape == (28, 28)
        assert 0 <= digit.image.min() < digit.image.max() <= 1

    def test_the_box_is_where_the_digit_is(self):
        (digit,) = digitnet.read(self.CASES[0]).digits
        left, top, right, bottom = digit.box
        ink = np.asarray(Image.open(self.CASES[0]).convert("RGBA"))
        ink = ink[..., 3] if ink[..., 3].min() < 128 else 255 - ink[..., 0]
        assert (ink[top:bottom, left:right] > 128).sum() == (ink > 128).sum()

    def test_a_reading_says_what_it_is(self):
        reading = digitnet.read(self.CASES[0])
        assert repr(reading).startswith("Reading('7' in '")
        assert "certain" in repr(reading)
        page = reading._repr_html_()
        assert page.startswith('<figure><img src="data:image/png;base64,')
        shown = Image.open(io.BytesIO(reading._repr_png_()))
        assert max(shown.size) <= 800
        assert repr(reading.digits[0]).startswith("Digit('7', ")

    def test_nothing_on_white(self):
        reading = digitnet.read(np.full((50, 50), 255, np.uint8))
        assert (reading.text, reading.digits, reading.lines) == ("", [], [])
        assert repr(reading) == "Reading(no digits in 'the picture')"
        assert reading.as_dict()["lines"] == []
        assert Image.open(io.BytesIO(reading._repr_png_())).size > (50, 50)

    @pytest.mark.parametrize(
        "digits", [0, -1, 1.5, True, "3", (3, 2), (1, 2, 3), (0, 4), [1], 10**9, (1, None)]
    )
    def test_numbers_of_digits_that_make_no_sense(self, digits):
        with pytest.raises(DigitnetError, match="digits: expected a number from 1 to 1000"):
            digitnet.read(drawn(), digits=digits)

    def test_a_single_digit_of_four(self):
        with pytest.raises(DigitnetError, match="expected a single digit or digits=4, got both"):
            digitnet.read(drawn(), single=True, digits=4)

    def test_a_model_of_letters_is_refused(self):
        from digitnet.data import MinMax
        from digitnet.nn import multilayer_perceptron

        network = multilayer_perceptron([784, 3])
        model = digitnet.Model(network, MinMax(0, 255), ("a", "b", "c"), (28, 28))
        with pytest.raises(DigitnetError, match="of the digits 0 to 9, got Model"):
            digitnet.read(drawn(), model=model)
