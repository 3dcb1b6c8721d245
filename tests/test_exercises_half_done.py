"""What a check says of a function that is half written, and of arrays whose shapes do not meet."""

import re

import numpy as np
import pytest

from digitnet.teach.exercises import EXERCISES, check, exercise
from digitnet.teach.exercises.apart import check_content
from digitnet.teach.exercises.blanks import first_blank
from digitnet.web.lesson import checked

NETWORK = EXERCISES[8]
DOTS = "there are still three dots where your lines belong"
PRICE = "weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))"
LINES = {
    "z1": "x @ W1 + b1",
    "h": "np.maximum(z1, 0)",
    "p": "softmax(h @ W2 + b2)",
    "loss": f"-np.mean(np.sum(t * np.log(p), axis=1)) + {PRICE}",
    "dz2": "(p - t) / len(x)",
    "dW2": "h.T @ dz2 + weight_decay * W2",
    "db2": "dz2.sum(axis=0)",
    "dh": "dz2 @ W2.T",
    "dz1": "dh * (z1 > 0)",
    "dW1": "x.T @ dz1 + weight_decay * W1",
    "db1": "dz1.sum(axis=0)",
}
UNTIL_LOSS = ("z1", "h", "p", "loss")


def half(*names, **other):
    """The body of exercise 8 with these lines of its blank written, or others in their place."""
    body = NETWORK.blank
    for name in names:
        body = re.sub(rf"^    {name} = \.\.\.", f"    {name} = {LINES[name]}", body, flags=re.M)
    for name, line in other.items():
        body = re.sub(rf"^    {name} = \.\.\.", f"    {name} = {line}", body, flags=re.M)
    return body


def told(*names, **other):
    return check(8, NETWORK.function(half(*names, **other))).finding


def line_of(body, name):
    """Where a name is given its value, in the function's source."""
    lines = NETWORK.source(body).split("\n")
    return 1 + [each.startswith(f"    {name} = ") for each in lines].index(True)


def mended(number, right, wrong):
    """What is told of the solution of an exercise with an edit."""
    each = EXERCISES[number]
    assert right in each.solution
    return check(number, each.function(each.solution.replace(right, wrong))).finding


class TestHalfDone:
    def test_what_is_there_is_right_and_the_next_line_is_named(self):
        finding = told(*UNTIL_LOSS)
        line = line_of(NETWORK.blank, "dz2")
        assert finding.problem == f"the next line to write is dz2 in line {line}"
        assert finding.found == "three dots in place of dW1, db1, dW2, db2"
        assert finding.meaning == "right, of what is returned: loss"

    def test_gradients_that_are_there_are_measured(self):
        finding = told(*UNTIL_LOSS, "dz2", "dW2", "db2")
        assert finding.meaning == "right, of what is returned: loss, dW2, db2"
        finding = told(*UNTIL_LOSS, "dz2", dW2="h.T @ dz2 + 2 * weight_decay * W2")
        assert finding.meaning.startswith("the weight decay counts twice in dW2")

    @pytest.mark.parametrize(
        ("name", "wrong", "said"),
        [
            ("h", "z1", "ReLU is missing: this is the answer with h = z1"),
            ("loss", f"-np.sum(t * np.log(p)) + {PRICE}", "your loss is 20 × ours"),
            ("loss", "np.log(p)", "the result is one number for the whole batch"),
        ],
    )
    def test_the_first_thing_wrong_is_told_before_what_is_missing(self, name, wrong, said):
        written = [each for each in UNTIL_LOSS if each != name]
        assert told(*written, **{name: wrong}).meaning.startswith(said)

    def test_where_nothing_is_returned_yet_the_first_blank_line_is_named(self):
        finding = told("z1", "h", "p")
        line = line_of(NETWORK.blank, "loss")
        assert finding.problem == f"the next line to write is loss in line {line}"
        assert finding.meaning == DOTS

    @pytest.mark.parametrize(
        ("last", "error"),
        [("dz1", "TypeError: unsupported"), ("dW1", "ValueError: matmul: "), ("db1", "Attribute")],
    )
    def test_dots_that_are_computed_with(self, last, error):
        finding = told(*UNTIL_LOSS, "dz2", last)
        line = line_of(NETWORK.blank, "dW2")
        assert finding.problem == f"the next line to write is dW2 in line {line}"
        assert finding.found.startswith(error)
        assert finding.found.endswith(f" in line {line_of(NETWORK.blank, last)}")
        assert finding.meaning == DOTS

    @pytest.mark.parametrize(
        "wrong", [{"dz2": "p - t"}, {"dh": "W2 @ dz2.T"}, {"dh": "(z1 > 0)"}, {"dz1": "z1"}]
    )
    def test_of_lines_that_nothing_is_returned_of_nothing_is_said(self, wrong):
        names = [*UNTIL_LOSS, "dz2", "dW2", "db2"] if "dz2" not in wrong else UNTIL_LOSS
        finding = told(*names, **wrong)
        returned = [each for each in names if each in ("loss", "dW2", "db2")]
        assert finding.meaning == f"right, of what is returned: {', '.join(returned)}"

    def test_what_is_unfinished_is_not_called_wrong(self):
        for names in (("z1", "h"), UNTIL_LOSS, (*UNTIL_LOSS, "dz2", "dz1")):
            text = str(check(8, NETWORK.function(half(*names))))
            assert "hidden layer: not finished.\n" in text
            assert "next         the next line to write is " in text
            assert not re.search(r"^(wrong|right|may mean)", text, re.M)
        assert not told("z1", "p", "loss", h="z1").is_unfinished

    def test_without_the_loss_gradients_are_not_called_right(self):
        body = half(*(name for name in LINES if name != "loss"))
        finding = check(8, NETWORK.function(body)).finding
        assert finding.meaning == "what is there so far is looked at when the rest is there"

    @pytest.mark.parametrize("each", [each for n, each in EXERCISES.items() if n != 11])
    def test_the_first_line_of_every_blank_is_named(self, each):
        function = each.function(each.blank)
        _, line = first_blank(function)
        lines = each.source(each.blank).split("\n")
        assert next(number for number, text in enumerate(lines, 1) if "..." in text) == line
        finding = check(each.number, function).finding
        assert finding.meaning == DOTS
        assert finding.problem.endswith(f" line {line}")

    def test_several_names_and_dots_that_mean_something(self):
        def both(x):
            y = x[...]
            y[...] = np.zeros(3)[..., None]
            a, b = ...
            return a, b, y

        assert first_blank(both) == ("a, b", both.__code__.co_firstlineno + 3)
        assert first_blank(lambda x: x[..., 0]) is None
        assert first_blank(np.exp) is None

    @pytest.mark.parametrize("number", [7, 9, 12])
    def test_of_other_exercises(self, number):
        each = EXERCISES[number]
        first, second = re.findall(r"^    (\w+) = \.\.\.", each.blank, re.M)[:2] or ("W", "b")
        right = dict(re.findall(r"^ +(\w+) = (.+?)(?:  #.*)?$", each.solution, re.M))
        body = re.sub(rf"( {first}) = \.\.\.", rf"\1 = {right[first]}", each.blank, count=1)
        finding = check(number, each.function(body)).finding
        meaning, following = {
            7: ("right, of what is returned: y", second),
            9: (DOTS, "batch"),
            12: ("what is there so far is looked at when the rest is there", second),
        }[number]
        assert finding.meaning == meaning
        assert finding.problem.startswith(f"the next line to write is {following} in line")


