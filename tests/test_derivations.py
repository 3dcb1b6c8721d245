"""docs/derivations.md and the code name each other, and its numbers are those of the network."""

import inspect
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from digitnet import nn
from digitnet.data import mixup
from digitnet.model import temperature
from digitnet.nn import gradcheck
from digitnet.nn.textbook import TextbookNetwork

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "derivations.md").read_text(encoding="utf-8")
SECTIONS = [int(number) for number in re.findall(r"^## (\d+)\. ", PAGE, re.M)]
CITED = {
    int(number)
    for path in (ROOT / "digitnet").rglob("*.py")
    for number in re.findall(r"derivations\.md(?: §|, section )(\d+)", path.read_text("utf-8"))
}


def test_sections_are_numbered_in_order():
    assert list(range(len(SECTIONS))) == SECTIONS
    assert len(SECTIONS) >= 12


def test_every_number_that_code_names_exists():
    assert set(SECTIONS) >= CITED


def test_every_derivation_is_named_by_the_code_that_implements_it():
    assert set(SECTIONS) - {0} == CITED - {0}  # §0 derives nothing


@pytest.mark.parametrize("text", re.findall(r"^Code: (.+)$", PAGE, re.M))
def test_the_code_that_a_section_names_exists_and_names_it(text):
    number = SECTIONS[1:][re.findall(r"^Code: (.+)$", PAGE, re.M).index(text)]
    modules = {each.__name__: each for each in (gradcheck, mixup, temperature)}
    objects = []
    for name in re.findall(r"`([\w.]+)`", text):
        if name in modules:
            objects.append(modules[name])
            continue
        found = nn
        for part in name.split("."):
            found = getattr(found, part)
        objects.append(found)
    assert any(f"§{number}" in (found.__doc__ or "") for found in objects)
    (link,) = re.findall(r"\]\(\.\./([\w/]+\.py)\)", text)
    assert {Path(inspect.getsourcefile(found)) for found in objects} == {ROOT / link}


def test_the_references_between_sections_exist():
    assert {int(n) for n in re.findall(r"§(\d+)", PAGE)} <= set(SECTIONS)


def test_formulas_hold_nothing_that_github_shows_wrong():
    """In Markdown a backslash before punctuation is an escape, also within formulas."""
    assert not re.findall(r"\\[,;:!]", PAGE)
    assert all(
        formula.count("\n") == 0 for formula in re.findall(r"(?<!\$)\$([^$]+)\$(?!\$)", PAGE)
    )


NUMBERS = PAGE.split("\n## ")[1]
TABLES = [
    re.findall(r"^\| \$(.+?)\$ \| \$(.+?)\$ \| \$?([-\d.]+)\$? \|$", part, re.M)
    for part in re.split(r"^\|---\|---\|---\|$", NUMBERS, flags=re.M)[1:]
]
LEARNING_RATE = float(re.search(r"\\eta = ([\d.]+)", NUMBERS)[1])


def at_the_start():
    """The network, x and t, from the numbers that the text begins with."""
    names = re.findall(r"\b(x|t|[Wb][12]) +?= (\[.+?\])(?= {2}|\n)", NUMBERS)
    values = {name: np.array(eval(text), float) for name, text in names}
    assert list(values) == ["x", "t", "W1", "b1", "W2", "b2"]
    network = TextbookNetwork(2, 2, 2, np.random.default_rng(0))
    for name in ("W1", "b1", "W2", "b2"):
        setattr(network, name, values[name])
    return network, values["x"], values["t"]


def named(name, array):
    """Each entry of an array, under the name that the text gives it: W^{(1)}_{12} or z_1."""
    return {
        f"{name}_{index[0] + 1}"
        if array.ndim == 1
        else f"{name}_{{{index[0] + 1}{index[1] + 1}}}": v
        for index, v in np.ndenumerate(array)
    }


def forward(network, x, t):
    p = network.forward(x)[0]
    z = network.h[0] @ network.W2 + network.b2
    values = {"z^{(1)}": network.z1[0], "h": network.h[0], "z": z, "p": p}
    result = {"L": network.loss(x, t)}
    return result | {k: v for name, array in values.items() for k, v in named(name, array).items()}


def backward(network, x, t):
    dW1, db1, dW2, db2 = network.gradients(x, t)
    dh = db2 @ network.W2.T
    values = {"dz": db2, "dW^{(2)}": dW2, "dh": dh, "dz^{(1)}": db1, "dW^{(1)}": dW1}
    return {k: v for name, array in values.items() for k, v in named(name, array).items()}


def parameters(network):
    arrays = (network.W1, network.b1, network.W2, network.b2)
    names = ("W^{(1)}", "b^{(1)}", "W^{(2)}", "b^{(2)}")
    return {
        k: v
        for name, array in zip(names, arrays, strict=True)
        for k, v in named(name, array).items()
    }


