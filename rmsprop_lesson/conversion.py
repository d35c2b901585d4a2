"""convert(): the call of another program that does what lr, beta and epsilon do in this one.

The names and formulas are those of PyTorch 2.13.0, Keras 3.15.1 and Optax 0.2.8.
"""

from dataclasses import dataclass
from math import sqrt

from .optimizers import HYPERPARAMETERS

SMALLEST, LARGEST = 1e-150, 1e150  # the epsilons whose square a float can hold
SMALLEST_SINGLE = 2.0**-126  # below, float32 loses digits, or holds 0 instead


@dataclass(frozen=True)
class Program:
    """How a program names lr, beta and epsilon, what their defaults are, where epsilon stands.

    ``places`` are those that it offers, "inside" or "outside" the root, its default first.
    """

    call: str
    places: tuple
    defaults: dict


PROGRAMS = {
    "lesson": Program(
        "rmsprop(theta, gradient, moving_average, lr={lr}, beta={beta}, epsilon={epsilon})",
        places=("inside",),
        defaults={"lr": 0.1, "beta": 0.9, "epsilon": 1e-8},
    ),
    "PyTorch": Program(
        "torch.optim.RMSprop(model.parameters(), lr={lr}, alpha={beta}, eps={epsilon})",
        places=("outside",),
        defaults={"lr": 0.01, "beta": 0.99, "epsilon": 1e-8},
    ),
    "Keras": Program(
        "keras.optimizers.RMSprop(learning_rate={lr}, rho={beta}, epsilon={epsilon})",
        places=("inside",),
        defaults={"lr": 0.001, "beta": 0.9, "epsilon": 1e-7},
    ),
    "Optax": Program(
        "optax.rmsprop(learning_rate={lr}, decay={beta}, eps={epsilon}{place})",
        places=("inside", "outside"),
        defaults={"beta": 0.9, "epsilon": 1e-8},
    ),
}


@dataclass(frozen=True, repr=False)
class Conversion:
    """A call of another program: its code, whether it does exactly the same, and why not."""

    code: str
    exact: bool
    note: str

    def __repr__(self):
        return f"{self.code}\n{'Exact' if self.exact else 'Not exact'}. {self.note}"


def convert(source, target, *, lr, beta, epsilon):
    """Return the call of the target program that does what the source does with these numbers.

    Inside:  theta <- theta - lr gradient / sqrt(moving_average + epsilon)
    Outside: theta <- theta - lr gradient / (sqrt(moving_average) + epsilon)

    lr and beta keep their value. So does epsilon, where it stands at the same place; Optax has
    both. Otherwise the epsilon outside is the root of the one inside, written with 15 digits: then
    the largest effective learning rate, that of an average of zero, is the same. Momentum,
    centering and bias correction are left out; the average starts at zero.

    Parameters
    ----------
    source, target : "lesson", "PyTorch", "Keras" or "Optax"; as a source, Optax has epsilon
        inside, its default
    lr, beta, epsilon : the numbers of the source: lr above 0, beta from 0 up to, but not
        including, 1, epsilon 0 or above; to be squared it must be 0 or from 1e-150 to 1e150

    Returns
    -------
    Conversion

    Raises
    ------
    ValueError : for another program, or a number that is not allowed
    """
    here, there = _program("source", source), _program("target", target)
    lr, beta, epsilon = (
        _one_number(name, value)
        for name, value in {"lr": lr, "beta": beta, "epsilon": epsilon}.items()
    )
    old = here.places[0]
    new = old if old in there.places else there.places[0]
    carried = epsilon if new == old else _carried(epsilon, new)
    code = there.call.format(
        lr=lr, beta=beta, epsilon=carried, place="" if new == there.places[0] else _OPTAX_OUTSIDE
    )
    exact = new == old or epsilon == 0
    said = "this lesson" if target == "lesson" else target
    note = _SAME if exact else _NOTES[new].format(target=said, carried=carried, epsilon=epsilon)
    if epsilon == 0:
        note = f"{note} {_ZERO}"
    elif target != "lesson" and carried < SMALLEST_SINGLE:
        note = f"{note} {_TINY}"
    return Conversion(code, exact, note)


_OPTAX_OUTSIDE = ", eps_in_sqrt=False"
_SAME = "Both follow the same formula from an average of 0."
_ZERO = (
    "With epsilon = 0, where every gradient so far was 0, the lesson's rule stays where it is and "
    "the libraries compute 0/0, which is nan."
)
_TINY = (
    "In single precision (float32), the libraries' default, an epsilon below "
    f"{SMALLEST_SINGLE:.2g} may become 0. Where every gradient so far was 0, they then compute "
    "0/0, which is nan."
)
_NOTES = {
    "outside": "Epsilon stands outside the root in {target}, and {carried:g} is the root of "
    "{epsilon:g}. Where the average is far below {epsilon:g}, or far above it, both take nearly "
    "the same steps. Between, those of {target} are shorter, by 29 % where the average is "
    "{epsilon:g} and by less elsewhere.",
    "inside": "Epsilon stands inside the root in {target}, and {carried:g} is the square of "
    "{epsilon:g}. Where the average is far below {carried:g}, or far above it, both take nearly "
    "the same steps. Between, those of {target} are longer, by 41 % where the average is "
    "{carried:g} and by less elsewhere.",
}


def _program(role, name):
    """Return the program with this name."""
    if not isinstance(name, str) or name not in PROGRAMS:
        known = ", ".join(f'"{each}"' for each in PROGRAMS)
        raise ValueError(f"{role} must be one of {known}, not {name!r}")
    return PROGRAMS[name]


def _one_number(name, value):
    """Return a hyperparameter as one float."""
    number = HYPERPARAMETERS[name].check(value)
    if not isinstance(number, float):
        raise ValueError(f"{name} must be one number, not {value!r}")
    return number + 0.0  # no -0.0


def _carried(epsilon, place):
    """Return the epsilon for the other place, without the digits that are rounding."""
    other = sqrt(epsilon) if place == "outside" else _square(epsilon)
    return float(f"{other:.15g}")


def _square(epsilon):
    """Return the square of an epsilon, where a float can hold it."""
    if epsilon and not SMALLEST <= epsilon <= LARGEST:
        raise ValueError(
            f"epsilon must be 0, or a number from {SMALLEST:g} to {LARGEST:g}, not {epsilon}"
        )
    return epsilon * epsilon