class TestShapes:
    @pytest.mark.parametrize(
        ("right", "wrong", "found", "axes"),
        [
            (
                "x @ W1",
                "W1 @ x",
                "W1 @ x, where W1 is (I, H) = (784, 8) and x is (B, I) = (20, 784)",
                "H = 8 and B = 20",
            ),
            (
                "x @ W1",
                "x @ W1.T",
                "x @ W1.T, where x is (B, I) = (20, 784) and W1.T is (H, I) = (8, 784)",
                "I = 784 and H = 8",
            ),
            (
                "dz2 @ W2.T",
                "(p - t) @ W1",
                "(p - t) @ W1, where (p - t) is (B, K) = (20, 10) and W1 is (I, H) = (784, 8)",
                "K = 10 and I = 784",
            ),
            (
                "dz2 @ W2.T",
                "np.dot(dz2, W1)",
                "(20,10) and (784,8) not aligned",
                "K = 10 and I = 784",
            ),
        ],
    )
    def test_factors_that_do_not_meet(self, right, wrong, found, axes):
        finding = mended(8, right, wrong)
        assert "stops with an error in line " in finding.problem
        assert found in finding.found
        assert "the inner axes must agree" in finding.meaning
        assert f"here they are {axes}." in finding.meaning

    @pytest.mark.parametrize(
        ("number", "right", "wrong", "said"),
        [
            (8, "x.T @ dz1", "x @ dz1", "the inner axes must agree: x.T (I, B) @ dz1 (B, H)"),
            (5, "x.T @ dz", "x @ dz", "they have to meet in the middle: x.T (I, B) @ dz (B, K)"),
        ],
    )
    def test_a_known_one_has_its_own_sentence_and_its_shapes(self, number, right, wrong, said):
        finding = mended(number, right, wrong)
        assert said in finding.meaning
        assert f"{wrong}, where x is (B, I) = (20, 784)" in finding.found

    def test_names_do_not_matter_to_a_known_one_but_shapes_do(self):
        line = "x.T @ dz1 + weight_decay * W1"
        finding = mended(8, line, "(lambda pixels: pixels @ dz1)(x)")
        assert finding.meaning.startswith("dW1 sums over the images")
        finding = mended(8, "h.T @ dz2", "W1 @ x")  # stops with the text that `h @ dz2` has
        assert finding.meaning.startswith("in a product of matrices")

    @pytest.mark.parametrize("wrong", ["h @ dz2", "(2 * h) @ dz2", "x @ dh", "x @ (dh - 1)"])
    def test_a_known_one_counts_for_its_own_line_alone(self, wrong):
        finding = mended(8, "dh * (z1 > 0)", wrong)
        assert finding.meaning.startswith("in a product of matrices")
        assert f"ValueError: {wrong}, where " in finding.found

    @pytest.mark.parametrize("wrong", ["max(h, 0)", "np.max(dh, 0).T @ x"])
    def test_a_known_error_of_another_kind_counts_for_its_own_line_alone(self, wrong):
        meaning = mended(8, "dh * (z1 > 0)", wrong).meaning
        assert "np.maximum(z1, 0)" not in meaning

    def test_a_mask_is_no_factor_of_a_product_of_matrices(self):
        said = "{} is a mask, which says yes or no for each entry. It is applied entry by entry, "
        finding = mended(8, "dh * (z1 > 0)", "dh @ (z1 > 0)")
        assert finding.meaning.startswith(f"{said.format('(z1 > 0)')}dh * (z1 > 0)")
        finding = mended(8, "dh * (z1 > 0)  #", "0\n    on = z1 > 0\n    dz1 = dh @ on  #")
        assert finding.meaning.startswith(f"{said.format('on')}dh * on")
        finding = mended(8, "dh * (z1 > 0)", "(z1 > 0) @ W1")
        assert finding.meaning.startswith("in a product of matrices")

    @pytest.mark.parametrize(
        ("number", "right", "name"),
        [(8, "dz2.sum(axis=0)", "db2"), (8, "dz1.sum(axis=0)", "db1")],
    )
    def test_a_sum_over_the_wrong_axis(self, number, right, name):
        finding = mended(number, right, right.replace("0", "1"))
        assert finding.problem.startswith(f"{name} is not of the kind")
        assert finding.meaning.startswith("there is one entry for each image: sum over the images")
        finding = mended(number, right, "np.zeros(3)")
        assert finding.meaning.startswith("look at axis=: axis=0 sums over the rows")

    def test_entry_by_entry(self):
        finding = mended(8, "(z1 > 0)", "(W1 > 0)")
        assert "here they are (B, H) = (20, 8), (I, H) = (784, 8)" in finding.meaning

    def test_the_line_is_one_of_the_pupils_own(self):
        body = NETWORK.solution.replace("np.maximum(z1, 0)", "np.max(z1, 0)")
        finding = check(8, NETWORK.function(body)).finding
        assert f"in line {line_of(body, 'p')}, " in finding.problem  # not that in softmax
        assert finding.meaning.startswith("an array has lost an axis: np.max(z1, 0)")

    def test_one_question_of_a_whole_array(self):
        finding = mended(7, "dy @ W.T", "max(dy, 0) @ W.T")
        assert finding.meaning.startswith("`max`, `min`, `if`, `and` and `or` ask one question")


