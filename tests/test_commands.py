"""``python3 -m rmsprop_lesson``: from a bare Python to the lesson, whatever stands in the way."""

import ast
import contextlib
import errno
import hashlib
import http.client
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import psutil
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from rmsprop_lesson import __main__ as entry
from rmsprop_lesson import commands, links, setup_environment, working_copy
from rmsprop_lesson.setup_environment import Trouble, fingerprint, stamp_path

CLONE = Path(__file__).resolve().parent.parent
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
STANDS_IN = """
import json, os, sys
names = ("JUPYTER_CONFIG_DIR", "PYTHONPATH")
seen = {"arguments": sys.argv[1:], "folder": os.getcwd(), "python": sys.prefix}
seen["variables"] = {name: os.environ.get(name) for name in names}
import rmsprop_lesson
seen["package"] = rmsprop_lesson.__file__
print("STARTED " + json.dumps(seen))
"""


# ---- a clone with tiny packages: a stand-in for JupyterLab, and one for pytest ----


def make_wheel(folder, name, version):
    """Make a wheel whose module tells how it was started; return its line in a lock."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "")
        wheel.writestr(f"{name}/__main__.py", STANDS_IN)
        wheel.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} --hash=sha256:{digest}\n"


class TinyClone:
    """The lesson's own code, with two packages of a few bytes instead of a hundred real ones."""

    def __init__(self, root):
        self.folder = root / "Übung mit Leerzeichen"
        self.wheels = root / "wheels"
        self.wheels.mkdir(parents=True)
        (self.folder / "rmsprop_lesson").mkdir(parents=True)
        for path in (CLONE / "rmsprop_lesson").glob("*.py"):
            shutil.copy(path, self.folder / "rmsprop_lesson")
        (self.folder / "notebooks").mkdir()
        (self.folder / "notebooks" / commands.FIRST_PAGE).write_text("{}")
        (self.folder / "tests").mkdir()
        self.lab = make_wheel(self.wheels, "jupyterlab", "1.0")
        self.pytest = make_wheel(self.wheels, "pytest", "1.0")
        self.lock("requirements.txt", self.lab)
        self.lock("tests/requirements.txt", self.lab + self.pytest)

    def lock(self, name, lines):
        (self.folder / name).write_text(lines)

    @property
    def venv(self):
        return self.folder / ".venv"

    def variables(self, **more):
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri()}
        pip["PIP_CONFIG_FILE"] = os.devnull
        return os.environ | pip | {"PYTHONUTF8": "1"} | more

    def start(self, *arguments, program=("-m", "rmsprop_lesson"), **variables):
        return subprocess.Popen(
            [BASE_PYTHON, *program, *arguments],
            cwd=self.folder,
            env=self.variables(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *arguments, **variables):
        process = self.start(*arguments, **variables)
        text, _ = process.communicate(timeout=120)
        assert "Traceback" not in text, text
        return Run(process.returncode, text)


class Run:
    def __init__(self, exit_code, text):
        self.exit_code, self.text = exit_code, text

    @property
    def started(self):
        lines = [line for line in self.text.splitlines() if line.startswith("STARTED ")]
        assert len(lines) == 1, self.text
        return json.loads(lines[0].removeprefix("STARTED "))

    @property
    def set_up(self):
        return "Setting up" in self.text or "Fetching" in self.text


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A tiny clone after its first start."""
    clone = TinyClone(tmp_path_factory.mktemp("ready"))
    clone.first = clone.run("--no-browser", "--port", "9999", "--", "--collaborative", "--fresh")
    return clone


@pytest.fixture
def tiny(tmp_path):
    return TinyClone(tmp_path)


# ---- environments without pip, which takes seconds to get into one ----


def make_bare(command, *_):
    subprocess.run([*command, "--without-pip"], check=True)


def note_packages(venv, lock):
    shutil.copy(lock, venv / "installed")


@pytest.fixture
def set_up(monkeypatch):
    """Return the function that makes an environment, with stand-ins for pip."""
    monkeypatch.setattr(setup_environment, "call", make_bare)
    monkeypatch.setattr(setup_environment, "install", note_packages)
    return setup_environment.set_up


SET_UP = """
import subprocess, time
from rmsprop_lesson import setup_environment
def install(venv, lock):
    print("Fetching")
    time.sleep(1)
setup_environment.install = install
setup_environment.call = lambda command, *_: subprocess.run([*command, "--without-pip"])
setup_environment.set_up()
"""


# ---- the first start ----


def test_one_command_leads_from_a_bare_python_to_the_lesson(ready):
    assert ready.first.exit_code == 0, ready.first.text
    started = ready.first.started
    assert Path(started["folder"]) == ready.folder / "my_lesson"
    assert Path(started["python"]) == ready.venv
    assert f"--LabApp.default_url=/lab/tree/{commands.FIRST_PAGE}" in started["arguments"]


def test_it_says_what_it_does_before_it_takes_time(ready):
    said = ready.first.text
    assert said.index("Setting up .venv") < said.index("Fetching 1 packages")
    assert said.index("Fetching") < said.index("Installing") < said.index("Opening the lesson")


def test_options_are_handed_on_to_jupyterlab(ready):
    arguments = ready.first.started["arguments"]
    assert {"--no-browser", "--port=9999", "--collaborative", "--fresh"} <= set(arguments)
    assert "--no-browser" not in ready.run().started["arguments"]


def test_the_package_is_found_in_the_environment_without_a_build(ready):
    assert Path(ready.first.started["package"]).parent == ready.folder / "rmsprop_lesson"


def test_settings_of_the_user_are_neither_read_nor_changed(ready):
    seen = ready.run(PYTHONPATH="/elsewhere", JUPYTER_CONFIG_DIR="/home/me/.jupyter").started
    settings = Path(seen["variables"]["JUPYTER_CONFIG_DIR"])
    assert settings.is_relative_to(ready.venv) and settings.parent.is_dir()
    assert seen["variables"]["PYTHONPATH"] is None


def test_a_second_start_sets_nothing_up(ready):
    again = ready.run()
    assert again.exit_code == 0 and not again.set_up


def test_the_clone_may_be_moved(ready):
    moved = ready.folder.with_name("moved")
    ready.folder.rename(moved)
    try:
        run = subprocess.run(
            [BASE_PYTHON, "-m", "rmsprop_lesson"],
            cwd=moved,
            env=ready.variables(),
            capture_output=True,
            encoding="utf-8",
        )
        assert run.returncode == 0 and "Fetching" not in run.stdout
        package = Run(0, run.stdout).started["package"]
        assert Path(package).is_relative_to(moved)
    finally:
        moved.rename(ready.folder)


def test_it_may_be_started_from_another_folder_by_its_path(ready, tmp_path):
    run = subprocess.run(
        [BASE_PYTHON, str(ready.folder / "rmsprop_lesson")],
        cwd=tmp_path,
        env=ready.variables(),
        capture_output=True,
        encoding="utf-8",
    )
    assert Path(Run(0, run.stdout).started["folder"]) == ready.folder / "my_lesson"


def test_testing_adds_the_test_tools_to_the_environment_that_is_there(ready):
    first = ready.run("test", "-k", "something")
    assert first.exit_code == 0, first.text
    assert "Setting up" not in first.text and "Fetching 2 packages" in first.text
    assert first.started["arguments"] == ["-k", "something"]
    assert Path(first.started["folder"]) == ready.folder
    assert not ready.run("test").set_up
    assert not ready.run().set_up


def test_the_quick_tests_are_all_but_some_files_that_are_there(ready):
    bare = {"PATH": str(ready.wheels), commands.DEMAND_BROWSER: "1"}
    quick = ready.run("test", "--quick", "-k", "step", **bare)
    left_out = [f"--ignore-glob=tests/{name}" for name in commands.SLOW_TESTS]
    assert quick.started["arguments"] == [*commands.ALL_TESTS, "tests", *left_out, "-k", "step"]
    assert all(list((CLONE / "tests").glob(name)) for name in commands.SLOW_TESTS)


def test_jupyterlite_gets_an_environment_of_its_own(tiny, set_up, capsys):
    lock = Path(setup_environment.LITE_LOCK)
    (tiny.folder / lock).parent.mkdir()
    tiny.lock(lock, tiny.pytest)
    set_up(tiny.folder)
    capsys.readouterr()
    venv = setup_environment.set_up_lite(tiny.folder)
    assert "Setting up .venv_lite" in capsys.readouterr().out
    assert (venv / "installed").read_text() == tiny.pytest
    stamp = setup_environment.read_stamp(venv)
    assert stamp.keys() == {"python", lock.as_posix()}
    setup_environment.set_up_lite(tiny.folder)
    set_up(tiny.folder)
    assert capsys.readouterr().out == ""


def test_without_a_browser_testing_says_what_is_skipped_or_fails_on_demand(ready):
    bare = {"PATH": str(ready.wheels), commands.DEMAND_BROWSER: ""}
    assert "browser tests will be skipped" in ready.run("test", **bare).text
    demanded = ready.run("test", **bare | {commands.DEMAND_BROWSER: "1"})
    assert demanded.exit_code == 1 and "demands them" in demanded.text


# ---- the environment is made anew when it has to be ----


@pytest.mark.parametrize("what", ["lock", "python", "unfinished", "gone", "a file"])
def test_the_environment_is_made_anew_when(what, tiny, set_up, capsys):
    set_up(tiny.folder, with_tests=True)
    stamp = json.loads(stamp_path(tiny.venv).read_text())
    if what == "lock":
        newer = make_wheel(tiny.wheels, "jupyterlab", "2.0")
        tiny.lock("requirements.txt", newer)
        tiny.lock("tests/requirements.txt", newer + tiny.pytest)
    elif what == "python":
        stamp_path(tiny.venv).write_text(json.dumps(stamp | {"python": "another"}))
    elif what == "unfinished":
        stamp_path(tiny.venv).unlink()
    else:
        shutil.rmtree(tiny.venv)
        if what == "a file":
            tiny.venv.write_text("")
    left_over = tiny.venv / "left_over"
    if tiny.venv.is_dir():
        left_over.write_text("")
    capsys.readouterr()
    set_up(tiny.folder)
    assert "Setting up" in capsys.readouterr().out
    assert not left_over.exists()
    installed = (tiny.venv / "installed").read_text()
    assert installed == (tiny.folder / "requirements.txt").read_text()
    set_up(tiny.folder)
    assert capsys.readouterr().out == ""


def test_a_line_end_changed_by_git_is_no_change_of_a_lock(tmp_path):
    unix, windows = tmp_path / "unix", tmp_path / "windows"
    unix.write_bytes(b"numpy==1\nscipy==2\n")
    windows.write_bytes(b"numpy==1\r\nscipy==2\r\n")
    assert fingerprint(unix) == fingerprint(windows)


def test_the_stamp_is_written_last(tiny, set_up, monkeypatch):
    def fail(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(setup_environment, "prepare_settings", fail)
    with pytest.raises(KeyboardInterrupt):
        set_up(tiny.folder)
    assert (tiny.venv / "installed").exists() and not stamp_path(tiny.venv).exists()


def test_two_starts_at_the_same_time_make_one_environment(tiny):
    processes = [tiny.start(program=("-c", SET_UP)) for _ in range(2)]
    texts = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], texts
    assert sorted("Fetching" in text for text in texts) == [False, True]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C in another way.")
def test_ctrl_c_in_the_middle_ends_with_a_sentence_and_the_next_start_works(tiny, set_up):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # may be off in background
    process = tiny.start()
    signal.signal(signal.SIGINT, before)
    for line in process.stdout:
        if line.startswith("Setting up"):
            os.killpg(process.pid, signal.SIGINT)
            break
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait() == 130
    assert "Stopped." in rest and "Traceback" not in rest
    assert setup_environment.read_stamp(set_up(tiny.folder))


# ---- what stands in the way is told in a sentence ----


@pytest.fixture
def install(ready, tmp_path, monkeypatch):
    """Return a function that has the real pip install something into the first environment."""

    def install(lines, **variables):
        for name, value in ready.variables(**variables).items():
            monkeypatch.setenv(name, value)
        (tmp_path / "lock.txt").write_text(lines)
        setup_environment.install(ready.venv, tmp_path / "lock.txt")

    return install


def test_without_the_packages_it_says_so(ready, install):
    line = make_wheel(ready.wheels, "jupyterlab", "3.0")
    (ready.wheels / "jupyterlab-3.0-py3-none-any.whl").unlink()
    with pytest.raises(Trouble, match="no ready-made build"):
        install(line)


def test_a_package_without_a_hash_is_refused(ready, install):
    line = make_wheel(ready.wheels, "jupyterlab", "4.0")
    with pytest.raises(Trouble, match="Hashes are required"):
        install(line.split(" --hash")[0])


def test_a_package_that_would_have_to_be_built_is_refused(ready, install, tmp_path):
    """Building one runs its own code, with whatever else that fetches, which no hash covers."""
    source, ran = ready.wheels / "jupyterlab-6.0.tar.gz", tmp_path / "ran"
    system = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    files = {
        "pyproject.toml": system,
        "own.py": f"open({str(ran)!r}, 'w').close()",
        "PKG-INFO": "Metadata-Version: 2.1\nName: jupyterlab\nVersion: 6.0\n",
    }
    with tarfile.open(source, "w:gz") as archive:
        for name, text in files.items():
            about = tarfile.TarInfo(f"jupyterlab-6.0/{name}")
            about.size = len(text)
            archive.addfile(about, io.BytesIO(text.encode()))
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    try:
        with pytest.raises(Trouble, match="no ready-made build"):
            install(f"jupyterlab==6.0 --hash=sha256:{digest}\n")
    finally:
        source.unlink()
    assert not ran.exists()


def test_a_package_that_is_not_the_pinned_one_is_refused(ready, install):
    line = make_wheel(ready.wheels, "jupyterlab", "4.0")
    with pytest.raises(Trouble, match="not the one that the lesson names"):
        install(line[:-8] + "0000000\n")


def test_without_a_network_it_says_so(ready, install):
    nowhere = {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_RETRIES": "1"}
    nowhere["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple"
    with pytest.raises(Trouble, match="connected to the internet"):
        install(make_wheel(ready.wheels, "jupyterlab", "5.0"), **nowhere)


def test_no_half_environment_is_left_where_packages_cannot_be_installed(tiny, set_up, monkeypatch):
    def fail(venv, lock):
        assert venv.is_dir()
        raise Trouble("A package is missing.")

    monkeypatch.setattr(setup_environment, "install", fail)
    with pytest.raises(Trouble):
        set_up(tiny.folder)
    assert not tiny.venv.exists()


def test_without_the_venv_module_it_says_how_to_add_it(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Trouble, match=r"apt install python3\.\d+-venv"):
        setup_environment.make_empty_environment(tmp_path / ".venv")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk is full"),
        ("HINT: ... Windows Long Path support is not enabled", "short paths"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE FILE", "not the one that the lesson"),
        ("WARNING: Retrying after connection broken by ...\nNo matching distribution", "internet"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "no ready-made build"),
        ("first\nsecond\nsomething else", "something else"),
    ],
)
def test_what_pip_says_is_told_in_plain_words(said, meant):
    assert meant in setup_environment.explain(said, "It did not work.")


@pytest.mark.parametrize(
    ("number", "meant"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "cannot be written"), (errno.EIO, "lock")],
)
def test_what_the_system_says_is_told_in_plain_words(number, meant, monkeypatch, capsys):
    def fail(arguments):
        raise OSError(number, os.strerror(number), "/clone/.venv.lock")

    monkeypatch.setattr(commands, "open_lesson", fail)
    assert commands.main([]) == 1
    assert meant in capsys.readouterr().err


def test_a_folder_without_notebooks_is_no_whole_clone(ready):
    page = ready.folder / "notebooks" / commands.FIRST_PAGE
    page.rename(page.with_name("away"))
    page.with_name("away").rename(ready.wheels / "away")
    run = ready.run()
    (ready.wheels / "away").rename(page)
    assert run.exit_code == 1 and "no notebooks" in run.text


@pytest.mark.parametrize(
    "arguments", [["--fersh"], ["--port", "many"], ["--port", "99999"], ["tset"]]
)
def test_what_it_does_not_know_is_no_reason_to_set_up(arguments, tiny):
    run = tiny.run(*arguments)
    assert run.exit_code == 2 and not run.set_up


# ---- an old Python is told so ----


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_every_python_since_2_7_can_read_the_files_that_run_first(name):
    source = (CLONE / "rmsprop_lesson" / name).read_bytes().decode("ascii")
    tree = ast.parse(source)
    too_new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Starred, ast.Nonlocal)
    too_new += (ast.AsyncFunctionDef, ast.Match, ast.YieldFrom, ast.MatMult)
    for node in ast.walk(tree):
        assert not isinstance(node, too_new)
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            assert node.returns is None and not arguments.kwonlyargs and not arguments.posonlyargs
            assert all(argument.annotation is None for argument in arguments.args)
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", "Python 2 has no function of this name"


def works(python):
    return python and not subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL)


def test_every_old_python_on_this_computer_says_what_is_missing():
    for version in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10"):
        python = shutil.which(f"python{version}")
        if works(python):
            run = subprocess.run([python, "-m", "rmsprop_lesson"], cwd=CLONE, capture_output=True)
            (sentence,) = run.stderr.decode().splitlines()
            assert run.returncode == 1
            assert f"needs Python 3.11 or newer, and this is Python {version}" in sentence


def test_settings_of_the_readers_other_programs_stay_outside():
    foreign = ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_SETTINGS_DIR", "MPLBACKEND")
    given = dict.fromkeys(foreign, "/elsewhere") | {"HOME": "/home/me"}
    variables = setup_environment.lesson_variables(Path("venv"), given)
    assert variables["HOME"] == "/home/me" and "/elsewhere" not in variables.values()


def test_python_3_11_is_the_oldest_that_will_do(monkeypatch, capsys):
    assert not entry.is_too_old((3, 11, 0)) and not entry.is_too_old((3, 14, 1))
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert entry.start() == 1
    assert "this is Python 3.10" in capsys.readouterr().err


# ---- the working copy ----


def write(folder, **texts):
    for name, text in texts.items():
        path = folder / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)


@pytest.fixture
def lesson(tmp_path):
    """A clone that was started once: its notebooks and the student's copy."""
    write(tmp_path / "notebooks", one="1", two="2")
    working_copy.copy_notebooks(tmp_path / "notebooks", tmp_path / "my_lesson")
    return tmp_path


def copy_again(lesson):
    return working_copy.copy_notebooks(lesson / "notebooks", lesson / "my_lesson")


def test_the_copy_holds_all_notebooks_and_what_lies_beside_them(tmp_path):
    write(tmp_path / "notebooks", one="1")
    write(tmp_path / "notebooks" / "pictures", figure="png")
    write(tmp_path / "notebooks" / ".ipynb_checkpoints", one="old")
    said = working_copy.copy_notebooks(tmp_path / "notebooks", tmp_path / "my_lesson")
    copied = {path.name for path in (tmp_path / "my_lesson").rglob("*.ipynb")}
    assert copied == {"one.ipynb", "figure.ipynb"}
    assert not (tmp_path / "my_lesson" / ".ipynb_checkpoints").exists()
    assert "my_lesson" in said[0]


def test_what_the_student_wrote_stays(lesson):
    write(lesson / "my_lesson", one="my own work")
    assert copy_again(lesson) == []
    assert (lesson / "my_lesson" / "one.ipynb").read_text() == "my own work"


def test_a_new_notebook_is_added_and_named(lesson):
    write(lesson / "notebooks", three="3")
    assert copy_again(lesson) == ["Added to my_lesson: three.ipynb."]
    assert (lesson / "my_lesson" / "three.ipynb").read_text() == "3"


def test_a_changed_notebook_is_left_alone_with_a_sentence(lesson):
    write(lesson / "notebooks", two="2, better")
    (sentence,) = copy_again(lesson)
    assert "newer versions of: two.ipynb" in sentence and "--fresh" in sentence
    assert (lesson / "my_lesson" / "two.ipynb").read_text() == "2"


def test_an_interrupted_copy_is_made_whole_by_the_next_start(lesson, monkeypatch):
    write(lesson / "notebooks", three="all of it")

    def stop_in_the_middle(original, copy):
        Path(copy).write_text("all")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", stop_in_the_middle)
        with pytest.raises(KeyboardInterrupt):
            copy_again(lesson)
    copy_again(lesson)
    assert (lesson / "my_lesson" / "three.ipynb").read_text() == "all of it"


def test_what_was_copied_before_an_interruption_is_not_called_outdated(tmp_path, monkeypatch):
    write(tmp_path / "notebooks", one="1", two="2")
    copy = working_copy.copy_whole

    def one_alone(original, place):
        if original.name != "one.ipynb":
            raise KeyboardInterrupt
        copy(original, place)

    with monkeypatch.context() as patch:
        patch.setattr(working_copy, "copy_whole", one_alone)
        with pytest.raises(KeyboardInterrupt):
            copy_again(tmp_path)
    assert copy_again(tmp_path) == ["Added to my_lesson: two.ipynb."]


def test_fresh_makes_a_new_copy_beside_the_old_and_the_next_start_opens_it(tmp_path):
    folders = []
    for _ in range(11):
        folders.append(working_copy.choose_folder(tmp_path, fresh=True).name)
        (tmp_path / folders[-1]).mkdir()
    assert folders[:3] == ["my_lesson", "my_lesson-2", "my_lesson-3"]
    (tmp_path / "my_lesson-old").mkdir()
    assert working_copy.choose_folder(tmp_path).name == folders[-1] == "my_lesson-11"


def test_playing_never_makes_the_clone_dirty(tmp_path):
    shutil.copy(CLONE / ".gitignore", tmp_path)
    environments = (".venv", ".venv_lite", ".venv_bench")
    for folder in (*environments, "my_lesson", "my_lesson-2"):
        write(tmp_path / folder, file="")
    for environment in environments:
        (tmp_path / f"{environment}.lock").write_text("")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    status = subprocess.run(
        ["git", "-C", tmp_path, "status", "--short"], capture_output=True, text=True
    )
    assert status.stdout == "?? .gitignore\n"


# ---- the links ----


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/ada/lesson",
        "https://github.com/ada/lesson.git",
        "https://github.com/ada/lesson/",
        "https://ada:secret@github.com/ada/lesson.git",
        "git@github.com:ada/lesson.git",
        "ssh://git@github.com/ada/lesson.git",
        "ssh://git@ssh.github.com:443/ada/lesson.git",
        "git://github.com/ada/lesson",
    ],
)
def test_links_come_from_any_form_of_a_remote_on_github(remote):
    text = links.describe_links(remote, "main")
    page = "notebooks/00_start_here.ipynb"
    binder = f"https://mybinder.org/v2/gh/ada/lesson/main?urlpath=lab/tree/{page}"
    assert "Page:         https://ada.github.io/lesson/\n" in text
    assert f"Binder:       {binder}\n" in text
    assert f"[![Open in Binder](https://mybinder.org/badge_logo.svg)]({binder})" in text
    assert f"https://colab.research.google.com/github/ada/lesson/blob/main/{page}" in text
    assert "/git-pull?repo=https%3A%2F%2Fgithub.com%2Fada%2Flesson&branch=main&urlpath=" in text
    assert "lab%2Ftree%2Flesson%2Fnotebooks%2F00_start_here.ipynb" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    "remote", ["https://gitlab.com/school/ml/lesson.git", "git@gitlab.com:school/ml/lesson.git"]
)
def test_links_of_a_project_on_gitlab_keep_its_groups(remote):
    text = links.describe_links(remote, "main")
    assert "https://mybinder.org/v2/gl/school%2Fml%2Flesson/main?" in text
    assert "Page:         is published by GitHub Pages only\n" in text
    assert "GitHub only" in text


