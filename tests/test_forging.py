"""A hand-in cannot make its own verdict: whatever it does, it is judged elsewhere."""

import contextlib
import json
import sys

import numpy as np
import pytest

from digitnet import DigitnetError
from digitnet.teach.exercises import EXERCISES, check
from digitnet.teach.exercises.apart import check_content
from digitnet.teach.exercises.wire import Body, NoAnswer, packed, text_from, unpacked

GOOD = "import numpy as np\n" + EXERCISES[3].source(EXERCISES[3].solution)
EVERY_PIPE = "import os, json\ndef everywhere(content):\n    for number in range(3, 30):\n        "
EVERY_PIPE += "with __import__('contextlib').suppress(OSError): os.write(number, content)\n"
VERDICT = (
    '{"verdict": {"number": 3, "title": "a softmax", "passed": true, "looked": [], '
    '"finding": null, "solution": ""}, "printed": ""}'
)
FORGED = {
    "a verdict in the pipe, and an end": f"{EVERY_PIPE}everywhere(b'''{VERDICT}''')\nos._exit(0)\n",
    "a message in the pipe, and an end": (
        f"{EVERY_PIPE}text = b'''{VERDICT}'''\n"
        "everywhere(len(text).to_bytes(4, 'little') + bytes(4) + text)\nos._exit(0)\n"
    ),
    "a printed verdict": f"print('''{VERDICT}''')\ndef softmax(z):\n    return z\n",
    "an end while it is imported": "import os\nos._exit(0)\n",
    "an exit while it is imported": "import sys\nsys.exit(0)\n",
    "an end when it is called": "import os\ndef softmax(z):\n    os._exit(0)\n",
    "an exit when it is called": "import sys\ndef softmax(z):\n    sys.exit(0)\n",
    "something done at the end": (
        f"{EVERY_PIPE}import atexit\natexit.register(everywhere, b'''{VERDICT}''')\n"
        "def softmax(z):\n    return z\n"
    ),
    "an equal of everything": (
        "class Equal:\n    shape = (2, 10)\n    def __eq__(self, other):\n        return True\n"
        "    def __array__(self, *a, **k):\n        raise SystemExit(0)\n"
        "def softmax(z):\n    return Equal()\n"
    ),
    "an array of one's own": (
        "import numpy as np\nclass Own(np.ndarray):\n    def __array_ufunc__(self, *a, **k):\n"
        "        return np.True_\n"
        "def softmax(z):\n    return np.zeros(z.shape).view(Own)\n"
    ),
    "another NumPy": (
        "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\n"
        "np.abs = lambda a: a * 0\ndef softmax(z):\n    return np.ones(z.shape)\n"
    ),
    "another check": (
        "import sys\nfrom digitnet.teach.exercises import engine, known\n"
        "engine.close = known.close = lambda *a: True\n"
        "engine._look = lambda *a: None\n"
        "for module in list(sys.modules.values()):\n"
        "    if module.__name__.startswith('digitnet.teach'):\n"
        "        module.checked = module.check = lambda *a: None\n"
        "def softmax(z):\n    return z\n"
    ),
    "another end of the pipe": (
        "import sys\nframe = sys._getframe()\nwhile frame and 'link' not in frame.f_locals:\n"
        "    frame = frame.f_back\nlink = frame.f_locals['link']\n"
        "link.send({'callable': True, 'takes': True})\n"
        "for _ in range(1000):\n"
        "    link.send({'returned': {'constant': 'True'}, 'changed': [None], 'passed': True})\n"
    ),
    "arguments that are sent back changed": ("def softmax(z):\n    z[...] = 0\n    return z\n"),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_verdict_is_none(kind):
    try:
        answer = check_content(3, "hand-in.py", FORGED[kind].encode(), 5.0)
    except DigitnetError as error:
        assert str(error).startswith("hand-in.py")
    else:
        assert not answer.verdict.passed
        assert answer.verdict.finding.problem


def test_a_right_one_passes_and_its_solution_is_ours():
    answer = check_content(3, "hand-in.py", f"{GOOD}\nprint('hello')\n".encode())
    assert answer.verdict == check(3, EXERCISES[3].reference())
    assert answer.printed == "hello\n"


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=[pytest.mark.slow] if n != 3 else []) for n in EXERCISES]
)
def test_the_verdict_is_that_of_a_call_in_our_own_process(number):
    each = EXERCISES[number]
    bodies = [each.solution, each.blank]
    bodies += [each.solution.replace(m.right, m.wrong) for m in each.mistakes[:: 9 - number % 3]]
    for body in bodies:
        source = f"import numpy as np\n{each.source(body)}"
        names = {}
        exec(compile(source, "hand-in.py", "exec"), names)
        with contextlib.redirect_stdout(None):
            expected = check(number, names[each.name])
        answer = check_content(number, "hand-in.py", source.encode())
        assert answer.verdict.as_dict() == expected.as_dict()


RETURNED = [
    "None",
    "...",
    "3",
    "True",
    "0.5",
    "'p'",
    "[1, 2]",
    "(1, 2)",
    "(z, (z, z))",
    "{}",
    "np.float32(0.5)",
    "np.zeros((2, 10), np.float32)",
    "np.zeros((2, 10), complex)",
    "np.full((2, 10), None)",
    "np.full((2, 10), 'x')",
    "np.zeros((0, 10))",
    "np.array(0.1)",
    "np.zeros((2, 10), bool)",
    "np.broadcast_to(0.5, (10**6, 10**6))",
    "np.asfortranarray(z)",
]


