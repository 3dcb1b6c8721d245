"""Who takes part in benchmarks/speed.py: the same learning, written for each library.

Every contestant is a function (work, data, weights, epochs) -> Result. An epoch is 54,000 images:
shuffling, gathering, forward, backward, update, and the loss as a number. Evaluation, reading the
6,000 images held out, is timed apart. Peers are imported inside their functions.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

LEARNING_RATE = 0.1


@dataclass(frozen=True)
class Work:
    """A network and a batch size; with distorted images or, as a rule, not.

    activation: what digitnet and the two processes learn with; all others have ReLU.
    """

    sizes: tuple[int, ...]
    batch_size: int
    distorted: bool = False
    activation: str = "relu"

    @classmethod
    def named(cls, name: str) -> "Work":
        """W1, W2, W3, or sizes and batch size as in 784-256-10@64."""
        if name in WORKS:
            return WORKS[name]
        sizes, batch_size = name.split("@")
        return cls(tuple(map(int, sizes.split("-"))), int(batch_size))


WORKS = {
    "W1": Work((784, 128, 10), 64),
    "W2": Work((784, 128, 10), 32),
    "W3": Work((784, 512, 512, 10), 128),
    "W4": Work((784, 1024, 1024, 10), 256, distorted=True),
}


@dataclass(frozen=True)
class Data:
    """Pixels as uint8 rows and labels, to learn from and to validate on."""

    x: np.ndarray
    y: np.ndarray
    x_held_out: np.ndarray
    y_held_out: np.ndarray

    @classmethod
    def load(cls, path: Path) -> "Data":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(*(arrays[name] for name in ("x", "y", "x_held_out", "y_held_out")))

    def save(self, path: Path) -> None:
        """Write to a file for the processes of the contestants."""
        np.savez(path, **vars(self))


Weights = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Result:
    """The seconds of each epoch, those of one evaluation, and the accuracy that it found.

    The controls learn nothing, so they have neither of the latter.
    """

    seconds: list[float]
    evaluation: float = math.nan
    accuracy: float = math.nan


Contestant = Callable[[Work, Data, Weights, int], Result]


def initial_weights(work: Work) -> Weights:
    """Those of digitnet's network, for all that take them."""
    from digitnet.nn import Dense, multilayer_perceptron

    network = multilayer_perceptron(work.sizes, work.activation)
    return [(each.W.copy(), each.b.copy()) for each in network.layers if isinstance(each, Dense)]


def starts(n: int, batch_size: int) -> Iterator[slice]:
    """The slices of an epoch."""
    return (slice(start, start + batch_size) for start in range(0, n, batch_size))


def evaluated(
    seconds: list[float], data: Data, predict: Callable[[np.ndarray], np.ndarray]
) -> Result:
    """The Result of a contestant that predicts classes from uint8 rows."""
    predict(data.x_held_out)  # to warm up
    began = perf_counter()
    predictions = np.asarray(predict(data.x_held_out))
    evaluation = perf_counter() - began
    return Result(seconds, evaluation, float(np.mean(predictions == data.y_held_out)))


def scaled(rows: np.ndarray) -> np.ndarray:
    """As float32 from 0 to 1."""
    return np.multiply(rows, np.float32(1 / 255), dtype=np.float32)


def _ours(work: Work, data: Data, epochs: int, threads: int | None) -> Result:
    from digitnet.data import Examples
    from digitnet.training.learning import learn
    from digitnet.training.recipes import MILD
    from digitnet.training.settings import Settings

    settings = Settings(
        hidden_layer_sizes=work.sizes[1:-1],
        batch_size=work.batch_size,
        epochs=epochs,
        learning_rate=LEARNING_RATE,
        schedule="constant",
        momentum=0.0,
        weight_decay=0.0,
        threads=threads,
        **(MILD if work.distorted else {}),
    )
    examples = Examples(data.x.reshape(-1, 28, 28), data.y)
    learned = learn(settings, examples, None, tuple("0123456789"))
    seconds = [record.seconds for record in learned.history]
    return evaluated(seconds, data, lambda rows: learned.model.predict_rows(rows).argmax(axis=1))


def ours(work: Work, data: Data, _: Weights, epochs: int) -> Result:
    """digitnet as it comes, with as many threads as it chooses."""
    return _ours(work, data, epochs, None)


def ours_one_thread(work: Work, data: Data, _: Weights, epochs: int) -> Result:
    """digitnet with --threads 1."""
    return _ours(work, data, epochs, 1)


def ours_two_threads(work: Work, data: Data, _: Weights, epochs: int) -> Result:
    """digitnet with --threads 2."""
    return _ours(work, data, epochs, 2)


