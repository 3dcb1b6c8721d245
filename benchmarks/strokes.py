"""What is no digit, drawn with a pen: letters, scribbles, specks, dashes, ticks, crosses, faces.

A shape is some strokes in the unit square, x to the right, y down, written as

    L x,y x,y …             straight from point to point
    S x,y x,y …             smoothly through the points
    A x,y rx,ry from,to     an arc around x,y, in degrees, clockwise from the right

with ";" between strokes. Other shapes are drawn by chance, by a function. A hand changes what it
draws a little each time: how wide, slanted and turned it is, where each point lies, the pen.

There are two lists of shapes with nothing in common, neither a name nor a stroke. A benchmark draws
TEST_SHAPES, with seeds of its own. A network may learn from TRAINING_SHAPES, with any seed: they
hold other forms of the same letters, and other things. What it says of the test is then what it
says of shapes that it never saw.

    for name, picture in drawings(TRAINING_SHAPES, 1000, np.random.default_rng(0)):
        …                                     # uint8, dark ink on light paper, some 150 × 150

No letter is here that can be a digit in plain handwriting: I, O, S; b, g, i, j, l, o, q, s, y, z.
B, D, G and Z are, in forms that people tell from 8, 0, 6 and 2.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = NDArray[np.float64]  # (n, 2): x, y
Strokes = list[Points]
Shape = str | Callable[[np.random.Generator], Strokes]

STEP = 0.02  # the length of a part of a curve
OVERSAMPLING = 3

# ------------------------------------------------------------------ scribbles and such, by chance


def wild_curve(generator: np.random.Generator) -> Strokes:
    """A line that wanders all over the place."""
    n = int(generator.integers(9, 16))
    points = np.column_stack([np.linspace(0, 1, n), np.zeros(n)])
    return [smooth(points * 0.5 + generator.random((n, 2)) * [1.2, 1])]


def crossing_out(generator: np.random.Generator) -> Strokes:
    """Several strokes over one another, as a word is crossed out."""
    n = int(generator.integers(4, 8))
    left, right = generator.uniform(0, 0.15, (n, 1)), generator.uniform(0.85, 1, (n, 1))
    y = generator.uniform(0.25, 0.75, (n, 2))
    return [np.array([[a[0], c[0]], [b[0], c[1]]]) for a, b, c in zip(left, right, y, strict=True)]


def loops(generator: np.random.Generator) -> Strokes:
    """A row of loops, as a pen is tried."""
    n = generator.uniform(3.5, 6)
    t = np.linspace(0, n * 2 * np.pi, 200)
    wide = generator.uniform(0.15, 0.3)
    return [np.column_stack([n * t / t[-1] / 2 + wide * np.cos(t), 0.4 * np.sin(t)])]


def dense_zigzag(generator: np.random.Generator) -> Strokes:
    """To and fro, as an area is shaded."""
    n = int(generator.integers(9, 18))
    x = np.linspace(0, 1, n) + generator.normal(0, 0.02, n)
    y = np.where(np.arange(n) % 2, 0.1, 0.9) + generator.normal(0, 0.08, n)
    return [np.column_stack([x, y])]


def spiral(generator: np.random.Generator) -> Strokes:
    """From within outwards, three times or more."""
    t = np.linspace(0.5, generator.uniform(3, 4.5), 200)[:, None]
    turn = t * 2 * np.pi + generator.uniform(0, 6)
    return [0.5 + 0.5 * t / t[-1] * np.hstack([np.cos(turn), np.sin(turn)])]


def knot(generator: np.random.Generator) -> Strokes:
    """Loops around one place, each in another direction."""
    t = np.linspace(0, 2 * np.pi, 200)
    a, b = generator.permutation(((3, 4), (3, 5), (4, 5))[generator.integers(3)])  # 2 : 1 is an 8
    phase = generator.uniform(0, np.pi)
    return [np.column_stack([0.5 + 0.5 * np.sin(a * t + phase), 0.5 + 0.5 * np.sin(b * t)])]


def specks(generator: np.random.Generator) -> Strokes:
    """One to six dots where the pen only touched the paper."""
    places = generator.random((int(generator.integers(1, 7)), 2))
    return [place + np.array([[0, 0], [0.004, 0]]) for place in places]


def crumbs(generator: np.random.Generator) -> Strokes:
    """One to four marks too short to be anything, each in its own direction."""
    places = generator.random((int(generator.integers(1, 5)), 2))
    ends = generator.uniform(-0.05, 0.05, (len(places), 2))
    return [np.array([place, place + end]) for place, end in zip(places, ends, strict=True)]


def star_of_lines(generator: np.random.Generator) -> Strokes:
    """Three or four lines through one point."""
    n = int(generator.integers(3, 5))
    turns = np.arange(n) * np.pi / n + generator.uniform(0, np.pi)
    arms = 0.5 * np.column_stack([np.cos(turns), np.sin(turns)])
    return [np.array([0.5 - arm, 0.5 + arm]) for arm in arms]


def grid(generator: np.random.Generator) -> Strokes:
    """Two or three lines across two or three others, but for two by two."""
    n, m = ((2, 3), (3, 2), (3, 3))[generator.integers(3)]
    across = [np.array([[0, y], [1, y]]) for y in np.linspace(0.15, 0.85, n)]
    return across + [np.array([[x, 0], [x, 1]]) for x in np.linspace(0.15, 0.85, m)]


# ------------------------------------------------------------------------------- the two lists

TEST_SHAPES: dict[str, Shape] = {
    # capitals as they are printed
    "A printed": "L 0,1 .5,0 1,1; L .2,.65 .8,.65",
    "B printed": "L 0,0 0,1; L 0,0 .6,0; A .6,.24 .35,.24 -90,90; L .6,.48 0,.48; "
    "A .6,.74 .4,.26 -90,90; L .6,1 0,1",
    "C printed": "A .55,.5 .55,.5 50,310",
    "D printed": "L 0,0 0,1; L 0,0 .35,0; A .35,.5 .65,.5 -90,90; L .35,1 0,1",
    "E printed": "L .9,0 0,0 0,1 .9,1; L 0,.5 .75,.5",
    "F printed": "L .9,0 0,0 0,1; L 0,.48 .7,.48",
    "G printed": "A .52,.5 .52,.5 0,315; L 1.04,.5 .6,.5; L 1.04,.5 1.04,1",
    "H printed": "L 0,0 0,1; L 1,0 1,1; L 0,.5 1,.5",
    "J printed": "L .3,0 1,0; L .7,0 .7,.72; A .38,.72 .32,.28 0,170",
    "K printed": "L 0,0 0,1; L .9,0 0,.55; L .25,.42 .95,1",
    "L printed": "L 0,0 0,1 .8,1",
    "M printed": "L 0,1 0,0 .5,.7 1,0 1,1",
    "N printed": "L 0,1 0,0 .9,1 .9,0",
    "P printed": "L 0,0 0,1; L 0,0 .55,0; A .55,.27 .4,.27 -90,90; L .55,.54 0,.54",
    "Q printed": "A .5,.48 .5,.48 0,360; L .6,.65 1.05,1.1",
    "R printed": "L 0,0 0,1; L 0,0 .55,0; A .55,.26 .38,.26 -90,90; L .55,.52 0,.52; "
    "L .4,.52 .95,1",
    "T printed": "L 0,0 1,0; L .5,0 .5,1",
    "U printed": "L 0,0 0,.65; A .45,.65 .45,.35 180,0; L .9,.65 .9,0",
    "V printed": "L 0,0 .5,1 1,0",
    "W printed": "L 0,0 .3,1 .6,.3 .9,1 1.2,0",
    "X printed": "L 0,0 .9,1; L .9,0 0,1",
    "Y printed": "L 0,0 .5,.48 1,0; L .5,.48 .5,1",
    "Z printed": "L 0,0 .95,0 0,1 1,1; L .25,.5 .72,.5",
    # capitals as they are written at school
    "A round": "S 0,1 .1,.5 .35,.08 .5,0 .65,.08 .9,.5 1,1; S .08,.6 .5,.66 .95,.58",
    "E round": "S .85,.1 .5,0 .15,.12 .2,.4 .55,.46 .2,.52 0,.78 .2,.98 .55,1 .9,.85",
    "H round": "S .1,.1 .2,0 .22,.4 .15,1; S .95,0 .85,.3 .85,.7 1,1; S .0,.6 .3,.42 .6,.5 .9,.45",
    "K round": "S .15,0 .12,.5 .1,1; S .9,.05 .5,.4 .2,.5 .5,.55 .7,.9 1,1",
    "M round": "S 0,1 .12,.3 .22,0 .4,.5 .5,.85 .62,.5 .8,0 .92,.4 1,1",
    "N round": "S 0,1 .1,.4 .2,0 .45,.5 .7,1 .82,.5 .9,0 1,.02",
    "R round": "S .15,1 .15,.5 .2,.1 .55,0 .8,.2 .65,.45 .3,.52 .6,.75 1,1",
    "T round": "S 0,.15 .15,0 .5,.1 .8,.08 1,0; S .55,.1 .5,.5 .45,.9 .2,1 .05,.88",
    "U round": "S 0,.1 .12,0 .15,.5 .3,.95 .6,.9 .8,.5 .85,0; S .85,0 .84,.6 .9,.95 1.05,.95",
    "W round": "S 0,0 .1,.6 .3,1 .5,.6 .55,.2 .6,.6 .8,1 1,.6 1.1,0",
    # small letters
    "a": "A .4,.65 .4,.35 -30,330; S .8,.3 .78,.6 .82,.95 1,.92",
    "d": "A .4,.7 .38,.3 0,360; L .8,0 .8,1",
    "e": "L .05,.6 .85,.6; A .45,.62 .42,.38 -5,-310",
    "f": "S .8,.08 .6,0 .45,.15 .42,.5 .42,1; L .1,.42 .75,.42",
    "h": "L .1,0 .1,1; S .1,.6 .35,.42 .65,.48 .75,.7 .75,1",
    "k": "L .1,0 .1,1; L .7,.4 .1,.75; L .3,.63 .75,1",
    "m": "L 0,.4 0,1; S 0,.6 .2,.42 .42,.5 .45,1; S .45,.6 .7,.42 .9,.5 .92,1",
    "n": "L .1,.2 .1,1; S .1,.5 .4,.2 .75,.35 .8,1",
    "p": "L .1,.1 .1,1.1; A .45,.4 .36,.3 0,360",
    "r": "L .15,.2 .15,1; S .15,.55 .4,.25 .8,.28",
    "t": "S .4,0 .4,.5 .42,.88 .6,1 .85,.92; L .05,.3 .8,.3",
    "u": "S .05,.2 .05,.7 .3,1 .65,.85 .75,.5 .75,.2; L .75,.2 .78,1",
    "v": "L 0,.2 .4,1 .8,.2",
    "w": "L 0,.2 .25,1 .5,.35 .75,1 1,.2",
    "x": "S 0,.2 .3,.4 .6,.9 .9,1; S .85,.2 .5,.6 .0,1",
    # other things
    "scribble wild": wild_curve,
    "scribble crossed out": crossing_out,
    "scribble loops": loops,
    "specks": specks,
    "dash": "L 0,.5 1,.5",
    "dash, wavy": "S 0,.5 .25,.42 .6,.56 1,.46",
    "tick": "L 0,.6 .3,1 1,0",
    "cross ×": "L 0,0 1,1; L 1,.05 .05,.95",
    "star of lines": star_of_lines,
    "star in one line": "L .2,1 .5,0 .8,1 0,.38 1,.38 .2,1",
    "face": "A .5,.5 .5,.5 0,360; L .33,.33 .34,.38; L .66,.33 .67,.38; A .5,.58 .24,.2 20,160",
    "heart": "S .5,1 .1,.6 0,.25 .2,.02 .42,.08 .5,.3; S .5,.3 .58,.08 .8,.02 1,.25 .9,.6 .5,1",
    "house": "L .1,1 .1,.45 .5,0 .9,.45 .9,1 .1,1; L .1,.45 .9,.45",
    "arrow": "L 0,.5 1,.5; L .7,.2 1,.5 .7,.8",
    "sun": "A .5,.5 .25,.25 0,360; L .5,.15 .5,0; L .5,.85 .5,1; L .15,.5 0,.5; L .85,.5 1,.5; "
    "L .26,.26 .14,.14; L .74,.74 .86,.86; L .26,.74 .14,.86; L .74,.26 .86,.14",
    "percent": "A .2,.2 .17,.17 0,360; A .8,.8 .17,.17 0,360; L .95,0 .05,1",
    "and": "S 1,1 .3,.3 .35,.02 .6,.08 .55,.35 .05,.7 .25,1 .6,.95 .95,.55",
}
"""What the benchmark draws. Nothing that is learned from may be drawn with these."""

TRAINING_SHAPES: dict[str, Shape] = {
    # capitals with serifs
    "A with serifs": "L .1,1 .55,0; L .45,0 .92,1; L .27,.7 .75,.68; L 0,1 .22,1; L .8,1 1.05,1",
    "B with serifs": "S .12,.0 .6,.02 .72,.2 .5,.42 .15,.46; S .15,.46 .75,.5 .9,.75 .6,1 .0,1; "
    "L .12,0 .14,1; L 0,0 .15,0",
    "C with serifs": "S .95,.05 .92,.25 .7,.02 .3,.05 .02,.4 .1,.85 .5,1 .95,.8",
    "D with serifs": "L .12,0 .12,1; S 0,0 .5,.0 .9,.3 .9,.7 .5,1 0,1",
    "E with serifs": "L .1,0 .1,1; L 0,0 .8,0 .8,.15; L .1,.5 .6,.5; L .6,.4 .6,.6; "
    "L 0,1 .85,1 .85,.83",
    "F with serifs": "L .15,0 .15,1; L 0,0 .85,0 .85,.18; L .15,.45 .55,.45; L .55,.35 .55,.55; "
    "L 0,1 .32,1",
    "G with serifs": "S .9,.22 .7,.02 .3,.05 .0,.45 .15,.9 .55,1 .85,.85; L .6,.6 1,.6; "
    "L .85,.6 .85,1",
    "H with serifs": "L .12,0 .12,1; L .88,0 .88,1; L .12,.48 .88,.48; L 0,0 .24,0; L .76,0 1,0; "
    "L 0,1 .24,1; L .76,1 1,1",
    "J with serifs": "L .45,0 .95,0; S .7,0 .7,.6 .6,.95 .3,1 .05,.85 .1,.7",
    "K with serifs": "L .12,0 .12,1; L .85,0 .14,.6; L .35,.44 .9,1; L 0,0 .24,0; L 0,1 .24,1; "
    "L .75,0 .95,0",
    "L with serifs": "L .15,0 .15,1; L 0,0 .3,0; L .0,1 .85,1 .88,.8",
    "M with serifs": "L .1,1 .2,0 .55,.95 .88,0 1,1; L 0,1 .2,1; L .9,1 1.1,1",
    "N with serifs": "L .1,1 .1,0 .85,1 .85,0; L 0,0 .12,0; L 0,1 .22,1; L .73,0 1,0",
    "P with serifs": "L .12,0 .12,1; S 0,0 .55,.0 .85,.14 .8,.42 .5,.55 .12,.52; L 0,1 .26,1",
    "Q with serifs": "S .5,0 .1,.2 .05,.7 .4,.98 .85,.8 .92,.3 .5,0; "
    "S .3,.8 .55,.75 .8,1.05 1,1.05",
    "R with serifs": "L .12,0 .12,1; S 0,0 .6,.02 .8,.2 .6,.46 .12,.5; S .45,.5 .7,.8 1,1; "
    "L 0,1 .26,1",
    "T with serifs": "L .05,.15 .05,0 .95,0 .95,.15; L .5,0 .5,1; L .33,1 .67,1",
    "U with serifs": "S .12,0 .12,.6 .3,1 .6,1 .8,.65 .82,0; L 0,0 .26,0; L .7,0 .95,0",
    "V with serifs": "L .1,0 .5,1; L .5,1 .85,0; L 0,0 .24,0; L .74,0 1,0",
    "W with serifs": "L 0,0 .28,1 .55,0 .85,1 1.15,0; L -.1,0 .12,0; L 1,0 1.25,0",
    "X with serifs": "L .08,0 .88,1; L .85,0 .08,1; L 0,0 .2,0; L .76,1 1,1",
    "Y with serifs": "L .08,0 .48,.55; L .88,0 .48,.55; L .48,.55 .45,1; L .3,1 .62,1; L 0,0 .2,0",
    "Z with serifs": "L .05,.2 .05,0 .9,0 .05,1 .95,1 .95,.8",
    # capitals in one quick line
    "A quick": "L .0,1 .42,.05 .55,.05 .95,.95 .2,.6 .8,.5",
    "E quick": "S .9,.05 .3,.1 .3,.4 .7,.45 .1,.6 .15,.95 .9,.9",
    "H quick": "L .05,.05 .1,1 .12,.5 .9,.42 .85,0 .92,1",
    "K quick": "L .1,.05 .05,1; L .8,.1 .25,.55 .9,.95",
    "M quick": "L .05,1 .2,.05 .45,.8 .75,.05 .95,1",
    "N quick": "L .05,.95 .15,.05 .75,.95 .95,0",
    "R quick": "L .1,1 .1,.05 .75,.1 .8,.4 .15,.5 .9,1",
    "W quick": "L 0,.05 .3,.95 .5,.4 .75,.95 1.05,0",
    # small letters, joined
    "a joined": "S .75,.3 .3,.2 .05,.6 .3,.95 .65,.75 .75,.3 .72,.8 .95,.9",
    "d joined": "S .7,.5 .3,.4 .05,.75 .3,1 .65,.8 .8,.0 .75,.8 1,.95",
    "e joined": "S 0,.75 .5,.65 .8,.4 .5,.2 .2,.5 .3,.95 .95,.8",
    "f joined": "S .1,.6 .5,.4 .75,.05 .5,.0 .4,.5 .35,1.1; L .2,.5 .75,.48",
    "h joined": "S 0,.8 .4,.4 .5,.0 .25,.15 .15,1; S .17,.7 .5,.45 .7,.6 .7,.95 .9,.9",
    "k joined": "S .05,.8 .4,.2 .3,0 .15,.4 .12,1; S .12,.75 .5,.4 .6,.55 .25,.7 .6,.8 .9,1",
    "m joined": "S 0,.9 .12,.3 .15,1; S .15,.6 .35,.25 .45,1; S .45,.6 .7,.25 .8,.95 1,.85",
    "n joined": "S 0,.5 .15,.25 .18,1; S .18,.7 .5,.25 .7,.5 .7,.95 .95,.85",
    "p joined": "S 0,.5 .2,.1 .15,1.1; S .18,.4 .5,.05 .8,.35 .5,.7 .2,.62",
    "r joined": "S 0,.8 .3,.2 .4,.35 .8,.32 .6,.8 .9,.95",
    "t joined": "S 0,.8 .4,.1 .35,.85 .6,.98 .9,.85; L .1,.4 .75,.34",
    "u joined": "S 0,.4 .12,.2 .12,.8 .4,.95 .68,.3 .66,.85 .95,.85",
    "v joined": "S 0,.3 .15,.2 .3,.95 .7,.5 .65,.2 .95,.3",
    "x joined": "S .05,.3 .25,.2 .45,.6 .6,.95 .9,.85; L .85,.15 .1,.95",
    # other things
    "scribble zigzag": dense_zigzag,
    "scribble spiral": spiral,
    "scribble knot": knot,
    "crumbs": crumbs,
    "grid": grid,
    "dash, bent": "L 0,.52 .5,.45 1,.53",
    "dash, double": "L 0,.42 1,.4; L .02,.6 .98,.62",
    "dash, hooked": "S 0,.45 .1,.4 .5,.47 .9,.44 1,.52",
    "tick, round": "S 0,.55 .12,.65 .28,1 .4,.8 .65,.35 1.05,-.05",
    "cross +": "L .5,0 .5,1; L 0,.5 1,.5",
    "cross, doubled": "L .3,0 .3,1; L .65,0 .65,1; L 0,.35 1,.3; L 0,.7 1,.65",
    "star of one outline": "L .5,0 .62,.36 1,.38 .7,.6 .82,1 .5,.76 .18,1 .3,.6 0,.38 .38,.36 .5,0",
    "face, square": "L 0,0 1,0 1,1 0,1 0,0; A .3,.35 .08,.08 0,360; A .7,.35 .08,.08 0,360; "
    "L .25,.75 .75,.72",
    "flower": "A .5,.5 .12,.12 0,360; A .5,.2 .16,.18 90,450; A .8,.5 .18,.16 180,540; "
    "A .5,.8 .16,.18 -90,270; A .2,.5 .18,.16 0,360",
    "tree": "L .5,1 .5,.6; S .5,.6 .1,.55 .1,.2 .5,0 .9,.2 .9,.55 .5,.6",
    "arrow up": "L .5,1 .5,0; L .25,.3 .5,0 .75,.3",
    "triangle": "L .5,0 1,1 0,1 .5,0",
    "number sign": "L .35,0 .25,1; L .75,0 .65,1; L .05,.33 1,.33; L 0,.68 .95,.68",
    "question mark": "S .1,.25 .3,.0 .75,.05 .8,.35 .45,.55 .42,.75; L .42,.98 .43,1",
    "euro": "A .6,.5 .45,.48 50,310; L 0,.4 .7,.4; L 0,.58 .65,.58",
}
"""What may be learned from."""

SMALL = {"specks", "crumbs"}
"""Drawn over the whole paper, each mark of it small."""
FLAT = ("dash", "scribble crossed out")
"""Drawn short, and turned little: an upright one would be a 1."""


# ------------------------------------------------------------------------------------- drawing


def strokes_of(shape: Shape, generator: np.random.Generator) -> Strokes:
    """The points of its strokes, close to one another, as one hand draws it this time."""
    if callable(shape):
        return shape(generator)
    strokes = []
    for part in shape.split(";"):
        kind, *texts = part.split()
        points = np.array([[float(x) for x in text.split(",")] for text in texts])
        if kind == "A":
            points[:2] += generator.normal(0, 0.02, (2, 2))
            strokes.append(arc(*points))
        else:
            points += generator.normal(0, 0.025, points.shape)
            strokes.append(smooth(points) if kind == "S" else points)
    return strokes


def arc(centre: Points, radii: Points, ends: Points) -> Points:
    """Points on an ellipse, between two angles in degrees."""
    turn = np.radians(np.linspace(*ends, max(3, int(abs(ends[1] - ends[0]) / 8))))
    return centre + np.abs(radii) * np.column_stack([np.cos(turn), np.sin(turn)])


def smooth(points: Points) -> Points:
    """Points on a curve through these: Catmull and Rom's."""
    before, after = 2 * points[:1] - points[1:2], 2 * points[-1:] - points[-2:-1]
    p = np.concatenate([before, points, after])
    curve = [points[:1]]
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        t = np.linspace(0, 1, max(3, int(np.hypot(*(c - b)) / STEP)))[1:, None]
        bend = t * (c - a) + t**2 * (2 * a - 5 * b + 4 * c - d) + t**3 * (3 * b - a - 3 * c + d)
        curve.append(b + bend / 2)
    return np.concatenate(curve)


