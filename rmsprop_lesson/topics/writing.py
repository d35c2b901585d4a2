"""What notebook 03_write_rmsprop asks: the rule in two lines."""

import numpy as np

from ..library_numbers import OPTAX
from ..predictions import Question
from ..problems import linear_regression
from ..trajectory import run


def _difference_from_a_library():
    path = run(linear_regression(), n_steps=max(OPTAX), lr=0.1, beta=0.9, epsilon=1e-8)
    largest = max(abs(path.theta[step] - theta).max() for step, theta in OPTAX.items())
    right = next(choice for choice, size in _SIZES.items() if largest < size)
    return right, f"the largest difference is below {_SIZES[right]:g}."


_SIZES = {"less than 1e-12": 1e-12, "about 0.000001": 1e-5, "about 0.01": np.inf}

QUESTIONS = {
    "library": Question(
        text="The two lines above and a library's program take 100 steps on the data of the "
        "explorer above, both in double precision (float64). How far apart are their parameters "
        "at most?",
        choices={
            "about 0.01": "Then the library would follow another formula: it would do more than "
            "the two lines.",
            "about 0.000001": "Then one of them would compute in single precision (float32).",
            "less than 1e-12": "That is rounding. The library does the same as the two lines.",
        },
        measure=_difference_from_a_library,
    ),
}
TASKS = {}
