"""A small network, for pages on which the whole one would take long."""

from pathlib import Path

from tests.playground import SMALL, ask, last, learned, small_data, visiting


def small_model(path: Path, hidden: tuple[int, ...] = (24, 16)) -> Path:
    """Write a network that has learned a little, and makes many mistakes."""
    visit = visiting(small_data(), SMALL | {"hidden_layer_sizes": list(hidden)})
    learned(visit)
    path.write_bytes(last(ask(visit, "save"), "file").arrays["file"].tobytes())
    return path
