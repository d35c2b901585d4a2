"""Letters and lines of every picture stand out, never by colour alone, and none is cut off."""

import re
from xml.etree import ElementTree

import pytest
from accessible import contrast, over
from lesson_boards import MAKE, board
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb

from rmsprop_lesson.scenes import scene

WHITE = (1, 1, 1)
AREAS = "QuadContourSet"
NO_MEANING = ("none", "#ffffff", "#dddddd", "#cccccc")  # the ground, the grid, frames of legends


def drawn_in(svg):
    """Yield (kind, attribute, colour) of what a still scene draws: letters, lines and areas."""
    root = ElementTree.fromstring(svg)
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        kind = re.sub(r"_?\d*$", "", group.get("id", ""))
        if kind in ("text", "line2d", "patch", "LineCollection", "PathCollection", AREAS):
            for part in group.iter():
                for name, value in re.findall(r"(fill|stroke): ([^;]+)", part.get("style", "")):
                    yield kind, name, value


@pytest.mark.parametrize("cell", MAKE)
def test_letters_have_a_contrast_of_4_5_and_lines_one_of_3(cell):
    for panel in board(cell).player.scene["panels"]:
        drawn = list(drawn_in(panel["svg"]))
        fills = [
            to_rgb(each) for *what, each in drawn if what == [AREAS, "fill"] and each != "none"
        ]
        shades = [over((*colour, 0.25), WHITE) for colour in fills] or [WHITE]
        for kind, name, colour in drawn:
            ground = min(shades) if kind == AREAS else WHITE
            if kind == "text":
                assert contrast(to_rgb(colour), WHITE) >= 4.5, panel["name"]
            elif name == "stroke" and colour not in NO_MEANING:
                assert contrast(to_rgb(colour), ground) >= 3, (panel["name"], kind, colour)
        for line in panel["lines"]:
            assert contrast(to_rgb(line["colour"]), WHITE) >= 3, (panel["name"], line["label"])


@pytest.mark.parametrize("cell", MAKE)
def test_no_two_lines_of_a_picture_differ_by_their_colour_alone(cell):
    for panel in board(cell).player.scene["panels"]:
        looks = [(tuple(line["dashes"]), line["width"]) for line in panel["lines"]]
        assert len(set(looks)) == len(looks), (panel["name"], looks)


def letters_cut_off(figure):
    """Name the titles, the names of axes and the notes that leave a figure."""
    cut = []
    for ax in figure.axes:
        titles = [ax.title, ax._left_title, ax._right_title]
        for text in (*titles, ax.xaxis.label, ax.yaxis.label, *ax.texts):
            corners = text.get_window_extent().corners() if text.get_text() else []
            cut += [text.get_text() for x, y in corners if not figure.bbox.contains(x, y)]
    return cut


@pytest.mark.parametrize("cell", MAKE)
def test_no_letters_are_cut_off_at_the_edge_of_a_picture(cell, monkeypatch):
    drawn, print_svg = [], FigureCanvasSVG.print_svg

    def note(canvas, *arguments, **named):
        print_svg(canvas, *arguments, **named)
        drawn.append(letters_cut_off(canvas.figure))

    monkeypatch.setattr(FigureCanvasSVG, "print_svg", note)
    scene.cache_clear()
    panels = MAKE[cell]().player.scene["panels"]
    assert drawn == [[] for _ in panels]