def evaluated(formula):
    """The number that a formula of the tables comes to."""
    python = formula.replace(r"\cdot", "*").replace(r"\max", "max")
    python = re.sub(r"e\^{(.+?)}", r"exp(\1)", python)
    python = re.sub(r"\\log ([\d.]+)", r"log(\1)", python)
    return eval(python, {"exp": math.exp, "log": math.log, "max": max})


def products(row, column):
    """What a weighted sum is made of: x_1, W_1, x_2, W_2."""
    return [number for pair in zip(row, column, strict=True) for number in pair]


def forward_operands(network, x, t):
    """The numbers that each formula of a forward pass is made of, in its order."""
    seen, result = forward(network, x, t), {}
    for j in (0, 1):
        result[f"z^{{(1)}}_{j + 1}"] = [*products(x[0], network.W1[:, j]), network.b1[j]]
        result[f"h_{j + 1}"] = [network.z1[0, j], 0]
        result[f"z_{j + 1}"] = [*products(network.h[0], network.W2[:, j]), network.b2[j]]
        result[f"p_{j + 1}"] = [seen[f"z_{j + 1}"], seen["z_1"], seen["z_2"]]
    return {**result, "L": [seen["p_2"]]}


def backward_operands(network, x, t):
    p = network.forward(x)[0]
    _, dz1, _, dz = network.gradients(x, t)
    dh, slope = dz @ network.W2.T, network.z1[0] > 0
    result = {}
    for i in (0, 1):
        result[f"dz_{i + 1}"] = [p[i], t[0, i]]
        result[f"dh_{i + 1}"] = products(dz, network.W2[i])
        result[f"dz^{{(1)}}_{i + 1}"] = [dh[i], slope[i]]
        for j in (0, 1):
            result[f"dW^{{(2)}}_{{{i + 1}{j + 1}}}"] = [network.h[0, i], dz[j]]
            result[f"dW^{{(1)}}_{{{i + 1}{j + 1}}}"] = [x[0, i], dz1[j]]
    return result


def operands():
    """What the formulas of each table are made of."""
    network, x, t = at_the_start()
    before, blame = forward_operands(network, x, t), backward_operands(network, x, t)
    derivatives = backward(network, x, t)
    for layer, dz in (("(1)", "dz^{(1)}"), ("(2)", "dz")):
        for i in (1, 2):
            derivatives[f"db^{{{layer}}}_{i}"] = derivatives[f"{dz}_{i}"]
    updates = {
        name: [value, LEARNING_RATE, derivatives[f"d{name}"]]
        for name, value in parameters(network).items()
    }
    network.step(x, t, LEARNING_RATE)
    return [before, blame, updates, forward_operands(network, x, t)]


def expected_tables():
    network, x, t = at_the_start()
    before, blame = forward(network, x, t), backward(network, x, t)
    network.step(x, t, LEARNING_RATE)
    return [before, blame, parameters(network), forward(network, x, t)]


def test_the_tables_of_the_small_network_leave_nothing_out():
    tables = [table for table in TABLES if table]
    for table, expected in zip(tables, expected_tables(), strict=True):
        assert sorted(name for name, _, _ in table) == sorted(expected)


@pytest.mark.parametrize("number", range(4))
def test_each_number_of_the_small_network_is_what_it_computes(number):
    """And what the formula beside it comes to, from the rounded numbers in it."""
    table, expected = [table for table in TABLES if table][number], expected_tables()[number]
    for name, formula, value in table:
        assert round(expected[name], 4) == float(value), name
        assert round(evaluated(formula), 4) == float(value), name
        seen = [float(n) for n in re.findall(r"(?<![\w^])\d+(?:\.\d+)?", formula)]
        made_of = [round(abs(float(n)), 4) for n in operands()[number][name]]
        assert seen == made_of, name


def test_the_slope_that_is_measured_by_hand_is_the_derived_one():
    network, x, t = at_the_start()
    dW = network.gradients(x, t)[0][0, 0]
    rows = re.findall(r"^\| (0\.\d+) \| (0\.\d+) \| (0\.\d+) \| (1\.\d{6}) \|$", NUMBERS, re.M)
    assert len(rows) == 2
    losses = []
    for W, h, difference, loss in (map(float, row) for row in rows):
        network.W1[0, 0] = W
        seen = forward(network, x, t)
        assert round(seen["h_1"], 4) == h
        assert round(seen["z_1"] - seen["z_2"], 4) == difference
        assert round(seen["L"], 6) == loss
        losses.append(loss)
    (rise, way, slope) = re.search(
        r"which is ([\d.]+), over a distance of\s\$([\d.]+)\$: the slope is ([\d.]+),", NUMBERS
    ).groups()
    assert float(rise) == pytest.approx(losses[0] - losses[1], abs=1e-9)
    assert f"${rows[0][3]} - {rows[1][3]}$" in NUMBERS
    assert f"by {float(way) / 2:g} to both sides" in " ".join(NUMBERS.split())
    assert float(way) == pytest.approx(float(rows[0][0]) - float(rows[1][0]))
    assert round(float(rise) / float(way), 4) == float(slope) == round(dW, 4)


