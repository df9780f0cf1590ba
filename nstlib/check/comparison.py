"""Comparing a student's answers with the right ones, and telling slips apart.

A slip is a wrong formula that students really write, with the words that help. Inputs are drawn
afresh for every check, and drawn again until the right formula and all slips give answers of their
own: so no wrong answer passes by luck, and none is mistaken for another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np

from nstlib.check.framework import NOTHING, Stopped, StudentError, shorten

ROUNDING = 1e-4  # relative to the largest value: far more than float32's, far less than a slip


class Slip(NamedTuple):
    """A wrong formula of the same inputs, and what to say to whoever uses it.

    `multiple`: whether an answer that is a multiple of it is this slip, too, as when the division
    by M is missing besides.
    """

    wrong: Callable
    words: str
    multiple: bool = False


def slips_of(
    formulas: Mapping[str, Callable | Sequence[Callable]],
    *,
    before: str = "",
    multiple: bool = False,
) -> list[Slip]:
    """Slips from the words to the wrong formula, or to several that deserve the same words.

    `before` goes before all of the words.
    """
    return [
        Slip(wrong, before + words, multiple)
        for words, wrongs in formulas.items()
        for wrong in (wrongs if isinstance(wrongs, Sequence) else [wrongs])
    ]


def compare(
    student: Callable,
    draw: Callable[[], tuple],
    right: Callable,
    slips: Sequence[Slip] = (),
    *,
    shape_words: Callable[[tuple], str] = lambda shape: "",
    described: Callable[[tuple], str] | None = None,
    whole: bool = False,
    whole_words: str = "",
    tolerance: float = ROUNDING,
    rounds: int = 3,
    by_hand: Mapping[str, tuple] | None = None,
) -> None:
    """Compare numbers or arrays on inputs drawn several times, and on some that are given.

    Args:
        student, right: functions of the inputs.
        draw: makes the inputs, new ones at each call.
        slips: the wrong formulas to tell apart.
        shape_words: gets a wrong shape and may explain it.
        described: the inputs in a few words, for an answer that no slip explains.
        whole: whether whole numbers are wanted instead of floats, exactly.
        whole_words: what to add for a float where a whole number is wanted.
        tolerance: how far floats may be off, relative to the largest value.
        rounds: how often.
        by_hand: from a few words to inputs small enough to compute with by hand: the docstring's
            example, and the edges that the text promises. An answer that no slip explains is shown
            on these, if it is wrong there as well.

    Raises:
        StudentError: the words for the first answer that is not right.
    """
    tolerance = 0.0 if whole else tolerance
    inputs: tuple = ()

    def check_by_hand() -> None:
        for words, small in (by_hand or {}).items():
            compare_by_hand(student, small, right, words, whole=whole, tolerance=tolerance)

    def is_slip(slip: Slip, found: np.ndarray, wrong: np.ndarray) -> bool:
        return close(found, wrong, tolerance) or (slip.multiple and proportional(found, wrong))

    def by_chance(slip: Slip) -> bool:
        # A constant may be what a slip gives for one draw; hardly for a second one.
        again, _, (wrong,) = draw_apart(draw, right, [slip], tolerance)
        return not is_slip(slip, numbers(student(*again)), wrong)

    for _ in range(rounds):
        inputs, wanted, wrongs = draw_apart(draw, right, slips, tolerance)
        found = numbers(student(*inputs))
        is_whole = found.dtype.kind in "iu"
        if whole and not is_whole and found.shape == wanted.shape:
            raise_slip(found, slips, wrongs, 1e-9)
            words = (
                f"It returns a whole number, and yours is {shorten(found.item())}. {whole_words}"
            )
            raise StudentError(words.strip())
        if close(found, wanted, tolerance) and (whole or not is_whole):
            continue
        for slip, wrong in zip(slips, wrongs, strict=True):
            if is_slip(slip, found, wrong) and not by_chance(slip):
                raise StudentError(slip.words)
        of = shorten((described or _described)(inputs))
        words = _no_slip(found, wanted, of, shape_words, is_whole and not whole)
        if found.shape == wanted.shape and np.isfinite(found).all() and (whole or not is_whole):
            check_by_hand()
        raise StudentError(words)
    other = halved(inputs)
    if other is not inputs and not whole:
        found, wanted = numbers(student(*other)), as_floats(right(*other))
        if not close(found, wanted, max(tolerance, ROUNDING)):
            raise StudentError(
                "It was right for other numbers in arrays of the same shape: does it remember an "
                "earlier answer, or does it go by the size of the numbers?"
            )
    check_by_hand()


def compare_by_hand(
    student: Callable,
    inputs: tuple,
    right: Callable,
    words: str,
    *,
    whole: bool = False,
    tolerance: float = ROUNDING,
) -> None:
    """Compare on given inputs, which go into the words of a `StudentError` as they are."""
    wanted = as_floats(right(*inputs))
    right_one = written(wanted.astype(int) if whole else wanted)
    of = f"{words}, {', '.join(shorten(written(value), 150) for value in inputs)},"
    try:
        found = numbers(student(*inputs))
    except Stopped as stopped:
        if "MemoryError" in str(stopped):
            return  # it builds what is to be counted, and this was too large
        raise StudentError(f"For {of} it is {right_one}. {stopped}") from None
    if found.shape != wanted.shape or not close(found, wanted, tolerance):
        raise StudentError(f"For {of} it is {right_one}, and yours is {written(found)}.")
    if whole and found.dtype.kind not in "iu":
        raise StudentError(f"For {of} it is a whole number, and yours is {written(found)}.")


def written(value: Any) -> str:
    """A value as it is typed, without the digits that a float32 has not."""
    if isinstance(value, (np.ndarray, np.generic)):
        return written(value.tolist())
    if isinstance(value, float):
        return repr(float(f"{value:.6g}"))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))})"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)


def halved(value: Any) -> Any:
    """The same with half of each number in its arrays; itself, if there are none."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value / 2
    if isinstance(value, dict):
        items: Any = {key: halved(item) for key, item in value.items()}
        same = all(items[key] is value[key] for key in value)
    elif isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        items = type(value)(map(halved, value))
        same = all(one is other for one, other in zip(items, value, strict=True))
    else:
        return value
    return value if same else items


