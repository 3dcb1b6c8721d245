"""Frames: what is packed comes back as it was, and bytes that are no frame cost a sentence."""

import json
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from digitnet.errors import DigitnetError
from digitnet.web.frames import ALIGNED, DTYPES, LONGEST_HEADER, MOST_ARRAYS, packed, unpacked

NAMES = st.text(max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
FIELDS = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=8,
    ),
    max_size=5,
)
ARRAYS = st.dictionaries(
    NAMES,
    st.sampled_from(list(DTYPES)).flatmap(
        lambda dtype: arrays_of.arrays(
            dtype, arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
        )
    ),
    max_size=4,
)
FEW = settings(max_examples=40, deadline=None)
ONE = {"name": "x", "dtype": "uint8", "shape": [2]}


def framed(header, rest=b"", *, length=None):
    """Bytes with this header, which may be anything."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-(4 + len(text)) % ALIGNED)
    return (len(text) if length is None else length).to_bytes(4, "little") + text + rest


def described(*arrays, name="draw", fields=None):
    return {"name": name, "fields": fields or {}, "arrays": list(arrays)}


class TestThereAndBack:
    @FEW
    @given(name=NAMES, fields=FIELDS, arrays=ARRAYS)
    def test_a_message_comes_back_as_it_was(self, name, fields, arrays):
        frame = unpacked(packed(name, fields, arrays))
        assert (frame.name, frame.fields) == (name, fields)
        assert list(frame.arrays) == list(arrays)
        for each, array in arrays.items():
            assert frame.arrays[each].dtype == array.dtype
            assert frame.arrays[each].shape == array.shape
            assert frame.arrays[each].tobytes() == array.tobytes()

    @FEW
    @given(fields=FIELDS, arrays=ARRAYS)
    def test_every_array_begins_where_a_page_can_look_at_it(self, fields, arrays):
        data = packed("answer", fields, arrays)
        beginning = np.frombuffer(data, np.uint8).ctypes.data
        assert len(data) % ALIGNED == 0
        for array in unpacked(data).arrays.values():
            if array.size:
                assert (array.ctypes.data - beginning) % ALIGNED == 0

    @pytest.mark.parametrize(
        "array",
        [
            np.arange(12, dtype=np.int32).reshape(3, 4).T,
            np.arange(20, dtype=np.float32)[::3],
            np.arange(6, dtype=">i4"),
        ],
        ids=["transposed", "every third", "big-endian"],
    )
    def test_arrays_that_lie_otherwise_in_memory_come_back_equal(self, array):
        (back,) = unpacked(packed("x", {}, {"a": array})).arrays.values()
        assert np.array_equal(back, array)

    def test_what_comes_from_outside_cannot_be_written_to(self):
        (array,) = unpacked(framed(described(ONE), b"ab" + bytes(6))).arrays.values()
        assert not array.flags.writeable

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
    def test_numbers_that_json_lacks_are_null(self, number):
        fields = {"loss": number, "more": [{"deep": (number, 1.5)}]}
        assert unpacked(packed("epoch", fields, {})).fields == {
            "loss": None,
            "more": [{"deep": [None, 1.5]}],
        }


HOSTILE = {
    "nothing": b"",
    "half a length": b"\x01\x00",
    "a length alone": (100).to_bytes(4, "little"),
    "a huge length": framed(described(), length=2**32 - 1),
    "a header that is too long": framed(b'{"name":"' + b"x" * LONGEST_HEADER + b'"}'),
    "no JSON": framed(b"name = draw"),
    "no UTF-8": framed(b'{"name": "\xff\xfe"}'),
    "a list": framed([1, 2]),
    "a number": framed(7),
    "nothing in it": framed({}),
    "no name": framed({"fields": {}, "arrays": []}),
    "no fields": framed({"name": "hello", "arrays": []}),
    "arrays by name": framed({"name": "hello", "fields": {}, "arrays": {}}),
    "too many arrays": framed(described(*[ONE | {"shape": [0]}] * (MOST_ARRAYS + 1))),
    "an array without a type": framed(described({"name": "x", "shape": [0]})),
    "an array that is text": framed(described("x")),
    "objects": framed(described(ONE | {"dtype": "object"}), bytes(8)),
    "a type that is a list": framed(described(ONE | {"dtype": []}), bytes(8)),
    "a name that is a list": framed(described(ONE | {"name": ["x"]}), bytes(8)),
    "a negative shape": framed(described(ONE | {"shape": [-1]}), bytes(8)),
    "a shape of text": framed(described(ONE | {"shape": ["2"]}), bytes(8)),
    "a shape of halves": framed(described(ONE | {"shape": [0.5]}), bytes(8)),
    "a shape of truth": framed(described(ONE | {"shape": [True]}), bytes(8)),
    "a shape that is a number": framed(described(ONE | {"shape": 2}), bytes(8)),
    "five dimensions": framed(described(ONE | {"shape": [1] * 5}), bytes(8)),
    "a huge shape": framed(described(ONE | {"shape": [2**31 - 1] * 4}), bytes(8)),
    "a huge shape of nothing": framed(described(ONE | {"shape": [0] + [2**31 - 1] * 3})),
    "a shape beyond any number": framed(described(ONE | {"shape": [10**400]}), bytes(8)),
    "less than it says": framed(described(ONE | {"shape": [9]}), bytes(8)),
    "an array after the end": framed(described(ONE, ONE), bytes(4)),
    "bytes too many": framed(described(ONE), bytes(16)),
    "a deep list": framed(b'{"name":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
    "a number of many digits": framed(b'{"name": ' + b"9" * 5000 + b"}"),
}


class TestBytesThatAreNoFrame:
    @pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
    def test_they_cost_a_sentence(self, data):
        with pytest.raises(DigitnetError, match="expected a frame, got"):
            unpacked(data)

    @given(st.binary(max_size=200))
    @example((8).to_bytes(4, "little") + b"null    ")
    def test_random_bytes_cost_a_sentence(self, data):
        with pytest.raises(DigitnetError, match="expected a frame, got"):
            unpacked(data)

    @FEW
    @given(arrays=ARRAYS, fields=FIELDS, data=st.data())
    def test_a_frame_that_was_damaged_is_read_or_costs_a_sentence(self, arrays, fields, data):
        whole = bytearray(packed("draw", fields, arrays))
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, len(whole) - 1))
            whole[place] = data.draw(st.integers(0, 255))
        try:
            frame = unpacked(bytes(whole))
        except DigitnetError as error:
            assert str(error).isprintable()
        else:
            assert all(array.dtype.name in DTYPES for array in frame.arrays.values())

    @FEW
    @given(arrays=ARRAYS, data=st.data())
    def test_half_a_frame_costs_a_sentence(self, arrays, data):
        whole = packed("draw", {}, arrays)
        length = data.draw(st.integers(0, len(whole) - 1))
        with pytest.raises(DigitnetError):
            unpacked(whole[:length])

    @pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
    def test_numbers_that_json_lacks_are_no_more_than_values(self, word):
        """Whether they make sense is for the table of messages to say."""
        data = framed(f'{{"name":"draw","fields":{{"number":{word}}},"arrays":[]}}'.encode())
        try:
            number = unpacked(data).fields["number"]
        except DigitnetError:
            return
        assert not math.isfinite(number)