def products_alone(work: Work, data: Data, weights: Weights, epochs: int) -> Result:
    """A control, the floor: only the matrix products of an epoch, into arrays that are there."""
    rng = np.random.default_rng(0)
    widths = list(itertools.pairwise(work.sizes))
    n = work.batch_size
    x = [rng.random((n, i), np.float32) for i, _ in widths]
    y = [rng.random((n, o), np.float32) for _, o in widths]
    dw = [np.empty((i, o), np.float32) for i, o in widths]
    dx = [np.empty((n, i), np.float32) for i, _ in widths]
    seconds = []
    for _ in range(epochs):
        began = perf_counter()
        for _ in range(math.ceil(len(data.x) / n)):
            for layer, (w, _) in enumerate(weights):
                np.dot(x[layer], w, out=y[layer])
            for layer in range(len(weights) - 1, -1, -1):
                np.dot(x[layer].T, y[layer], out=dw[layer])
                if layer:
                    np.dot(y[layer], weights[layer][0].T, out=dx[layer])
        seconds.append(perf_counter() - began)
    return Result(seconds)


def calls_alone(work: Work, data: Data, _: Weights, epochs: int) -> Result:
    """A control, the price of calling: as many NumPy calls as a step of ours makes, on nothing."""
    tiny = np.zeros(2, np.float32)
    n_layers = len(work.sizes) - 1
    n_calls = 3 + 10 + 9 * n_layers + 2  # batch; loss and accuracy; layers; update
    seconds = []
    for _ in range(epochs):
        began = perf_counter()
        for _ in range(math.ceil(len(data.x) / work.batch_size) * n_calls):
            np.add(tiny, tiny, out=tiny)
        seconds.append(perf_counter() - began)
    return Result(seconds)


