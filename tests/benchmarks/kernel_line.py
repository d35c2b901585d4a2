"""A kernel's messages, as JupyterLab sends and receives them: a session over REST, a websocket.

The widgets of the notebook are kept as a browser keeps them, as dicts of their state.
"""

import asyncio
import json
import uuid
from datetime import UTC, datetime
from typing import NamedTuple

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

PATIENCE = 120  # seconds that an answer may take; a class on a busy computer is slow
PROTOCOL = "v1.kernel.websocket.jupyter.org"


class Message(NamedTuple):
    """What came from the kernel; ``parent`` is the id of the message that it answers."""

    kind: str
    parent: str
    content: dict
    buffers: list

    def ends(self, identity):
        """Return whether it says that the message with this id has been dealt with."""
        is_status = self.kind == "status" and self.content["execution_state"] == "idle"
        return is_status and self.parent == identity

    def holds(self, mime):
        """Return whether it shows something of this MIME type."""
        return mime in self.content.get("data", {})

    @property
    def state(self):
        """The traits of a widget that it sets."""
        return self.content.get("data", {}).get("state", {})

    @property
    def custom(self):
        """What a widget tells beside its traits."""
        return self.content.get("data", {}).get("content", {})


class Line:
    """One notebook's line to its kernel."""

    def __init__(self, socket):
        self.socket, self.session = socket, uuid.uuid4().hex
        self.listeners, self.models = set(), {}
        self.reading = asyncio.create_task(self._read())

    def send(self, kind, content, channel="shell"):
        """Send a message; return its id."""
        identity = uuid.uuid4().hex
        header = {"msg_id": identity, "msg_type": kind, "session": self.session, "version": "5.4"}
        header |= {"username": "", "date": datetime.now(UTC).isoformat()}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        packed = serialize_msg_to_ws_v1(message, channel, lambda part: json.dumps(part).encode())
        self.socket.write_message(packed, binary=True)
        return identity

    def run(self, code):
        """Ask the kernel to run a cell; return the message's id."""
        return self.send("execute_request", {"code": code, "silent": False, "store_history": True})

    def update(self, comm, state):
        """Set traits of a widget, as a browser does; return the message's id."""
        self.models[comm].update(state)
        data = {"method": "update", "state": state, "buffer_paths": []}
        return self.send("comm_msg", {"comm_id": comm, "data": data})

    def tell(self, comm, content):
        """Send a widget's own message."""
        data = {"method": "custom", "content": content}
        return self.send("comm_msg", {"comm_id": comm, "data": data})

    def expect(self, wanted):
        """Return something to await: the first message from now on that is wanted."""
        future = asyncio.get_running_loop().create_future()

        def listen(message):
            if wanted(message) and not future.done():
                future.set_result(message)

        self.listeners.add(listen)
        future.add_done_callback(lambda _: self.listeners.discard(listen))
        return self._wait(future)

    async def _wait(self, future):
        await asyncio.wait({future, self.reading}, timeout=PATIENCE, return_when="FIRST_COMPLETED")
        if future.done():
            return future.result()
        future.cancel()
        if self.reading.done():
            self.reading.result()
        raise TimeoutError(f"no answer within {PATIENCE} s")

    def idle_after(self, identity):
        """Return something to await: that a message has been dealt with."""
        return self.expect(lambda message: message.ends(identity))

    def model(self, **state):
        """Return the id of the widget in this state."""
        return next(
            comm
            for comm, model in self.models.items()
            if all(model.get(name) == value for name, value in state.items())
        )

    async def _read(self):
        while (packed := await self.socket.read_message()) is not None:
            _, (header, parent, _, content, *buffers) = deserialize_msg_from_ws_v1(packed)
            kind, content = json.loads(header)["msg_type"], json.loads(content)
            message = Message(kind, json.loads(parent).get("msg_id"), content, buffers)
            self._keep(message)
            for listen in list(self.listeners):
                listen(message)

    def _keep(self, message):
        if message.kind == "error":
            raise RuntimeError("\n".join(message.content["traceback"]))
        if not message.state:
            return
        state = self.models.setdefault(message.content["comm_id"], {})
        state.update(message.state)
        paths = message.content["data"].get("buffer_paths", [])
        for path, buffer in zip(paths, message.buffers, strict=True):
            at = state
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = buffer


async def open_line(address, token, name):
    """Start a session for a notebook, connect to its kernel, and greet it as JupyterLab does."""
    headers = {"Authorization": f"token {token}"}
    asked = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
    request = HTTPRequest(
        f"{address}/api/sessions",
        method="POST",
        headers=headers,
        body=json.dumps(asked),
        request_timeout=PATIENCE,
        connect_timeout=PATIENCE,
    )
    answer = await AsyncHTTPClient().fetch(request)
    kernel_id = json.loads(answer.body)["kernel"]["id"]
    where = f"{address}/api/kernels/{kernel_id}/channels".replace("http", "ws", 1)
    socket = await websocket_connect(
        HTTPRequest(where, headers=headers, request_timeout=PATIENCE, connect_timeout=PATIENCE),
        subprotocols=[PROTOCOL],
        max_message_size=2**28,
    )
    line = Line(socket)
    line.send("kernel_info_request", {})
    line.send("comm_info_request", {"target_name": "jupyter.widget"})
    return line
