"""The teacher's pages: every cell they name exists, every number they say is computed."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import classroom
import nbformat
import numpy as np
import pytest
import sizing

from rmsprop_lesson.figures import stability
from rmsprop_lesson.lesson import QUESTIONS
from rmsprop_lesson.predictions import Question
from rmsprop_lesson.problems import Quadratic, linear_regression
from rmsprop_lesson.stopping import loss_change_below
from rmsprop_lesson.trajectory import run

CLONE = Path(__file__).parents[1]
NOTEBOOKS = {path.stem: path for path in sorted((CLONE / "notebooks").glob("*.ipynb"))}
TEACHING = (CLONE / "TEACHING.md").read_text("utf-8")
GLOSSARY = (CLONE / "GLOSSARY.md").read_text("utf-8")
SOURCES = (CLONE / "SOURCES.md").read_text("utf-8")
ASKED = (CLONE / "teaching/questions.md").read_text("utf-8")
ANSWERED = (CLONE / "teaching/answers.md").read_text("utf-8")


def code_cells(stem):
    """Return the code of each cell, by the number that stands beside it."""
    cells = nbformat.read(NOTEBOOKS[stem], 4).cells
    return {cell.execution_count: cell.source for cell in cells if cell.cell_type == "code"}


def headings(stem):
    """Return the heading above each code cell, by the number that stands beside the cell."""
    heading, above = None, {}
    for cell in nbformat.read(NOTEBOOKS[stem], 4).cells:
        if cell.cell_type == "code":
            above[cell.execution_count] = heading
        else:
            heading = [heading, *re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)][-1]
    return above


def text_of(stem):
    cells = nbformat.read(NOTEBOOKS[stem], 4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def rows(text):
    """Return the cells of the rows of the tables in a text, without their heads."""
    lines = [line.strip().strip("|").split("|") for line in text.splitlines() if "|" in line]
    table = [[cell.strip() for cell in line] for line in lines]
    heads = [i - 1 for i, row in enumerate(table) if set("".join(row)) <= set("-:")]
    return [row for i, row in enumerate(table) if i not in heads and i - 1 not in heads]


def section(text, heading):
    """Return what stands below a heading, to the next one of its level or above."""
    level = heading.split()[0]
    start = text.index(f"{heading}\n") + len(heading)
    end = re.search(rf"^#{{1,{len(level)}}} ", text[start:], re.MULTILINE)
    return text[start : start + end.start()] if end else text[start:]


# ---- routes ----


class Step(NamedTuple):
    minutes: int
    stem: str
    what: str
    cells: list  # of (heading, number, first words)


def steps_of(text):
    """Return the steps of a route: minutes, notebook, what to do, and the cells."""
    found = []
    for step in re.split(r"^\*\*(?=\d+ minutes, )", text, flags=re.MULTILINE)[1:]:
        head = re.match(r"(\d+) minutes, \[(\w+)\]\(notebooks/\2\.ipynb\)\.\*\* ", step)
        what, *lines = step[head.end() :].split("\n- ")
        cells = [
            (heading, int(number), words)
            for heading, named in (line[1:].split("*: ", 1) for line in lines)
            for number, words in re.findall(r"\[(\d+)\] `([^`]+)`", named)
        ]
        found.append(Step(int(head[1]), head[2], what, cells))
    return found


@pytest.fixture(params=[10, 30, 50])
def route(request):
    return request.param, steps_of(section(TEACHING, f"### {request.param} minutes"))


def test_a_route_leaves_a_tenth_of_its_time_free_and_no_more_than_a_fifth(route):
    minutes, steps = route
    assert 0.8 * minutes <= sum(step.minutes for step in steps) <= 0.9 * minutes


def test_a_route_names_each_cell_by_its_heading_its_number_and_its_first_words(route):
    for step in route[1]:
        assert step.cells == sorted(step.cells, key=lambda cell: cell[1])
        for heading, number, words in step.cells:
            alike = [n for n, code in code_cells(step.stem).items() if code.startswith(words)]
            under = [n for n in alike if headings(step.stem)[n] == heading]
            assert under == [number], (step.stem, heading, words, headings(step.stem)[number])


def test_a_route_runs_the_cell_of_each_question_and_each_task_that_it_names(route):
    for step in route[1]:
        run_here = "\n".join(code_cells(step.stem)[number] for _, number, _ in step.cells)
        for name in re.findall(r"\*\*`([\w ]+)`\*\*", step.what):
            assert f'"{name}"' in run_here, name


@pytest.mark.usefixtures("kept_as_in_kernels")
def test_the_cells_of_a_route_run_without_those_that_it_leaves_out(route, monkeypatch):
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    names = {}
    for step in route[1]:
        for _, number, _ in step.cells:
            exec(code_cells(step.stem)[number], names.setdefault(step.stem, {}))


# ---- questions ----


def asked_in(name):
    """Return the notebook and the cell that ask a question, of the notebooks that exist."""
    places = [
        (stem, number)
        for stem in NOTEBOOKS
        for number, source in code_cells(stem).items()
        if f'predict("{name}")' in source
    ]
    assert len(places) == 1, name
    return places[0]


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_teacher_reads_what_is_asked_and_where(name):
    stem, number = asked_in(name)
    text = section(TEACHING, f"### `{name}`")
    assert text.startswith(f'\n\n*{stem}, under "{headings(stem)[number]}"*\n')
    assert " ".join(QUESTIONS[name].text.split()) in " ".join(text.split())


def test_the_teacher_finds_the_questions_in_the_order_of_the_lesson():
    told = re.findall(r"^### `(\w+)`$", TEACHING, re.MULTILINE)
    assert told == sorted(QUESTIONS, key=asked_in)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_teacher_is_told_what_to_say_to_every_wrong_answer(name):
    table = rows(section(TEACHING, f"### `{name}`"))
    told = [answer for answer, say in table if say]
    asked = QUESTIONS[name]
    if isinstance(asked, Question):
        right = asked.measure()[0]
        assert told == [choice for choice in asked.choices if choice != right]
    else:
        wrong = [float(function()) for function, _ in asked.meanings]
        numbers = [
            float(re.match(r"[-−]?[\d.e-]+", answer)[0].replace("−", "-")) for answer in told
        ]
        assert np.allclose(numbers, wrong, rtol=0.01), wrong


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_teacher_knows_the_right_answer_to_a_question(name):
    text = section(TEACHING, f"### `{name}`")
    right = QUESTIONS[name].measure()[0]
    said = re.search(r"^Right: (.+?)\.(?: |$)", text, re.MULTILINE)[1]
    if isinstance(QUESTIONS[name], Question):
        assert said == right
    else:
        assert np.isclose(float(said), float(right), rtol=0.005)


# ---- the way through the notebooks, the glossary, the sources ----


def test_each_notebook_leads_to_the_next_one_and_the_last_back_to_the_map():
    stems = list(NOTEBOOKS)
    for stem, after in zip(stems, [*stems[1:], stems[0]], strict=True):
        way = text_of(stem).rsplit("**To take home:**", 1)[1]
        assert re.search(rf"\*\*(?:Next|Back to the map):\*\* \[{after}\]\({after}\.ipynb\)", way)


TERMS = {row[0]: row for row in rows(GLOSSARY)}


@pytest.mark.parametrize("term", TERMS)
def test_a_term_of_the_glossary_stands_in_each_notebook_that_it_names(term):
    _, chinese, sentence, where = TERMS[term]
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert sentence.endswith(".")
    for number in where.split(", "):
        (stem,) = [each for each in NOTEBOOKS if each.startswith(number)]
        said = " ".join((text_of(stem) + "\n".join(code_cells(stem).values())).lower().split())
        assert any(name.lower() in said for name in term.split("; ")), (term, number)


def test_a_stable_step_lowers_the_loss_and_may_lengthen_the_error():
    problem, rates, error = linear_regression(), np.array([0.05, 0.7]), np.array([1.0, 0.0])
    after = error - rates * (problem.hessian @ error)
    assert stability(problem, rates) < 2
    assert problem.excess(problem.optimum + after) < problem.excess(problem.optimum + error)
    assert np.linalg.norm(after) > 1.5 * np.linalg.norm(error)
    assert "(the error itself may become longer)" in TERMS["stable; stability"][2]


def test_the_glossary_is_in_alphabetical_order():
    terms = [term.lower() for term in TERMS]
    assert terms == sorted(set(terms))


@pytest.mark.parametrize("stem", NOTEBOOKS)
def test_what_a_notebook_cites_is_among_the_sources(stem):
    assert_sources(text_of(stem))


def test_what_the_glossary_and_the_teacher_cite_is_among_the_sources():
    assert_sources(GLOSSARY)
    assert_sources(TEACHING)


def assert_sources(text):
    cited = re.findall(r"([A-Z]\w+)(?:,? (?:and|et) [\w ]+)?,? ?\(?((?:19|20)\d\d)\b", text)
    for name, year in cited:
        entries = [entry for entry in SOURCES.split("\n- ") if f"({year})" in entry]
        assert any(name in entry for entry in entries), (name, year)


# ---- the sheet of questions and its answers ----


def article_run(**settings):
    return run(linear_regression(), **{"n_steps": 1000, "lr": 0.1, "beta": 0.9} | settings)


def first_steps(beta, *gradients):
    """Return the length of each step, computed as the rule says it."""
    average, steps = 0.0, []
    for gradient in gradients:
        average = beta * average + (1 - beta) * gradient**2
        steps.append(0.1 * gradient / np.sqrt(average + 1e-8))
    return steps


def in_other_units(factor):
    problem = linear_regression()
    return Quadratic(
        factor * problem.hessian,
        factor * problem.c,
        problem.optimum,
        problem.start,
        names=("a", "b"),
    )


def too_long():
    """Return the loss and one parameter of gradient descent, step by step, in other units."""
    problem, off = linear_regression(), [linear_regression().start - linear_regression().optimum]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(200):
            off.append(off[-1] - 0.1 * 1000 * (problem.hessian @ off[-1]))
        loss = [1000 * each @ problem.hessian @ each / 2 for each in off]
    return np.array(loss), np.array(off)[:, 0]


def computed():
    """Return the numbers of each answer, as the sheet writes them."""
    path, problem = article_run(), linear_regression()
    off = {lr: article_run(lr=lr, n_steps=3000) for lr in (0.1, 0.05)}
    largest = problem.curvatures()[-1]
    middle = (path.theta[999] + path.theta[1000]) / 2
    stopped = article_run(stop=loss_change_below(0.0001))
    return {
        1: [f"{step:.4f}" for step in {first_steps(0.9, g)[0].round(6) for g in (1, 6, 7, 2)}],
        2: [f"{first_steps(0.99, 1)[0]:.4f}"],
        3: [f"{first_steps(0.9, 2, 1)[1]:.4f}"],
        4: [
            f"{100 * 0.1 * sum(0.9**k for k in range(10)):.1f}",
            f"{np.log(0.5) / np.log(0.9):.2f}",
        ],
        5: [
            str(path.loss.argmin()),
            str((stability(problem, path.effective_lr) > 2).argmax() + 1),
        ],
        6: [
            *(f"{abs(off[lr].theta[-1] - problem.optimum)[0]:.3g}" for lr in off),
            *(f"{off[lr].excess[-1]:.4g}" for lr in off),
        ],
        7: [f"{each:.4f}" for each in middle],
        8: [f"{(lr * largest / 2) ** 2:.4f}" for lr in (0.1, 0.2)],
        9: [f"{stopped.excess[-1]:.4f}"],
        10: [str((~np.isfinite(each)).argmax()) for each in too_long()],
        11: [f"{0.0001**2:g}", f"{100 * (1 - np.sqrt(1e-8 + 1e-8) / (1e-4 + 1e-4)):.0f}"],
        12: [],
    }


@pytest.mark.parametrize(("number", "numbers"), computed().items())
def test_an_answer_of_the_sheet_says_the_numbers_that_are_computed(number, numbers):
    answer = re.search(rf"^\*\*{number}\.\*\* (.*?)(?=^\*\*\d|\Z)", ANSWERED, re.M | re.S)[1]
    assert re.findall(r"\*\*([^*]+)\*\*", answer) == numbers


def test_questions_and_answers_of_the_sheet_have_the_same_numbers():
    wanted = [str(number) for number in computed()]
    assert re.findall(r"^\*\*(\d+)\.\*\*", ASKED, re.MULTILINE) == wanted
    assert re.findall(r"^\*\*(\d+)\.\*\*", ANSWERED, re.MULTILINE) == wanted


def test_the_sheet_asks_about_the_run_as_it_is():
    path, problem = article_run(), linear_regression()
    for iteration in (999, 1000):
        assert f"{path.theta[iteration, 0]:.4f}" in ASKED
        assert f"{path.theta[iteration, 1]:.4f}" in ASKED
    assert f"λ = {problem.curvatures()[-1]:.4f}" in ASKED
    assert f"after {article_run(stop=loss_change_below(0.0001)).stopped_at}\niterations" in ASKED


def test_what_else_the_answers_claim_holds():
    path, problem = article_run(), linear_regression()
    lowest = path.loss.argmin()
    lost = f"from about {path.excess[lowest]:.0e} to {path.excess[-1]:.2f}"
    assert lost.replace("e-0", "e-") in ANSWERED
    assert f"{0.1 / np.sqrt(0.1 * 2**2):.4f}, when it is used before its update" in ANSWERED
    ours = run(in_other_units(1000), n_steps=120, lr=0.1, beta=0.9, epsilon=1e-8)
    assert np.abs(ours.theta - path.theta[:121]).max() < 1e-9
    for lr in (0.1, 0.2):
        limit = (lr * problem.curvatures()[-1] / 2) ** 2
        kick = problem.optimum + 1e-9
        for factor, grows in ((0.99, True), (1.01, False)):
            end = run(problem, start=kick, n_steps=3000, lr=lr, epsilon=factor * limit)
            assert (abs(end.theta[-1] - problem.optimum).max() > 1e-9) == grows


# ---- the machine for a class ----

THIRTY = [row for row in sizing.CLASS["rows"] if row["kind"] == "explorer"][-1]


def words(text):
    """Return a text with single spaces, so that it may stand on several lines."""
    return " ".join(text.split())


def test_the_machine_for_a_class_is_as_large_as_was_measured():
    for line in [sizing.table(), *sizing.rule()]:
        assert words(line) in words(TEACHING), (
            "tests/benchmarks/sizing.py prints what has to stand there"
        )


def test_a_class_of_thirty_stayed_within_six_gibibytes_when_it_was_measured():
    assert THIRTY["students"] == 30 and THIRTY["memory"]["class"] * 1e6 < 6 * 2**30


def test_a_class_of_thirty_saw_its_pictures_in_time_when_it_was_measured():
    assert THIRTY["answered"]["last"] <= sizing.WAIT and THIRTY["typed"]["p95"] <= 250


def test_a_hub_is_set_up_without_what_the_class_was_measured_without():
    pages = Path(sys.prefix, "share/jupyter/lab/static").glob("jlab_core.*.js")
    jupyterlab = "".join(path.read_text("utf-8") for path in pages)
    for name in classroom.EXPORTS:
        assert f"jupyter labextension disable {name}\n" in TEACHING
        assert f'id:"{name}"' in jupyterlab


def test_the_hubs_limit_leaves_a_student_room_beside_server_and_kernel():
    settings = SimpleNamespace(Spawner=SimpleNamespace())
    config = CLONE / "teaching" / "jupyterhub_config.py"
    exec(compile(config.read_text("utf-8"), config.name, "exec"), {"get_config": lambda: settings})
    assert settings.Spawner.mem_limit == "1G" and "limits.memory 1G" in TEACHING
    assert 1000 > 3 * sum(sizing.HUB["memory"].values())
