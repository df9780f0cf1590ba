"""What all exercises share: a check, its verdict, and the careful call of a student's function."""

from __future__ import annotations

import contextlib
import ctypes
import inspect
import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nstlib.backend import keras
from nstlib.check.passed import remember

NOTHING = "It returns nothing yet: replace the ... by your code, and return the result."
SECONDS = 8.0  # for one call: the slowest right answers take a tenth of one, on a busy machine one
SECONDS_OF_ALL = 30.0  # for all calls of a check
PRINTED = 1000  # characters of what a student's function prints


class Verdict(NamedTuple):
    """What a check found: whether all passed, and in words what."""

    passed: bool
    message: str

    def _ipython_display_(self) -> None:
        """The message has been printed already: a notebook need not show it again."""


class StudentError(Exception):
    """What is wrong with a student's function, in words."""


class Check:
    """The check of one exercise.

    Args:
        reference: the library's own function.
        examine: gets the student's function and yields (passed, words), a pair per demand. What
            it raises counts as not passed; the words of a `StudentError` are shown.
        hints: from a nudge to nearly the answer.
    """

    def __init__(self, reference: Callable, examine: Callable, hints: Sequence[str]):
        self.reference, self._examine, self._hints = reference, examine, list(hints)
        self._hints_given = 0
        self.__doc__ = f"Check your own `{reference.__name__}`."

    def __call__(self, function: Any) -> Verdict:
        student = Student(function, self.reference)
        verdict = self._judge(student)
        if verdict.passed:
            remember(self.reference.__name__)
        say(student.printed + verdict.message)
        return verdict

    def _judge(self, student: Student) -> Verdict:
        passed, lines = True, []
        try:
            for fine, words in self._examine(student):
                lines.append(f"{'passed ' if fine else 'not yet'}  {words}")
                passed = passed and bool(fine)
                if not fine:
                    break  # what comes next would only repeat the same mistake
        except KeyboardInterrupt:
            raise  # whoever waits for an endless loop has to get out
        except StudentError as error:
            passed = False
            lines.append(f"not yet  {error}")
        except BaseException:  # an answer so odd that it cannot even be compared
            passed = False
            lines.append("not yet  What it returns cannot be used: compare with its docstring.")
        if passed:
            lines.append("All passed.")
        return Verdict(passed, "\n".join(lines))

    def mine_or_library(self, function: Callable, *, gradient: bool = True) -> Callable:
        """The student's function, if it can take part in a painting; or else the library's.

        Args:
            function: the student's; one that calls `nstlib` itself counts as the library's.
            gradient: whether a gradient has to come through it, as through a loss; a step of an
                optimiser needs none, and gets arrays.

        It can if it passes the check, and passes again when TensorFlow follows each of its steps,
        or when it gets nothing but arrays. Prints whose function it is, and why.
        """
        import tensorflow as tf

        log = tf.get_logger()
        log.disabled = True  # it would warn of a function that is followed anew for each shape
        try:
            verdict = self._judge(Student(function, self.reference))
            fits = verdict.passed
            if fits:
                called = tf.function(function) if gradient else function
                fits = self._judge(Student(called, self.reference, arrays_only=not gradient)).passed
        finally:
            log.disabled = False
        names = getattr(getattr(function, "__code__", None), "co_names", ())
        chosen = self.reference
        if function is self.reference or "nstlib" in names:
            words = "the library's, as yours is not there yet"
        elif fits:
            chosen, words = function, "yours"
        elif verdict.passed and gradient:
            words = "the library's. Yours is right, but no gradient comes through it: "
            words += "write it with keras.ops in the place of NumPy"
        elif verdict.passed:
            words = (
                "the library's. Yours is right, but takes tensors only, and here it gets arrays: "
            )
            words += "leave out what arrays do not have, as .numpy() and .get_shape()"
        else:
            words = f"the library's. Yours: {verdict.message.splitlines()[-1][9:]}"
        say(f"{self.reference.__name__}: {words}")
        return chosen

    def hint(self) -> None:
        """Print one hint more than last time."""
        self._hints_given = min(self._hints_given + 1, len(self._hints))
        for number, hint in enumerate(self._hints[: self._hints_given], start=1):
            say(f"Hint {number} of {len(self._hints)}: {hint}")

    def solution(self) -> None:
        """Print the library's own source, after saying so."""
        path = self.reference.__module__.replace(".", "/")
        say(f"Here is how nstlib does it ({path}.py):\n")
        say(inspect.getsource(self.reference))


def say(words: str) -> None:
    """Print, if there is anything to print on: a check never raises."""
    try:
        print(words)
    except UnicodeEncodeError:
        print(words.encode("ascii", "replace").decode())
    except (ValueError, OSError):  # closed, by whomever
        pass


# ---- the student's function ----------------------------------------------------------------------


