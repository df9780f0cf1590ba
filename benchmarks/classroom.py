"""How many students a machine carries: real kernels that run the real lessons, many at once.

    python benchmarks/classroom.py [--only PIECE ...] [--fresh] [--list]

Measured are the students' notebooks at full size, as JupyterLab would run them: start-up, the wait
for the first painting, memory and processor, for one kernel and for several at once, and what
environment variables change; and of the instructor's notebooks the seconds of each section.

Each piece is written into classroom.json beside this file as soon as it is finished, so a call
measures what is missing; `--only` measures some pieces anew, `--fresh` all of them. `make guides`
puts them into CLASSROOM.md and the guides. The machine should do nothing else meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys

os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")  # the kernel of this environment

from classroom_student import classroom, jupyter_server, lessons, seconds_by_section
from classroom_variables import effect_of_variables
from machine import machine

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
PACKAGES = ("tensorflow", "keras", "numpy")  # whose versions matter
CROWDS = (1, 2, 4, 8)
ONE_THREAD_CROWDS = (1, 8, 12)
PACE = 120.0  # seconds in which a class of its own pace begins the lesson
ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
ALLOCATOR = {
    "MALLOC_ARENA_MAX=2": {"MALLOC_ARENA_MAX": "2"},
    "MALLOC_TRIM_THRESHOLD_=131072": {"MALLOC_TRIM_THRESHOLD_": "131072"},
}


def pieces() -> dict[str, tuple]:
    """From the name of each measurement to a function and its arguments, in order."""
    plan = {f"{count} at once": (classroom, {"count": count}) for count in CROWDS}
    plan["1 at once"][1]["idle"] = True
    for count in ONE_THREAD_CROWDS:
        one = {"count": count, "extra": ONE_THREAD}
        plan[f"{count} at once, one thread"] = (classroom, one)
    spread = {"count": 8, "extra": ONE_THREAD, "window": PACE}
    plan["8 in two minutes, one thread"] = (classroom, spread)
    for name, extra in ALLOCATOR.items():
        plan[f"1, {name}"] = (classroom, {"count": 1, "extra": extra})
    for number in lessons():
        if number != "00":
            plan[f"lesson {number}"] = (classroom, {"count": 1, "lesson": number})
    for number in lessons():
        plan[f"seconds of {number}"] = (seconds_by_section, {"lesson": number})
    plan["server"] = (jupyter_server, {})
    plan["variables"] = (effect_of_variables, {})
    return plan


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description="Measure how many students a machine carries.")
    parser.add_argument("--only", nargs="+", metavar="PIECE", help="these measurements, anew")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    parser.add_argument("--list", action="store_true", help="say what there is to measure")
    parser.add_argument("--output", type=pathlib.Path, default=HERE, metavar="FOLDER")
    options = parser.parse_args(arguments)

    plan = pieces()
    if options.list:
        print("\n".join(plan))
        return 0
    if not sys.platform.startswith("linux"):
        parser.error("this measures shared memory, which only Linux tells: run it on Linux")
    if unknown := [name for name in options.only or () if name not in plan]:
        parser.error(f"there is no measurement {unknown[0]!r}: --list names all of them")

    path, here = options.output / "classroom.json", machine(PACKAGES)
    found = {"machine": here, "elsewhere": {}, "pieces": {}}
    if path.exists() and not options.fresh:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["machine"] != here and not options.only:
            parser.error(
                f"{path.name} is from another machine or other versions: say --fresh, or with "
                "--only what is to be measured here all the same"
            )
        found = kept | {"elsewhere": kept.get("elsewhere", {})}
        found["pieces"] = {name: one for name, one in kept["pieces"].items() if name in plan}
    for name in options.only or [name for name in plan if name not in found["pieces"]]:
        print(f"{name} ...", flush=True)
        function, settings = plan[name]
        found["pieces"][name] = function(**settings)
        found["pieces"] = {name: found["pieces"][name] for name in plan if name in found["pieces"]}
        found["elsewhere"].pop(name, None)
        if here != found["machine"]:  # the guides say so
            found["elsewhere"][name] = here
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
