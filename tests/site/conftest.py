"""One site for all tests of this folder: built once, by the command's own function."""

import functools
import http.server
import threading

import pytest

from rmsprop_lesson.website.build import build

STRICT = "default-src 'self'"


@pytest.fixture(scope="session")
def said():
    """What the command said while it built the site."""
    return []


@pytest.fixture(scope="session")
def site(tmp_path_factory, said):
    folder = tmp_path_factory.mktemp("site") / "_site"
    build(folder, say=said.append)
    return folder


@pytest.fixture(scope="session")
def address(site):
    """The site on a plain server of files that lets a page load only what is the site's."""

    class Strict(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            if not self.path.startswith("/lite/"):
                self.send_header("Content-Security-Policy", STRICT)
            super().end_headers()

        def log_message(self, *arguments):
            pass

    handler = functools.partial(Strict, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
