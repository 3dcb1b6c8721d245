"""Mapping: test images as points of a plane, by their pixels and by what each layer says of them.

Principal component analysis: of activations A (N, O), the mean taken off, the two directions v in
which they differ most are the eigenvectors of AᵀA with the largest eigenvalues λ, and the points
are A v. The share of the variance along v is λ / Σ λ, and Σ λ is ‖A‖².

They are found by subspace iteration: V ← AᵀA V, made orthonormal again, and turned so that VᵀAᵀA V
is diagonal (Rayleigh and Ritz). What is wrong shrinks by λ_m+1 / λ₂ each time, with m the columns
of V; to decompose the whole matrix would keep a page waiting for seconds.
Source: Golub & Van Loan 2013, "Matrix Computations", §8.2.4.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.blas import computing
from digitnet.web.evaluate import as_bytes
from digitnet.web.messages import Event
from digitnet.web.subject import Subject, rows_at_once
from digitnet.web.within import outputs_of

SAMPLE = 500
"""Test images that are shown as points."""
COLUMNS = 12
MOST_TURNS = 300
SETTLED = 1e-12
"""By which share of the largest the two eigenvalues change in a turn at the end."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """Points (N, 2), and the shares of the variance along the two directions."""

    points: NDArray[np.float32]
    explained: tuple[float, float]


def principal(a: Doubles) -> Iterator[Plane | None]:
    """The first two principal components of a (N, O), which is used up. None after each slice,
    and then the plane.

    Of v and −v, which serve alike, that is taken whose largest entry is positive.
    """
    a -= a.mean(axis=0)
    yield None
    n_columns = min(COLUMNS, *a.shape)
    v = np.random.default_rng(0).normal(size=(a.shape[1], n_columns))
    with computing():
        v, _ = np.linalg.qr(v)
    before = np.full(2, np.inf)[:n_columns]
    for _ in range(MOST_TURNS):
        v, values = _turned(a, v)
        yield None
        if np.abs(values[:2] - before).max() <= SETTLED * values[0]:
            break
        before = values[:2]
        with computing():
            v, _ = np.linalg.qr(a.T @ (a @ v))
    yield _plane(a, *_turned(a, v))


def _turned(a: Doubles, v: Doubles) -> tuple[Doubles, Doubles]:
    """The columns of v (O, m), turned so that vᵀaᵀa v is diagonal, and its entries, falling."""
    with computing():
        image = a @ v
        values, turn = np.linalg.eigh(image.T @ image)
        return v @ turn[:, ::-1], values[::-1]


def _plane(a: Doubles, v: Doubles, values: Doubles) -> Plane:
    points, shares = np.zeros((len(a), 2), np.float32), np.zeros(2)
    for n in range(min(2, len(values))):
        direction = v[:, n]
        largest = direction[np.abs(direction).argmax()]
        points[:, n] = a @ (direction if largest > 0 else -direction)
        shares[n] = values[n] / (float(np.vdot(a, a)) or 1.0)
    return Plane(points, (float(shares[0]), float(shares[1])))


def separation(a: Doubles, labels: NDArray[np.integer]) -> float:
    """The share of the variance of a (N, O) that lies between the classes: Σ_k n_k ‖m_k − m‖² by
    Σ_n ‖a_n − m‖², with m the mean of all and m_k that of the n_k rows of class k.
    """
    mean = a.mean(axis=0)
    total = float(np.vdot(a, a)) - len(a) * float(mean @ mean)
    between = 0.0
    for label in np.unique(labels):
        own = a[labels == label]
        away = own.mean(axis=0) - mean
        between += len(own) * float(away @ away)
    return between / total if total > 0 else 0.0


def mapping(subject: Subject) -> Iterator[list[Event]]:
    """Tell which test images there are, and then where they lie by each layer in turn."""
    n = min(SAMPLE, len(subject.test))
    images, labels = subject.test.images[:n], subject.test.labels[:n]
    pixels, outputs = list[Doubles](), list[list[Doubles]]()
    for start in range(0, n, rows := rows_at_once(subject.network)):
        with computing():
            x = subject.inputs(images[start : start + rows])
            of_layers = outputs_of(subject.network, x)
        outputs.append([each.astype(np.float64) for each in of_layers])
        pixels.append(x.astype(np.float64))
        yield []
    layers = [np.concatenate(parts) for parts in zip(*outputs, strict=True)]
    del outputs
    predictions = layers[-1].argmax(axis=1).astype(np.int32)
    arrays = {
        "images": as_bytes(images),
        "labels": labels.astype(np.int32),
        "predictions": predictions,
    }
    yield [Event("sample", {"images": n}, arrays)]
    layers.insert(0, np.concatenate(pixels))
    del pixels
    yield []
    for number in range(len(layers)):
        activations, layers[number] = layers[number], layers[number][:0]
        share = separation(activations, labels)
        yield []
        for plane in principal(activations):
            yield [_told(number, len(layers), plane, share)] if plane else []


def _told(number: int, n_layers: int, plane: Plane, share: float) -> Event:
    fields = {
        "layer": number,
        "layers": n_layers,
        "explained": list(plane.explained),
        "separation": share,
    }
    return Event("map", fields, {"points": plane.points})