def test_the_page_of_an_owner_has_no_repository_in_its_address():
    assert links.pages_link("github.com", "Ada/Lesson") == "https://ada.github.io/Lesson/"
    assert links.pages_link("github.com", "Ada/ada.github.io") == "https://ada.github.io/"


def test_a_binder_link_opens_the_page_that_it_names():
    link = links.binder_link("github.com", "ada/lesson", "main", "notebooks/05_settle_down.ipynb")
    assert link.endswith("?urlpath=lab/tree/notebooks/05_settle_down.ipynb")


def test_a_branch_with_a_slash_is_one_part_of_the_address():
    assert "/lesson/new%2Fplayer?" in links.binder_link("github.com", "ada/lesson", "new/player")


@pytest.mark.parametrize(
    "remote", ["/srv/lesson.git", "https://example.org/a/b", "https://notgithub.com/a/b", "..", ""]
)
def test_a_remote_elsewhere_gets_a_sentence_instead(remote):
    with pytest.raises(Trouble, match=r"github\.com or gitlab\.com"):
        links.describe_links(remote, "main")


def test_links_come_from_the_clones_own_remote_and_its_default_branch(tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True, capture_output=True)

    git("init", "--initial-branch=work")
    (tmp_path / "unpacked").mkdir()
    with pytest.raises(Trouble, match="no remote yet"):
        links.read_remote(tmp_path)
    git("remote", "add", "origin", "git@github.com:ada/lesson.git")
    with pytest.raises(Trouble, match="no remote yet"):
        links.read_remote(tmp_path / "unpacked")
    assert links.read_remote(tmp_path) == "git@github.com:ada/lesson.git"
    assert links.read_branch(tmp_path) == "work"
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert links.read_branch(tmp_path) == "trunk"


