"""Second sources for the tests: the article's program, and the same steps in exact arithmetic."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np


def article_data(seed=0):
    """Return X, y and the first theta as the article draws them."""
    stream = np.random.RandomState(seed)
    X = 2 * stream.rand(100, 1)
    y = 4 + 3 * X + stream.randn(100, 1)
    return X, y, stream.randn(2, 1)


def article_loop(n_steps=1000, lr=0.1, beta=0.9, epsilon=1e-8):
    """Return theta of every iteration, (n_steps + 1, 2), from the article's own plain loop."""
    X, y, theta = article_data()
    with_ones = np.c_[np.ones((100, 1)), X]
    moving_average = np.zeros((2, 1))
    path = [theta.ravel()]
    for _ in range(n_steps):
        gradient = 2 / 100 * with_ones.T.dot(with_ones.dot(theta) - y)
        moving_average = beta * moving_average + (1 - beta) * gradient**2
        theta = theta - lr * gradient / np.sqrt(moving_average + epsilon)
        path.append(theta.ravel())
    return np.array(path)


def exact_normal_equations(X, y):
    """Return the Hessian and c of the mean squared error as fractions, without any rounding."""
    X = [Fraction(float(x)) for x in X.ravel()]
    y = [Fraction(float(each)) for each in y.ravel()]
    m = len(X)
    sum_x, sum_xx = sum(X), sum(x * x for x in X)
    sum_y, sum_xy = sum(y), sum(a * b for a, b in zip(X, y, strict=True))
    hessian = [[Fraction(2), 2 * sum_x / m], [2 * sum_x / m, 2 * sum_xx / m]]
    return hessian, [2 * sum_y / m, 2 * sum_xy / m]


def exact_optimum(X, y):
    """Return the least-squares intercept and slope as fractions."""
    ((a, b), (_, d)), (p, q) = exact_normal_equations(X, y)
    return [(p * d - b * q) / (a * d - b * b), (a * q - b * p) / (a * d - b * b)]


def exact_loop(X, y, start, n_steps, lr="0.1", beta="0.9", epsilon="1e-8", digits=80):
    """Return theta of every iteration as lists of Decimals with so many digits."""
    with localcontext() as context:
        context.prec = digits
        hessian, c = exact_normal_equations(X, y)
        hessian = [[_decimal(each) for each in row] for row in hessian]
        c = [_decimal(each) for each in c]
        theta = [Decimal(float(each)) for each in start]
        lr, beta, epsilon = Decimal(lr), Decimal(beta), Decimal(epsilon)
        average, path = [Decimal(0)] * 2, [theta]
        for _ in range(n_steps):
            gradient = [
                row[0] * theta[0] + row[1] * theta[1] - each
                for row, each in zip(hessian, c, strict=True)
            ]
            average = [
                beta * v + (1 - beta) * g * g for v, g in zip(average, gradient, strict=True)
            ]
            theta = [
                t - lr * g / (v + epsilon).sqrt()
                for t, g, v in zip(theta, gradient, average, strict=True)
            ]
            path.append(theta)
        return path


def _decimal(fraction):
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)