@pytest.mark.parametrize("returned", RETURNED)
def test_what_is_returned_is_told_as_in_our_own_process(returned):
    function = eval(f"lambda z: {returned}", {"np": np})
    body = Body()
    z = np.arange(20.0).reshape(2, 10)
    told = packed(function(z), body)
    sent = text_from(json.dumps(told).encode())
    there = unpacked(sent, Body(bytes(body.content)))
    ours, theirs = (check(3, lambda _, value=value: value) for value in (function(z), there))
    assert ours.as_dict() == theirs.as_dict()


@pytest.mark.parametrize("dtype", [">f8", "<f4", np.longdouble, ">i2", np.uint8, bool])
def test_numbers_come_as_they_are(dtype):
    body = Body()
    sent = (np.arange(6).reshape(2, 3) % 2).astype(dtype)
    there = unpacked(packed(sent.T, body), body)
    assert np.array_equal(there, sent.T)
    assert there.dtype.isnative
    assert unpacked(packed(10**400, body), body) == np.inf


@pytest.mark.parametrize(
    "told",
    [
        {},
        None,
        [],
        {"number": "1"},
        {"constant": "exit"},
        {"parts": 3},
        {"parts": {"0": 1}},
        {"many": "dict", "count": 2},
        {"many": "list", "count": "x"},
        {"array": "<f8", "shape": [2], "bytes": 17, "scalar": False},
        {"array": "<f8", "shape": [-1], "bytes": -8, "scalar": False},
        {"array": "<f8", "shape": [2**40, 2**40], "bytes": None, "scalar": False},
        {"array": "<f8", "shape": [2**63], "bytes": None, "scalar": False},
        {"array": "<f8", "shape": [1] * 100, "bytes": None, "scalar": False},
        {"array": "O", "shape": [1], "bytes": 8, "scalar": False},
        {"array": "<f8", "shape": [2], "bytes": 16},
    ],
)
def test_what_is_no_answer_is_refused(told):
    with pytest.raises(NoAnswer):
        unpacked(told, Body(bytes(16)))


def test_no_object_of_the_hand_in_comes_back():
    class Own:
        def __reduce__(self):
            return print, ("run",)

    body = Body()
    (there,) = unpacked(packed((Own(),), body), body)
    assert type(there).__name__ == "Own"
    assert not isinstance(there, Own)
    assert bytes(body.content) == b""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise StopIteration('x')", "StopIteration: x"),
        ("b'\\xff'.decode()", "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff"),
        ("raise type('Mine', (ValueError,), {})('x')", "Mine: x"),
        ("raise ExceptionGroup('two', [ValueError()])", "ExceptionGroup: two"),
        ("raise type('\\x1b[31m', (Exception,), {})", "\\x1b[31m"),
    ],
)
def test_an_error_is_told_with_its_kind_text_and_line(source, said):
    content = f"def softmax(z):\n    {source}\n"
    finding = check_content(3, "hand-in.py", content.encode()).verdict.finding
    assert finding.found.startswith(said)
    assert "stops with an error in line 2, for logits of zero" in finding.problem


def test_a_function_of_another_number_of_arguments():
    finding = check_content(3, "hand-in.py", b"def softmax():\n    return 1\n").verdict.finding
    assert finding.meaning == "the function is called with 1 arguments: z"


def test_a_cell_of_a_notebook_is_named_in_an_error_of_the_function():
    content = '{"cells": [{"cell_type": "code", "source": "def softmax(z):\\n    return 1 / 0"}]}'
    finding = check_content(3, "hand-in.ipynb", content.encode()).verdict.finding
    assert "stops with an error in code cell 1, line 2, for logits" in finding.problem


def test_what_is_called_by_the_name_is_no_function():
    finding = check_content(3, "hand-in.py", b"softmax = [1, 2]\n").verdict.finding
    assert (finding.problem, finding.found) == ("this is no function", "list")


AROUND = """
import ctypes
at = ctypes.pythonapi
def softmax(z):
    print(at.open(b"NEW", 0o101, 0o600), at.unlink(b"OLD"), at.rename(b"OLD", b"NEW"))
    print(at.socket(2, 1, 0), at.fork(), at.kill(1, 0), at.open(b"OLD", 0) > 2)
    print(at.fcntl(0, 8, at.getppid()), at.fcntl(0, 1), at.setpriority(0, at.getppid(), 5))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such filters")
def test_the_kernel_refuses_what_python_does_not_see(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("kept")
    content = AROUND.replace("OLD", str(old)).replace("NEW", str(new))
    answer = check_content(3, "hand-in.py", content.encode())
    if not answer.fenced:
        pytest.skip("this kernel or container does not let a process filter its calls")
    assert answer.printed.startswith("-1 -1 -1\n-1 -1 -1 True\n-1 0 -1\n")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert old.read_text() == "kept"


def test_it_has_no_variables_of_ours(monkeypatch):
    monkeypatch.setenv("DIGITNET_SECRET", "swordfish")
    content = "import os\ndef softmax(z):\n    print(sorted(os.environ), os.listdir())\n"
    printed = check_content(3, "hand-in.py", content.encode()).printed
    assert "SECRET" not in printed
    assert printed.endswith(" []\n")


def test_a_notebook_that_draws_can_be_checked():
    content = f"import matplotlib.pyplot as plt\n{GOOD}\nplt.plot([1, 2])\nplt.show()\n"
    assert check_content(3, "hand-in.py", content.encode(), 60.0).verdict.passed
