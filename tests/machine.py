"""Print the bits of some runs as digests: what must be the same on every machine."""

import hashlib
import json

import numpy as np

from rmsprop_lesson.optimizers import gradient_descent
from rmsprop_lesson.problems import linear_regression, quadratic_bowl
from rmsprop_lesson.trajectory import run


def digest(*arrays):
    """Return the SHA-256 of the bits of some arrays of floats, in a fixed order of bytes."""
    digested = hashlib.sha256()
    for array in arrays:
        digested.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return digested.hexdigest()


def digests():
    """Return a digest for every kind of run."""
    problem = linear_regression()
    one, many = run(problem), run(problem, n_steps=200, lr=np.geomspace(1e-3, 1, 101).round(6))
    bowls = run(quadratic_bowl, n_steps=200, condition=[[3.0], [1e3]], angle=[0, 15.0, 77], lr=0.4)
    descent = run(problem, gradient_descent, lr=0.3)
    return {
        "data": digest(problem.X, problem.y, problem.start),
        "quadratic": digest(problem.hessian, problem.c, problem.optimum, problem.minimum),
        "one run": digest(one.theta, one.loss, one.gradient, one.effective_lr),
        "101 runs": digest(many.theta, many.loss, many.effective_lr),
        "bowls": digest(bowls.theta, bowls.loss),
        "gradient descent": digest(descent.theta, descent.loss),
    }


if __name__ == "__main__":
    print(json.dumps(digests()))
