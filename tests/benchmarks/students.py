"""Students of a class, each with a notebook: what their browsers send, and what they wait for.

The explorer's browser needs the scene and the piece of the atlas that holds the setting on screen;
from then on its picture answers. Peers wait for a picture from the kernel. What a browser needs to
draw is not counted. A browser sends one update at a time, the next one when the kernel has dealt
with it, and so do these students.
"""

import asyncio
import contextlib
import json
import random
import time
from pathlib import Path

import nbformat
from kernel_line import open_line
from peers import CELLS, IMPORTS

from rmsprop_lesson.atlas import RUNS_IN_A_PIECE
from rmsprop_lesson.dials import POSITIONS

FIRST_PAGE = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
SLIDERS = ("lr", "beta", "epsilon")
FRAME = 1 / 60  # seconds from one iteration to the next while playing
DRAG = 0.03  # seconds from one position to the next while dragging
VIEW = "application/vnd.jupyter.widget-view+json"


class Student:
    """A student with a notebook. ``pictures`` counts those that the kernel has drawn."""

    def __init__(self, name, seed):
        self.name, self.chance = name, random.Random(seed)
        self.hand, self.pictures = asyncio.Lock(), 0

    async def open(self, address, token):
        """Open the notebook and run its cells; return when its picture answers."""
        self.line = await open_line(address, token, self.name)
        self.line.listeners.add(self.hear)
        view = self.line.expect(lambda message: message.holds(VIEW))
        picture = self.line.expect(self.is_picture)
        done = [self.line.idle_after(self.line.run(cell)) for cell in self.cells()]
        await asyncio.gather(view, picture, *done)
        await self.tie()

    def hear(self, message):
        """Take a message as the front end does."""
        self.pictures += self.is_picture(message)

    async def change(self, comm, pace=0.0, **state):
        """Set traits as the browser does; return when the next may be set."""
        async with self.hand:
            sent = self.line.update(comm, state)
            await asyncio.gather(self.line.idle_after(sent), asyncio.sleep(pace))

    async def type(self):
        """Choose a setting that the kernel has to compute; return the wait for it in seconds.

        Jupyter Server drops pictures beyond 1 MB/s: one that never comes counts as PATIENCE.
        """
        async with self.hand:
            comm, state = self.new_setting()
            start = time.perf_counter()
            sent = self.line.update(comm, state)
            with contextlib.suppress(TimeoutError):
                await self.line.expect(self.shows(sent, state))
            return time.perf_counter() - start

    async def live(self):
        """Play for two seconds, drag a slider through ten positions, and so on."""
        while True:
            await self.play(2)
            name = self.chance.choice(SLIDERS)
            for index in range(10):
                await self.slide(name, index)


class ExplorerStudent(Student):
    """The first notebook. Python hears of the setting, and computes typed values alone."""

    def cells(self):
        """Return the cells of the notebook up to the explorer."""
        cells = nbformat.read(FIRST_PAGE, 4).cells
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        return code[: next(i for i, each in enumerate(code) if "Explorer(" in each) + 1]

    def is_picture(self, message):
        """Return whether it brings the player, which draws by itself from then on."""
        return message.kind == "comm_open" and "scene" in message.state

    def hear(self, message):
        """Nothing has to be answered, and no picture comes."""

    async def tie(self):
        """Wait for the piece with the setting on screen, and tie the controls in the browser."""
        self.player = self.line.model(_model_name="AnyModel")
        model, piece = self.line.models[self.player], self.piece()
        if len(model["opening"][0]) <= piece:
            await self.ask(piece)
        self.line.update(self.player, {"coupled": True})

    def piece(self):
        """Return the number of the piece with the setting on screen."""
        model, number = self.line.models[self.player], 0
        for name, positions in model["scene"]["paths"][0]["positions"]:
            number = number * len(positions) + positions.index(model["setting"][name])
        return number // RUNS_IN_A_PIECE

    async def ask(self, piece):
        """Ask for a piece of the atlas."""
        came = self.line.expect(lambda message: message.custom.get("piece") == piece)
        self.line.tell(self.player, {"ask": [0, piece]})
        await came

    def chosen(self, **values):
        return self.line.models[self.player]["setting"] | values

    async def slide(self, name, index):
        setting = self.chosen(**{name: POSITIONS[name][index]})
        await self.change(self.player, DRAG, setting=setting)

    async def play(self, seconds):
        """The browser plays; where it stops, it says so."""
        await asyncio.sleep(seconds)
        await self.change(self.player, iteration=self.chance.randrange(200))

    def new_setting(self):
        return self.player, {"setting": self.chosen(lr=round(self.chance.uniform(0.001, 1), 7))}

    def shows(self, sent, state):
        """Return what tells the run of a setting from other messages."""
        return lambda message: message.state.get("exact", {}).get("setting") == state["setting"]