# ---- the locks ----


def lines_of_lock(name):
    """Return the lines without hashes, and check that every line is pinned and hashed."""
    text = (CLONE / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith((" ", "#"))]
    assert lines and all("--hash=sha256:" in line for line in lines)
    pinned = [Requirement(line.split("--hash")[0]) for line in lines]
    assert all(str(requirement.specifier).startswith("==") for requirement in pinned)
    return pinned


def read_lock(name):
    """Return {package: line without hashes}."""
    return {requirement.name: requirement for requirement in lines_of_lock(name)}


SYSTEMS = {  # as Python calls them, and what Jupyter takes there that it takes nowhere else
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "win32": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
OWN = {"linux": set(), "darwin": {"appnope"}, "win32": {"colorama", "pywinpty"}}


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_lock_names_one_version_of_all_that_is_needed_on_each_system_and_python(system, python):
    here = default_environment() | SYSTEMS[system]
    here |= {"python_version": python, "python_full_version": f"{python}.1"}
    here |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}

    def meant(requirements):
        return [each.name for each in requirements if not each.marker or each.marker.evaluate(here)]

    for lock, wanted in asked().items():
        names = meant(lines_of_lock(lock))
        assert sorted(set(names)) == sorted(names)
        assert set(meant(map(Requirement, wanted))) <= set(names)
    names = meant(lines_of_lock("requirements.txt"))
    assert {each for own in OWN.values() for each in own}.intersection(names) == OWN[system]


