"""A student for `classroom.py`: a real kernel that runs a lesson, timed and watched with psutil.

Memory is counted in three ways, in MB of 2**20 bytes:

- rss: all of the process that is in memory. Pages that several kernels share, such as
  TensorFlow's program code, count in full for each: what a memory limit has to allow.
- pss: the same, but of a page that n processes share each has a share of 1/n. Added up over all
  kernels it is what they take together: what decides how many fit. Only Linux tells it.
- uss: what the process alone has, and what comes back when it ends.
"""

from __future__ import annotations

import os
import pathlib
import re
import secrets
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

import nbformat
import psutil
from jupyter_client import KernelManager

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
MB = 2**20
CELL_SECONDS = 1200  # a cell that takes longer is given up
IDLE_SECONDS = 20
PAINTS = "nstlib.stylize("
# As the lessons' headings are; a section without minutes is optional.
SECTION = re.compile(r"^## (.+?)(?: \((\d+) minutes?\b.*)?$", flags=re.M)


def lessons() -> dict[str, pathlib.Path]:
    """The students' notebooks, by number."""
    return {path.name[:2]: path for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))}


def code_of(notebook: pathlib.Path) -> list[str]:
    cells = nbformat.read(notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def environment(extra: dict[str, str]) -> dict[str, str]:
    """What a student's kernel sees; buttons are pressed at once, as nobody is there to do it."""
    settings = {
        "KERAS_BACKEND": "tensorflow",
        "NST_HEADLESS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "IPYTHONDIR": str(ROOT / "build" / "ipython"),
        "KERAS_HOME": str(ROOT / "build" / "keras"),
    }
    unwanted = {"NST_FAST", "MPLBACKEND", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"}
    unwanted |= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_ARENA_MAX"}
    unwanted.add("MALLOC_TRIM_THRESHOLD_")
    inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**inherited, **settings, **extra}


def family(process: psutil.Process) -> list[psutil.Process]:
    """A kernel and the processes that it has started."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def memory(processes: list[psutil.Process]) -> dict[str, float]:
    """MB of these processes together."""
    total = dict.fromkeys(("rss", "pss", "uss"), 0.0)
    for process in processes:
        try:
            found = process.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # it has just ended
            continue
        for kind in total:
            total[kind] += getattr(found, kind) / MB
    return total


def high_water(pid: int) -> float:
    """The most that was ever resident of a process, in MB: Linux keeps count of it."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


class Student:
    """Starts a kernel, runs the cells of a notebook in it one after the other, notes the time."""

    def __init__(self, notebook: pathlib.Path, extra: dict[str, str], wait: float = 0.0):
        self.notebook, self.extra, self.wait = notebook, extra, wait
        self.process = None  # until the kernel has been started
        self.seconds, self.cells = {}, []  # until some moments; of each cell of code
        self.record = None
        self.error = None
        self.finish = lambda: None

    def run(self) -> None:
        """In a thread; what goes wrong is kept in `error`."""
        try:
            time.sleep(self.wait)
            self._run()
        except Exception as error:
            self.error = error

    def _run(self) -> None:
        manager = KernelManager(kernel_name="python3")
        started = time.perf_counter()
        manager.start_kernel(env=environment(self.extra), cwd=str(NOTEBOOKS))
        client = manager.blocking_client()
        self.finish = lambda: (client.stop_channels(), manager.shutdown_kernel(now=True))
        self.process = psutil.Process(manager.provisioner.pid)
        client.start_channels()
        client.wait_for_ready(timeout=CELL_SECONDS)
        self.seconds["kernel ready"] = time.perf_counter() - started
        for number, code in enumerate(code_of(self.notebook), start=1):
            self._cell(client, number, code, started)
        self.seconds["finished"] = time.perf_counter() - started
        self.record = {
            "seconds": self.seconds,
            "cpu seconds": cpu_seconds(self.process),
            "threads": self.process.num_threads(),
            "after": memory([self.process]),
            "peak rss": high_water(self.process.pid),
        }

    def _cell(self, client, number: int, code: str, started: float) -> None:
        begun = time.perf_counter()
        reply = client.execute_interactive(
            code, timeout=CELL_SECONDS, allow_stdin=False, output_hook=lambda message: None
        )["content"]
        if reply["status"] != "ok":
            problem = f"{reply.get('ename')}: {reply.get('evalue')}"
            raise RuntimeError(f"{self.notebook.name}, code cell {number}: {problem}")
        self.cells.append(time.perf_counter() - begun)
        if re.search(r"^import nstlib$", code, flags=re.M):
            self.seconds["nstlib imported"] = time.perf_counter() - started
        if PAINTS in code and "first painting" not in self.seconds:
            self.seconds["first painting"] = time.perf_counter() - started
            self.seconds["wait for the painting"] = time.perf_counter() - begun


class Watch:
    """The memory of all students' kernels, looked at again and again, and the busy processor."""

    def __init__(self, students: list[Student], every: float):
        self.students, self.every = students, every
        self.together, self.alone, self.busy = [], [], []

    def __enter__(self):
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        psutil.cpu_percent()  # the first call begins to count
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.over.wait(self.every):
            found = [memory(family(s.process)) for s in self.students if s.process is not None]
            self.busy.append(psutil.cpu_percent())
            self.together.append(sum(one["pss"] for one in found))
            self.alone.append(max((one["rss"] for one in found), default=0.0))


def classroom(
    count: int, lesson: str = "00", extra: dict | None = None, window: float = 0.0, idle=False
) -> dict:
    """So many kernels run a lesson at once, or begin one after the other within a window.

    Args:
        count: how many students.
        lesson: its number.
        extra: environment variables of the kernels.
        window: seconds in which the students begin, evenly spread.
        idle: whether to watch for a while how much the kernels compute when nobody asks.
    """
    notebook = lessons()[lesson]
    students = [Student(notebook, extra or {}, window * i / count) for i in range(count)]
    threads = [threading.Thread(target=student.run) for student in students]
    started = time.perf_counter()
    try:
        with Watch(students, every=0.25 if count == 1 else 2.0) as watch:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        lasted = time.perf_counter() - started
        for student in students:
            if student.error:
                raise student.error
        at_rest = idle_share(students) if idle else None
    finally:
        for student in students:
            student.finish()
    return summary([student.record for student in students], watch, lasted, at_rest)


def seconds_by_section(lesson: str) -> dict[str, float]:
    """From the heading of each section to the seconds that its code takes, with solutions.

    What is optional has no minutes in its heading, and counts for "".
    """
    path = NOTEBOOKS / "instructor" / lessons()[lesson].name
    teacher = Student(path, {})
    try:
        teacher.run()
    finally:
        teacher.finish()
    if teacher.error:
        raise teacher.error
    found, seconds, section = {}, iter(teacher.cells), ""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            found[section] = found.get(section, 0.0) + next(seconds)
        elif heading := SECTION.search(cell.source):
            section = heading[1] if heading[2] else ""
    return {name: round(taken, 2) for name, taken in found.items()}


def idle_share(students: list[Student]) -> float:
    """The share of one core that a kernel with nothing to do takes."""
    before = sum(cpu_seconds(student.process) for student in students)
    time.sleep(IDLE_SECONDS)
    after = sum(cpu_seconds(student.process) for student in students)
    return (after - before) / IDLE_SECONDS / len(students)


def summary(records: list[dict], watch: Watch, lasted: float, at_rest: float | None) -> dict:
    """The numbers that are kept: of each moment and each kind of memory, median and largest."""

    def both(values) -> dict[str, float]:
        values = list(values)
        return {"median": round(statistics.median(values), 2), "most": round(max(values), 2)}

    moments = list(records[0]["seconds"])
    kept = {
        "kernels": len(records),
        "seconds": {name: both(r["seconds"][name] for r in records) for name in moments},
        "until the last": round(lasted, 2),
        "cpu seconds": both(record["cpu seconds"] for record in records),
        "busy percent": round(statistics.mean(watch.busy), 1),
        "threads": both(record["threads"] for record in records),
        "after": {kind: both(r["after"][kind] for r in records) for kind in ("rss", "pss", "uss")},
        "peak rss": both(record["peak rss"] for record in records),
        "peak with children": round(max(watch.alone), 1),
        "peak pss together": round(max(watch.together), 1),
    }
    if at_rest is not None:
        kept["idle share of a core"] = round(at_rest, 4)
    return kept


def jupyter_server() -> dict[str, float]:
    """Seconds until JupyterLab's server answers, and its memory: each student on a hub has one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--ip=127.0.0.1", f"--ServerApp.root_dir={NOTEBOOKS}"]
    token = secrets.token_hex()
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        env={**environment({}), "JUPYTER_TOKEN": token},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}/lab?token={token}"
            while not _answers(address):
                if server.poll() is not None or time.perf_counter() - started > CELL_SECONDS:
                    raise RuntimeError("JupyterLab did not start: is it installed (make lab)?")
                time.sleep(0.1)
            seconds = time.perf_counter() - started
            taken = memory([psutil.Process(server.pid)])
        finally:
            server.terminate()
    return {"seconds": round(seconds, 2), **{kind: round(mb, 1) for kind, mb in taken.items()}}


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):
            return True
    except OSError:
        return False
