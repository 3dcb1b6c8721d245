"""A plain page with all live figures and a field for an exercise, as the course might have it."""

from pathlib import Path

from digitnet.teach.figures import FIGURES, Material
from digitnet.teach.figures.pictures import write as write_pictures
from digitnet.web.course.writing import write

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="digitnet-course" content="course">
<title>Figures</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="course/figure.css">
<link rel="stylesheet" href="page.css">
<script type="module" src="course/figure.js"></script>
</head>
<body><main><h1>Figures</h1>
{figures}
</main></body>
</html>
"""
FIGURE = '<digitnet-figure name="{name}" src="figures/{name}.svg" alt="{title}"></digitnet-figure>'
WITH_IMAGE = (
    '<digitnet-figure name="{name}"><img src="figures/{name}.svg" alt="{title}"></digitnet-figure>'
)
"""Which shows the picture without scripts, too."""
STYLE = """:root { color-scheme: light dark; background: light-dark(#fff, #111418); }
body { margin: 0 auto; padding: 0 12px; max-width: 720px; color: light-dark(#111, #eee); }
"""


def write_page(folder: Path, material: Material, pyodide: Path | None) -> Path:
    """Write the page with its pictures and its engine."""
    write(folder / "course", pyodide, material)
    write_pictures(folder / "figures", material)
    figures = [
        (WITH_IMAGE if name == "neuron" else FIGURE).format(name=name, title=each.title)
        for name, each in FIGURES.items()
    ]
    (folder / "index.html").write_text(PAGE.format(figures="\n".join(figures)), encoding="utf-8")
    (folder / "page.css").write_text(STYLE, encoding="utf-8")
    (folder / "_headers").write_text("")
    return folder
