"""Links that open the lesson on the web, from the address of the clone's own remote.

Standard library only.
"""

import argparse
import re
import subprocess
from urllib.parse import quote, urlencode

from rmsprop_lesson.setup_environment import CLONE, Trouble, say

FIRST_PAGE = "notebooks/00_start_here.ipynb"
BADGE = "https://mybinder.org/badge_logo.svg"
REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/]*@)?"  # scheme, user and password: never shown
    r"(?:ssh\.|altssh\.)?(?P<host>github\.com|gitlab\.com)"
    r"(?::\d+/|[:/])/*(?P<path>[^/\s]+(?:/[^/\s]+?)+?)(?:\.git)?/*"
)


def print_links(arguments):
    parser = argparse.ArgumentParser(
        prog="python3 -m rmsprop_lesson links",
        description="Print links that open the lesson on the web.",
    )
    parser.add_argument(
        "--hub",
        default="https://YOUR-HUB",
        help="address of your JupyterHub, for the nbgitpuller link",
    )
    options = parser.parse_args(arguments)
    say(describe_links(read_remote(CLONE), read_branch(CLONE), options.hub))
    return 0


def describe_links(remote, branch, hub="https://YOUR-HUB"):
    host, path = parse_remote(remote)
    binder = binder_link(host, path, branch)
    page, colab = pages_link(host, path), colab_link(host, path, branch)
    return "\n".join(
        [
            f"Page:         {page or 'is published by GitHub Pages only'}",
            f"Binder:       {binder}",
            f"Badge:        [![Open in Binder]({BADGE})]({binder})",
            f"nbgitpuller:  {nbgitpuller_link(host, path, branch, hub)}",
            f"Colab:        {colab or 'opens repositories on GitHub only'}",
        ]
    )


def parse_remote(remote):
    """Return host and path of a remote at GitHub or GitLab, from any form git accepts."""
    match = REMOTE.fullmatch(remote.strip())
    if not match:
        raise Trouble(
            "Binder links are made for repositories at github.com or gitlab.com,"
            " and this clone's remote is at neither."
        )
    return match["host"], match["path"]


def pages_link(host, path):
    """Return where GitHub Pages publishes the site, or None for another host."""
    if host != "github.com":
        return None
    owner, repository = path.split("/", 1)
    of_owner = f"https://{owner.lower()}.github.io/"
    return of_owner if of_owner == f"https://{repository.lower()}/" else f"{of_owner}{repository}/"


def binder_link(host, path, branch, first_page=FIRST_PAGE):
    provider = "gh" if host == "github.com" else "gl"
    name = path if provider == "gh" else quote(path, safe="")
    page = urlencode({"urlpath": f"lab/tree/{first_page}"}, safe="/")
    return f"https://mybinder.org/v2/{provider}/{name}/{quote(branch, safe='')}?{page}"


def nbgitpuller_link(host, path, branch, hub):
    repository = path.rsplit("/", 1)[-1]
    query = urlencode(
        {
            "repo": f"https://{host}/{path}",
            "branch": branch,
            "urlpath": f"lab/tree/{repository}/{FIRST_PAGE}",
        }
    )
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{query}"


def colab_link(host, path, branch):
    if host != "github.com":
        return None
    return f"https://colab.research.google.com/github/{path}/blob/{quote(branch)}/{FIRST_PAGE}"


def read_remote(clone):
    is_clone = (clone / ".git").exists()  # without it, git would speak of a folder around it
    remotes = (git(clone, "remote") or "").split() if is_clone else []
    if not remotes:
        raise Trouble(
            "This folder has no remote yet. Once the lesson is on GitHub or GitLab:"
            " git remote add origin ADDRESS, then ask for the links again."
        )
    return git(clone, "remote", "get-url", "origin" if "origin" in remotes else remotes[0])


def read_branch(clone):
    """Return the remote's default branch; where it is not known, the branch we are on."""
    default = git(clone, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return (
        default.split("/", 1)[1] if default else git(clone, "symbolic-ref", "--short", "HEAD")
    ) or "main"


def git(clone, *arguments):
    """Return what git prints, or None where it has nothing to say."""
    try:
        process = subprocess.run(
            ["git", "-C", str(clone), *arguments], capture_output=True, text=True, errors="replace"
        )
    except FileNotFoundError:
        raise Trouble("The links come from git, and there is no git on this computer.") from None
    return process.stdout.strip() if process.returncode == 0 else None
