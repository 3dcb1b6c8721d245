"""JAX: an epoch is one compiled call, lax.scan over its steps."""

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from racers.job import (
    Images,
    Predict,
    Recipe,
    augmented,
    inputs,
    is_augmented,
    looked_at,
    main,
    prepared,
    rates,
    refuse,
    shares,
)

PACE, EPSILON = 0.05, 1e-5
STEPS_AT_ONCE = 50
"""Of distorted batches: they are made while those before are learned from."""


def initial(settings: Recipe, n_in: int) -> list[dict[str, jax.Array]]:
    """Weights as ours: He's, and Glorot's for the last layer."""
    rng, params = np.random.default_rng(settings["seed"]), []
    for n_out in (*settings["hidden_layer_sizes"], None):
        shape = (n_in, n_out or 10)
        layer = {"b": np.zeros(shape[1], np.float32)}
        if n_out:
            w = rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / n_in))
            if settings["batch_norm"]:
                layer = {"beta": layer["b"], "gamma": np.ones(n_out, np.float32)}
        else:
            bound = np.sqrt(6 / sum(shape))
            w = rng.uniform(-bound, bound, shape).astype(np.float32)
        params.append(jax.tree.map(jnp.asarray, layer | {"W": w}))
        n_in = n_out
    return params


def forward(params: list, x: jax.Array, stats: list | None) -> tuple[jax.Array, list]:
    """The logits, and mean and variance of each hidden layer; stats: those to normalise by."""
    found = []
    for n, layer in enumerate(params[:-1]):
        x = x @ layer["W"]
        if "gamma" in layer:
            m, v = stats[n] if stats else (x.mean(axis=0), x.var(axis=0))
            found.append((m, v))
            x = (x - m) * (layer["gamma"] / jnp.sqrt(v + EPSILON)) + layer["beta"]
        else:
            x = x + layer["b"]
        x = jax.nn.relu(x)
    return x @ params[-1]["W"] + params[-1]["b"], found


def race(
    settings: Recipe, images: Images, labels: np.ndarray, n_parts: int = 0
) -> Iterator[Predict]:
    """n_parts: yield after each of so many parts of an epoch, and wait until it is computed, which
    JAX by itself does in the background; 0: an epoch as a whole.
    """
    refuse(settings, "JAX's contestant", activation=["relu"], dropout=0.0, nesterov=False)
    images = prepared(settings, images)
    epoch, n_steps = batches(settings, images, labels, n_parts)
    begin, learn, measured = compiled(settings)
    params = initial(settings, inputs(settings, images[:1]).shape[1])
    carry = begin(params)
    step = np.arange(1, settings["epochs"] * n_steps + 1, dtype=np.float32).reshape(-1, n_steps)
    rate, share = rates(settings, n_steps), shares(settings, n_steps)
    for number in range(settings["epochs"]):
        at = 0
        for part in epoch(number + 1):
            here = slice(at, at := at + len(part[1]))
            of_steps = (each[number, here].astype(np.float32) for each in (step, rate, share))
            carry = learn(carry, part, *of_steps)
            if n_parts:
                params, _, stats, mean = jax.block_until_ready(carry)
                if at < n_steps:
                    yield predictor(settings, params, stats)
        params, _, stats, mean = carry
        if settings["averaging"] and number == settings["epochs"] - 1:
            params = mean
            if settings["batch_norm"]:
                stats = jax.tree.map(
                    lambda *all_parts: sum(all_parts) / n_steps,
                    *(measured(mean, part) for part in epoch(number + 1)),
                )
        yield predictor(settings, params, stats)


def predictor(settings: Recipe, params: list, stats: list) -> Predict:
    """As these parameters predict."""
    return lambda asked: predict(params, looked_at(settings, asked), stats)


