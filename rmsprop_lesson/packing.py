"""Trajectories as 16-bit numbers, and those as few bytes.

Numbers are stored as codes in a declared unit. Three codes mark what has no number: below the
range, above it, not finite (NaN).

Packing, for each piece of a few hundred runs: first differences along the iterations; of a
coordinate, its difference to the coordinate before; folded to small positive numbers
(0, -1, 1, -2 ... become 0, 1, 2, 3 ...); low bytes apart from high bytes; deflated.
"""

import zlib
from dataclasses import dataclass
from math import isclose, prod

import numpy as np

from .arguments import finite_numbers

KINDS = ("theta", "excess", "effective_lr")
BELOW, ABOVE, NOT_FINITE = -32767, 32767, -32768


@dataclass(frozen=True)
class Channel:
    """One kind of number in an atlas.

    A code c stands for the value c times unit, where 1 / unit is a whole number. Codes run from
    low to high. ``relative`` says that the packed differences are those to the channel before.
    """

    name: str
    unit: float
    low: int
    high: int
    rows: int
    relative: bool = False

    def __post_init__(self):
        checked_unit(self.unit)

    def encode(self, values):
        """Return 16-bit codes; what is out of range or not finite is marked, never wrapped."""
        with np.errstate(all="ignore"):
            codes = np.rint(values * round(1 / self.unit))
            codes[codes < self.low] = BELOW
            codes[codes > self.high] = ABOVE
            codes[np.isnan(codes)] = NOT_FINITE
            return codes.astype(np.int16)

    def decode(self, codes):
        """Return the values: -inf below the range, inf above it, nan where not finite."""
        values = codes / round(1 / self.unit)
        values = np.where(codes == BELOW, -np.inf, np.where(codes == ABOVE, np.inf, values))
        return np.where(codes == NOT_FINITE, np.nan, values)


def checked_unit(unit):
    """Return the unit of a channel as a float, or raise a ValueError that names it."""
    number = finite_numbers("unit", unit)
    if number.ndim or not 1e-9 <= number <= 1 or not isclose(1 / number, round(1 / number)):
        raise ValueError(f"unit must be 1 / a whole number, such as 0.001, not {unit!r}")
    return float(number)


def encode(path, unit=0.001, show=KINDS):
    """Return the channels of a trajectory of k runs, and their codes, each (k, rows)."""
    kinds = {
        "theta": (path.theta, unit, -32766),
        "excess": (_log10(path.excess), 0.001, -12000),
        "effective_lr": (_log10(path.effective_lr), 0.001, -32766),
    }
    channels, codes = [], []
    for kind in show:
        values, unit_of_kind, low = kinds[kind]
        if values is None:
            continue
        many = values.ndim == path.theta.ndim
        for i in range(values.shape[-1] if many else 1):
            one = values[..., i] if many else values
            name = f"{kind}_{i}" if many else kind
            channel = Channel(name, unit_of_kind, low, 32766, rows=len(one), relative=i > 0)
            channels.append(channel)
            codes.append(channel.encode(one).reshape(len(one), prod(one.shape[1:])).T)
    if not channels:
        raise ValueError(f"show must hold a kind of numbers that the run has, not {show!r}")
    return tuple(channels), codes


def _log10(values):
    """Return log10; what rounding made negative counts as zero."""
    if values is None:
        return None
    with np.errstate(all="ignore"):
        positive = np.maximum(values, 0)
        return np.log10(positive, out=positive)


def pack(codes, channels):
    """Return codes, one array (runs, rows) for each channel, as deflated bytes."""
    streams, before = [], None
    for channel, each in zip(channels, codes, strict=True):
        change = np.diff(np.ascontiguousarray(each), axis=1, prepend=np.int16(0))
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
        change = ((folded >> 1) ^ (0 - (folded & 1))).view(np.int16).reshape(runs, channel.rows)
        before = change + before if channel.relative else change
        codes.append(np.cumsum(before, axis=1, dtype=np.int16))
    return codes
