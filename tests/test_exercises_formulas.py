"""What a check says of formulas that were copied as they stand in the text of an exercise."""

import pytest

from digitnet.teach.exercises import EXERCISES, check
from digitnet.teach.exercises.apart import check_content
from digitnet.web.lesson import checked

CROSS_ENTROPY = "-np.mean(np.sum(t * np.log(p), axis=1))"


def source(number, right, wrong):
    """The solution of an exercise with an edit, as a file."""
    each = EXERCISES[number]
    assert right in each.solution
    return each.module(each.solution.replace(right, wrong))


def meaning(number, right, wrong):
    """What is told of it."""
    each = EXERCISES[number]
    assert right in each.solution
    return check(number, each.function(each.solution.replace(right, wrong))).finding.meaning


class TestNames:
    @pytest.mark.parametrize(
        ("number", "right", "wrong", "said"),
        [
            (8, "h @ W2 + b2", "z2", "z2 of the formula has no line of its own: write h @ W2 + b2"),
            (5, "softmax(x @ W + b)", "softmax(z)", "write x @ W + b in its place"),
            (1, "x @ w + b", "x1 * w1 + x2 * w2 + b", "write x[:, 0] in its place, or a line x1 ="),
            (4, "z.max(axis=1, keepdims=True)", "m", "write z.max(axis=1, keepdims=True) in"),
            (8, "len(x)", "B", "B is the batch size; in code that is len(x)"),
            (8, "len(x)", "H", "H is the number of hidden units; in code that is W1.shape[1]"),
            (8, "np.log", "log", "written with np. in front of them: np.log"),
            (8, "np.maximum(z1, 0)", "maximum(z1, 0)", "in front of them: np.maximum"),
            (8, "np.maximum(z1, 0)", "relu(z1)", "ReLU is written np.maximum(z, 0)"),
            (2, "np.exp(-x)", "e ** -x", "e to the power of z is np.exp(z)"),
            (8, "x.T", "xT", "the transpose of x is written x.T"),
            (8, "W2.T", "W2ᵀ", "the transpose of W2 is written W2.T"),
            (8, "x.T", "x^T", "the transpose of x is written x.T"),
            (8, "t * np.log(p)", "t_nk * np.log(p)", "t_nk is one entry of t; in code t is all"),
            (8, "np.sum(W1**2)", "sum_ik(W1**2)", "a sum of the formula is np.sum in code"),
            (8, "weight_decay * W2", "weight_decay * W", "no W here; did you mean W1, W2?"),
            (8, "weight_decay * W2", "lam * W2", "lam has the name weight_decay in code"),
            (8, "weight_decay * W2", "weigth_decay * W2", "did you mean weight_decay?"),
            (8, "x.T @ dz1", "x.T @ db1", "db1 is used before it is given a value: the line db1 ="),
            (8, "weight_decay * W2", "cat * W2", "a name is misspelt, or used before it is given"),
        ],
    )
    def test_a_name_of_the_formulas_is_said_in_code(self, number, right, wrong, said):
        assert said in meaning(number, right, wrong)

    def test_what_was_given_above_has_to_stay(self):
        text = source(8, "x.T", "x.T")
        without = "import numpy as np\n\n\n" + text[text.index("def network") :]
        assert "softmax stands above the function" in checked(8, without)["text"].replace("\n", " ")
        without = text.removeprefix("import numpy as np")
        assert "import numpy as np" in checked(8, without)["text"]

    def test_what_they_are_in_code_is_right(self):
        """Each notation, put in front of the solution, is what the formulas mean by it."""
        for each in EXERCISES.values():
            for name, code in each.notation.items():
                at = each.solution.rindex("    return")
                body = f"{each.solution[:at]}    {name} = {code}\n{each.solution[at:]}"
                assert check(each.number, each.function(body)).passed, name


class TestOperators:
    @pytest.mark.parametrize(
        ("right", "wrong", "said"),
        [
            ("W1**2", "W1^2", "a power is written `**` in Python"),
            ("weight_decay / 2 * (", "weight_decay/2 (", "a `*` or `@` is missing before the br"),
            ("dh * (z1 > 0)", "dh (z1 > 0)", "a `*` or `@` is missing before the bracket"),
            ("x.T", "x.t", "the transpose is x.T"),
            ("np.log(p)", "p.log()", "an array has no .log: it is a function of NumPy, np.log("),
        ],
    )
    def test_an_operator_of_the_formulas_is_said_in_python(self, right, wrong, said):
        told = checked(8, source(8, right, wrong))
        assert said in " ".join(told["text"].split())
        assert told["printed"] == ""  # where Python warns

    @pytest.mark.parametrize(
        ("right", "wrong", "said"),
        [
            ("x @ W1", "x W1", "a product has a sign in Python: `@` between matrices, `*`"),
            ("x @ W1 + b1", "(x W1 + b1)", "is no Python: invalid syntax; a product has a sign"),
            ("weight_decay / 2", "1/2 weight_decay", "a product has a sign in Python"),
            ("weight_decay * W2", "2W2", "a product has a sign in Python"),
            (CROSS_ENTROPY, "-1/B sum_n sum_k t_nk log p_nk", "a function has brackets in Python"),
            ("t * np.log(p)", "t * np.log p", "a function has brackets in Python"),
            ("dh * (z1 > 0)", "dh × (z1 > 0)", "× is written * in Python"),
            ("p - t", "p − t", "− is written - in Python"),
            ("x @ W1", "x @ W₁", "₁ is written 1 in Python"),
        ],
    )
    def test_a_line_of_the_formulas_is_said_in_python(self, right, wrong, said):
        assert said in checked(8, source(8, right, wrong))["text"]

    @pytest.mark.parametrize(
        "line",
        ["z1 = (x @ W1", "if x = 3: y", "for z i x:", "z1 = x @", "z = 'x W × y", "print x"],
    )
    def test_of_another_line_nothing_is_guessed(self, line):
        text = checked(8, f"def network(x):\n    {line}\n")["text"]
        assert "is no Python" in text
        assert "a product" not in text
        assert "is written" not in text

    def test_the_process_of_a_hand_in_says_it_too(self):
        def finding(right, wrong):
            content = source(8, right, wrong).encode()
            return check_content(8, "hand-in.py", content).verdict.finding

        assert finding("h @ W2 + b2", "z2").meaning.startswith("z2 of the formula has no line")
        assert finding("dh * (z1 > 0)", "dh @ (z1 > 0)").meaning.startswith("(z1 > 0) is a mask")
        assert finding("dh * (z1 > 0)", "h @ dz2").meaning.startswith("in a product of matrices")


class TestSigns:
    @pytest.mark.parametrize("number", [4, 5, 8])
    def test_the_minus_of_a_loss(self, number):
        assert "the minus in front" in meaning(number, "-np.mean", "np.mean")

    def test_the_minus_of_all_of_a_loss(self):
        said = "your loss is -1 × ours: the minus in front of it is missing, or one too many"
        assert meaning(8, "    dz2 = ", "    loss = -loss\n    dz2 = ") == said
