"""What TEACHING.md says of the machine for a class, from what was measured.

``python tests/benchmarks/sizing.py`` prints the lines as they have to stand there.
"""

import json
from math import ceil
from pathlib import Path

HERE = Path(__file__).parent
CLASS, HUB = (
    json.loads((HERE / f"{name}.json").read_text("utf-8")) for name in ("classroom", "hub")
)
WAIT = 30  # seconds that a class may wait for its first picture


def table(measured=CLASS):
    """Return the rows of the largest class as a table in Markdown."""
    rows = list({row["kind"]: row for row in measured["rows"]}.values())  # the last: the largest
    lines = [
        ["with " + str(rows[0]["students"]) + " students", *(row["kind"] for row in rows)],
        ["---"] * (1 + len(rows)),
        ["memory of a student's kernel, MB", *(f"{row['memory']['student']:.0f}" for row in rows)],
        ["CPU of a student's start, s", *(f"{start(row):.1f}" for row in rows)],
        ["all pictures are there after, s", *(f"{row['answered']['last']:.0f}" for row in rows)],
        [
            "typed value to picture, 95th percentile, ms",
            *(f"{row['typed']['p95']:.0f}" for row in rows),
        ],
        ["cores busy while all play", *(f"{row['playing']['cpu']:.2f}" for row in rows)],
        ["pictures per second and student", *(pictures(row) for row in rows)],
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def pictures(row):
    return (
        "drawn in the browser" if row["kind"] == "explorer" else f"{row['playing']['pictures']:.1f}"
    )


def start(row):
    """Return the CPU time of one student's start: the kernel's and the server's part, in s."""
    return row["start_cpu"]["kernel"] + row["start_cpu"]["server"]


def rule(measured=CLASS, hub=HUB):
    """Return the sizing rule, in sentences: memory rounded up to the next 10 MB.

    The cores are those that the class has occupied, whether they computed or waited: a server
    works on one core, and more of them shorten no wait below the server's own part.
    """
    row = [row for row in measured["rows"] if row["kind"] == "explorer"][-1]
    kernel, server = up(row["memory"]["student"]), up(row["memory"]["server"])
    own = up(hub["memory"]["server"]) + up(hub["memory"]["kernel"])
    occupied = int(measured["machine"].split()[0]) * row["answered"]["last"]
    seconds = ceil(10 * occupied / row["students"]) / 10
    cores = row["students"] * seconds / WAIT
    return [
        f"memory = {kernel} MB per open notebook + {server} MB for the server",
        f"memory = {own} MB per student",
        f"cores = students × {seconds} s / the seconds that you want to wait",
        f"{row['students']} students in {WAIT} s: {cores:.1f} cores",
        f"students × {row['start_cpu']['server']:.2f} s on however many cores",
    ]


def up(megabytes):
    return 10 * ceil(megabytes / 10)


if __name__ == "__main__":
    print(table(), *rule(), sep="\n")
