"""The page of a learning step as one HTML file: nothing to fetch, nothing to run, printable."""

from html import escape

import numpy as np

from digitnet.nn import Array
from digitnet.teach.explain import StepTrace
from digitnet.teach.pages import Section, contributions
from digitnet.text import NAME, plain

FOR, AGAINST = "#0072B2", "#D55E00"
MOST_LINES = 60
HEIGHT = 560
STYLE = """
body { font: 16px/1.5 Georgia, serif; color: #111; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem; margin: 0 0 .4rem }
section { display: grid; grid-template-columns: 17rem 1fr; gap: 1rem 2rem; padding: 1rem 0;
  border-top: 1px solid #bbb; break-inside: avoid }
.formula { font: 15px/1.4 "DejaVu Sans Mono", Menlo, Consolas, monospace; background: #f2f2f2;
  padding: .5rem .7rem; border-radius: 4px; overflow-wrap: anywhere; margin: 0 }
table { border-collapse: collapse; font: 14px/1.4 "DejaVu Sans Mono", Menlo, Consolas, monospace }
th, td { text-align: right; padding: .1rem .8rem }
th:first-child, td:first-child { text-align: left }
th { border-bottom: 1px solid #111; font-weight: normal }
svg { width: 100%; height: auto }
svg text { font: 13px sans-serif; paint-order: stroke; stroke: #fff; stroke-width: 3px }
@media (max-width: 45rem) { section { grid-template-columns: 1fr } }
@media print { body { max-width: none; margin: 0 } }
"""


def as_html(
    title: str,
    trace: StepTrace,
    parts: list[Section],
    classes: tuple[str, ...],
    shape: tuple[int, int],
    unit: int,
) -> str:
    """The page: the network as a drawing, then each section with its formula beside its numbers."""
    title = plain(title)
    body = [f"<h1>{escape(title)}</h1>", draw(trace, classes, shape, unit)]
    for count, part in enumerate(parts, start=1):
        body.append(
            f'<section id="step-{count}"><div><h2>{count}. {escape(part.title)}</h2>'
            f'<p class="formula">{escape(part.formula)}</p></div>'
            f"<div>{_table(part)}<p>{escape(part.words)}</p></div></section>"
        )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _table(part: Section) -> str:
    if not part.rows:
        return ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in part.header)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in part.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def draw(trace: StepTrace, classes: tuple[str, ...], shape: tuple[int, int], unit: int) -> str:
    """The network as SVG: image, hidden layers, outputs; lines as wide as what they carry.

    Into the first hidden layer only the lines to the unit that is followed, into the last layer
    those that carry most.
    """
    dense = trace.dense
    columns = [_pixel_places(shape)]
    columns += [_places(len(layer.y), 330 + 130 * n) for n, layer in enumerate(dense[:-1])]
    right = 330 + 130 * len(dense)
    columns.append(_places(len(classes), right))
    parts = [_image(trace.x.reshape(shape))]
    for number, layer in enumerate(dense):
        carried = contributions(layer)
        if number == 0 and len(dense) > 1:
            only = np.zeros_like(carried)
            only[:, unit] = carried[:, unit]
            carried = only
        parts.append(_lines(carried, columns[number], columns[number + 1]))
    for number, block in enumerate(trace.blocks[:-1]):
        parts.append(_units(block.top.y, columns[number + 1], unit if number == 0 else None))
    parts.append(_outputs(trace, classes, columns[-1]))
    legend = (
        f'<text x="0" y="{HEIGHT + 28}"><tspan fill="{FOR}">blue: speaks for</tspan>, '
        f'<tspan fill="{AGAINST}">orange, dashed: speaks against</tspan>; '
        "the wider, the more. Bars: probabilities before (dark) and after (light) the step.</text>"
    )
    return (
        f'<svg viewBox="0 0 {right + 270} {HEIGHT + 40}" role="img" '
        f'aria-label="The network and what its connections carry">{"".join(parts)}{legend}</svg>'
    )


Places = list[tuple[float, float]]


def _pixel_places(shape: tuple[int, int]) -> Places:
    size = _pixel_size(shape)
    top = (HEIGHT - size * shape[0]) / 2
    return [
        ((column + 0.5) * size, top + (row + 0.5) * size)
        for row in range(shape[0])
        for column in range(shape[1])
    ]