class TestElsewhere:
    """The same in the process of a hand-in, and in the page of the course."""

    def test_of_a_hand_in(self):
        def finding(body):
            content = NETWORK.module(body).encode()
            return check_content(8, "hand-in.py", content).verdict.finding

        line = line_of(NETWORK.blank, "dz2") + 3  # below the import
        assert finding(half(*UNTIL_LOSS)).problem.endswith(f" is dz2 in line {line}")
        body = NETWORK.solution.replace("x @ W1", "W1 @ x")
        stopped = finding(body)
        assert stopped.found.endswith("W1 is (I, H) = (784, 8) and x is (B, I) = (20, 784)")
        body = NETWORK.solution.replace("np.maximum(z1, 0)", "np.max(z1, 0)")
        assert f"in line {line_of(body, 'p') + 3}, " in finding(body).problem

    def test_of_the_page(self):
        text = checked(8, exercise(8).module(half(*UNTIL_LOSS)))["text"]
        assert "so far       right, of what is returned: loss\n" in text


class TestPlaces:
    @pytest.mark.parametrize(
        ("number", "right", "wrong", "section"),
        [
            (5, "(p - t) / len(x)", "(p - t)", 4),
            (8, "(p - t) / len(x)", "(p - t)", 4),
            (8, " + b1", "", 5),
            (8, "dh * (z1 > 0)", "dh * z1", 6),
            (8, "weight_decay * W1", "weight_decay * abs(W1)", 9),
            (11, "(p - t)", "(t - p)", 4),
        ],
    )
    def test_a_verdict_names_the_section_that_derives_it(self, number, right, wrong, section):
        derived = mended(number, right, wrong).derived
        assert derived.startswith(f"docs/derivations.md#{section}-")