def test_the_sentences_about_the_small_network_repeat_its_numbers():
    before, _, _, after = expected_tables()
    said = re.search(r"fallen from ([\d.]+) to ([\d.]+), and the right class has (\d+) %", NUMBERS)
    assert said.groups() == (f"{before['L']:.4f}", f"{after['L']:.4g}", f"{after['p_2']:.0%}"[:-1])
    words = " ".join(NUMBERS.split())
    likely = f"gives the right class a probability of {before['p_2']:.0%}"
    assert likely.replace("%", " %") in words
    assert "a coin would give it 50 % and" in words
    assert f"$\\log 2$, which is {math.log(2):.4f}" in NUMBERS


def test_its_program_runs_and_its_picture_shows_the_same_network(capsys):
    program = NUMBERS[NUMBERS.index("    import numpy") :]
    program = re.sub(r"^    ", "", program, flags=re.M)
    typed: dict = {}
    exec(program.split("print")[0], typed)
    for name in ("W1", "b1", "W2", "b2"):
        assert np.array_equal(getattr(typed["network"], name), getattr(at_the_start()[0], name))
    exec(program, {})
    before, after = expected_tables()[0], expected_tables()[3]
    out = capsys.readouterr().out
    assert out.startswith(str(before["L"]))
    assert out.rstrip().endswith(str(after["L"]))
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import smallest

    network, x, t = at_the_start()
    drawn = smallest.network()
    assert np.array_equal(smallest.X, x)
    assert np.array_equal(smallest.T, t)
    for name in ("W1", "b1", "W2", "b2"):
        assert np.array_equal(getattr(drawn, name), getattr(network, name))
    texts = {text.get_text() for text in smallest.draw().axes[0].texts}
    assert f"dz₂ = {before['p_2'] - 1:.4f}".replace("-", "−") in texts


def test_the_steps_of_adam_are_as_long_as_the_page_says():
    said = re.search(
        r" ([\d.]+) times \$\\eta\$ for .+ grows to ([\d.]+) times \$\\eta\$ at \$k = (\d+)\$",
        " ".join(PAGE.split()),
    )
    adam = nn.Adam(epsilon=0)
    adam.restore({"moments": np.zeros((2, 1)), "weights": np.ones(2)})  # after a long quiet spell
    params, lengths = np.zeros(1), []
    for _ in range(3000):
        before = params.copy()
        adam.step(params, np.ones(1), learning_rate=1.0)
        lengths.append((before - params)[0])
    assert said.groups() == (
        f"{lengths[0]:.1f}",
        f"{max(lengths):.1f}",
        str(1 + int(np.argmax(lengths))),
    )
    assert lengths[-1] == pytest.approx(1, abs=0.1)
    assert f"{1 / math.sqrt(0.1):.1f}" == said[1]  # (1 − 0.9) / √(1 − 0.999)
    bound = 0.1 / math.sqrt(0.001 * (1 - 0.81 / 0.999))
    assert f"which is {bound:.1f}." in PAGE
    steps = np.arange(1, 100_000)
    assert np.all(np.sqrt(1 - 0.999**steps) <= 1 - 0.9**steps)  # the corrections of early steps
    # The worst gradients: each is β₁/β₂ of the one after it.
    adam.restore({"moments": np.zeros((2, 1)), "weights": np.ones(2)})
    for k in range(200):
        before = params.copy()
        adam.step(params, np.array([(0.999 / 0.9) ** k]), learning_rate=1.0)
    assert (before - params)[0] == pytest.approx(bound, rel=1e-6)


def test_the_output_of_batch_normalisation_has_the_deviation_that_the_page_gives():
    generator = np.random.default_rng(0)
    network = nn.Network(3, [nn.BatchNorm(), nn.Dense(2)], dtype=np.float64)
    norm = network.layers[0]
    norm.gamma[:], norm.beta[:] = (-2, 2, 2), 0.5
    x = generator.standard_normal((50, 3)) * (1, 3e-3, 0)
    y = norm.forward(x, training=True)
    v = x.var(axis=0)
    assert np.allclose(y.std(axis=0), 2 * np.sqrt(v / (v + 1e-5)))
    assert np.allclose(y.mean(axis=0), 0.5)
