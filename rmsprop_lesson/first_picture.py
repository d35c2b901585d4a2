"""Compute the lesson's first picture before anybody asks for it, and keep it.

``python -m rmsprop_lesson.first_picture``, as Binder does and as a hub's administrator may.
"""

from .explorer import Explorer
from .keeping import folder
from .problems import linear_regression


def compute():
    """Return the folder in which the first picture is now kept, or None where nothing is."""
    Explorer(linear_regression(seed=0)).png()
    return folder()


if __name__ == "__main__":
    print(f"The first picture is kept in {compute()}.")
