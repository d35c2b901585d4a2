"""What a page may do: text stays text, a strict policy is kept, nothing is asked of others."""

import pytest
from lab import POLICY, keep_hidden_cells, open_notebook, watched_page, write_notebook
from playwright.sync_api import expect

EVIL = "<img src=evil.png onerror=\"window.evil = 'ran'\"><script>window.evil = 'ran'</script>"
CELLS = f"""EVIL = {EVIL!r}
import numpy as np
from rmsprop_lesson.charts import Chart, Panel, Series
from rmsprop_lesson.dials import dial
from rmsprop_lesson.exercises import check_rmsprop
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.predictions import NumberQuestion, Prediction, Question
from rmsprop_lesson.problems import linear_regression
def rule(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
    if beta < 0.5:
        raise FileNotFoundError(2, EVIL, EVIL)
    return theta - lr * gradient, state
rule.__name__ = EVIL
def wrong(theta, gradient, moving_average, lr=0.1, beta=0.9, epsilon=1e-8):
    raise ValueError(EVIL)
def numbers(mix):
    return {{"weight": mix ** np.arange(11.0), "says": f"Says {{EVIL}}"}}
+
explorer = Explorer(linear_regression(), rule, n_steps=10)
explorer
+
Explorer(linear_regression(), rule, n_steps=10, drawn_by="kernel")
+
Chart(
    numbers,
    (dial("mix", (0.5, 0.9), words=f"words {{EVIL}}", meaning=f"Meaning {{EVIL}}", lower=0),),
    (Panel("weight", f"Panel {{EVIL}}", (0, 10), (0, 1), (Series("weight", f"label {{EVIL}}"),)),),
    title=f"Title {{EVIL}}", n_steps=10, rows=[f"row {{EVIL}}"] * 11, word=f"word {{EVIL}}")
+
check_rmsprop(wrong)
+
Prediction(NumberQuestion(f"Number {{EVIL}}", lambda: (9, f"nine {{EVIL}}")))
+
Prediction(Question(f"Question {{EVIL}}", {{EVIL: "", "no": ""}}, lambda: (EVIL, "so it is.")))
""".split("\n+\n")


@pytest.fixture(scope="module")
def page(lab, browser):
    """JupyterLab with a notebook in which everything that has a name is called by a script."""
    folder, address = lab
    write_notebook(folder / "evil.ipynb", *CELLS)
    opened = watched_page(browser)
    opened.asked = []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.answers = []
    opened.on("response", lambda response: opened.answers.append(response))
    open_notebook(opened, address, "evil.ipynb")
    keep_hidden_cells(opened)
    opened.get_by_role("button", name="This is my guess").nth(1).wait_for(timeout=60000)
    opened.locator(".rmsprop-status", has_text="10").nth(1).wait_for()
    yield opened
    opened.close()
    assert opened.problems == []


def test_a_name_an_error_or_a_label_that_is_a_script_is_shown_and_not_run(page):
    board = page.locator(".rmsprop-explorer")
    board.nth(0).get_by_label("beta =", exact=True).fill("0.2")
    board.nth(0).get_by_label("beta =", exact=True).press("Enter")
    page.locator(".rmsprop-status", has_text="stopped in its line 3").wait_for()
    for _ in range(2):
        page.get_by_role("button", name="Show table").first.click()
    page.get_by_role("button", name="Copy as code").first.click()
    page.get_by_label("Your guess").fill("9")
    page.get_by_label("Your guess").press("Enter")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="This is my guess").nth(1).click()
    expect(page.get_by_text("Measured:")).to_have_count(2)
    places = {
        ".rmsprop-status": [f"{EVIL}: {EVIL} stopped in its line 3", f"Says {EVIL}"],
        ".rmsprop-table": [f"{EVIL} stopped in", f"Panel {EVIL}", f"label {EVIL}", f"row {EVIL}"],
        ".rmsprop-code": [EVIL],
        ".rmsprop-legend": [EVIL, f"label {EVIL}"],
        ".rmsprop-scrubber": [f"word {EVIL}"],
        ".rmsprop-explorer": [f"words {EVIL}", f"Meaning {EVIL}", f"iteration 10. {EVIL}: "],
        ".rmsprop-prediction": [f"Number {EVIL}", f"nine {EVIL}", f"Question {EVIL}"],
        ".jp-RenderedHTML": [
            f"Not yet. wrong stopped in its line 2, raise ValueError(EVIL). ValueError: {EVIL}"
        ],
    }
    for place, texts in places.items():
        shown = "\n".join(page.locator(place).all_text_contents())
        assert [text for text in texts if text not in shown] == [], place
    assert page.locator("img[src='evil.png'], [onerror]").count() == 0
    assert page.evaluate("window.evil") is None


def test_all_this_works_under_a_policy_that_lets_only_the_servers_own_scripts_run(page):
    document = page.answers[0]
    assert document.request.resource_type == "document"
    assert document.header_value("Content-Security-Policy") == POLICY
    blocked = page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI));
            setTimeout(() => done("nothing was blocked"), 20000);
            const script = document.createElement("script");
            script.src = "http://127.0.0.1:9/elsewhere.js";
            document.head.append(script);
        })"""
    )
    assert blocked == "http://127.0.0.1:9/elsewhere.js"
    page.problems.clear()  # of this script


def test_nothing_is_asked_of_another_server(page, lab):
    _, address = lab
    assert len(page.asked) > 20
    near = (address, address.replace("http:", "ws:"), "data:", "blob:http://127.0.0.1")
    asked = [url for url in page.asked if "127.0.0.1:9/" not in url]
    assert [url for url in asked if not url.startswith(near)] == []
