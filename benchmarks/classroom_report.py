"""What `classroom.py` has measured, as a page of Markdown."""

from __future__ import annotations


def report(measured: dict) -> str:
    """The text of CLASSROOM.md."""
    pieces = measured["pieces"]
    parts = [
        _introduction(measured["machine"]),
        _crowds(pieces),
        _lessons(pieces),
        _sections(pieces),
        _allocator(pieces),
        _variables(pieces["variables"]),
        _missing(measured["not measured"]),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _missing(names: list[str]) -> str:
    return "## Not measured\n\n" + "\n".join(f"- {name}" for name in names) if names else ""


def crowds(pieces: dict) -> list[str]:
    """The names of the measurements of lesson 00 by one or many."""
    return [name for name in pieces if " at once" in name or " in two minutes" in name]


def lesson_peaks(pieces: dict) -> dict[str, dict]:
    """From a lesson's number to its measurement."""
    found = {"00": pieces["1 at once"]}
    found |= {name.split()[1]: one for name, one in pieces.items() if name.startswith("lesson ")}
    return found


def peak(one: dict) -> float:
    """MB of a kernel, as Linux noted them, or with the processes that it had started."""
    return max(one["peak with children"], one["peak rss"]["most"])


def gigabytes(mb: float) -> str:
    return f"{mb / 1024:.1f} GB"


def _introduction(machine: dict) -> str:
    described = "\n".join(f"| {name} | {value} |" for name, value in machine.items())
    return f"""
# A class on one machine

Written by `make classroom`: the students' notebooks, at full size, in real kernels. How to run a
class is in [docs/deploying.md](../docs/deploying.md).

| | |
|---|---|
{described}

MB and GB are 2^20 and 2^30 bytes. Memory of a process is counted in three ways:

- **RSS**, all of it that is in memory: what a limit has to allow. Pages that kernels share, such
  as TensorFlow's program code, count in full for each of them.
- **PSS**, where of a page that n processes share each has 1/n: added up, what they take together.
- **USS**, what only this process has.

The measurements "at once" had the machine to themselves. The others did not: of the other lessons
and of the allocator only the memory is given, which hardly depends on it.

The students press every button at once (NST_HEADLESS=1) and read nothing, so they keep the
machine busier than people do. Solutions are missing, as in the notebooks that students get.
"""


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _seconds(one: dict, moment: str) -> str:
    found = one["seconds"][moment]
    if one["kernels"] == 1:
        return f"{found['median']:.0f} s"
    return f"{found['median']:.0f} s; {found['most']:.0f} s"


def _crowds(pieces: dict) -> str:
    rows = [
        [
            name,
            _seconds(one, "nstlib imported"),
            _seconds(one, "wait for the painting"),
            _seconds(one, "finished"),
            f"{one['until the last']:.0f} s",
            f"{one['busy percent']:.0f} %",
            f"{one['cpu seconds']['median']:.0f} s",
            f"{one['threads']['median']:.0f}",
            f"{one['peak rss']['most']:.0f} MB",
            gigabytes(one["peak pss together"]),
        ]
        for name, one in ((name, pieces[name]) for name in crowds(pieces))
    ]
    head = ["kernels", "imported", "wait for the painting", "finished", "the last one", "CPU"]
    head += ["processor time each", "threads each", "peak RSS each", "PSS together"]
    single, server = pieces["1 at once"], pieces["server"]
    return f"""
## Lesson 00

Median; slowest. "Imported" and "finished" count from the kernel's own start, "the last one" from
the first kernel's. "PSS together" is the largest sum. "One thread": TF_NUM_INTRAOP_THREADS,
TF_NUM_INTEROP_THREADS, OMP_NUM_THREADS and OPENBLAS_NUM_THREADS are 1. "In two minutes": the
kernels start evenly spread over so long a time, and run without a pause from then on.

{_table(head, rows)}

One kernel is ready after {single["seconds"]["kernel ready"]["median"]:.1f} s.
With nothing to do, it takes {100 * single["idle share of a core"]:.1f} % of a core, and
keeps its memory.

JupyterLab's server, of which each student on a hub has one, takes {server["rss"]:.0f} MB (RSS) or
{server["uss"]:.0f} MB (USS) before a notebook is opened, and {server["seconds"]:.0f} s to start.
"""


def _lessons(pieces: dict) -> str:
    rows = [
        [
            number,
            f"{peak(one):.0f} MB",
            f"{one['after']['rss']['median']:.0f} MB",
        ]
        for number, one in lesson_peaks(pieces).items()
    ]
    return f"""
## Memory of every lesson

One kernel, with the processes that it starts itself (lesson 09 does). Lesson 09 asks on purpose for
more than twice of what is free, to show that it is refused; the pictures it makes for that grow
with the machine.

{_table(["lesson", "peak RSS", "RSS at the end"], rows)}
"""


def _sections(pieces: dict) -> str:
    rows = [
        [name.removeprefix("seconds of "), section, f"{seconds:.1f} s"]
        for name, sections in pieces.items()
        if name.startswith("seconds of ")
        for section, seconds in sections.items()
    ]
    return f"""
## Seconds of every section

The instructor's notebooks, each in a kernel that is alone: with the solutions, every button pressed
once and every slider moved as often as its stored pictures need. Setup is mostly the start of
TensorFlow.

{_table(["lesson", "section", "seconds"], rows)}
"""


def _allocator(pieces: dict) -> str:
    rows = []
    for name, one in pieces.items():
        if name == "1 at once" or "MALLOC" in name:
            rows.append(
                [
                    name.replace("1, ", "").replace("1 at once", "nothing set"),
                    f"{one['peak rss']['median']:.0f} MB",
                    f"{one['after']['rss']['median']:.0f} MB",
                ]
            )
    return f"""
## glibc's allocator

{_table(["variable", "peak RSS", "RSS at the end"], rows)}
"""


def _variables(found: dict) -> str:
    rows = [
        [name, f"{one['TensorFlow']:.1f}", f"{one['NumPy']:.1f}", f"{one['threads']}"]
        for name, one in found.items()
    ]
    head = ["variable", "cores in TensorFlow", "cores in NumPy", "threads"]
    return f"""
## Which variables are heeded

Cores that a convolution and a matrix product keep busy, with one variable set at a time.

{_table(head, rows)}
"""
