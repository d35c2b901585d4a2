"""What notebook 04_fit_the_line asks: the article's program on its data."""

import numpy as np

from ..predictions import Question
from ..problems import linear_regression
from ..trajectory import run


def _distance_after_1000_steps():
    problem = linear_regression()
    path = run(problem, n_steps=1000, lr=0.1, beta=0.9, epsilon=1e-8)
    distance = abs(path.theta[-1] - problem.optimum)[0]
    right = min((1e-6, 1e-3, 0.05), key=lambda size: abs(np.log(distance / size)))
    choice = {1e-6: "less than 0.000001", 1e-3: "about 0.001", 0.05: "about 0.05"}[right]
    return choice, f"{distance:.4f}."


QUESTIONS = {
    "distance": Question(
        text="After 1000 iterations, how far is the program's intercept from the best one?",
        choices={
            "less than 0.000001": "Then the program would have converged: its steps would have "
            "become tiny.",
            "about 0.001": "Then it would still be on its way, with small steps left to go.",
            "about 0.05": "This is half the learning rate. So it is the settings that decide how "
            "close the program gets, and not the number of iterations.",
        },
        measure=_distance_after_1000_steps,
    ),
}
TASKS = {}
