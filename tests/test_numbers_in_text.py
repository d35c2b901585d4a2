"""Every number that a notebook's text says is one that its cells show or set."""

import ast
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from notebook_checks import NOTEBOOKS

NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?|\.\d+)(e[+-]?\d+)?(?!\w)")
SHOWN = re.compile(r"(?<![\w.])(\d+\.?\d*|\.\d+)(e[+-]?\d+)?")

# What is no statement about a run, in any notebook.
NO_STATEMENT = (
    (r"^\*\d+ minutes\*$", "how long the notebook takes"),
    (r"^\|[^|]*\b\d\d_[a-z_]+[^|]*\| \d+ \|", "how long a notebook takes, in the map"),
    (r"\]\([^)]*\)", "the target of a link"),
    (r"^ *\d+\. ", "the number of a point in a list"),
    (r"\b[Ee]xercise \d+", "the number of an exercise"),
    (r"\b[Nn]otebooks? \d\d(?:(?:,| and| to|–) \d\d)*", "the name of a notebook"),
    (r"\b(?:2011|2012|2015|2018|2020|2022)\b", "the year of a source"),
    (r"(?<![\w.])1 ?[−-] ?(?:beta|β)", "a part of a formula, such as 1 − beta"),
    (r"(?<=[a-zλ)²])/[12]\b(?![.\d])|(?<![\w.])[12]/(?=[a-zλ√(])", "a factor of a formula: lr/2"),
    (r"\$[^$]*\$", "a formula, as far as `formula` takes it away"),
)

# What else is no statement about a run: the words around a number, and why.
EXCEPTIONS = {
    "00_start_here": {
        "`0.37` or `1e-3`": "values that may be typed",
    },
    "04_fit_the_line": {
        "Keep beta at 0.94 or": "a setting that the reader is asked to keep",
    },
}


def missing(cells, exceptions=()):
    """Return the numbers that the text says and no cell shows or sets, as they are written."""
    known = [number for cell in cells if cell.cell_type == "code" for number in known_from(cell)]
    said = [
        number
        for cell in cells
        if cell.cell_type == "markdown"
        for number in said_in(cell.source, exceptions)
    ]
    return [number for number in said if not any(rounds_to(each, number) for each in known)]


def said_in(text, exceptions=()):
    """Return the numbers that a text says, as they are written."""
    for words in exceptions:
        text = text.replace(words, " ")
    for pattern, _ in NO_STATEMENT:
        text = re.sub(pattern, formula, text, flags=re.MULTILINE)
    return [match[0] for match in NUMBER.finditer(text)]


def formula(match):
    """Leave of a formula the numbers that state something: those from 3 on, and all decimals."""
    if not match[0].startswith("$"):
        return " "
    source = re.sub(r"(?:([\d.]+) *\\cdot *)?10\^\{?(-?\d+)\}?", power_of_ten, match[0])
    return " ".join(each[0] for each in NUMBER.finditer(source) if each[0] not in "012")


def power_of_ten(match):
    return f" {match[1] or 1}e{match[2]} "


def known_from(cell):
    """Return the numbers that a cell sets and shows; a question's choices show nothing."""
    nodes = list(ast.walk(ast.parse(cell.source)))
    yield from (
        abs(node.value)
        for node in nodes
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
    )
    if any(isinstance(node, ast.Name) and node.id == "predict" for node in nodes):
        return
    for output in cell.outputs:
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        yield from (float(match[0]) for match in SHOWN.finditer(text.replace("−", "-")))


def rounds_to(shown, said):
    """Tell whether a number that is shown rounds to the one that is said; signs do not count."""
    if re.fullmatch(r"\d", said):
        return shown == float(said)  # nearly every number has a neighbour that rounds to 3
    mantissa, _, power = said.partition("e")
    last_digit = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
    return abs(shown - float(said)) <= last_digit * (0.5 + 1e-9)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