@pytest.mark.parametrize("lock", [setup_environment.TEST_LOCK, setup_environment.BENCH_LOCK])
def test_the_locks_for_tests_and_benchmark_hold_the_lessons_lock(lock):
    assert read_lock("requirements.txt").items() <= read_lock(lock).items()


def test_jupyterlite_has_the_versions_of_the_lesson():
    lesson, lite = read_lock("requirements.txt"), read_lock(setup_environment.LITE_LOCK)
    for name in lesson.keys() & lite.keys():
        assert lesson[name].specifier == lite[name].specifier


def asked():
    """Return {lock: what pyproject.toml asks it to hold}."""
    pyproject = tomllib.loads((CLONE / "pyproject.toml").read_text())
    project = pyproject["project"]
    return {
        "requirements.txt": project["dependencies"],
        "tests/requirements.txt": project["optional-dependencies"]["test"],
        setup_environment.LITE_LOCK: pyproject["dependency-groups"]["lite"],
        setup_environment.BENCH_LOCK: pyproject["dependency-groups"]["bench"],
    }


def test_the_locks_hold_what_the_package_asks_for():
    for lock, wanted in asked().items():
        pinned = read_lock(lock)
        for requirement in map(Requirement, wanted):
            (version,) = pinned[requirement.name].specifier
            assert requirement.specifier.contains(version.version), requirement