def _pixel_size(shape: tuple[int, int]) -> float:
    return 224 / max(shape)


def _places(count: int, x: float) -> Places:
    step = min(HEIGHT / count, 50)
    top = (HEIGHT - step * count) / 2
    return [(x, top + (index + 0.5) * step) for index in range(count)]


def _image(image: Array) -> str:
    size = _pixel_size((image.shape[0], image.shape[1]))
    places = _pixel_places((image.shape[0], image.shape[1]))
    rectangles = "".join(
        f'<rect x="{x - size / 2:.1f}" y="{y - size / 2:.1f}" width="{size:.1f}" '
        f'height="{size:.1f}" fill="#111" fill-opacity="{min(max(float(v), 0), 1):.2f}"/>'
        for (x, y), v in zip(places, image.ravel(), strict=True)
        if v > 0
    )
    first, last = places[0], places[-1]
    frame = (
        f'<rect x="{first[0] - size / 2:.1f}" y="{first[1] - size / 2:.1f}" fill="none" '
        f'width="{last[0] - first[0] + size:.1f}" height="{last[1] - first[1] + size:.1f}" '
        'stroke="#999"/>'
    )
    return frame + rectangles


def _lines(carried: Array, start: Places, end: Places) -> str:
    """Lines for the largest contributions (I, O) between two columns of places."""
    largest = np.argsort(-np.abs(carried), axis=None, kind="stable")[:MOST_LINES]
    top = float(np.abs(carried).max()) or 1.0
    lines = []
    for flat in largest[::-1]:
        i, o = np.unravel_index(flat, carried.shape)
        value = float(carried[i, o])
        if not value:
            continue
        (x1, y1), (x2, y2) = start[int(i)], end[int(o)]
        colour, dash = (FOR, "") if value > 0 else (AGAINST, ' stroke-dasharray="5 3"')
        lines.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{4 * abs(value) / top:.2f}" stroke-opacity="0.7"{dash}>'
            f"<title>{value:.6g}</title></line>"
        )
    return "".join(lines)


def _units(values: Array, places: Places, followed: int | None) -> str:
    top = float(np.abs(values).max()) or 1.0
    size = max(min(HEIGHT / len(values) * 0.8, 14), 3)
    units = []
    for index, ((x, y), value) in enumerate(zip(places, values, strict=True)):
        mark = f'stroke="{FOR}" stroke-width="2"' if index == followed else 'stroke="#777"'
        units.append(
            f'<rect x="{x - size / 2:.1f}" y="{y - size / 2:.1f}" width="{size:.1f}" '
            f'height="{size:.1f}" fill="#111" fill-opacity="{abs(float(value)) / top:.2f}" {mark}>'
            f"<title>unit {index}: {value:.6g}</title></rect>"
        )
        if index == followed:
            units.append(f'<text x="{x + size:.1f}" y="{y - size:.1f}">unit {index}</text>')
    return "".join(units)


def _outputs(trace: StepTrace, classes: tuple[str, ...], places: Places) -> str:
    bars = []
    height = max(min(places[1][1] - places[0][1], 24) * 0.35, 1)
    for k, (x, y) in enumerate(places):
        before, after = float(trace.probabilities[k]), float(trace.probabilities_after[k])
        weight = ' font-weight="bold"' if k == trace.true_class else ""
        true = " (true)" if k == trace.true_class else ""
        name = escape(plain(classes[k], NAME))
        bars.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#111"/>'
            f'<text x="{x + 10:.1f}" y="{y + 4:.1f}"{weight}>{name}{true}</text>'
            f'<rect x="{x + 75:.1f}" y="{y - height:.1f}" height="{height:.1f}" '
            f'width="{130 * before:.1f}" fill="#333"/>'
            f'<rect x="{x + 75:.1f}" y="{y:.1f}" height="{height:.1f}" '
            f'width="{130 * after:.1f}" fill="#999"/>'
            f'<text x="{x + 210:.1f}" y="{y + 4:.1f}">{100 * before:.1f} %</text>'
        )
    return "".join(bars)
