"""All trajectories of a grid of hyperparameters: packed once, looked up by value.

An atlas holds, for every combination of slider positions, what the panels show: theta, the
excess loss and the effective learning rates, as packing.py writes them.
"""

import sys
from base64 import b64decode
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache, partial
from math import prod
from types import MappingProxyType

import numpy as np

from . import optimizers
from .arguments import MOST, finite_number, finite_numbers, name_of, whole_number
from .binding import parameters_of
from .dials import POSITIONS
from .keeping import kept, to_text
from .optimizers import rmsprop
from .packing import KINDS, Channel, checked_unit, encode, pack, unpack
from .problems import LinearRegression, Quadratic, quadratic_bowl
from .trajectory import run

RUNS_IN_A_PIECE = 1024


@dataclass(frozen=True, eq=False)
class Atlas:
    """The packed trajectories of all combinations of positions.

    Attributes
    ----------
    positions : dict of name to tuple of values; the last name varies fastest
    channels : tuple of Channel
    n_steps : int
    pieces : tuple of bytes, each with up to RUNS_IN_A_PIECE runs
    """

    positions: dict
    channels: tuple
    n_steps: int
    pieces: tuple = field(repr=False)

    @property
    def runs(self):
        """How many runs it holds."""
        return prod(len(values) for values in self.positions.values())

    @property
    def nbytes(self):
        """How many bytes it weighs on the wire."""
        return sum(len(piece) for piece in self.pieces)

    @cached_property
    def codes(self):
        """The unpacked codes: one array (runs, rows) for each channel."""
        pieces = [unpack(piece, self.channels) for piece in self.pieces]
        return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]

    def index(self, **values):
        """Return the number of the run with these values, or None where there is none.

        Raises
        ------
        ValueError : where a value is missing, or too much
        """
        if set(values) != set(self.positions):
            wanted, given = ", ".join(self.positions), ", ".join(values) or "nothing"
            raise ValueError(f"values must name {wanted}, not {given}")
        number = 0
        for name, positions in self.positions.items():
            if np.ndim(values[name]):
                raise ValueError(f"{name} must be one number, not {values[name]!r}")
            if values[name] not in positions:
                return None
            number = number * len(positions) + positions.index(values[name])
        return number

    def find(self, **values):
        """Return the run with these values as a dict of channel name to numbers.

        Raises
        ------
        ValueError : where no run has them, or a value is missing, or too much
        """
        number = self.index(**values)
        if number is None:
            raise ValueError(f"the atlas has no run with {values}")
        channels = zip(self.channels, self.codes, strict=True)
        return {channel.name: channel.decode(codes[number]) for channel, codes in channels}


def build_atlas(
    problem,
    rule=rmsprop,
    positions=None,
    n_steps=200,
    *,
    unit=0.001,
    show=KINDS,
    fixed=MappingProxyType({}),
):
    """Run a rule for all combinations of positions and pack the trajectories.

    Parameters
    ----------
    problem, rule, n_steps : as for ``run``
    positions : dict of name to values, for any parameters that ``run`` takes; by default those of
        the sliders for the parameters that the rule has
    unit : float, the unit of theta; log10 of the others has 0.001
    show : which kinds of channels to keep
    fixed : dict of name to the value of a parameter that all runs share

    Returns
    -------
    Atlas. Of the lesson's own problems and rules it is built once and kept; what a reader wrote
    may change, so it is built anew.

    Raises
    ------
    ValueError : for what ``run`` refuses, positions that are no lists of numbers, a wrong unit or
        kind, and a reader's rule or problem that does not treat every run as if it were alone
    """
    n_steps = whole_number("n_steps", n_steps)
    if not isinstance(show, (tuple, list)) or not show or any(each not in KINDS for each in show):
        raise ValueError(f"show must hold some of {', '.join(KINDS)}, not {show!r}")
    if not isinstance(fixed, Mapping):
        raise ValueError(f"fixed must be a dict of name to value, not {fixed!r}")
    fixed = {name: finite_number(f"fixed {name}", value) for name, value in fixed.items()}
    positions = _checked_positions(problem, rule, positions)
    build = _build_and_keep if _is_our_own(problem, rule) else _build_and_compare
    unit, fixed = checked_unit(unit), tuple(fixed.items())
    return build(problem, rule, positions, n_steps, unit, tuple(show), fixed)


