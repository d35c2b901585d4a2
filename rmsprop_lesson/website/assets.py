"""What all pages share: a script, a style sheet, an icon; and the page that holds everything."""

import base64
import hashlib
from pathlib import Path

from . import pages
from .files import blocks_of

HERE = Path(__file__).parent
PACKAGE = HERE.parent
ICON = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="6" fill="#0072B2"/>
<polyline points="4,6 9,13 13,20 16,25 19,22 22,25 25,22 28,25"
 fill="none" stroke="#fff" stroke-width="3"/>
</svg>
"""


def shared():
    """Return the files that all pages load: dict of path to text."""
    return {
        "assets/lesson.js": script(),
        "assets/lesson.css": style(),
        "assets/icon.svg": ICON,
    }


def script():
    """Return the player and what ties it to a page, as one script.

    It is no module: browsers load modules from a server only, and a page shall open from a disk.
    """
    prediction = _text(PACKAGE / "predict.js").replace("export default {", "return {")
    ours = ("player.js", "disclosures.js", "board.js")
    parts = [*(PACKAGE / name for name in ours), HERE / "page.js"]
    rest = "".join(map(_text, parts)).replace("\nexport ", "\n")
    prediction = f"const prediction = (() => {{\n{prediction}}})();\n"
    return f'(() => {{\n"use strict";\n{prediction}{rest}}})();\n'


def style():
    return "".join(map(_text, (PACKAGE / "player.css", PACKAGE / "predict.css", HERE / "page.css")))


def alone(board, cell):
    """Return the explorer of a cell as a page of its own that loads nothing."""
    picture = next(each.data["image/png"] for each in cell.outputs if "image/png" in each.data)
    return pages.explorer_html(
        part=cell.metadata.part | {"data": "board"},
        picture=picture.replace("\n", ""),
        blocks=blocks_of(board, "board"),
        script=script(),
        script_hash=_hash(script()),
        style=style(),
        style_hash=_hash(style()),
    )


def _hash(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(path):
    return path.read_text(encoding="utf-8")
