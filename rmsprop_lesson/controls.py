"""The widgets of which explorers and charts are made: sliders, boxes, and the player."""

import base64
import contextlib
from pathlib import Path
from types import MappingProxyType

import anywidget
import ipywidgets as widgets
import traitlets

from .words import text_of

HERE = Path(__file__).parent


class _FromBrowser:
    """A control that tells a change made in the browser from one made in Python.

    What ``answer`` names for a trait is called before the browser is told of its change. So the
    browser gets the new setting first, and does not take the control's move for the reader's.
    While ``quiet``, the browser is told nothing: it has made the same change itself.
    """

    from_browser = False
    quiet = False
    answer = MappingProxyType({})

    def notify_change(self, change):
        """Answer a change, then tell the browser of it."""
        if change.name in self.answer:
            self.answer[change.name](change)
        super().notify_change(change)

    def set_state(self, sync_data):
        """Take a message of the browser."""
        self.from_browser = True
        try:
            super().set_state(sync_data)
        finally:
            self.from_browser = False

    def _should_send_property(self, key, value):
        return not self.quiet and super()._should_send_property(key, value)


class Slider(_FromBrowser, widgets.SelectionSlider):
    """A slider over exact positions. What the browser says of it is not sent back."""

    index = traitlets.Int(None, allow_none=True).tag(sync=True, echo_update=False)

    def __setattr__(self, name, value):
        again = name == "value" and value == self.value
        super().__setattr__(name, value)
        if again:  # a choice, too, where the setting lies between this position and the next
            self._notify_trait("index", self.index, self.index)


class Box(_FromBrowser, widgets.Text):
    """A box for any allowed value. What the browser says of it is not sent back."""

    value = traitlets.Unicode().tag(sync=True, echo_update=False)


class Message(_FromBrowser, widgets.Label):
    """A line that says what a parameter does, or why a value is refused."""


class Picture(widgets.HTML):
    """A picture drawn by Python. ``widgets.Image`` would have no alternative text."""

    png = b""

    def show(self, png):
        """Show PNG bytes."""
        self.png = png
        data = base64.b64encode(png).decode("ascii")
        said = "The picture that the sentence above describes."
        self.value = f'<img alt="{said}" src="data:image/png;base64,{data}" width="100%">'


class NotAllowed(traitlets.TraitError, ValueError):
    """A value that is refused: a ValueError for the reader, and traitlets takes it back."""


class Player(_FromBrowser, anywidget.AnyWidget):
    """The part that draws in the browser."""

    _esm = "".join(
        (HERE / part).read_text("utf-8")
        for part in ("player.js", "disclosures.js", "board.js", "widget.js")
    )
    _css = (HERE / "player.css").read_text("utf-8")

    scene = traitlets.Dict().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True)
    opening = traitlets.List().tag(sync=True)
    setting = traitlets.Dict().tag(sync=True)
    exact = traitlets.Dict().tag(sync=True)
    iteration = traitlets.Int().tag(sync=True, echo_update=False)  # a late one would move it back
    note = traitlets.Unicode().tag(sync=True)
    coupled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **kwargs):
        self.pieces = kwargs["opening"]
        super().__init__(**kwargs)
        self.on_msg(self._answer)

    @traitlets.validate("iteration")
    def _check_iteration(self, proposal):
        last = self.scene["n_steps"]
        if 0 <= proposal.value <= last:
            return proposal.value
        raise NotAllowed(f"iteration must be from 0 to {last}, not {proposal.value}")

    def get_state(self, key=None, drop_defaults=False):
        """Leave the atlas out of all messages but the opening one.

        Jupyter Server drops later messages beyond 1 MB/s, and after a page was loaded again all
        widgets of a notebook answer in one. The player then asks for the pieces, one by one.
        """
        state = super().get_state(key, drop_defaults)
        if self.comm is not None and "opening" in state:
            state["opening"] = []
        return state

    def _answer(self, _, content, __):
        if "ask" in content:
            path, piece = content["ask"]
            self.send({"path": path, "piece": piece}, buffers=[self.pieces[path][piece]])
        else:  # the browser waits for a run: in case that it was lost on the way
            self.send_state("exact")


@contextlib.contextmanager
def quietly(controls, quiet):
    """Set controls without telling the browser, if quiet."""
    for control in controls:
        control.quiet = quiet
    try:
        yield
    finally:
        for control in controls:
            control.quiet = False


def slider(dial, value):
    """Return the slider of a dial, at the position nearest to a value."""
    made = Slider(
        options=[(text_of(position), position) for position in dial.positions],
        index=nearest(dial.positions, value),
        description=dial.parameter.words,
        readout=False,
        style={"description_width": "116px"},
        layout={"flex": "0 1 340px", "min_width": "250px"},
    )
    made.add_class(f"rmsprop-slider-{dial.name}")
    return made


def box(dial, value):
    """Return the box of a dial."""
    return Box(
        value=text_of(value),
        description=f"{dial.name} =",
        continuous_update=False,
        style={"description_width": "84px"},
        layout={"flex": "0 0 190px", "width": "190px"},
    )


def scrubber(start, last):
    """Return a slider over the iterations, and a box: screen readers find no name on the slider."""
    limits = {"value": start, "min": 0, "max": last}
    flexible = {"flex": "1 1 200px", "width": "auto"}
    made = widgets.IntSlider(**limits, description="iteration", readout=False, layout=flexible)
    boxed = widgets.BoundedIntText(**limits, description="iteration =", layout={"width": "190px"})
    return made, boxed


def message(dial):
    """Return the line beside a slider and its box."""
    return Message(dial.parameter.meaning, layout={"flex": "1 1 220px"})


def close_all(widget):
    """Close a widget with its children, its layout and its style."""
    parts = [getattr(widget, name) for name in ("layout", "style") if hasattr(widget, name)]
    for part in (*getattr(widget, "children", ()), *parts):
        close_all(part)
    widget.close()


def nearest(positions, value):
    """Return the index of the position nearest to a value, the first of two equally near."""
    return min(range(len(positions)), key=lambda i: abs(positions[i] - value))