def _no_slip(
    found: np.ndarray,
    wanted: np.ndarray,
    described: str,
    shape_words: Callable[[tuple], str],
    is_whole: bool,
) -> str:
    """What to say where no slip leads to the answer."""
    if found.shape != wanted.shape:
        kind = "one number" if wanted.shape == () else f"an array of shape {wanted.shape}"
        yours = f"has shape {found.shape}" if found.shape else "is a single number"
        return f"It returns {kind}; yours {yours}. {shape_words(found.shape)}".strip()
    if is_whole:
        return (
            f"It returns whole numbers ({found.dtype}), which lose everything behind the point: "
            "compute with floats from the first step to the last."
        )
    if not np.isfinite(found).all():
        return (
            "Infinite or undefined values (inf, nan): is there a division by 0, or a root of < 0?"
        )
    if wanted.shape == ():
        return f"For {described} it is {wanted:.6g}, and yours is {found:.6g}."
    at = np.unravel_index(np.argmax(np.abs(found - wanted)), wanted.shape)
    place = ", ".join(map(str, at))
    return (
        f"The shape is right, but not the values: [{place}] is {wanted[at]:.6g}, and yours is "
        f"{found[at]:.6g}. Try an example so small that you can compute it by hand."
    )


def _described(inputs: Sequence) -> str:
    """The inputs in a few words: plain numbers as they are, of arrays the shape."""
    if isinstance(inputs[0], np.ndarray):
        count = "two arrays" if len(inputs) > 1 else "an array"
        return f"{count} of shape {inputs[0].shape}"
    return ", ".join(map(str, inputs))


