"""Take what a reader passes, or say in a ValueError what is wrong with it and what is allowed."""

import inspect
import sys

import numpy as np

MOST = 10_000_000  # iterations and the like: more fill the memory, or take hours


def real_numbers(name, values):
    """Return values as an array of floats; a ValueError says where they are no real numbers."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} must hold no masked numbers; leave them out of {values!r}")
    try:
        array = np.asarray(values)
    except Exception:  # lists of different lengths, or what refuses to become an array
        array = np.array(None)
    if array.dtype == np.float64:
        return array
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must hold real numbers only, not {values!r}")
    with np.errstate(over="ignore"):  # what is beyond the floats becomes inf
        return array.astype(float)


def finite_numbers(name, values):
    """Return values as an array of floats; a ValueError says where they are not finite."""
    array = real_numbers(name, values)
    finite = np.isfinite(array)
    if not finite.all():
        raise ValueError(f"{name} must hold finite numbers only, not {array[~finite].flat[0]}")
    return array


def finite_number(name, value):
    """Return one finite number as a float, or raise a ValueError that names it."""
    number = real_numbers(name, value)
    if number.ndim or not np.isfinite(number):
        raise ValueError(f"{name} must be one finite number, not {value!r}")
    return float(number)


def positive_number(name, value):
    """Return a finite number above 0 as a float, or raise a ValueError that names it."""
    number = real_numbers(name, value)
    if number.ndim or not 0 < number < np.inf:
        raise ValueError(f"{name} must be a finite number above 0, not {value!r}")
    return float(number)


def common_shape(shapes):
    """Return the shape to which all shapes broadcast; shapes is a dict of name to shape."""
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"the shapes must broadcast to one, not {listed}") from None


def is_whole(value):
    """Tell a whole number from a truth value, and from a time, which NumPy counts among them."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.timedelta64))


def whole_number(name, value, lowest=0):
    """Return a whole number from lowest to MOST, or raise a ValueError that names it."""
    if not is_whole(value) or value < lowest:
        raise ValueError(f"{name} must be a whole number, {lowest} or above, not {value!r}")
    if value > MOST:
        raise ValueError(f"{name} must be at most {MOST}, not {value}")
    return int(value)


def checked_seed(seed):
    """Return a seed for NumPy's legacy streams, or raise a ValueError that names it."""
    if not is_whole(seed) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1, not {seed!r}")
    return int(seed)


def name_of(function):
    """Return what a function is called."""
    return getattr(function, "__name__", type(function).__name__)


def signature_of(function):
    """Return the signature of a function, also where its annotations name what is not there."""
    if sys.version_info < (3, 14):
        return inspect.signature(function)
    from annotationlib import Format  # annotations are computed when they are asked for

    return inspect.signature(function, annotation_format=Format.FORWARDREF)