def textbook(work: Work, data: Data, weights: Weights, epochs: int) -> Result:
    """NumPy as textbooks write it: float64, a new array for every intermediate result."""
    x, t = data.x / 255, np.eye(10)[data.y]
    params = [(w.astype(np.float64), b.astype(np.float64)) for w, b in weights]
    rng = np.random.default_rng(0)

    def forward(rows: np.ndarray) -> list[np.ndarray]:
        outputs = [rows]
        for layer, (w, b) in enumerate(params):
            z = outputs[-1] @ w + b
            outputs.append(np.maximum(z, 0) if layer < len(params) - 1 else z)
        return outputs

    seconds = []
    for _ in range(epochs):
        began = perf_counter()
        order = rng.permutation(len(x))
        for part in starts(len(x), work.batch_size):
            rows, targets = x[order[part]], t[order[part]]
            outputs = forward(rows)
            e = np.exp(outputs[-1] - outputs[-1].max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            float(-np.mean(np.sum(targets * np.log(p + 1e-12), axis=1)))
            dz = (p - targets) / len(rows)
            for layer in range(len(params) - 1, -1, -1):
                w, b = params[layer]
                dw, db = outputs[layer].T @ dz, dz.sum(axis=0)
                if layer:
                    dz = (dz @ w.T) * (outputs[layer] > 0)
                params[layer] = (w - LEARNING_RATE * dw, b - LEARNING_RATE * db)
        seconds.append(perf_counter() - began)
    return evaluated(seconds, data, lambda rows: forward(rows / 255)[-1].argmax(axis=1))


def scikit_learn(work: Work, data: Data, _: Weights, epochs: int) -> Result:
    """MLPClassifier, in float32, one pass at a time."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        work.sizes[1:-1],
        solver="sgd",
        alpha=0.0,
        batch_size=work.batch_size,
        learning_rate_init=LEARNING_RATE,
        momentum=0.0,
        nesterovs_momentum=False,
        random_state=0,
    )
    x = scaled(data.x)
    model.partial_fit(x[: work.batch_size], data.y[: work.batch_size], classes=np.arange(10))
    seconds = []
    for _ in range(epochs):
        began = perf_counter()
        model.partial_fit(x, data.y)
        seconds.append(perf_counter() - began)
    return evaluated(seconds, data, lambda rows: model.predict(scaled(rows)))


def torch_model(weights: Weights) -> "object":
    """The network as a torch.nn.Sequential."""
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    for n, (w, b) in enumerate(weights):
        linear = nn.Linear(*w.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w.T.copy()))
            linear.bias.copy_(torch.from_numpy(b))
        layers += [linear, nn.ReLU()] if n < len(weights) - 1 else [linear]
    return nn.Sequential(*layers)


def _torch_predict(model: "object", rows: np.ndarray) -> np.ndarray:
    import torch

    with torch.inference_mode():
        return model(torch.from_numpy(rows).float().div_(255)).argmax(dim=1).numpy()


def _torch_loop(work: Work, data: Data, weights: Weights, epochs: int, compiled: bool) -> Result:
    import torch
    from torch import nn

    model = torch_model(weights)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    loss_function = nn.CrossEntropyLoss()
    x = torch.from_numpy(data.x).float().div_(255)
    y = torch.from_numpy(data.y.astype(np.int64))

    def forward_loss(rows: "torch.Tensor", labels: "torch.Tensor") -> "torch.Tensor":
        return loss_function(model(rows), labels)

    step = torch.compile(forward_loss) if compiled else forward_loss
    seconds = []
    for _ in range(epochs):
        began = perf_counter()
        order = torch.randperm(len(x))
        total = torch.zeros(())
        for part in starts(len(x), work.batch_size):
            chosen = order[part]
            loss = step(x[chosen], y[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        float(total)
        seconds.append(perf_counter() - began)
    return evaluated(seconds, data, lambda rows: _torch_predict(model, rows))


def torch_loop(work: Work, data: Data, weights: Weights, epochs: int) -> Result:
    """PyTorch's fast eager loop: tensors and a permutation."""
    return _torch_loop(work, data, weights, epochs, compiled=False)


def torch_compiled(work: Work, data: Data, weights: Weights, epochs: int) -> Result:
    """The same with torch.compile around forward pass and loss."""
    return _torch_loop(work, data, weights, epochs, compiled=True)


def torch_loader(work: Work, data: Data, weights: Weights, epochs: int) -> Result:
    """PyTorch as its tutorial has it, with a DataLoader."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    model = torch_model(weights)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    loss_function = nn.CrossEntropyLoss()
    dataset = TensorDataset(
        torch.from_numpy(data.x).float().div_(255), torch.from_numpy(data.y.astype(np.int64))
    )
    loader = DataLoader(dataset, batch_size=work.batch_size, shuffle=True)
    seconds = []
    for _ in range(epochs):
        began = perf_counter()
        total = 0.0
        for rows, labels in loader:
            loss = loss_function(model(rows), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        seconds.append(perf_counter() - began)
    return evaluated(seconds, data, lambda rows: _torch_predict(model, rows))


def _jax(work: Work, data: Data, weights: Weights, epochs: int, scanned: bool) -> Result:
    import jax
    import jax.numpy as jnp

    x, y = jnp.asarray(data.x), jnp.asarray(data.y.astype(np.int32))
    params = [(jnp.asarray(w), jnp.asarray(b)) for w, b in weights]
    n_steps = len(data.x) // work.batch_size  # static shapes: the short last batch is left out

    def logits(params: list, rows: "jax.Array") -> "jax.Array":
        for w, b in params[:-1]:
            rows = jax.nn.relu(rows @ w + b)
        return rows @ params[-1][0] + params[-1][1]

    def loss(params: list, rows: "jax.Array", labels: "jax.Array") -> "jax.Array":
        p = jax.nn.log_softmax(logits(params, rows))
        return -jnp.mean(jnp.take_along_axis(p, labels[:, None], axis=1))

    def step(params: list, chosen: "jax.Array") -> tuple:
        rows = x[chosen].astype(jnp.float32) / 255
        value, grads = jax.value_and_grad(loss)(params, rows, y[chosen])
        return jax.tree.map(lambda p, g: p - LEARNING_RATE * g, params, grads), value

    one = jax.jit(step, donate_argnums=0)
    epoch = jax.jit(lambda params, order: jax.lax.scan(step, params, order), donate_argnums=0)
    rng = np.random.default_rng(0)
    seconds = []
    for _ in range(epochs):
        began = perf_counter()
        order = rng.permutation(len(data.x))[: n_steps * work.batch_size]
        order = jnp.asarray(order.reshape(n_steps, work.batch_size))
        if scanned:
            params, values = epoch(params, order)
            float(values.mean())
        else:
            values = []
            for chosen in order:
                params, value = one(params, chosen)
                values.append(value)
            float(jnp.stack(values).mean())
        seconds.append(perf_counter() - began)
    predict = jax.jit(lambda rows: logits(params, rows.astype(jnp.float32) / 255).argmax(axis=1))
    return evaluated(seconds, data, predict)


def jax_scan(work: Work, data: Data, weights: Weights, epochs: int) -> Result:
    """JAX with lax.scan over the epoch: one compiled call for all of it."""
    return _jax(work, data, weights, epochs, scanned=True)


def jax_step(work: Work, data: Data, weights: Weights, epochs: int) -> Result:
    """JAX with a compiled step, called from Python."""
    return _jax(work, data, weights, epochs, scanned=False)


CONTESTANTS: dict[str, Contestant] = {
    function.__name__: function
    for function in (
        ours,
        ours_one_thread,
        ours_two_threads,
        products_alone,
        calls_alone,
        textbook,
        scikit_learn,
        torch_loop,
        torch_loader,
        torch_compiled,
        jax_scan,
        jax_step,
    )
}
NEEDS = {
    "scikit_learn": "sklearn",
    "torch_loop": "torch",
    "torch_loader": "torch",
    "torch_compiled": "torch",
    "jax_scan": "jax",
    "jax_step": "jax",
}
