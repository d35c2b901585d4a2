"""Board: sliders, boxes and a player for anything that an atlas can hold.

The kernel never stands between the hand and the picture. What all slider positions show travels
to the browser once, as an atlas; the browser ties sliders, boxes and picture together. Python
answers only what is not in the atlas. Where the browser cannot tie the controls (``coupled`` is
false), Python does it, slower.
"""

import base64
import html
from functools import partial

import ipywidgets as widgets
import traitlets

from .controls import (
    Picture,
    Player,
    box,
    close_all,
    message,
    nearest,
    quietly,
    scrubber,
    slider,
)
from .dials import one_number
from .words import read_number, text_of


class Board(widgets.VBox):
    """Sliders, boxes and a player. Explorer and Chart say what they show.

    Parameters
    ----------
    dials : dict of name to Dial
    first : dict of name to the first value
    sources : what is drawn, each with ``atlas`` (or None), ``own(values)``, ``exact(values)`` (the
        run of one setting for the browser, or {"error": text}) and ``label`` (what it is called)
    scene : what the player has to know; ``start`` in it is the iteration to begin with
    by_kernel : True where Python draws
    """

    _parts = ()  # of one whose arguments were refused

    def __init__(self, dials, first, sources, scene, by_kernel=False):
        self.dials, self.first, self.sources = dials, first, sources
        self.n_steps = scene["n_steps"]
        self.sliders = {name: slider(each, first[name]) for name, each in dials.items()}
        self.boxes = {name: box(each, first[name]) for name, each in dials.items()}
        self.messages = {name: message(each) for name, each in dials.items()}
        parts = {"slider": self.sliders, "box": self.boxes, "message": self.messages}
        self._controls = [control for each in parts.values() for control in each.values()]
        self.player = Player(
            scene=scene,
            controls={
                name: {part: each[name].model_id for part, each in parts.items()} for name in dials
            },
            opening=[[] if each.atlas is None else list(each.atlas.pieces) for each in sources],
            setting=dict(first),
            iteration=scene["start"],
        )
        self._compute_missing()
        self.picture = Picture() if by_kernel else None
        self.sentence_line = widgets.HTML()
        rows = [widgets.HBox([each[name] for each in parts.values()]) for name in dials]
        for row in rows:
            row.add_class("rmsprop-row")
        self.scrubber, self.step_box = scrubber(scene["start"], self.n_steps)
        for each in (self.scrubber, self.step_box):
            traitlets.link((each, "value"), (self.player, "iteration"))
        to_iteration = widgets.HBox([self.scrubber, self.step_box])
        by_python = [to_iteration, self.sentence_line, *([self.picture] if by_kernel else [])]
        self._parts = [*rows, self.player, *by_python]
        super().__init__([*rows, *(by_python if by_kernel else [self.player])])
        self._parts.append(self.layout)
        for name, each in self.sliders.items():
            if hasattr(self, name):
                raise ValueError(
                    f"a slider cannot be called {name!r}: that name has a meaning here"
                )
            setattr(self, name, each)
        self.add_class("rmsprop-explorer")
        self._observe()
        self._redraw()

    @property
    def sentence(self):
        """What the picture shows, in words: the alternative text."""
        raise NotImplementedError

    def png(self):
        """Return the present picture as PNG bytes, drawn by matplotlib."""
        raise NotImplementedError

    def set(self, **values):
        """Set parameters to any allowed values, such as ``lr=0.37``.

        Raises
        ------
        ValueError : naming the parameter, its value and what is allowed; nothing changes
        """
        self.player.setting = self.values | checked_values(self.dials, values)
        self._reflect()

    def reset(self):
        """Go back to the first values, and to the iteration to begin with."""
        self.player.iteration = self.player.scene["start"]
        self.set(**self.first)

    def close(self):
        """Close the board with all its parts, so that kernel and browser can forget them."""
        for part in self._parts:
            close_all(part)
        super().close()

    @property
    def values(self):
        """The values on screen: dict of name to float."""
        return {name: float(self.player.setting[name]) for name in self.first}

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data = dict(bundle[0] if isinstance(bundle, tuple) else bundle)
        data["text/plain"] = self.sentence
        data["image/png"] = base64.b64encode(self.png()).decode("ascii")
        return data, {"image/png": {"alt": data["text/plain"]}}

    def _compute_missing(self):
        """Send the runs of the present setting that no atlas holds, if there are any."""
        runs = [
            None
            if each.atlas and each.atlas.index(**each.own(self.values)) is not None
            else each.exact(self.values)
            for each in self.sources
        ]
        slow = [
            each.label
            for each, told in zip(self.sources, runs, strict=True)
            if each.atlas is None and "error" not in told
        ]
        if any(runs) or not self.player.exact:
            with self.player.hold_sync():
                self.player.exact = {"setting": self.values, "runs": runs} | self._beside()
                self.player.note = _remark(slow)

    def _beside(self):
        """Return what else the browser needs for a setting between two positions."""
        return {}

    def _observe(self):
        for name in self.first:
            self.sliders[name].answer = {"index": partial(self._slid, name)}
            self.boxes[name].answer = {"value": lambda _, n=name: self._typed(n)}
        self.player.observe(lambda _: self._changed(), "setting")
        self.player.observe(lambda _: self._redraw(), "iteration")

    def _tied_in_browser(self, control):
        return self.player.coupled and control.from_browser

    def _slid(self, name, change):
        slider, positions = self.sliders[name], self.dials[name].positions
        chosen = change.new == change.old or slider.index != nearest(positions, self.values[name])
        if chosen and not slider.quiet and not self._tied_in_browser(slider):
            self.set(**{name: positions[slider.index]})

    def _typed(self, name):
        box = self.boxes[name]
        if box.quiet or self._tied_in_browser(box):
            return
        try:
            value = read_number(self.dials[name].parameter, box.value)
        except ValueError as error:
            shown = text_of(self.values[name])
            self.messages[name].value = f"{error}. The picture still shows {name} = {shown}."
        else:
            self.set(**{name: value})

    def _changed(self):
        with quietly(self._controls, quiet=self._tied_in_browser(self.player)):
            self._reflect()
        self._compute_missing()
        self._redraw()

    def _reflect(self):
        for name, value in self.values.items():
            self.sliders[name].index = nearest(self.dials[name].positions, value)
            self.boxes[name].value = text_of(value)
            self.messages[name].value = self.dials[name].parameter.meaning

    def _redraw(self):
        if self.picture is not None:
            self.picture.show(self.png())
            self.sentence_line.value = html.escape(f"{self.sentence} {self.player.note}")


def checked_values(dials, given):
    """Return the given values as floats; each must have a dial."""
    for name, value in given.items():
        if name not in dials:
            raise ValueError(
                f"there is no slider {name!r} for {value!r}; there are {', '.join(dials)}"
            )
    return {name: one_number(dials[name].parameter, value) for name, value in given.items()}


def _remark(slow):
    """Say what Python runs for one setting at a time."""
    if not slow:
        return ""
    return (
        f"{' and '.join(slow)} does not work on arrays of settings, so Python runs it for one "
        "setting at a time, and the picture follows more slowly."
    )
