"""Charts: curves over iterations, paths and stems for anything that depends on a few dials.

What a function computes for all positions of the dials travels to the browser once. Then dials,
scrubber and animation only choose what is drawn, as in the explorer.
"""

from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from math import floor, log10, prod

import numpy as np

from .arguments import positive_number, real_numbers, whole_number
from .atlas import RUNS_IN_A_PIECE, Atlas
from .board import Board
from .dials import Dial
from .figures import COLOURS, DASHES, Line, label_axes, log_axis, mark_value
from .packing import Channel, pack
from .scenes import atlas_of, drawn_together, parameter_of, still
from .words import said_by, text_of

STEMS = ("bars", "past")
MOST_RUNS = 5000


@dataclass(frozen=True)
class Series:
    """One line of a panel.

    ``show`` names what compute returns for it; in a plane it is a pair, across and up. ``told``
    says whether its number belongs into the sentence above the pictures, ``marked`` whether it has
    a marker at the present row: no for what is only a limit. ``colour`` and ``dashes`` are those of
    the place in the panel, unless given.
    """

    show: str | tuple
    label: str
    told: bool = True
    colour: str | None = None
    dashes: tuple | None = None
    width: float = 2.0
    marked: bool = True


@dataclass(frozen=True)
class Panel:
    """One picture of a chart.

    Attributes
    ----------
    name : a word, different for each panel of a chart
    title, x, y : what stands above, below and beside it
    xlim, ylim : the window, the same for all settings
    lines : tuple of Series
    log : True for a logarithmic axis y
    over : "iteration" draws a line over the rows up to the scrubber; "plane" a path up to the
        scrubber; "bars" stems from zero at 0, 1, 2 ...; "past" stems at the age of a row, seen
        from the scrubber
    marks : values where a dotted line is drawn, with its number
    still : function of the matplotlib axes that draws what else does not move
    xticks : names at 0, 1, 2 ...
    key : what stands above to the right
    """

    name: str
    title: str
    xlim: tuple
    ylim: tuple
    lines: tuple
    x: str = "iteration"
    y: str = ""
    log: bool = False
    over: str = "iteration"
    marks: tuple = ()
    still: object = None
    xticks: tuple | None = None
    key: str = ""

    def draw(self, ax):
        """Draw what does not move."""
        if self.log:
            log_axis(ax, self.ylim, self.xlim)
        else:
            ax.set(xlim=self.xlim, ylim=self.ylim)
            ax.grid(color="#dddddd", linewidth=0.6)
        ax.set_axisbelow(True)
        for value in self.marks:
            mark_value(ax, value)
        if self.still:
            self.still(ax)
        label_axes(ax, self.title, self.x, self.y, self.key)
        if self.xticks:
            ax.set_xticks(range(len(self.xticks)), self.xticks)

    def styled(self):
        """Return the lines of the panel as Line, with their colours."""
        lines = []
        for number, series in enumerate(self.lines):
            across, show = series.show if isinstance(series.show, tuple) else ("", series.show)
            colour = series.colour or COLOURS[number % len(COLOURS)]
            dashes = DASHES[number % len(DASHES)] if series.dashes is None else series.dashes
            if self.over in STEMS:
                dashes = ()
            width = series.width * (2 if self.over in STEMS else 1)
            looks = colour, dashes, width, across
            lines.append(Line(self.channel(show), series.label, *looks, marked=series.marked))
        return lines

    def channel(self, show):
        """Return the name of the channel: the logarithm of a series is one of its own."""
        return f"log {show}" if self.log else show