def drawing(name: str, shape: Shape, generator: np.random.Generator) -> NDArray[np.uint8]:
    """A picture of this shape: dark ink on light paper, 60 to 400 pixels high and wide."""
    size = 80 * 4 ** generator.random()
    height, width = (int(size * side) for side in generator.uniform(0.8, 1.25, 2))
    flat = name.startswith(FLAT)
    extent = (0.85 if name in SMALL else generator.uniform(0.45, 0.75)) * min(height, width)
    strokes = strokes_of(shape, generator)
    everything = np.concatenate(strokes)
    middle = (everything.min(axis=0) + everything.max(axis=0)) / 2 if name not in SMALL else 0.5
    matrix = _hand(generator, flat) * extent * (0.75 if flat else 1)
    pen = max(1.5, generator.uniform(0.045, 0.12) * (0.5 if name in SMALL else 1) * extent)
    room = np.array([width, height]) / 2 - pen / 2 - 3
    reach = np.abs((everything - middle) @ matrix).max(axis=0)
    matrix = matrix * min(1, *(room / np.maximum(reach, 1e-9)))
    left_over = room - np.abs((everything - middle) @ matrix).max(axis=0)
    centre = np.array([width, height]) / 2 + left_over * generator.uniform(-0.8, 0.8, 2)
    placed = [(stroke - middle) @ matrix + centre for stroke in strokes]
    return on_paper(ink(placed, pen, (height, width)), generator)


