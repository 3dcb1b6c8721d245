"""Recognise: from a picture to lines of digits."""

from __future__ import annotations

from digitnet.accept.caution import warn
from digitnet.model import Model
from digitnet.nn.blas import one_thread
from digitnet.reading.border import Page, page_of, whole_page
from digitnet.reading.decode import Picture
from digitnet.reading.digit import NO_DIGIT, SURE, UNCERTAIN, Digit, Recognised
from digitnet.reading.judge import Judged
from digitnet.reading.seen import Found, seen_of
from digitnet.reading.single import read_single
from digitnet.reading.steps import steps_of
from digitnet.reading.whole import is_doubtful, is_surer, read_whole


def recognise(
    picture: Picture,
    *,
    single: bool = False,
    n_digits: tuple[int, int] | None = None,
    model: Model | None = None,
) -> Recognised:
    """The digits of a picture, line by line, and what was done to find them.

    single: whether there is one digit, and nothing else; then there is always an answer, unless
    there is no ink. n_digits: the fewest and the most digits of the line with the most ink, which
    alone is read then. model: of digits, in place of the one that comes with the package.
    """
    with one_thread:
        page = page_of(picture.grey)
        if single:
            pages = [page]
            if page.border is not None:  # what is dark along a side may be half of the paper
                pages.append(whole_page(picture.grey))
            guesses = [(read_single(seen_of(each), model), each) for each in pages]
            (_, best), page = max(guesses, key=lambda guess: guess[0].score)
        else:
            best, page = _lines(page, picture, n_digits, model)
            if n_digits:
                _warn_if_other(best, n_digits, picture.name)
        corner = (page.inside[1].start, page.inside[0].start)
        digits = [[_digit(each, picture, corner) for each in line] for line in best.judged]
    lines = [line for line in digits if line]
    return Recognised(lines, steps_of(best, [digit for line in lines for digit in line]))


def _lines(
    page: Page, picture: Picture, n_digits: tuple[int, int] | None, model: Model | None
) -> tuple[Found, Page]:
    """The lines of the page, or those of the whole picture if its border may have been a stroke."""
    best = read_whole(seen_of(page), n_digits, model)
    if page.border is not None and is_doubtful(best):
        whole = whole_page(picture.grey)
        other = read_whole(seen_of(whole), n_digits, model)
        if is_surer(other, best):
            return other, whole
    return best, page


def _warn_if_other(found: Found, n_digits: tuple[int, int], name: str) -> None:
    """Warn if more digits seem to be there than were asked for, or fewer can be told."""
    fewest, most = n_digits
    n_told = sum(map(len, found.judged))
    if found.n_seen > most:
        warn(
            f"{name}: there seem to be {found.n_seen} digits, more than the {most} that were asked "
            "for; some are left out, or read as one"
        )
    elif n_told < fewest:
        warn(
            f"{name}: its ink cannot be cut into the {fewest} digits that were asked for, but into "
            f"{n_told} at most"
        )


def _digit(each: Judged, picture: Picture, corner: tuple[int, int]) -> Digit:
    left, top, right, bottom = each.hypothesis.box
    x, y = corner
    p = each.probabilities[:NO_DIGIT]
    confidence = float(p.max())
    told = each.is_digit and (each.always or confidence >= SURE)
    return Digit(
        label=str(int(p.argmax())) if told else UNCERTAIN,
        probabilities=p.copy(),
        confidence=confidence,
        box=picture.box_as_seen(left + x, top + y, right + x, bottom + y),
        image=each.image,
    )