def test_every_number_in_the_text_is_one_that_a_cell_shows_or_sets(path):
    cells = nbformat.read(path, 4).cells
    assert missing(cells, EXCEPTIONS.get(path.stem, ())) == []


def test_no_exception_is_left_that_nothing_needs(path):
    cells = nbformat.read(path, 4).cells
    exceptions = EXCEPTIONS.get(path.stem, {})
    for words in exceptions:
        rest = [each for each in exceptions if each != words]
        assert missing(cells, rest) != missing(cells, exceptions), words


def notebook(text, code="", printed=""):
    """Return the cells of a small notebook: one code cell, what it printed, and a text."""
    output = new_output("stream", text=printed)
    return [new_code_cell(code, outputs=[output]), new_markdown_cell(text)]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("off by 0.14", "0.1414"),
        ("off by 0.05", "[-0.05  0.05]"),
        ("at −0.05", "+0.05"),
        ("at iteration 127.", "127 steps"),
        ("above by 1.7e-12", "1.738e-12"),
        ("above by $1.7 \\cdot 10^{-12}$", "1.738e-12"),
        ("below $10^{-12}$", "1e-12: True"),
        ("the rate is $0.05$", "0.0500"),
        ("turned by 15°", "15"),
        ("two steps become 271, or 3", "2 271 3"),
    ],
)
def test_a_number_that_is_shown_is_found_also_when_it_is_rounded(text, printed):
    assert missing(notebook(text, printed=printed)) == []


@pytest.mark.parametrize(
    ("text", "printed", "wrong"),
    [
        ("off by 0.15", "0.1414", ["0.15"]),
        ("off by 0.142", "0.1414", ["0.142"]),
        ("off by 0.1", "0.2", ["0.1"]),
        ("at 3", "2.9", ["3"]),
        ("at iteration 128", "127", ["128"]),
        ("above by 2e-12", "1.4e-12", ["2e-12"]),
        ("$d = 0.06$", "0.05", ["0.06"]),
        ("$10^{-9}$", "1e-12", ["1e-9"]),
        ("after `127` steps", "", ["127"]),
        ("a gain of 65 %, and of 7-fold", "", ["65", "7"]),
        ("2000 steps", "", ["2000"]),
        ("| lr | off by |\n|---|---|\n| 0.1 | 0.05 |", "0.1", ["0.05"]),
    ],
)
def test_a_number_that_is_not_shown_is_named(text, printed, wrong):
    assert missing(notebook(text, printed=printed)) == wrong


def test_a_setting_in_the_code_may_be_said_and_the_width_of_a_column_may_not():
    cells = notebook("lr = 0.1, and 9", code='lr = 0.1\nprint(f"{lr:9.4f} of 9")')
    assert missing(cells) == ["9"]


def test_the_choices_of_a_question_show_nothing():
    assert missing(notebook("It is 0.05.", 'predict("far")', "about 0.05")) == ["0.05"]


@pytest.mark.parametrize(
    "text",
    [
        "*20 minutes*",
        "1. First.\n 12. Last.",
        "## Exercise 2: three programs",
        "in [04_fit_the_line](04_fit_the_line.ipynb) and notebooks 04 and 05",
        "Duchi et al. 2011",
        "lr/2, lr / √(1 − beta), 1/(1 − β), (lr · λ/2)², and $1 - \\beta^2$",
        "float64, lecture 6e, step_12, x0",
        "| [01_take_one_step](01_take_one_step.ipynb) | 15 | compute one update |",
    ],
)
def test_what_is_no_statement_about_a_run_needs_no_number(text):
    assert missing(notebook(text)) == []


def test_words_that_are_an_exception_excuse_their_own_number_only():
    cells = notebook("Repeat from step 3. It takes 3 steps.")
    assert missing(cells, ["Repeat from step 3"]) == ["3"]
    assert missing(cells) == ["3", "3"]
