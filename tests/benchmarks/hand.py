"""A hand on the mouse: 120 moves a second, none of which waits for the page.

Playwright sends a move when the page has answered the last one, which holds a slow page's hand
back. So the moves go straight to Chromium's debugging port.
"""

import asyncio
import json
import threading
import time
import urllib.request

from tornado.websocket import websocket_connect


def shake(port, url, place_at, seconds):
    """Move the mouse to `place_at(seconds passed)` for so long; return the thread that does it."""
    targets = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
    (address,) = (each["webSocketDebuggerUrl"] for each in targets if each["url"] == url)
    hand = threading.Thread(target=lambda: asyncio.run(_shake(address, place_at, seconds)))
    hand.start()
    return hand


async def _shake(address, place_at, seconds):
    socket = await websocket_connect(address)
    start = time.monotonic()
    number = 0
    while (passed := time.monotonic() - start) < seconds:
        number += 1
        await _move(socket, number, *place_at(passed))
        await asyncio.sleep(1 / 120)
    await _move(socket, number + 1, *place_at(seconds))
    while json.loads(await socket.read_message()).get("id") != number + 1:
        pass  # until the page has had the last one
    socket.close()


async def _move(socket, number, x, y):
    params = {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1}
    message = {"id": number, "method": "Input.dispatchMouseEvent", "params": params}
    await socket.write_message(json.dumps(message))
