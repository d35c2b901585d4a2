"""What axe-core finds on a page, and how colours contrast."""

import re
from functools import cache

from axe_playwright_python.sync_playwright import Axe

OUTPUTS = ".jp-OutputArea"  # the rest of the page is the front end's own
NOT_OURS = [".jp-RenderedImage"]  # a front end shows what plt.show() draws without alternative text
UNDECIDED = "pre, pre *, math *"  # axe leaves the contrast open: on a gradient, of single letters
OPTIONS = {"resultTypes": ["violations"], "preload": False}  # it would fetch style sheets again

LETTERS = """(all) => {
    const up = (each) => (each ? [each, ...up(each.parentElement)] : []);
    const own = (each) => [...each.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    return all.filter((each) => own(each) || each.matches("input[type=text]"))
        .map((each) => [each.textContent || each.value,
            getComputedStyle(each)[each.closest("svg") ? "fill" : "color"],
            up(each).map((under) => getComputedStyle(under).backgroundColor)]);
}"""

EXPLORER = "explorer = Explorer(problem, compare=gradient_descent, n_steps=40)\nexplorer"
ALL_KINDS = (
    EXPLORER,
    "from rmsprop_lesson.lesson import check_number, predict\npredict('distance')",
    "from rmsprop_lesson.topics.one_step import update_chart\nupdate_chart()",
    "from rmsprop_lesson.exercises import check_rmsprop\ncheck_rmsprop(rmsprop)",
    "check_rmsprop(lambda *given, **more: None)",
)


def complaints(page, ours="body", but=()):
    """Return what axe-core finds wrong in a part of a page: rule and first elements."""
    parts = {"include": [[ours]], "exclude": [[each] for each in but]}
    found = Axe().run(page, context=parts, options=OPTIONS).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found]


def letters(elements):
    """Return (text, contrast) of each element with letters of its own; elements is a locator."""
    seen = elements.evaluate_all(LETTERS)
    return [(text, contrast_on(colour, grounds)) for text, colour, grounds in seen]


def faint(elements):
    """Return the texts with a contrast below 4.5."""
    return [text for text, ratio in letters(elements) if ratio < 4.5]


def contrast_on(colour, grounds):
    """Return the contrast of a computed colour on a pile of backgrounds, the uppermost first."""
    seen = (1, 1, 1)
    for ground in reversed(grounds):
        seen = over(colour_of(ground), seen)
    return contrast(over(colour_of(colour), seen), seen)


def contrast(first, second):
    """Return the contrast of two colours, (red, green, blue) from 0 to 1, as WCAG 2 defines it."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def colour_of(text):
    """Return the (red, green, blue, alpha) of what the browser calls a computed colour."""
    numbers = [float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]
    scale = 255 if text.startswith("rgb") else 1  # color(srgb 0.1 0.2 0.3 / 0.5)
    return (*(each / scale for each in numbers[:3]), (numbers[3:] or [1.0])[0])


def over(colour, ground):
    """Return an opaque colour: one with alpha on an opaque ground."""
    *channels, alpha = colour
    return tuple(alpha * c + (1 - alpha) * g for c, g in zip(channels, ground, strict=False))