def _hand(generator: np.random.Generator, flat: bool) -> Points:
    """How a hand changes what it draws: a matrix for points in rows."""
    turn = np.radians(generator.uniform(-15, 15) if flat else generator.normal(0, 4))
    c, s = np.cos(turn), np.sin(turn)
    slant = 0.0 if flat else generator.uniform(-0.1, 0.35)
    wide = 1.0 if flat else generator.uniform(0.55, 0.95)
    return np.array([[wide, 0], [-slant, 1]]) @ np.array([[c, s], [-s, c]])


def ink(strokes: Sequence[Points], pen: float, size: tuple[int, int]) -> NDArray[np.float32]:
    """How much of each pixel is covered, 0 to 1: (height, width), by a round pen."""
    height, width = size
    image = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING))
    draw = ImageDraw.Draw(image)
    radius = pen * OVERSAMPLING / 2
    for stroke in strokes:
        points = [tuple(point) for point in stroke * OVERSAMPLING]
        draw.line(points, fill=255, width=max(1, round(2 * radius)), joint="curve")
        for x, y in points:  # round ends, and no gaps in narrow bends
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    small = image.resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def on_paper(covered: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Ink on paper, each of its own shade, and a little noise in every second picture."""
    paper, dark = generator.uniform(200, 255), generator.uniform(0, 90)
    picture = paper - (paper - dark) * covered
    if generator.random() < 0.5:
        picture = picture + generator.normal(0, generator.uniform(1, 6), covered.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def drawings(
    shapes: dict[str, Shape], n: int, generator: np.random.Generator
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Names and pictures of these shapes, each in turn, n in all."""
    names = list(shapes)
    for k in range(n):
        name = names[k % len(names)]
        yield name, drawing(name, shapes[name], generator)