def _checked_positions(problem, rule, positions):
    known = parameters_of(problem, rule)
    if positions is None:
        positions = {name: POSITIONS[name] for name in known if name in POSITIONS}
    if not isinstance(positions, dict):
        raise ValueError(f"positions must be a dict of name to values, not {positions!r}")
    for name, values in positions.items():
        if name not in known:
            raise ValueError(f"positions must be of {', '.join(known)}, not of {name!r}")
        if finite_numbers(name, values).ndim != 1 or len(values) == 0:
            raise ValueError(f"positions of {name} must be a list of numbers, not {values!r}")
    runs = prod(len(values) for values in positions.values())
    if runs > MOST:
        raise ValueError(f"positions must give at most {MOST} runs, not {runs}")
    return tuple((name, tuple(map(float, values))) for name, values in positions.items())


def _is_our_own(problem, rule):
    known = type(problem) in (Quadratic, LinearRegression) or problem is quadratic_bowl
    return known and any(rule is each for each in vars(optimizers).values())


def _build(problem, rule, positions, n_steps, unit, show, fixed, compared=False):
    """Return the atlas; ``compared`` has some of its runs set against the same runs alone."""
    names = [name for name, _ in positions]
    grid = np.meshgrid(*(values for _, values in positions), indexing="ij")
    columns = {name: values.ravel() for name, values in zip(names, grid, strict=True)}
    runs = prod(len(values) for _, values in positions)
    looked_at = _spot_checks(runs) if compared else set()
    pieces = []
    with ThreadPoolExecutor(max_workers=1) as deflating:  # zlib works while the next runs compute
        submit = _at_once if sys.platform == "emscripten" else deflating.submit
        for first in range(0, runs, RUNS_IN_A_PIECE):
            part = slice(first, min(first + RUNS_IN_A_PIECE, runs))
            values = {name: column[part] for name, column in columns.items()} | dict(fixed)
            channels, codes = encode(run(problem, rule, n_steps, **values), unit, show)
            for number in looked_at.intersection(range(runs)[part]):
                values = {name: float(column[number]) for name, column in columns.items()}
                alone = encode(run(problem, rule, n_steps, **values, **dict(fixed)), unit, show)[1]
                _check_equal(rule, values, [each[number - first] for each in codes], alone)
            pieces.append(submit(pack, codes, channels))
    return Atlas(dict(positions), channels, n_steps, tuple(piece.result() for piece in pieces))


def _at_once(function, *arguments):
    """Do what ``Executor.submit`` does without a thread: Python in a browser can start none."""
    done = Future()
    done.set_result(function(*arguments))
    return done


def _spot_checks(runs):
    """Return the first and last run of every piece, and some more: numbers of runs."""
    firsts = range(0, runs, RUNS_IN_A_PIECE)
    lasts = (min(first + RUNS_IN_A_PIECE, runs) - 1 for first in firsts)
    return {*firsts, *lasts, *range(0, runs, max(1, runs // 7))}


def _written(atlas):
    return {
        "positions": list(atlas.positions.items()),
        "channels": [asdict(channel) for channel in atlas.channels],
        "n_steps": atlas.n_steps,
        "pieces": [to_text(piece) for piece in atlas.pieces],
    }


def _read(told):
    positions = {name: tuple(values) for name, values in told["positions"]}
    channels = tuple(Channel(**each) for each in told["channels"])
    return Atlas(positions, channels, told["n_steps"], tuple(map(b64decode, told["pieces"])))


_build_and_keep = lru_cache(maxsize=4)(kept(write=_written, read=_read)(_build))
_build_and_compare = partial(_build, compared=True)


def _check_equal(rule, values, codes, alone):
    if not all(np.array_equal(many, one[0]) for many, one in zip(codes, alone, strict=True)):
        raise ValueError(
            f"{name_of(rule)} must treat every run as if it were alone, but one of many runs at "
            f"once differs from the single run with {values}"
        )
