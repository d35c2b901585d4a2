"""What axe-core finds on a page, and how colours contrast."""

import json
import re

from axe_playwright_python.sync_playwright import Axe

OUTPUTS = ".jp-OutputArea"  # the rest of the page is the front end's own
NOT_OURS = [".jp-RenderedImage"]  # a front end shows what plt.show() draws without alternative text
UNDECIDED = ["pre *", "math *"]  # axe leaves the contrast open: on a gradient, of single letters
OPTIONS = {"resultTypes": ["violations"], "preload": False}  # it would fetch style sheets again

LETTERS = """(selector) => {
    const up = (each) => (each ? [each, ...up(each.parentElement)] : []);
    const own = (each) => [...each.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const colours = (each) => [getComputedStyle(each).color,
        ...up(each).map((under) => getComputedStyle(under).backgroundColor)];
    const letters = [...document.querySelectorAll(selector)].filter(own);
    return Object.entries(Object.fromEntries(
        letters.map((each) => [JSON.stringify(colours(each)), each.textContent])));
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


def faint(page):
    """Return the letters, of those that axe-core does not decide on, with a contrast below 4.5."""
    found = page.evaluate(LETTERS, ", ".join([*UNDECIDED, "pre"]))
    looks = [(text, map(colour_of, json.loads(colours))) for colours, text in found]
    return [text for text, (letters, *grounds) in looks if contrast(*laid(letters, grounds)) < 4.5]


def laid(letters, grounds):
    """Return (letters, ground) as seen: colours with alpha, laid on grounds, uppermost first."""
    seen = (1, 1, 1)
    for ground in reversed(grounds):
        seen = over(ground, seen)
    return over(letters, seen), seen


def contrast(first, second):
    """Return the contrast of two colours, (red, green, blue) from 0 to 1, as WCAG 2 defines it."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def colour_of(text):
    """Return the (red, green, blue, alpha) of what the browser calls a computed colour."""
    numbers = [float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]
    scale = 255 if text.startswith("rgb") else 1  # color(srgb 0.1 0.2 0.3 / 0.5)
    return (*(each / scale for each in numbers[:3]), (numbers[3:] or [1.0])[0])


def over(colour, ground):
    """Return an opaque colour: one with alpha on an opaque ground."""
    *channels, alpha = colour
    return tuple(alpha * c + (1 - alpha) * g for c, g in zip(channels, ground, strict=False))
