"""The files of a site. What pages share is stored once, under a name made from what it holds."""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path

SHORT = 16  # letters of a digest in the name of a file


@dataclass(frozen=True)
class Files:
    """A folder that a site is written into."""

    target: Path

    def write(self, path, content):
        """Write text or bytes to a path from the root of the site, and return the path."""
        place = self.target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        place.write_bytes(content)
        return path

    def data(self, value):
        """Store a value for page.js; return the name by which it is brought."""
        text = as_json(value)
        return self.named_data(digest(text.encode()), text)

    def named_data(self, name, text):
        """Store a JSON text for page.js under a name; return the name."""
        self.write(f"data/{name}.js", f'rmspropArrived("{name}", {text});\n')
        return name

    def picture(self, base64_png):
        """Store a picture; return what a page says of it: file, width, height."""
        png = base64.b64decode(base64_png)
        width, height = struct.unpack(">II", png[16:24])
        file = self.write(f"pictures/{digest(png)}.png", png)
        return {"file": file, "width": width, "height": height}

    def drawing(self, svg):
        """Store an SVG; return its path."""
        return self.write(f"pictures/{digest(svg.encode())}.svg", svg)

    def board(self, board):
        """Store a board with its scenes and atlases; return the name by which it is brought."""
        for name, pieces in atlases(board):
            for i, piece in enumerate(pieces):
                self.named_data(f"{name}_{i}", as_json(piece))
        panels = [
            {name: value for name, value in panel.items() if name != "svg"}
            | {"file": self.drawing(panel["svg"])}
            for panel in board["scene"]["panels"]
        ]
        return self.data(opening_of(board) | {"scene": scene_of(board) | {"panels": panels}})


def blocks_of(board, name):
    """Return a board and its atlases as texts by name, for a page that holds everything."""
    pieces = {
        f"{digest}_{i}": as_json(piece)
        for digest, pieces in atlases(board)
        for i, piece in enumerate(pieces)
    }
    return {name: as_json(opening_of(board) | {"scene": scene_of(board)})} | pieces


def atlases(board):
    """Return (short digest, pieces) for each path of a board that has an atlas."""
    paths = zip(scene_of(board)["paths"], board["pieces"], strict=True)
    return [(path["digest"], pieces) for path, pieces in paths if "digest" in path]


def scene_of(board):
    """Return the scene of a board, with the short digests that name its files."""
    paths = [
        path | ({"digest": path["digest"][:SHORT]} if "digest" in path else {})
        for path in board["scene"]["paths"]
    ]
    return board["scene"] | {"paths": paths}


def opening_of(board):
    """Return how a board begins: what a page is told of it beside its scene and its atlases."""
    return {name: board[name] for name in ("setting", "iteration", "note", "exact")}


def as_json(value):
    """Return JSON that may stand in a script: no text in it can end the script."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def digest(content):
    return hashlib.sha256(content).hexdigest()[:SHORT]
