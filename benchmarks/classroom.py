"""How many students a machine carries: real kernels that run the real lessons, many at once.

    python benchmarks/classroom.py [--only PIECE ...] [--fresh] [--list]

Measured are the students' notebooks at full size, as JupyterLab would run them: start-up, the wait
for the first painting, memory and processor, for one kernel and for several at once, and what
environment variables change; and of the instructor's notebooks the seconds of each section. What is
finished is kept in build/classroom, so a call goes on where the last one was; `--only` measures
some pieces, for a machine that can be had for minutes only. What is there is written into
classroom.json and CLASSROOM.md beside this file, with the names of what is not.

The machine should do nothing else meanwhile. How a student is measured is in `classroom_student`,
what is written in `classroom_report`.
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")  # the kernel of this environment

from cache import Cache
from classroom_report import report
from classroom_student import classroom, jupyter_server, lessons, seconds_by_section
from classroom_variables import effect_of_variables

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
CROWDS = (1, 2, 4, 8)
ONE_THREAD_CROWDS = (1, 8, 12)
NEEDED = ("1 at once", "server", "variables")  # what the report cannot do without
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
    parser.add_argument("--only", nargs="+", metavar="PIECE", help="these measurements only")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    parser.add_argument("--list", action="store_true", help="say what there is to measure")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "build" / "classroom")
    parser.add_argument("--output", type=pathlib.Path, default=HERE, metavar="FOLDER")
    options = parser.parse_args(arguments)

    plan = pieces()
    if options.list:
        print("\n".join(plan))
        return 0
    if not sys.platform.startswith("linux"):
        parser.error("this measures shared memory, which only Linux tells: run it on Linux")
    wanted = options.only or list(plan)
    if unknown := [name for name in wanted if name not in plan]:
        parser.error(f"there is no measurement {unknown[0]!r}: --list names all of them")
    cache = Cache(options.cache)
    if options.fresh:
        for name in wanted:
            cache.forget(f"{kind(name)}-")
    for name in wanted:
        function, settings = plan[name]
        cache.piece(kind(name), settings, lambda f=function, s=settings: f(**s))

    results, missing = {}, []
    for name, (_, settings) in plan.items():
        if cache.path(kind(name), settings).exists():
            results[name] = cache.piece(kind(name), settings, dict)
        else:
            missing.append(name)
    if lacking := [name for name in NEEDED if name in missing]:
        print(f"nothing is written without {', '.join(lacking)}")
        return 0
    measured = {"machine": _machine(), "pieces": results, "not measured": missing}
    text = json.dumps(measured, indent=1) + "\n"
    (options.output / "classroom.json").write_text(text, encoding="utf-8")
    (options.output / "CLASSROOM.md").write_text(report(measured), encoding="utf-8")
    return 0


def kind(name: str) -> str:
    """A measurement's name, as part of a file's name.

    >>> kind("1, MALLOC_ARENA_MAX=2")
    'classroom_1_MALLOC_ARENA_MAX_2'
    """
    words = "".join(letter if letter.isalnum() else " " for letter in name).split()
    return "_".join(["classroom", *words])


def _machine() -> dict[str, str]:
    from measure import machine  # brings TensorFlow along, which nothing else here needs

    return {name: value for name, value in machine().items() if name != "torch"}


if __name__ == "__main__":
    sys.exit(main())
