"""Try the lesson on a JupyterHub of this machine: several users, each with a server and a kernel.

It takes an environment of its own, since no reader needs a hub:

    python3 -m venv /tmp/hub && /tmp/hub/bin/pip install -r requirements.txt
    /tmp/hub/bin/pip install jupyterhub nbgitpuller
    npm install --prefix /tmp/hub configurable-http-proxy
    PATH="/tmp/hub/node_modules/.bin:/tmp/hub/bin:$PATH" python tests/benchmarks/hub.py

Every user signs in, gets the repository as nbgitpuller brings it, runs the first notebook to an
answering picture and types a value; none gets at another's server. All users are one user of the
system here (SimpleLocalProcessSpawner): a real hub gives each an account or a container.
"""

import argparse
import asyncio
import contextlib
import http.cookiejar
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
from lab import CLONE, free_port
from processes import ended_in_the_end, megabytes, summary, used
from students import ExplorerStudent

from rmsprop_lesson.keeping import FOLDER
from rmsprop_lesson.links import FIRST_PAGE

RESULTS = Path(__file__).with_name("hub.json")
CONFIG = """load_subconfig({config!r})
c.JupyterHub.bind_url = {address!r}
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.args = ["--allow-root"]
c.Spawner.environment |= {{"PYTHONPATH": {clone!r}, "RMSPROP_LESSON_KEEP": {kept!r}}}
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.services = [{{"name": "trial", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [
    {{"name": "trial", "services": ["trial"], "scopes": ["admin:users", "admin:servers", "tokens"]}}
]
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, choices=range(1, 31), default=4, metavar="1..30")
    users = [f"student{k}" for k in range(parser.parse_args().users)]
    with ended_in_the_end(), hub() as (address, token, password):
        told = asyncio.run(hold_class(address, token, password, users))
    RESULTS.write_text(json.dumps(told, indent=1) + "\n")
    memory, cpu, typed = told["memory"], told["cpu"], told["typed"]
    print(
        f"{len(users)} users, and none gets at another's files. All pictures answered after"
        f" {told['answered']['last']:.1f} s; a typed value took {typed['median']:.0f} ms,"
        f" {typed['p95']:.0f} at the 95th percentile. A user's server took"
        f" {cpu['server']:.1f} s of CPU and {memory['server']:.0f} MB,"
        f" the kernel {cpu['kernel']:.1f} s and {memory['kernel']:.0f} MB. Written: {RESULTS.name}."
    )


@contextlib.contextmanager
def hub():
    """Run a JupyterHub with the class's configuration; yield its address, token and password."""
    folder, address = Path(tempfile.mkdtemp()), f"http://127.0.0.1:{free_port()}"
    token, password = secrets.token_hex(16), secrets.token_hex(8)
    config = CONFIG.format(
        config=str(CLONE / "teaching" / "jupyterhub_config.py"),
        address=address,
        hub_port=free_port(),
        api_port=free_port(),
        homes=str(folder / "homes" / "{username}"),
        clone=str(CLONE),
        kept=str(folder / "kept"),
        password=password,
        token=token,
    )
    (folder / "homes").mkdir()
    subprocess.run(
        [sys.executable, "-m", "rmsprop_lesson.first_picture"],
        cwd=CLONE,
        env=os.environ | {FOLDER: str(folder / "kept")},
        check=True,
    )
    (folder / "config.py").write_text(config)
    with open(folder / "hub.log", "w") as log:
        command = ["jupyterhub", "-f", str(folder / "config.py")]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_for(f"{address}/hub/api", process, folder / "hub.log")
        yield address, token, password
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(url, process, log, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text()) from None
            time.sleep(0.3)


async def hold_class(address, token, password, users):
    """Let all users sign in at once; return the figures."""
    start = time.perf_counter()
    each = await asyncio.gather(*(attend(address, token, password, user) for user in users))
    waits = summary([answered - start for _, _, answered in each])
    typed = summary([1000 * await student.type() for student, _, _ in each for _ in range(5)])
    for user, (_, own, _) in zip(users, each, strict=True):
        opened = [other for other in users if may_open(f"{address}/user/{other}/api/contents", own)]
        if opened != [user]:
            raise RuntimeError(f"{user} gets at the files of {', '.join(opened) or 'nobody'}")
    servers = [p for p in psutil.Process().children(recursive=True) if is_server(p)]
    kernels = [kernel for server in servers for kernel in server.children()]
    return {
        "users": len(users),
        "answered": waits,
        "typed": typed,
        "memory": {"server": mean(megabytes, servers), "kernel": mean(megabytes, kernels)},
        "cpu": {"server": mean(used, servers), "kernel": mean(used, kernels)},
    }


def mean(figure, processes):
    return statistics.mean(map(figure, processes))


def is_server(process):
    return any("singleuser" in part for part in process.cmdline())


async def attend(address, token, password, user):
    """Sign in, start a server, bring the lesson, run the first page until its picture answers."""
    await asyncio.to_thread(sign_in, address, user, password)
    await asyncio.to_thread(start_server, address, token, user)
    told = await asyncio.to_thread(call, f"{address}/hub/api/users/{user}/tokens", token, {})
    own, server = told["token"], f"{address}/user/{user}"
    await asyncio.to_thread(bring_lesson, server, own)
    student = ExplorerStudent(f"lesson/{FIRST_PAGE}", seed=user)
    await student.open(server, own)
    return student, own, time.perf_counter()


def sign_in(address, user, password):
    """Sign in as a person does in the form."""
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    browser.open(f"{address}/hub/login").close()
    xsrf = next(cookie.value for cookie in cookies if cookie.name == "_xsrf")
    form = {"username": user, "password": password, "_xsrf": xsrf}
    url = f"{address}/hub/login?next=%2Fhub%2Fhome"
    with browser.open(url, urlencode(form).encode(), timeout=60) as answer:
        if not answer.url.endswith("/hub/home"):
            raise RuntimeError(f"{user} could not sign in: {answer.url}")


def start_server(address, token, user, seconds=180):
    """Start a user's server and wait until it is ready."""
    call(f"{address}/hub/api/users/{user}/server", token, {})
    end = time.monotonic() + seconds
    while not call(f"{address}/hub/api/users/{user}", token)["servers"].get("", {}).get("ready"):
        if time.monotonic() > end:
            raise TimeoutError(f"the server of {user} did not start within {seconds} s")
        time.sleep(0.3)


def bring_lesson(server, own):
    """Bring the repository as the nbgitpuller link does."""
    branch = subprocess.check_output(["git", "rev-parse", "--abbrev-ref", "HEAD"], cwd=CLONE)
    asked = {"repo": str(CLONE), "branch": branch.decode().strip(), "targetpath": "lesson"}
    request = urllib.request.Request(f"{server}/git-pull/api?{urlencode(asked)}")
    request.add_header("Authorization", f"token {own}")
    with urllib.request.urlopen(request, timeout=120) as answer:
        told = answer.read().decode()
    if '"phase": "finished"' not in told:
        raise RuntimeError(told)


def may_open(url, own):
    """Return whether a user's token opens the files of a server."""
    try:
        call(url, own)
    except urllib.error.HTTPError as error:
        if error.code not in (403, 404):
            raise
        return False
    return True


def call(url, token, data=None):
    """Call the hub or a server; return what it tells."""
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, body, {"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        told = answer.read()
    return json.loads(told) if told else {}


if __name__ == "__main__":
    os.environ.setdefault("GIT_TERMINAL_PROMPT", "0")
    main()
