"""Work in a thread, so that buttons and sliders go on answering; at once where nobody can press.

A running cell keeps every widget of a notebook from answering. So a widget hands its work to a
`Worker`. With no one to press a button (a script, a test, an export), it is done at once instead.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

from nstlib.notebook import is_headless


class Worker:
    """Does one job at a time in a thread; a new job takes the place of the one before.

    Args:
        work: called as `work(stop, *arguments)`; `stop` is a `threading.Event` that it looks at
            now and then, and when it is set, comes to an end. It has to show its own errors, as
            hardly anybody sees those of a thread.

    A slider that is dragged asks for more jobs than can be done: those in between are left out,
    and the last one always is done.

    >>> worker = Worker(lambda stop, number: print(number, stop.is_set()))
    >>> worker.start(7)  # nobody can press a button here, so it is done at once
    7 False
    """

    def __init__(self, work: Callable[..., None]):
        self.work = work
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._next: tuple | None = None
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether a job is being done."""
        return self._thread is not None

    def start(self, *arguments: Any) -> None:
        """Do this job, as soon as the one that is being done has stopped."""
        if is_headless():
            self.work(threading.Event(), *arguments)
            return
        with self._lock:
            self._stop.set()
            self._stop = threading.Event()  # each job has its own, so that no stop is ever lost
            self._next = self._stop, *arguments
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ask the latest job to come to an end; does not wait until it has."""
        self._stop.set()

    def wait(self) -> None:
        """Wait until there is nothing left to do."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _loop(self) -> None:
        while True:
            with self._lock:
                if self._next is None:
                    self._thread = None
                    return
                job, self._next = self._next, None
            try:
                self.work(*job)
            except Exception:  # it would end the thread, and the widget with it
                traceback.print_exc()