class Stopped(StudentError):
    """The student's function raised an error."""

    def __init__(self, error: BaseException):
        try:
            words = f"{type(error).__name__}: {shorten(str(error))}"
        except Exception:  # some errors have no words
            words = type(error).__name__
        if "bitwise_xor" in words or "for ^" in words:
            words += ". In Python ^ is no power: write **"
        super().__init__(f"Your function stopped with {words}")
        # What arrays lack, tensors may have; what both lack, the student made up.
        self.lacks = getattr(error, "name", None) if isinstance(error, AttributeError) else None


class FoundNothing(StudentError):
    """The student's function is written, and yet returns nothing."""


class OutOfTime(BaseException):
    """A call took too long; no `except Exception` of a student's catches it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in this thread after so many seconds.

    It works in every thread and on every system, as it asks Python itself and sends no signal. So
    it ends loops in Python, and a single long call into C, as of TensorFlow, not before it returns.
    """
    here, lock, finished = threading.get_ident(), threading.Lock(), threading.Event()

    def throw(error: type[BaseException] | None) -> None:
        throwing = None if error is None else ctypes.py_object(error)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(here), throwing)

    def watch() -> None:
        wait = seconds
        while not finished.wait(wait):
            with lock:
                if not finished.is_set():
                    throw(OutOfTime)
            wait = 0.5  # once more, for whoever catches everything

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            finished.set()
            throw(None)  # what was thrown and has not arrived yet


class Printed(io.TextIOBase):
    """Takes what is printed and keeps the beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.cut = "", False

    def write(self, text: str) -> int:
        room = PRINTED - len(self.text)
        self.text, self.cut = self.text + text[:room], self.cut or len(text) > room
        return len(text)

    def lines(self) -> str:
        """What was kept, so that what follows begins on a line of its own."""
        text = f"{self.text} ..." if self.cut else self.text
        return text if text.endswith("\n") or not text else f"{text}\n"


class Student:
    """A student's function, called with copies: of arrays, and where it wants tensors, of these.

    `printed` is what its first call printed that printed anything.

    Args:
        arrays_only: whether it has to do with arrays, because its caller will have nothing else.

    Raises:
        StudentError: not from here but from a call, if the function takes other arguments than
            `reference`, stops with an error, takes too long, returns nothing, changes what it is
            given, or what it returned before.
    """

    def __init__(self, function: Any, reference: Callable, arrays_only: bool = False):
        self.function, self.name = function, reference.__name__
        self.arrays_only = arrays_only
        self.printed = ""
        self._seconds = 0.0  # of all calls so far
        self._given: Any = ()  # by the last call
        self._before: Any = None  # its answer, and a copy of that
        # What the library takes by keyword only, no exercise asks for.
        parameters = [
            parameter
            for parameter in inspect.signature(reference).parameters.values()
            if parameter.kind is not parameter.KEYWORD_ONLY
        ]
        self.wanted = [p.name for p in parameters if p.default is p.empty]
        self.optional = [f"{p.name}={p.default}" for p in parameters if p.default is not p.empty]

    def __call__(self, *arguments: Any) -> Any:
        self._look_at_the_function(arguments)
        try:
            return self._call(arguments)
        except Stopped as first:
            if self.arrays_only:
                raise
            # Perhaps a right function of tensors: arrays have no .numpy() and no .get_shape().
            tensors = _copied(arguments, convert=_as_tensor)
            try:
                return self._call(tensors)
            except Stopped as second:
                tell_second = first.lacks is not None and first.lacks != second.lacks
                raise (second if tell_second else first) from None

    def _look_at_the_function(self, arguments: Sequence) -> None:
        if not callable(self.function):
            raise StudentError(
                f"That is no function but {shorten(type(self.function).__name__)}: hand over the "
                f"function itself, without brackets, as in check.{self.name}({self.name})."
            )
        try:
            signature = inspect.signature(self.function)
        except Exception:
            return  # some built-in functions have no signature: the call will show
        try:
            signature.bind(*arguments)
        except TypeError:
            count = f"{len(self.wanted)} argument{'s' * (len(self.wanted) > 1)}"
            more = ", besides what has a default" if self.optional else ""
            raise StudentError(
                f"It must take {count}{more}: {self.name}"
                f"({', '.join(self.wanted + self.optional)}). Yours is {self.name}{signature}."
            ) from None

    def _call(self, arguments: Sequence) -> Any:
        # The same arrays as last time, with other numbers, as in a loop: whoever remembers answers
        # by the array is found out.
        given = _copied(arguments)
        if _filled(self._given, given):
            given = self._given
        stdout, began = Printed(), time.monotonic()
        limit = min(SECONDS, SECONDS_OF_ALL - self._seconds)
        try:
            with contextlib.redirect_stdout(stdout), time_limit(limit):
                answer = self.function(*given)
            if time.monotonic() - began > limit:  # it has caught even what should stop it
                raise OutOfTime
        except StopIteration:  # of next(...) over nothing
            raise FoundNothing(
                "It looks for something with next(...), and finds nothing."
            ) from None
        except NotImplementedError:
            raise StudentError(NOTHING) from None
        except KeyboardInterrupt:
            raise
        except OutOfTime:
            words = (
                f"It had not returned after {SECONDS:g} seconds and was stopped. Is there a loop "
                "that does not end, such as a while whose condition stays true?"
            )
            if limit < SECONDS:
                words = (
                    f"It was called several times, which took over {SECONDS_OF_ALL:g} seconds in "
                    "all, so the check was stopped. Is there a loop that could be an operation on "
                    "whole arrays?"
                )
            raise StudentError(words) from None
        except BaseException as error:  # also sys.exit
            raise Stopped(error) from None
        finally:
            self._seconds += time.monotonic() - began
            self.printed = self.printed or stdout.lines()
        if not _same(given, arguments):
            raise StudentError(
                "It changes what it is given, as x -= y, x[0] = y and x.sort() do, and the caller "
                "needs that again: write x = x - y, or work on a copy."
            )
        if any(not array.flags.writeable for array in _arrays(given)):
            raise StudentError(
                "It locks what it is given (flags.writeable), and the caller needs that again: "
                "work on a copy."
            )
        if answer is None and not _is_stub(self.function):
            words = "It returns nothing here: does every way through it end with a return?"
            if stdout.text:
                words = "It prints, but returns nothing: end it with return, and what it prints."
            raise FoundNothing(words)
        if self._before is not None and not _same(*self._before):
            raise StudentError(
                "What it returned before has changed with this call: make a new array each time, "
                "as the caller may still need the old one."
            )
        kept = [array for array in _arrays(answer) if array.dtype.kind in "biuf"]
        ours = any(np.may_share_memory(one, other) for one in kept for other in _arrays(given))
        self._given, self._before = given, None if ours or not kept else (answer, _copied(answer))
        return answer


def _as_tensor(array: np.ndarray) -> Any:
    """In float32 where it was float64, which TensorFlow does not mix with a student's constants."""
    dtype = "float32" if array.dtype == "float64" else array.dtype.name
    return keras.ops.convert_to_tensor(array, dtype)


