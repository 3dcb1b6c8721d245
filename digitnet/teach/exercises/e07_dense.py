"""Exercise 7: the Dense layer, forward and backward."""

from digitnet.languages import mark
from digitnet.teach.exercises.material import normal
from digitnet.teach.exercises.parts import CHAIN_RULE, DENSE, Case, Exercise, Mistake, Output

TEXT = mark("""\
A Dense layer connects each of its I inputs with each of its O outputs:

    y = x W + b

On the way back it is told dy (B, O), the gradient of the loss with respect to its output. It says
three things: dx for the layer below, dW and db for its own parameters. Each has the shape of the
array that it belongs to. Sum over all paths: a weight acts on every image of the batch, an input on
every output. (The loss is a mean over the images; its 1/B is in dy already.)
""")


def arguments(number: int, n_rows: int, n_in: int, n_out: int) -> dict[str, object]:
    """Seeded ones of these sizes."""
    x, W, b, dy = normal(number, (n_rows, n_in), (n_in, n_out), (n_out,), (n_rows, n_out))
    return {"x": x, "W": W, "b": b, "dy": dy}


def cases() -> list[Case]:
    """Three different sizes, where a wrong product does not fit; all alike, where it does."""
    return [
        Case("for 5 images, 3 inputs and 2 outputs", arguments(70, 5, 3, 2), True),
        Case("for 4 images, 4 inputs and 4 outputs", arguments(71, 4, 4, 4), True),
        Case("for 1 image, 3 inputs and 2 outputs", arguments(72, 1, 3, 2), True),
    ]


EXERCISE = Exercise(
    number=7,
    name="dense",
    title=mark("the Dense layer, forward and backward"),
    text=TEXT,
    signature=mark('''\
def dense(x, W, b, dy):
    """The output y (B, O), and the gradients dx (B, I), dW (I, O) and db (O,).

    x: (B, I), W: (I, O), b: (O,). dy: (B, O), the gradient of the output.
    """
'''),
    blank=mark("""
    y = ...  # (B, O)
    dx = ...  # (B, I)
    dW = ...  # (I, O)
    db = ...  # (O,)
    return y, dx, dW, db
"""),
    solution="""
    y = x @ W + b  # (B, O)
    dx = dy @ W.T  # (B, I)
    dW = x.T @ dy  # (I, O)
    db = dy.sum(axis=0)  # (O,)
    return y, dx, dW, db
""",
    derived=DENSE,
    inputs={"x": "BI", "W": "IO", "b": "O", "dy": "BO"},
    outputs=(
        Output("y", "BO"),
        Output("dx", "BI", "x"),
        Output("dW", "IO", "W"),
        Output("db", "O", "b"),
    ),
    cases=cases,
    mistakes=(
        Mistake(" + b", "", "the bias is missing in y: add b to each row"),
        Mistake(
            "x @ W",
            "x * W",
            "`*` multiplies entry by entry; a sum of products is what `@` does",
        ),
        Mistake(
            "x @ W",
            "x @ W.T",
            "W has a row for each input: the product is x @ W, without .T",
        ),
        Mistake(
            "dy @ W.T",
            "dy @ W",
            "dx sums over the outputs: they meet in the middle in dy (B, O) @ W.T (O, I)",
        ),
        Mistake(
            "dy @ W.T",
            "W @ dy.T",
            "your dx is transposed: it has a row for each image, dy @ W.T",
        ),
        Mistake(
            "x.T @ dy", "dy.T @ x", "your dW is transposed: W has a row for each input, x.T @ dy"
        ),
        Mistake(
            "x.T @ dy",
            "x @ dy",
            "dW sums over the images: they meet in the middle in x.T (I, B) @ dy (B, O)",
        ),
        Mistake(
            "dy @ W.T",
            "dy @ (x.T @ dy).T",
            "dx is made of dW: what is above comes back on the paths that the forward pass "
            "took, through the weights W",
        ),
        Mistake(
            "dy @ W.T",
            "np.ones_like(dy) @ W.T",
            "dy is left out of dx: this is the slope of the sum of y itself, not of the loss above",
            CHAIN_RULE,
        ),
        Mistake(
            "x.T @ dy",
            "x.T @ np.ones_like(dy)",
            "dy is left out of dW: this is the slope of the sum of y itself, not of the loss above",
            CHAIN_RULE,
        ),
        Mistake(
            "x.T @ dy",
            "x.T @ y",
            "dW is made of the output y: it is x times the gradient of the output, dy",
        ),
        Mistake(
            "x.T @ dy",
            "x.T @ dy / len(x)",
            "your dW is divided by {B}, the batch size: the 1/B of the mean is in dy already",
        ),
        Mistake(
            "dy.sum(axis=0)",
            "dy",
            "db is not summed: all images share one bias, so their dy are added up, axis=0",
        ),
        Mistake(
            "dy.sum(axis=0)",
            "dy.sum(axis=1)",
            "axis=1 sums over the outputs; db has an entry for each output: axis=0",
        ),
        Mistake(
            "dy.sum(axis=0)",
            "dy.sum(axis=0, keepdims=True)",
            "db is a table with one row: leave out keepdims, b has the shape (O,)",
        ),
        Mistake(
            "dy.sum(axis=0)", "dy.sum()", "db is summed over everything: each output has its own"
        ),
        Mistake(
            "dy.sum(axis=0)",
            "dy.mean(axis=0)",
            "your db is divided by {B}, the batch size: it is a sum, the 1/B of the loss is in dy",
        ),
    ),
)