def test_the_locks_name_no_registry_and_no_folder():
    locks = [getattr(setup_environment, name) for name in dir(setup_environment) if "_LOCK" in name]
    assert len(locks) == 4
    for name in locks:
        text = (CLONE / name).read_text()
        assert not any(sign in text for sign in ("://", "--index", "--find-links", " /"))


def test_the_server_is_one_without_known_holes():
    (version,) = read_lock("requirements.txt")["jupyter-server"].specifier
    assert tuple(map(int, version.version.split("."))) >= (2, 20, 0)


# ---- the real JupyterLab ----


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab as the command starts it, in the environment that the tests run in."""
    if not (Path(sys.prefix) / stamp_path(Path()).name).exists():
        pytest.skip("These tests are not run by python3 -m rmsprop_lesson test.")
    clone = tmp_path_factory.mktemp("clone")
    shutil.copytree(CLONE / "rmsprop_lesson", clone / "rmsprop_lesson")
    for lock in (setup_environment.LESSON_LOCK, setup_environment.TEST_LOCK):
        (clone / lock).parent.mkdir(exist_ok=True)
        shutil.copy(CLONE / lock, clone / lock)
    write(clone / "notebooks", **{"00_start_here": "{}"})
    (clone / ".venv").symlink_to(sys.prefix)
    process = subprocess.Popen(
        [BASE_PYTHON, "-m", "rmsprop_lesson", "--no-browser", "--port", "18888"],
        cwd=clone,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = (line for line in process.stdout if "/lab/tree/00_start_here.ipynb" in line)
        address = next(said, "nowhere").split()[-1]
        assert address.startswith("http"), "JupyterLab did not start."
        wait_for(lambda: listening(process))
        yield process, address
    finally:
        process.terminate()
        process.communicate()


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.1)


def listening(process):
    """Return the addresses that a process and those that it has started listen at."""
    started, sockets = psutil.Process(process.pid), []
    for each in [started, *started.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            sockets += each.net_connections(kind="inet")
    return {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN}


def ask(address):
    """Return what a server near here answers to an address or a request."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(address, timeout=30)


