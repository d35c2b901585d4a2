"""Take what a reader passes, or say in a ValueError what is wrong with it and what is allowed."""

import numpy as np


def real_numbers(name, values):
    """Return values as an array of floats; a ValueError says where they are no real numbers."""
    try:
        array = np.asarray(values)
    except ValueError:  # lists of different lengths
        array = np.array(None)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must hold real numbers only, not {values!r}")
    return array.astype(float, copy=False)


def finite_numbers(name, values):
    """Return values as an array of floats; a ValueError says where they are not finite."""
    array = real_numbers(name, values)
    finite = np.isfinite(array)
    if not finite.all():
        raise ValueError(f"{name} must hold finite numbers only, not {array[~finite].flat[0]}")
    return array


def common_shape(shapes):
    """Return the shape to which all shapes broadcast; shapes is a dict of name to shape."""
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"these shapes do not broadcast to one: {listed}") from None


def whole_number(name, value):
    """Return a whole number, 0 or above, or raise a ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ValueError(f"{name} must be a whole number, 0 or above, not {value!r}")
    return int(value)


def name_of(function):
    """Return what a function is called."""
    return getattr(function, "__name__", type(function).__name__)
