"""What the converter leaves for a browser to guess, said: a formula's tree, touched up in place."""

from xml.etree.ElementTree import Element, SubElement

PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
"""How many parts an element of MathML has."""
FUNCTIONS = {"log", "exp", "max", "min", "sin", "cos", "tanh", "sinh", "cosh", "softmax", "tr"}
CLOSING = set(")]}|‖")
PRIMES = set("′″‴⁗")
NUMBERS = {"mi", "mn", "msub", "msup", "msubsup", "mfrac", "mstyle", "mover", "msqrt"}
THIN = "0.17em"
NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"


def kind(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.removeprefix(NAMESPACE)


def touch_up(element: Element) -> None:
    """Put right how it and all below it is drawn."""
    for child in list(element):
        touch_up(child)
    if kind(element) in ("mo", "mi"):
        _sign(element)
    if kind(element) == "mover":
        element.set("accent", "true")  # close above the letter
    if kind(element) in ("msup", "msubsup"):
        _raised(element)
    if kind(element) not in PARTS:
        _spaces(element)


def _sign(element: Element) -> None:
    text = element.text or ""
    if text in FUNCTIONS:
        element.tag = f"{NAMESPACE}mi"
    elif text in ("±", "∓") or text in PRIMES:
        element.tag = f"{NAMESPACE}mo"
    elif text in ("∂", "∞"):  # signs for the dictionary of operators, letters for readers
        element.attrib |= {"lspace": "0", "rspace": "0"}
    elif text in ("|", "‖", "/"):  # bars on both sides stand equally close, and are equally high
        element.attrib |= {"lspace": "0.06em", "rspace": "0.06em"}
        if "minsize" not in element.attrib:
            element.set("stretchy", "false")


def _raised(element: Element) -> None:
    """Primes are raised in the font, and the star that is not is another sign."""
    above = element[-1]
    if above.text == "*":
        above.text = "∗"
    elif above.text in PRIMES:
        above.attrib |= {"lspace": "0", "rspace": "0", "form": "postfix"}
        element.remove(above)
        below = Element(f"{NAMESPACE}msub", {})
        below.extend(list(element))
        base = [below] if kind(element) == "msubsup" else list(element)
        element.tag = f"{NAMESPACE}mrow"
        element[:] = [*base, above]


def _is_function(element: Element) -> bool:
    while kind(element) in ("msub", "msup", "msubsup", "munder"):
        element = element[0]
    return kind(element) == "mi" and element.text in FUNCTIONS


def _ends(element: Element) -> bool:
    return (element.text or "") in CLOSING or kind(element) in NUMBERS


def _spaces(row: Element) -> None:
    """Functions stand off from what is beside them, if that is no bracket; a minus in front of a
    number, behind another sign, does not stand off from it."""
    parts = list(row)
    row[:] = []
    for before, part, after in zip([None, *parts], parts, [*parts[1:], None], strict=False):
        if part.text == "−" and (before is None or (kind(before) == "mo" and not _ends(before))):
            part.set("form", "prefix")
        if _is_function(part) and before is not None and _ends(before):
            SubElement(row, f"{NAMESPACE}mspace", width=THIN)
        row.append(part)
        if _is_function(part) and after is not None and kind(after) != "mo":
            SubElement(row, f"{NAMESPACE}mspace", width=THIN)