class Chart(Board):
    """Dials, a player and panels for what a function computes.

    Parameters
    ----------
    compute : function of the dials by name, one float each, that returns a dict of name to an
        array over the rows; "says" in it may be a sentence about the setting. None where ``many``
        does it.
    dials : tuple of Dial, see ``dial``
    panels : tuple of Panel
    title : the first words of the sentence that is stored with the picture
    n_steps : the scrubber goes from row 0 to row n_steps
    rows : names of the rows, n_steps + 1 of them
    units : dict of name to resolution on a linear axis, 1 / a whole number; by default the finest
        one that leaves room for three times the window
    many : function of the dials by name, one array of k numbers each, that returns arrays
        (rows, k) and "says" as a list: the same as compute, faster
    word : what a row is called, by default "iteration", or "step" where rows have names
    start : the row to begin with, by default the last

    Raises
    ------
    ValueError : for a wrong argument, naming it, its value and what is allowed; where compute
        leaves out what a panel shows, or there are too many settings
    """

    def __init__(
        self,
        compute,
        dials,
        panels,
        *,
        title="Chart",
        n_steps=200,
        rows=None,
        units=None,
        many=None,
        word=None,
        start=None,
    ):
        _check_functions(compute, many)
        _check_tuple("dials", dials, Dial, 'dials with different names, such as dial("lr")')
        _check_tuple("panels", panels, Panel, "panels with different names")
        _check_texts(title, n_steps, rows, word)
        _check_units(units)
        if start is not None and whole_number("start", start) > n_steps:
            raise ValueError(f"start must be at most n_steps = {n_steps}, not {start}")
        self.compute = compute or partial(_first_of_many, many)
        self.panels, self.title, self.rows = tuple(panels), title, rows
        self.word = word or ("step" if rows else "iteration")
        dials = {each.name: each for each in dials}
        first = {name: each.first for name, each in dials.items()}
        self._computed = None, None
        source = _Computed(self, dials, units or {}, many)
        scene = self._scene(source, dials, first, n_steps)
        scene["start"] = n_steps if start is None else start
        super().__init__(dials, first, [source], scene)

    @property
    def numbers(self):
        """What compute returns for the values on screen, computed when it is read."""
        if self._computed[0] != self.values:
            self._computed = self.values, self.compute(**self.values)
        return self._computed[1]

    @property
    def sentence(self):
        """What the picture shows, in words: the alternative text."""
        values = ", ".join(f"{name} = {text_of(value)}" for name, value in self.values.items())
        at = self.player.iteration
        row = f"{self.word} {at}" + (f", {self.rows[at]}" if self.rows else "")
        numbers, error = self._numbers_or_error()
        told = error or ", ".join(
            filter(None, (_told(each, numbers, at) for each in self.sources[0].told))
        )
        told = told[:1].upper() + told[1:]
        parts = [f"{self.title}, {values}, {row}", told, numbers.get("says", "")]
        return " ".join(part.removesuffix(".") + "." for part in parts if part)

    def _numbers_or_error(self):
        """Return the numbers and None, or no numbers and what went wrong, in words."""
        try:
            return self.numbers, None
        except Exception as error:
            return {}, _explained(error)

    def png(self):
        """Return the present picture as PNG bytes, drawn by matplotlib."""
        return drawn_together(self.panels, self._draw)

    def _draw(self, panel, ax):
        panel.draw(ax)
        numbers, error = self._numbers_or_error()
        at, artists = self.player.iteration, []
        for line in panel.styled() if error is None else ():
            y = np.asarray(numbers[_series(line.show)], float)
            style = {"color": line.colour, "linewidth": line.width, "label": line.label}
            if panel.over in STEMS:
                x = at - np.arange(len(y)) if panel.over == "past" else np.arange(len(y))
                seen = x >= 0
                artists.append(ax.vlines(x[seen], max(0, panel.ylim[0]), y[seen], **style))
                continue
            x = np.arange(len(y)) if panel.over == "iteration" else numbers[line.across]
            dashes = (0, line.dashes) if line.dashes else "-"
            artists += ax.plot(x, y, linestyle=dashes, **style)
            if at < len(y) and line.marked:
                ax.plot(x[at], y[at], "o", color=line.colour, markeredgecolor="white")
        if len(artists) > 1:
            ax.legend(handles=artists, fontsize=7, framealpha=0.85)

    def _scene(self, source, dials, first, n_steps):
        return {
            "panels": [_still(panel) for panel in self.panels],
            "parameters": [parameter_of(each) for each in dials.values()],
            "paths": [
                {"name": self.title, "told": source.told, "says": source.says}
                | atlas_of(source.atlas)
            ],
            "n_steps": n_steps,
            "first": first,
            "rows": self.rows,
            "word": self.word,
            "lines": 3 if self.rows else 2,
        } | ({"speed": 1} if self.rows else {})


def _still(panel):
    over = "theta" if panel.over == "plane" else panel.over
    return still(panel.draw) | {
        "name": panel.name,
        "over": over,
        "description": f"{panel.title}: {', '.join(each.label for each in panel.lines)}.",
        "gone": "A value is outside this window.",
        "absent": "",
        "title": panel.title,
        "names": [panel.x, panel.y],
        "ticks": panel.xticks,
        "lines": [asdict(line) | {"path": 0} for line in panel.styled()],
    }


