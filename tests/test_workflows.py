"""What runs on GitHub: with the least that it may do, by the commands that everybody uses."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

CLONE = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((CLONE / ".github" / "workflows").glob("*.y*ml"))
COMMANDS = re.compile(r'bash \.ci/run( "\$PACKAGES")?|python3 -m rmsprop_lesson (test|site)')
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n")


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def workflow(path):
    return yaml.safe_load(path.read_text("utf-8"))


def steps_of(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_there_are_workflows_for_the_tests_the_packages_and_the_site():
    assert [path.stem for path in WORKFLOWS] == ["pages", "test", "weekly"]


def test_a_workflow_may_do_nothing_but_what_a_job_asks_for(workflow):
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        asked = {name for name, access in job["permissions"].items() if access == "write"}
        assert asked <= {"pages", "id-token"}
        assert job["timeout-minutes"] <= 60


def test_a_workflow_never_has_a_secret_at_hand_while_it_runs_what_a_stranger_sends(path, workflow):
    begins = workflow[True]  # "on" is a truth value in YAML
    assert set(begins) <= {"push", "pull_request", "schedule", "workflow_dispatch"}
    assert "secrets" not in path.read_text("utf-8")


def test_ci_demands_the_browser_and_a_commit_clean_notebooks_and_style():
    script = (CLONE / ".ci" / "run").read_text("utf-8").splitlines()
    assert script[-2:] == [
        "export RMSPROP_LESSON_DEMAND_BROWSER=1",
        "python3 -m rmsprop_lesson test",
    ]
    config = yaml.safe_load((CLONE / ".pre-commit-config.yaml").read_text("utf-8"))
    assert {hook["id"]: hook["entry"] for hook in config["repos"][0]["hooks"]} == {
        "style": "python3 -m rmsprop_lesson test -q tests/test_style.py",
        "notebooks": "python3 -m rmsprop_lesson refresh --check",
    }


def test_an_action_is_named_by_its_commit_with_its_release_beside_it(path, workflow):
    uses = [line.strip(" -") + "\n" for line in path.read_text("utf-8").splitlines()]
    uses = [line for line in uses if line.startswith("uses:")]
    assert len(uses) == sum("uses" in step for step in steps_of(workflow)) > 0
    for line in uses:
        assert PINNED.fullmatch(line), line


def test_a_checkout_leaves_no_key_behind(workflow):
    for step in steps_of(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


def test_a_job_runs_the_commands_that_everybody_uses(workflow):
    for step in steps_of(workflow):
        if "run" in step:
            assert COMMANDS.fullmatch(step["run"]), step["run"]


def test_the_tests_run_on_three_systems_with_the_oldest_and_the_newest_python():
    jobs = yaml.safe_load((CLONE / ".github/workflows/test.yml").read_text("utf-8"))["jobs"]
    systems = {jobs["linux"]["runs-on"], *jobs["others"]["strategy"]["matrix"]["system"]}
    assert systems == {"ubuntu-latest", "macos-latest", "windows-latest"}
    for job in jobs.values():
        assert job["strategy"]["matrix"]["python"] == ["3.11", "3.14"]


def test_the_packages_are_tried_each_week():
    weekly = yaml.safe_load((CLONE / ".github/workflows/weekly.yml").read_text("utf-8"))
    (when,) = weekly[True]["schedule"]  # "on" is a truth value in YAML
    assert re.fullmatch(r"\d+ \d+ \* \* \d", when["cron"])
    tried = weekly["jobs"]["test"]["strategy"]["matrix"]["include"]
    tried = {(each["packages"], each["python"]) for each in tried}
    assert tried == {("newest", "3.14"), ("newest", "3.11"), ("oldest", "3.11")}


@pytest.mark.skipif(os.name == "nt", reason="CI's own script is for Linux.")
def test_ci_refuses_what_it_does_not_know_before_it_does_anything():
    run = subprocess.run(["bash", CLONE / ".ci" / "run", "latest"], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "usage: .ci/run [oldest | newest]\n"
