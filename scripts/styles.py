"""Forms of digits that are taught and written in much of the world, but hardly found in MNIST.

A 1 with a flag as long as its stem, a 4 drawn as lightning, a 7 with a bar and a serif, a 2 that
begins with a curl, a 9 whose stem leaves its loop in the middle: no distortion of MNIST's digits
makes these. They are written here as strokes, in the notation of benchmarks/strokes.py, some of
each digit so that none is more frequent than the others; a pen draws them, and from there on they
are treated as MNIST's digits are.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from strokes import ink, strokes_of

from digitnet.reading.synthesis import LARGE

FORMS: dict[int, tuple[str, ...]] = {
    0: (
        "S .5,0 .15,.2 .05,.55 .25,.95 .55,1 .85,.75 .9,.35 .7,.05 .45,.02 .3,.14",
        "S .45,.05 .15,.3 .1,.7 .4,1 .75,.85 .85,.4 .6,.05 .45,.12 .65,.22 1,.08",
        "S .35,.05 .1,.35 .15,.8 .5,1 .85,.75 .85,.3 .6,.03",
        "S .6,0 .25,.15 .1,.6 .35,1 .75,.85 .85,.4 .6,.05 .35,.15 .5,.3 .7,.15",
    ),
    1: (
        "L .1,.35 .6,0 .55,1",
        "L 0,.55 .65,0 .6,1",
        "L -.1,.8 .6,0 .55,1",
        "S 0,.5 .35,.3 .6,0; L .6,0 .5,1",
        "L .15,.3 .55,0 .5,1; L .2,1 .85,1",
        "L .3,.3 .75,0 .35,1",
        "S .1,.5 .45,.25 .7,0; S .7,0 .55,.5 .3,1",
        "S .05,.45 .4,.25 .65,0; L .65,0 .5,.95; S .2,1 .45,.93 .8,1",
        "S .1,.55 .5,.2 .65,0 .55,.4 .4,1",
        "S .05,.8 .45,.45 .7,.12 .55,0 .45,.25 .45,.7 .5,1",
        "S 0,.95 .35,.5 .6,0; L .6,0 .7,1",
    ),
    2: (
        "S .1,.25 .35,0 .75,.1 .75,.4 .4,.75 .1,.95 .15,.75 .4,.85 .65,1 1,.9",
        "S .35,.3 .15,.25 .2,.05 .6,0 .85,.25 .6,.6 .1,1; S .1,1 .3,.88 .6,.98 .95,.92",
        "S .45,.3 .25,.35 .15,.15 .45,0 .8,.12 .75,.45 .35,.8 .05,1; L .05,1 1,1",
        "S .05,.1 .5,0 .9,.1 .5,.55 .05,1; L .05,1 .95,.95",
        "S .3,.3 .15,.1 .5,0 .8,.15 .6,.5 .2,.85 .1,.95 .3,.85 .7,1 .95,.9",
        "S .55,.3 .3,.35 .2,.15 .5,0 .8,.15 .65,.5 .3,.8 .05,.95 .2,.8 .5,.9 .95,1",
    ),
    3: (
        "L .1,.02 .85,0 .4,.4; S .4,.4 .8,.45 .9,.75 .55,1 .05,.9",
        "S .15,.2 .35,0 .75,.08 .7,.35 .4,.45 .8,.55 .85,.85 .45,1 .1,.85 .15,.7",
        "S .1,.15 .5,0 .8,.2 .5,.45 .35,.42 .5,.38 .85,.65 .7,.95 .3,1 .05,.85",
    ),
    4: (
        "L .55,0 .05,.6 .95,.6; L .75,.35 .7,1",
        "L .7,0 .05,.62 1,.62; L .7,0 .68,1",
        "L .2,0 .1,.55 .9,.5; L .8,0 .7,1",
        "L .5,0 0,.65 1,.6; L .8,.45 .75,1",
        "S .45,0 .25,.35 .05,.6 .5,.6 .95,.55; S .85,.2 .75,.6 .7,1",
        "S .3,0 .1,.4 .15,.58 .6,.5 .85,.1 .8,.5 .7,1",
        "L .75,0 .15,.35 .8,.38; L .75,0 .72,1",
        "L .65,0 .05,.6 .85,.55; L .75,.4 .6,1",
        "L .9,0 .1,.55 .9,.55 .7,1",
        "S .3,0 .05,.45 .2,.6 .55,.5 .75,.2; S .8,.25 .7,.6 .75,.95 .95,.9",
        "S .35,0 .15,.35 .1,.55 .5,.5 .85,.35; S .85,.15 .8,.6 .85,1",
    ),
    5: (
        "S .25,.08 .2,.45 .55,.38 .85,.65 .6,.98 .05,.92; L .3,0 .95,-.02",
        "S .2,.12 .15,.48 .55,.42 .85,.7 .55,1 .05,.9; L .4,0 1.05,-.08",
        "S .9,0 .3,.05 .2,.4 .6,.45 .85,.7 .55,1 .1,.92",
        "L .2,.05 1.1,0; S .22,.05 .15,.45 .6,.4 .85,.7 .5,1 0,.9",
    ),
    6: (
        "S .75,0 .3,.35 .1,.75 .4,1 .75,.8 .55,.55 .15,.75",
        "S .6,0 .15,.5 .15,.9 .55,1 .8,.75 .5,.6 .2,.75",
        "S .85,.15 .6,0 .2,.4 .12,.85 .5,1 .8,.8 .6,.55 .2,.7",
        "S .85,.1 .4,0 .05,.4 .1,.8 .5,1 .9,.8 .85,.5 .5,.45 .35,.6",
    ),
    7: (
        "L .1,.05 .9,0 .4,1; L .25,.5 .85,.48",
        "L .1,.2 .12,0 .9,0 .45,1; L .25,.52 .8,.45",
        "S .05,.15 .2,0 .5,.1 .95,0; S .95,0 .65,.4 .5,1",
        "S .05,.2 .15,.02 .5,.08 .9,0 .6,.45 .45,1; L .25,.5 .9,.5",
        "L .05,.25 .1,.02 .85,0 .55,1",
        "L .05,.05 .9,0; S .9,0 .5,.5 .1,1; L .2,.5 .8,.5",
        "S .05,.1 .3,0 .7,.1 .55,.5 .35,1; L .35,.5 1,.5",
    ),
    8: (
        "S .75,.05 .3,0 .2,.25 .5,.48 .8,.75 .5,1 .2,.78 .5,.48 .8,.2 .7,.02",
        "A .5,.25 .28,.25 0,360; A .5,.74 .35,.26 0,360",
        "S .95,0 .5,.05 .2,.2 .4,.45 .75,.65 .7,.95 .3,.95 .2,.7 .6,.4 .8,.15 .95,.05",
        "S .85,.15 .6,0 .3,.1 .4,.4 .75,.65 .6,.98 .2,.95 .15,.7 .5,.45 .8,.2",
    ),
    9: (
        "S .8,.1 .45,0 .15,.22 .35,.48 .7,.35 .8,.08; S .8,.08 .78,.55 .6,.95 .2,.95",
        "S .9,0 .55,.02 .2,.2 .3,.45 .65,.4 .75,.15 .5,0; S .65,.4 .5,.7 .4,1",
        "S .85,.05 .3,.1 .2,.35 .5,.5 .75,.3 .6,.02; S .72,.3 .72,.65 .5,1",
        "S .75,.12 .45,0 .15,.2 .35,.45 .7,.35 .78,.1; S .78,.1 .8,.6 .65,.95 .3,1 .05,.88",
        "S .75,.15 .45,.02 .2,.2 .35,.42 .75,.3; S .85,0 .75,.5 .6,1",
        "S .9,.02 .6,0 .3,.15 .35,.4 .65,.42 .75,.2 .6,.05; S .7,.4 .75,.75 .5,1 .15,.95",
        "S .8,.1 .45,0 .15,.22 .35,.48 .7,.35 .8,.08; L .8,.05 .75,1",
        "S .75,.15 .5,0 .25,.15 .35,.4 .65,.35 .75,.12; S .7,.3 .85,.6 .7,.95 .3,1 .1,.9",
        "S .2,1 .4,.5 .35,.15 .65,0 .9,.15 .75,.4 .4,.42",
        "S .55,.5 .15,.45 .1,.15 .5,0 .9,.15 .75,.45 .5,.55 .55,.7 .9,1",
        "S .8,.05 .5,0 .25,.2 .4,.42 .7,.3 .75,.1; S .6,.38 .45,.6 .7,.75 .65,.95 .3,1 .1,.92",
    ),
}
PER_FORM = 40
"""How often each is drawn; what is made of it later is never twice the same."""
TALL = 40
"""Pixels of the canvas that a form is high."""


def styled(labels: NDArray[np.integer], generator: np.random.Generator) -> NDArray[np.float32]:
    """A digit of each of these labels in one of the forms, (n, 56, 56), from 0 to 1."""
    images = np.zeros((len(labels), LARGE, LARGE), np.float32)
    for image, label in zip(images, labels, strict=True):
        pool = drawn(int(label))
        image[...] = pool[generator.integers(len(pool))].astype(np.float32) / 255
    return images


@cache
def drawn(label: int) -> NDArray[np.uint8]:
    """All forms of a digit, each drawn some times by some pens: (n, 56, 56)."""
    generator = np.random.default_rng([label, 11])
    return np.array(
        [_drawn(form, generator) for form in FORMS[label] for _ in range(PER_FORM)], np.uint8
    )


def _drawn(form: str, generator: np.random.Generator) -> NDArray[np.float32]:
    strokes = strokes_of(form, generator)
    points = np.concatenate(strokes)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    scale = np.array([generator.uniform(0.5, 0.85), 1.0]) * TALL
    placed = [(stroke - middle) * scale + LARGE / 2 for stroke in strokes]
    return np.rint(255 * ink(placed, generator.uniform(2, 6), (LARGE, LARGE)))
