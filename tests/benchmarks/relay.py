"""A link with a delay: a relay on loopback between the browser and JupyterLab."""

import asyncio
import contextlib
import threading

from lab import free_port


async def pass_on(reader, writer, delay):
    """Pass bytes on, each after the delay, in their order."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue()

    async def send():
        while (item := await waiting.get()) is not None:
            due, data = item
            await asyncio.sleep(max(0, due - loop.time()))
            writer.write(data)
            await writer.drain()
        writer.close()

    sending = asyncio.create_task(send())
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            waiting.put_nowait((loop.time() + delay, data))
    waiting.put_nowait(None)
    with contextlib.suppress(OSError):
        await sending


@contextlib.contextmanager
def delayed(address, round_trip):
    """Relay an address on loopback with a round trip in seconds; yield the relay's address."""
    target, port = int(address.rsplit(":", 1)[1]), free_port()

    async def connect(reader, writer):
        there = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(
            pass_on(reader, there[1], round_trip / 2), pass_on(there[0], writer, round_trip / 2)
        )

    async def serve():
        async with await asyncio.start_server(connect, "127.0.0.1", port):
            await asyncio.Event().wait()

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # connections that the page has closed
    threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True).start()
    yield f"http://127.0.0.1:{port}"