def draw_apart(
    draw: Callable[[], tuple],
    right: Callable,
    slips: Sequence[Slip],
    tolerance: float = ROUNDING,
) -> tuple[tuple, np.ndarray, list[np.ndarray]]:
    """Inputs for which the right formula and all slips give answers of their own.

    Returns the inputs, the right answer, and the slips' answers.
    """
    for _ in range(200):
        inputs = draw()
        with np.errstate(all="ignore"):
            wanted = as_floats(right(*inputs))
            wrongs = [as_floats(slip.wrong(*inputs)) for slip in slips]
        answers = [(None, wanted), *((s.words, w) for s, w in zip(slips, wrongs, strict=True))]
        if not any(
            words != others_words and close(found, other, 10 * tolerance)
            for number, (words, found) in enumerate(answers)
            for others_words, other in answers[:number]
        ):
            return inputs, wanted, wrongs
    raise RuntimeError("two formulas agree on whatever is drawn")


def raise_slip(
    found: np.ndarray,
    slips: Sequence[Slip],
    wrongs: Sequence[np.ndarray],
    tolerance: float = ROUNDING,
) -> None:
    """Raise the words of the first slip that leads to this answer, if one does.

    Args:
        wrongs: what each slip gives, as from `draw_apart`.

    Raises:
        StudentError: a slip leads to it.
    """
    for slip, wrong in zip(slips, wrongs, strict=True):
        if close(found, wrong, tolerance):
            raise StudentError(slip.words)


def as_floats(values: Any) -> np.ndarray:
    return np.asarray(values, np.float64)


def close(found: np.ndarray, wanted: np.ndarray, tolerance: float = ROUNDING) -> bool:
    """Whether two arrays are equal up to rounding, relative to the largest value."""
    if found.shape != wanted.shape:
        return False
    difference = np.abs(found.astype(np.float64) - wanted)
    return bool(np.all(difference <= tolerance * np.abs(wanted).max(initial=0)))


def proportional(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether one array is a positive multiple of the other."""
    if found.shape != wanted.shape or not np.isfinite(found).all() or not found.any():
        return False
    factor = (found * wanted).sum() / (wanted * wanted).sum()
    return factor > 0 and close(found, factor * wanted)


def numbers(found: Any) -> np.ndarray:
    """An answer as an array, be it a number, a list, an array or a tensor.

    Raises:
        StudentError: it is none of these.
    """
    if found is None or found is ...:
        raise StudentError(NOTHING)
    kind = type(found).__name__
    if not isinstance(found, (str, bytes, Mapping, Set)):
        try:
            array = np.asarray(found)
        except Exception:
            raise StudentError(f"It returns a {kind}, which is no array of numbers.") from None
        if array.dtype.kind in "iuf":
            return array
        if array.dtype.name == "bfloat16":
            return array.astype(np.float32)
        kind = f"{kind} of {array.dtype}" if array.shape else kind
    raise StudentError(f"It returns numbers, and yours is a {kind}.")


def names(found: Any, wanted: Collection[str], what: str) -> dict:
    """An answer as a dict with certain names.

    Raises:
        StudentError: it is no dict, or names are missing or too many.
    """
    if found is None or found is ...:
        raise StudentError(NOTHING)
    if not isinstance(found, Mapping):
        raise StudentError(f"It returns a dict from {what}, and yours is a {type(found).__name__}.")
    missing = [name for name in wanted if name not in found]
    if missing:
        raise StudentError(
            f"{missing[0]} is missing from your dict, which has {shorten(list(found))}: is the "
            "return inside of the loop, or does each round make a new dict?"
        )
    if len(found) > len(wanted):
        raise StudentError(f"Your dict has names that it should not have: {shorten(list(found))}.")
    return dict(found)
