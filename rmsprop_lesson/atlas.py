"""All trajectories of a grid of hyperparameters: packed once, looked up by value.

An atlas holds, for every combination of slider positions, what the panels show: theta, the
excess loss and the effective learning rates. Numbers are stored as 16-bit codes in a declared
unit. Three codes mark what is not in the range: below it, above it, not finite.

Packing, for each piece of a few hundred runs: first differences along the iterations; of a
coordinate, its difference to the coordinate before; folded to small positive numbers
(0, -1, 1, -2 ... become 0, 1, 2, 3 ...); low bytes apart from high bytes; deflated.
"""

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod

import numpy as np

from .optimizers import rmsprop
from .trajectory import run

BELOW, ABOVE, NOT_FINITE = -32767, 32767, -32768
RUNS_IN_A_PIECE = 1024
_MANTISSAS = (1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2)

POSITIONS = {
    "lr": (*(float(f"{m}e{decade}") for decade in (-3, -2, -1) for m in _MANTISSAS), 1.0),
    "beta": (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99)
    + (0.995, 0.998, 0.999),
    "epsilon": (1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0),
}


@dataclass(frozen=True)
class Channel:
    """One kind of number in an atlas.

    A code c stands for the value c times unit. Codes run from low to high, both in units.
    ``relative`` says that the packed differences are those to the channel before.
    """

    name: str
    unit: float
    low: int
    high: int
    rows: int
    relative: bool = False

    def encode(self, values):
        """Return 16-bit codes; what is out of range or not finite is marked, never wrapped."""
        with np.errstate(all="ignore"):
            codes = np.rint(values * round(1 / self.unit))
            codes = np.where(codes < self.low, BELOW, np.where(codes > self.high, ABOVE, codes))
            return np.where(np.isnan(values), NOT_FINITE, codes).astype(np.int16)

    def decode(self, codes):
        """Return the values: -inf below the range, inf above it, nan where not finite."""
        values = codes / round(1 / self.unit)
        values = np.where(codes == BELOW, -np.inf, np.where(codes == ABOVE, np.inf, values))
        return np.where(codes == NOT_FINITE, np.nan, values)


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
    pieces: tuple

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
        """Return the number of the run with these values, or None where there is none."""
        number = 0
        for name, positions in self.positions.items():
            if values[name] not in positions:
                return None
            number = number * len(positions) + positions.index(values[name])
        return number

    def find(self, **values):
        """Return the run with these values as a dict of channel name to numbers.

        Raises
        ------
        ValueError : where no run has them
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
    show=("theta", "excess", "effective_lr"),
):
    """Run a rule for all combinations of positions and pack the trajectories.

    Parameters
    ----------
    problem, rule, n_steps : as for ``run``
    positions : dict of name to values, for any parameters that ``run`` takes; by default those of
        the sliders for the parameters that the rule has
    unit : float, the unit of theta; log10 of the others has 0.001
    show : which kinds of channels to keep

    Returns
    -------
    Atlas. One of the lesson's own rules is packed once and kept.
    """
    positions = POSITIONS if positions is None else positions
    key = tuple((name, tuple(float(v) for v in values)) for name, values in positions.items())
    own = getattr(rule, "__module__", "").startswith(__package__)
    build = _build_and_keep if own else _build
    return build(problem, rule, key, n_steps, unit, tuple(show))


def _build(problem, rule, positions, n_steps, unit, show):
    names = [name for name, _ in positions]
    grid = np.meshgrid(*(values for _, values in positions), indexing="ij")
    columns = {name: values.ravel() for name, values in zip(names, grid, strict=True)}
    runs = grid[0].size if grid else 1
    pieces = []
    with ThreadPoolExecutor(max_workers=1) as deflating:  # zlib works while the next runs compute
        for first in range(0, runs, RUNS_IN_A_PIECE):
            part = {
                name: values[first : first + RUNS_IN_A_PIECE] for name, values in columns.items()
            }
            channels, codes = encode(run(problem, rule, n_steps, **part), unit, show)
            pieces.append(deflating.submit(pack, codes, channels))
    return Atlas(dict(positions), channels, n_steps, tuple(piece.result() for piece in pieces))


_build_and_keep = lru_cache(maxsize=4)(_build)


def encode(path, unit=0.001, show=("theta", "excess", "effective_lr")):
    """Return the channels of a trajectory of k runs, and their codes, each (k, rows)."""
    kinds = {
        "theta": (path.theta, unit, -32766, 32766),
        "excess": (_log10(path.excess), 0.001, -12000, 32766),
        "effective_lr": (_log10(path.effective_lr), 0.001, -32766, 32766),
    }
    channels, codes = [], []
    for kind in show:
        values, unit_of_kind, low, high = kinds[kind]
        if values is None:
            continue
        many = values.ndim == path.theta.ndim
        for i in range(values.shape[-1] if many else 1):
            one = values[..., i] if many else values
            channel = Channel(
                f"{kind}_{i}" if many else kind, unit_of_kind, low, high, len(one), relative=i > 0
            )
            channels.append(channel)
            codes.append(channel.encode(one).reshape(len(one), -1).T)
    return tuple(channels), codes


def _log10(values):
    if values is None:
        return None
    with np.errstate(all="ignore"):
        return np.log10(values)


def pack(codes, channels):
    """Return codes, one array (runs, rows) for each channel, as deflated bytes."""
    streams, before = [], None
    for channel, each in zip(channels, codes, strict=True):
        change = np.diff(each, axis=1, prepend=np.int16(0))
        folded = change - before if channel.relative else change
        before = change
        folded = ((folded << 1) ^ (folded >> 15)).view(np.uint16)
        streams += [(folded & 255).astype(np.uint8), (folded >> 8).astype(np.uint8)]
    return zlib.compress(b"".join(stream.tobytes() for stream in streams), 6)


def unpack(piece, channels):
    """Return the codes of a packed piece, one array (runs, rows) for each channel."""
    data = np.frombuffer(zlib.decompress(piece), np.uint8)
    runs = data.size // (2 * sum(channel.rows for channel in channels))
    codes, before, at = [], None, 0
    for channel in channels:
        size = runs * channel.rows
        low, high = data[at : at + size], data[at + size : at + 2 * size]
        at += 2 * size
        folded = low.astype(np.uint16) | (high.astype(np.uint16) << 8)
        change = ((folded >> 1) ^ (0 - (folded & 1))).view(np.int16).reshape(runs, -1)
        before = change + before if channel.relative else change
        codes.append(np.cumsum(before, axis=1, dtype=np.int16))
    return codes