def get(address):
    with ask(address) as answer:
        return answer.read().decode()


def test_the_page_of_the_lesson_opens_with_the_token_only(lab):
    _, address = lab
    assert "?token=" in address and "<title>JupyterLab</title>" in get(address)
    server = address.split("/lab/")[0]
    with pytest.raises(urllib.error.HTTPError) as refusal:
        get(f"{server}/api/contents")
    assert refusal.value.code == 403
    refusal.value.close()


@pytest.fixture(scope="module")
def kernel(lab):
    """Where a page talks to a kernel of that JupyterLab, and the cookie of a browser let in."""
    process, address = lab
    server, token = address.split("/lab/")[0], address.split("?token=")[1]
    asked = urllib.request.Request(
        f"{server}/api/kernels", b"{}", {"Authorization": f"token {token}"}, method="POST"
    )
    made = json.loads(get(asked))
    wait_for(lambda: any(map(listening, psutil.Process(process.pid).children())))
    with ask(address) as page:
        cookies = page.headers.get_all("Set-Cookie")
    cookie = "; ".join(each.split(";")[0] for each in cookies)
    return urllib.parse.urlsplit(f"{server}/api/kernels/{made['id']}/channels"), cookie


def test_neither_jupyterlab_nor_a_kernel_listens_beyond_this_computer(lab, kernel):
    process, _ = lab
    assert listening(process) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("let_in", "elsewhere", "answer"), [(True, False, 101), (True, True, 403), (False, False, 403)]
)
def test_no_kernel_answers_a_page_from_elsewhere_or_a_browser_that_is_not_let_in(
    kernel, let_in, elsewhere, answer
):
    channels, cookie = kernel
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    headers["Origin"] = "http://elsewhere.example" if elsewhere else f"http://{channels.netloc}"
    headers |= {"Cookie": cookie} if let_in else {}
    with contextlib.closing(http.client.HTTPConnection(channels.netloc, timeout=30)) as connection:
        connection.request("GET", channels.path, headers=headers)
        with connection.getresponse() as answered:
            assert answered.status == answer