def batches(settings: Recipe, images: Images, labels: np.ndarray, n_parts: int) -> Any:
    """A function from the number of an epoch to parts of it, stacked batches, and their number.

    Shapes are static: the short last batch is left out.
    """
    size = settings["batch_size"]
    n_steps = len(images) // size
    if is_augmented(settings):
        epoch = augmented(settings, images, labels)

        def parts(number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
            source = islice(epoch(number), n_steps)
            while part := [(x.copy(), t.copy()) for x, t in islice(source, STEPS_AT_ONCE)]:
                x, t = zip(*part, strict=True)
                yield np.stack(x), np.stack(t)

        return parts, n_steps
    x = jnp.asarray(inputs(settings, images))
    t = jnp.asarray(np.eye(10, dtype=np.float32)[labels])
    rng = np.random.default_rng(settings["seed"])
    gather = jax.jit(lambda order: (x[order], t[order]))

    at_once = math.ceil(n_steps / max(1, n_parts))

    def gathered(_: int) -> Iterator[tuple[jax.Array, jax.Array]]:
        order = rng.permutation(len(x))[: n_steps * size].reshape(n_steps, size)
        for first in range(0, n_steps, at_once):
            yield gather(order[first : first + at_once])

    return gathered, n_steps


def seen(x: jax.Array) -> jax.Array:
    """Pixels from 0 to 1; what is no pixel, as it is."""
    return x.astype(jnp.float32) / 255 if x.dtype == jnp.uint8 else x


def compiled(settings: Recipe) -> Any:
    """Functions: the state to begin with, steps of learning, and the sums of statistics."""
    momentum, beta2, decay = settings["momentum"], settings["beta2"], settings["weight_decay"]
    adam, averaging = settings["optimizer"] == "adam", bool(settings["averaging"])

    def loss(params: list, x: jax.Array, t: jax.Array) -> tuple[jax.Array, list]:
        logits, found = forward(params, x, None)
        penalty = sum((layer["W"] ** 2).sum() for layer in params) if decay else 0.0
        return -(t * jax.nn.log_softmax(logits)).sum(axis=1).mean() + decay / 2 * penalty, found

    def one(carry: tuple, inputs: tuple) -> tuple[tuple, None]:
        (params, moments, stats, mean), ((x, t), step, rate, share) = carry, inputs
        grads, found = jax.grad(loss, has_aux=True)(params, seen(x), t)
        if adam:
            m = jax.tree.map(lambda m, g: momentum * m + (1 - momentum) * g, moments[0], grads)
            v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, moments[1], grads)
            a, b = rate / (1 - momentum**step), 1 / jnp.sqrt(1 - beta2**step)
            params = jax.tree.map(
                lambda p, m, v: p - a * m / (b * jnp.sqrt(v) + 1e-8), params, m, v
            )
            moments = m, v
        else:
            m = jax.tree.map(lambda m, g: momentum * m + g, moments[0], grads)
            params = jax.tree.map(lambda p, m: p - rate * m, params, m)
            moments = (m,)
        stats = jax.tree.map(lambda old, new: old + PACE * (new - old), stats, found)
        if averaging:
            mean = jax.tree.map(lambda mean, p: mean + share * (p - mean), mean, params)
        return (params, moments, stats, mean), None

    def learn(carry: tuple, part: tuple, *of_steps: jax.Array) -> tuple:
        return jax.lax.scan(one, carry, (part, *of_steps))[0]

    def sums(params: list, part: tuple) -> list:
        found = jax.lax.map(lambda x: forward(params, seen(x), None)[1], part[0])
        return jax.tree.map(lambda each: each.sum(axis=0), found)

    def begin(params: list) -> tuple:
        zeros = jax.tree.map(jnp.zeros_like, params)
        norms = [layer["beta"] for layer in params if "beta" in layer]
        stats = [(jnp.zeros_like(beta), jnp.ones_like(beta)) for beta in norms]
        moments = tuple(jax.tree.map(jnp.zeros_like, params) for _ in range(1 + adam))
        return params, moments, stats, zeros if averaging else None

    return begin, jax.jit(learn), jax.jit(sums)


@jax.jit
def logits(params: list, rows: jax.Array, stats: list) -> jax.Array:
    return forward(params, seen(rows), stats)[0]


def predict(params: list, rows: np.ndarray, stats: list) -> np.ndarray:
    return np.asarray(logits(params, rows, stats)).argmax(axis=1)


if __name__ == "__main__":
    main(race, race)