class _Computed:
    """What compute returns for all positions, as an atlas."""

    def __init__(self, chart, dials, units, many):
        self.chart, self.label = chart, chart.title
        first = chart.compute(**{name: each.first for name, each in dials.items()})
        windows = {}
        for panel in chart.panels:
            for line in panel.styled():
                for name, window in ((line.across, panel.xlim), (line.show, panel.ylim)):
                    if name:
                        windows.setdefault(name, window)
        missing = dict.fromkeys(name for name in map(_series, windows) if name not in first)
        if missing:
            raise ValueError(f"compute must return {', '.join(missing)}, too")
        self.channels = [
            _channel(name, window, units.get(name), len(np.asarray(first[_series(name)])))
            for name, window in windows.items()
        ]
        told = {}
        for panel in (panel for panel in chart.panels if panel.over not in STEMS):
            for series, line in zip(panel.lines, panel.styled(), strict=True):
                if series.told:
                    told.setdefault(series.label, {"show": line.show, "log": panel.log})
        limits = {
            channel.name: {"low": channel.low * channel.unit, "high": channel.high * channel.unit}
            for channel in self.channels
        }
        self.told = [{"label": name} | each | limits[each["show"]] for name, each in told.items()]
        self.atlas, self.says = self._build(dials, many)

    def own(self, values):
        """Return the values of all dials."""
        return values

    def exact(self, values):
        """Return one setting, packed for the browser, or what went wrong in words."""
        names = {_series(channel.name) for channel in self.channels}
        try:
            numbers = self.chart.compute(**values)
            codes = self._codes({name: np.asarray(numbers[name])[:, None] for name in names})
        except Exception as error:
            return {"error": _explained(error)}
        told = {"says": numbers["says"]} if "says" in numbers else {}
        channels = [asdict(each) for each in self.channels]
        return {"channels": channels, "piece": pack(codes, self.channels)} | told

    def _codes(self, numbers):
        return [
            channel.encode(_values(channel.name, numbers[_series(channel.name)])).T
            for channel in self.channels
        ]

    def _build(self, dials, many):
        positions = {name: each.positions for name, each in dials.items()}
        runs = prod(map(len, positions.values()))
        if runs > MOST_RUNS:
            raise ValueError(f"dials must have at most {MOST_RUNS} settings together, not {runs}")
        compute = many or partial(_one_by_one, self.chart.compute)
        settings = np.array(list(product(*positions.values())))
        pieces, says = [], []
        for first in range(0, runs, RUNS_IN_A_PIECE):
            part = settings[first : first + RUNS_IN_A_PIECE]
            numbers = compute(**dict(zip(positions, part.T, strict=True)))
            pieces.append(pack(self._codes(numbers), self.channels))
            says += numbers.get("says", [])
        n_steps = max(channel.rows for channel in self.channels) - 1
        return Atlas(positions, tuple(self.channels), n_steps, tuple(pieces)), says or None


def _check_functions(compute, many):
    if many is not None and not callable(many):
        raise ValueError(f"many must be a function of the dials or None, not {many!r}")
    if not callable(compute) and (compute is not None or many is None):
        raise ValueError(
            f"compute must be a function of the dials, or None beside many, not {compute!r}"
        )


def _check_tuple(argument, given, kind, what):
    good = isinstance(given, (tuple, list)) and all(isinstance(each, kind) for each in given)
    if not good or not 0 < len(given) == len({each.name for each in given}):
        raise ValueError(f"{argument} must be a tuple of {what}, not {given!r}")


def _check_texts(title, n_steps, rows, word):
    whole_number("n_steps", n_steps)
    if not isinstance(title, str):
        raise ValueError(f"title must be a text, not {title!r}")
    if word is not None and not isinstance(word, str):
        raise ValueError(f"word must be a text or None, not {word!r}")
    texts = isinstance(rows, (tuple, list)) and all(isinstance(each, str) for each in rows)
    if rows is not None and not (texts and len(rows) == n_steps + 1):
        raise ValueError(f"rows must be {n_steps + 1} texts or None, not {rows!r}")


def _check_units(units):
    if units is not None and not isinstance(units, dict):
        raise ValueError(f"units must be a dict of name to number or None, not {units!r}")
    for name, unit in (units or {}).items():
        positive_number(f"units of {name}", unit)


def _first_of_many(many, **values):
    numbers = many(**{name: np.array([value]) for name, value in values.items()})
    return {
        name: each[0] if name == "says" else np.asarray(each)[..., 0]
        for name, each in numbers.items()
    }


def _one_by_one(compute, **columns):
    settings = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    answers = [compute(**{name: float(value) for name, value in each.items()}) for each in settings]
    return {
        name: [answer[name] for answer in answers]
        if name == "says"
        else np.stack([np.asarray(answer[name]) for answer in answers], axis=-1)
        for name in answers[0]
    }


def _series(channel):
    """Return the name of what compute returns for a channel."""
    return channel.removeprefix("log ")


def _channel(name, window, unit, rows):
    if name.startswith("log "):
        unit = 0.001
    elif unit is None:
        widest = max(abs(float(end)) for end in window) or 1.0
        unit = min(1.0, 10.0 ** -min(6, floor(log10(32766 / (3 * widest)))))
    return Channel(name, unit, -32766, 32766, rows)


def _values(channel, values):
    values = real_numbers(f"what compute returns for {_series(channel)}", values)
    if not channel.startswith("log "):
        return values
    with np.errstate(all="ignore"):
        return np.log10(np.maximum(values, 0))


def _told(told, numbers, at):
    """Return label and number of a series at a row, as the player says them; "" before it begins.

    What lies beyond the range of a channel is told as that: the browser knows no more.
    """
    values = np.asarray(numbers[_series(told["show"])], float)
    if at >= len(values) or np.isnan(values[: at + 1]).all():
        return ""
    low, high = (10.0**end if told["log"] else end for end in (told["low"], told["high"]))
    value, digits = values[at], 2 if told["log"] else 3
    if np.isnan(value):
        return f"{told['label']} not finite"
    beyond = "above " if value > high else "below " if value < low else ""
    rounded = float(f"{min(max(value, low), high):.{digits}g}") + 0.0
    return f"{told['label']} {beyond}{text_of(rounded)}"


def _explained(error):
    return f"cannot be computed for these values. {type(error).__name__}: {said_by(error)}"