class PeerStudent(Student):
    """A notebook of a peer, whose pictures come from the kernel."""

    async def tie(self):
        """Find the sliders."""
        kind = "SelectionSliderModel"
        self.sliders = {
            name: self.line.model(description=name, _model_name=kind) for name in SLIDERS
        }
        self.iteration = self.line.model(_model_name="IntSliderModel")

    async def slide(self, name, index):
        await self.change(self.sliders[name], DRAG, index=index)

    async def play(self, seconds):
        """Say the iteration of the moment as often as the kernel takes it."""
        start = time.perf_counter()
        while (played := time.perf_counter() - start) < seconds:
            await self.change(self.iteration, FRAME, value=round(played / FRAME) % 201)

    def new_setting(self):
        """Peers have no values between positions: another position, and its path."""
        comm = self.sliders["lr"]
        others = set(range(len(POSITIONS["lr"]))) - {self.line.models[comm]["index"]}
        return comm, {"index": self.chance.choice(sorted(others))}


class InteractStudent(PeerStudent):
    def cells(self):
        return [without_explorer(IMPORTS), CELLS["interact"]]

    def is_picture(self, message):
        return message.holds("image/png")

    def shows(self, sent, state):
        """Return what tells the picture of a setting from others."""
        return lambda message: message.parent == sent and self.is_picture(message)


class IpymplStudent(PeerStudent):
    def cells(self):
        return [without_explorer(IMPORTS), *CELLS["ipympl"].split("\n", 1)]

    waiting = False

    def is_picture(self, message):
        return self.told(message) == "binary"

    def told(self, message):
        """Return what kind of message the canvas has sent."""
        return json.loads(message.custom["data"])["type"] if "data" in message.custom else None

    def hear(self, message):
        """Answer the canvas: greet it, ask for a picture whenever there is a new one."""
        super().hear(message)
        if message.kind == "comm_open" and message.state.get("_model_name") == "MPLCanvasModel":
            self.answer(message, "refresh", "send_image_mode", "initialized")
        told = self.told(message)
        if told == "binary":
            self.waiting = False
        elif told == "resize":
            self.answer(message, "refresh")
        elif told == "draw" and not self.waiting:
            self.waiting = True
            self.answer(message, "draw")

    def answer(self, message, *kinds):
        for kind in kinds:
            self.line.tell(message.content["comm_id"], {"type": kind})

    def shows(self, sent, state):
        """Return what tells the first picture that was drawn after a setting was taken."""
        taken = False

        def wanted(message):
            nonlocal taken
            taken = taken or message.ends(sent)
            return taken and self.is_picture(message)

        return wanted


def without_explorer(imports):
    """Return the cell of imports of the peers without what only the explorer's has to load."""
    return imports.replace("from rmsprop_lesson.explorer import Explorer\n", "")


KINDS = {"explorer": ExplorerStudent, "interact": InteractStudent, "ipympl": IpymplStudent}