def _is_stub(function: Any) -> bool:
    """Whether a function does nothing at all."""
    code = getattr(function, "__code__", None)
    if code is None:
        return True
    arguments = code.co_argcount + code.co_kwonlyargcount
    arguments += bool(code.co_flags & inspect.CO_VARARGS)
    arguments += bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return not code.co_names and code.co_nlocals == arguments


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """All arrays within dicts, lists and tuples."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _arrays(item)


def _filled(old: Any, new: Any) -> bool:
    """Put the numbers of new arguments into the old arrays, if all else is the same."""
    olds, news = list(_arrays(old)), list(_arrays(new))
    if not news or [(a.shape, a.dtype) for a in olds] != [(a.shape, a.dtype) for a in news]:
        return False
    if not _same(_copied(old, lambda array: None), _copied(new, lambda array: None)):
        return False
    for one, other in zip(olds, news, strict=True):
        one[...] = other
    return True


def _copied(value: Any, convert: Callable = np.copy) -> Any:
    """A copy down to the arrays, which are converted; tensors cannot change and are kept."""
    if isinstance(value, np.ndarray):
        return convert(value)
    if isinstance(value, dict):
        return {key: _copied(item, convert) for key, item in value.items()}
    if hasattr(value, "_fields"):  # a named tuple, such as a convention
        return value._make(_copied(item, convert) for item in value)
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(item, convert) for item in value)
    return value


def _same(given: Any, original: Any) -> bool:
    if given is original:
        return True
    if isinstance(given, np.ndarray) and isinstance(original, np.ndarray):
        given, original = np.asarray(given), np.asarray(original)  # of a np.matrix the copy is none
        same_kind = given.shape == original.shape and given.dtype == original.dtype
        return same_kind and np.array_equal(given, original, equal_nan=given.dtype.kind == "f")
    if type(given) is not type(original):
        return False
    if isinstance(given, dict):
        same_keys = list(given) == list(original)
        return same_keys and all(_same(given[key], original[key]) for key in given)
    if isinstance(given, (list, tuple)):
        return len(given) == len(original) and all(map(_same, given, original))
    return bool(given == original)


def shorten(value: object, length: int = 120) -> str:
    """A value in at most so many characters of one line, whatever it is."""
    try:
        words = " ".join((value if isinstance(value, str) else repr(value)).split())
    except Exception:
        words = type(value).__name__
    return words if len(words) <= length else f"{words[: length - 3]}..."