def test_a_page_from_elsewhere_gets_no_answer_of_the_server(kernel):
    channels, cookie = kernel
    asked = urllib.request.Request(f"http://{channels.netloc}/api/kernels")
    asked.add_header("Cookie", cookie)
    assert json.loads(get(asked))
    asked.add_header("Origin", "http://elsewhere.example")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        get(asked)
    assert refusal.value.code == 404
    refusal.value.close()


def test_the_server_answers_to_no_other_name(kernel):
    """Else a page from elsewhere could give its own name this computer's address."""
    channels, _ = kernel
    with contextlib.closing(http.client.HTTPConnection(channels.netloc, timeout=30)) as connection:
        for host, answer in ((channels.netloc, 200), ("elsewhere.example", 403)):
            connection.request("GET", "/api", headers={"Host": host})  # open to everybody
            with connection.getresponse() as answered:
                answered.read()
                assert answered.status == answer


def test_a_cookie_alone_starts_nothing(kernel):
    channels, cookie = kernel
    server = f"http://{channels.netloc}"
    asked = urllib.request.Request(f"{server}/api/kernels", b"{}", method="POST")
    asked.add_header("Cookie", cookie)
    asked.add_header("Origin", server)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        get(asked)
    assert refusal.value.code == 403 and "_xsrf" in refusal.value.read().decode()
    refusal.value.close()


def test_jupyterlab_does_not_ask_about_news(lab):
    _, address = lab
    settings = get(address).split('id="jupyter-config-data"')[1]
    settings = json.loads(settings.split(">", 1)[1].split("</script>")[0])
    assert "@jupyterlab/apputils-extension:announcements" in settings["disabledExtensions"]


def test_what_only_the_tests_need_shows_no_button_in_a_readers_jupyterlab(tmp_path):
    setup_environment.prepare_settings(tmp_path)
    page = tmp_path / "etc" / "jupyter" / "labconfig" / "page_config.json"
    disabled = json.loads(page.read_text(encoding="utf-8"))["disabledExtensions"]
    assert disabled["@jupyter-notebook/lab-extension"]
    assert disabled["@voila-dashboards/jupyterlab-preview"]


def test_the_site_is_written_by_the_environment_that_has_its_tools(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(commands, "set_up", lambda with_tests: tmp_path if with_tests else None)
    monkeypatch.setattr(commands, "hand_over", lambda *what: seen.append(what) or 0)
    monkeypatch.chdir(tmp_path)
    assert commands.main(["site", "--no-lite", "--open"]) == 0
    ((command, folder, variables),) = seen
    assert command[0] == str(setup_environment.environment_python(tmp_path))
    assert command[1:] == ["-m", "rmsprop_lesson.website", "--no-lite", "--open"]
    assert folder == str(tmp_path) and variables["VIRTUAL_ENV"] == str(tmp_path)


def test_the_benchmark_runs_in_the_environment_that_has_the_peers(monkeypatch, tmp_path, capsys):
    seen = []
    monkeypatch.setattr(commands, "set_up_bench", lambda: tmp_path)
    monkeypatch.setattr(commands, "hand_over", lambda *what: seen.append(what) or 0)
    monkeypatch.setattr(commands, "find_browser", lambda: None)
    assert commands.main(["bench"]) == 1 and not seen
    assert "no Chromium or Chrome" in capsys.readouterr().err
    monkeypatch.setattr(commands, "find_browser", lambda: "chromium")
    assert commands.main(["bench", "--quick"]) == 0
    ((command, _, variables),) = seen
    assert command[0] == str(setup_environment.environment_python(tmp_path))
    assert Path(command[1]).is_file() and command[2:] == ["--quick"]
    assert variables["VIRTUAL_ENV"] == str(tmp_path)
