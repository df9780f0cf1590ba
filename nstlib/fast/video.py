"""Paint a video or an animated GIF frame by frame, in bounded memory and with little flicker.

A frame is painted without a look at the one before. Noise that nobody sees in the photographs then
becomes strokes that jump, above all in a still scene; `Steady` holds on to them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter
from tqdm.auto import tqdm

from nstlib.images import ImageError, to_uint8
from nstlib.images.loading import open_image
from nstlib.images.saving import written_whole
from nstlib.images.sources import home, name_of

ENDINGS = (".mp4", ".gif")  # of what is written
VIDEOS = (*ENDINGS, ".m4v", ".mov", ".mkv", ".webm", ".avi")
ENOUGH = 0.02  # a change of the photograph, of 0 to 1, that gets half of the new painting
AROUND = 9  # side in pixels of the square over which a change is averaged
# A palette for each frame, so that no more than one is kept, and a pattern that stands still.
GIF = (
    "split[a][b];[a]palettegen=stats_mode=single[p];"
    "[b][p]paletteuse=new=1:dither=bayer:bayer_scale=4"
)
# The sound is continued by silence and cut, so that it lasts as long as the frames.
SOUND = ["-af", "apad", "-shortest"]


class Clip(NamedTuple):
    """A video that was opened: frames a second, about how many, if it has sound, and the frames."""

    rate: float
    about: int | None
    sound: bool
    frames: Iterator[np.ndarray]  # (H, W, 3), uint8


class Steady:
    """Keeps a painting as it is where the photograph below it hardly changes.

    Each pixel takes the share d^2 / (d^2 + `enough`^2) of its new colour, where d is how far the
    photograph around it is from what the painting there stands for. What moves is painted anew.

    >>> steady, still = Steady(), np.full((1, 16, 16, 3), 0.5)
    >>> _ = steady(still, still)
    >>> float(steady(still, 0.9 * still).max()), float(steady(0 * still, 0 * still).max() < 0.01)
    (0.5, 1.0)
    """

    def __init__(self, enough: float = ENOUGH):
        self.enough = enough
        self.seen = self.painting = np.empty(0)

    def __call__(self, photograph: np.ndarray, painting: np.ndarray) -> np.ndarray:
        """What to show of a frame and its painting, both (1, H, W, 3)."""
        if not self.seen.size:
            self.seen, self.painting = photograph, painting
            return painting
        away = np.abs(photograph - self.seen).mean(axis=-1, keepdims=True)
        d = np.square(uniform_filter(away, (1, AROUND, AROUND, 1)))
        share = d / (d + self.enough**2)
        self.seen = self.seen + share * (photograph - self.seen)
        self.painting = self.painting + share * (painting - self.painting)
        return self.painting


def is_video(path: str | os.PathLike) -> bool:
    """Whether a file's name is that of a video.

    >>> is_video("clip.MP4"), is_video("photo.jpg")
    (True, False)
    """
    return Path(path).suffix.lower() in VIDEOS


def open_clip(path: str | os.PathLike) -> Clip:
    """Open a video or an animated GIF; its frames are decoded one by one.

    Raises:
        ImageError: no such file, no video, or no ffmpeg; the message says what to install.
    """
    place, name = home(path), name_of(path)
    if not place.is_file():
        raise ImageError(f"{name} is missing or no file: check the spelling and the folder.")
    stream = _ffmpeg().read_frames(str(place))
    try:
        about = next(stream)
        width, height = about["size"]
        rate = float(about["fps"])
        first = next(stream)
    except (OSError, RuntimeError, StopIteration, KeyError, IndexError, ValueError) as error:
        raise ImageError(f"{name} is no video that ffmpeg can read: convert it to .mp4.") from error

    def frames() -> Iterator[np.ndarray]:
        data = first
        try:
            while True:
                yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
                data = next(stream)
        except (StopIteration, RuntimeError):  # the end, be it cut short
            pass
        finally:
            stream.close()

    number = round(rate * about["duration"]) or None
    return Clip(rate or 25.0, number, bool(about.get("audio_codec")), frames())


def paint_video(
    path: str | os.PathLike,
    paint: Callable[[np.ndarray], np.ndarray],
    output: Path,
    *,
    size: int,
    steady: Steady | None = None,
    progress: bool = True,
) -> str:
    """Paint all frames; the file appears when it is whole.

    Args:
        path: of a video or an animated GIF.
        paint: from a photograph (1, H, W, 3) to its painting, as `painter` makes it.
        output: a file that ends in .mp4, with the sound, or .gif.
        size: longer side in pixels; smaller frames stay as they are.
        steady: against flicker; None for frames by themselves.
        progress: whether to show a bar.

    Returns a line about what was painted: after an interruption (Ctrl-C) as much as was finished.

    Raises:
        ImageError: what cannot be read or written.
        KeyboardInterrupt: an interruption before the first frame was painted.
    """
    clip = open_clip(path)
    writer: Generator[None, Any, None] | None = None
    done, ending, started = 0, "", time.perf_counter()
    bar = tqdm(total=clip.about, desc="frames", disable=not progress)
    try:
        with bar, written_whole(home(output)) as part:
            try:
                for frame in clip.frames:
                    photograph = open_image(frame, f"a frame of {name_of(path)}").load(size)
                    painting = paint(photograph)
                    if steady:
                        painting = steady(photograph, painting)
                    pixels = _even(to_uint8(painting))
                    if writer is None:
                        sound = str(home(path)) if clip.sound else None
                        writer = _writer(part, pixels.shape, clip.rate, sound)
                    with _undisturbed():
                        writer.send(pixels)
                        done += 1
                    bar.update()
            except KeyboardInterrupt:
                if not done:
                    raise
                ending = ", then interrupted"
            if writer is not None:
                # The frames are all there: an interruption comes too late to matter.
                with contextlib.suppress(KeyboardInterrupt), _undisturbed():
                    writer.close()
                    _check_complete(part)
    finally:
        clip.frames.close()  # type: ignore[attr-defined]
    seconds = time.perf_counter() - started
    return f"{output}: {done} frames at {clip.rate:g} a second, {seconds:.1f} s{ending}"


def _writer(
    path: Path, shape: tuple[int, ...], rate: float, sound: str | None
) -> Generator[None, Any, None]:
    """What frames are sent to, until it is closed."""
    height, width, _ = shape
    common: dict[str, Any] = {"fps": rate, "macro_block_size": 1, "ffmpeg_log_level": "error"}
    if path.suffix == ".gif":
        own: dict[str, Any] = {"codec": "gif", "pix_fmt_out": "pal8", "quality": None}
        own["output_params"] = ["-filter_complex", GIF]
    else:
        own = {"quality": 7, "audio_path": sound, "output_params": SOUND if sound else []}
    writer = _ffmpeg().write_frames(str(path), (width, height), **common, **own)
    writer.send(None)
    return writer


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals wait till the end of the block; they reach the main thread only.

    One that comes while ffmpeg is written to, or ends its file, makes its caller kill it, and the
    whole video is lost.
    """
    came: list[tuple[int, FrameType | None]] = []
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # by their names, as Windows lacks one
            number = getattr(signal, name, None)
            if number is not None and callable(signal.getsignal(number)):
                before[number] = signal.signal(number, lambda *about: came.append(about))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number, frame in came:
        before[number](number, frame)


def _check_complete(part: Path) -> None:
    """ffmpeg says nothing to its caller of a full disk, and leaves a file without its end.

    Raises:
        OSError: so it is.
    """
    try:
        if part.suffix != ".gif":
            open_clip(part).frames.close()  # type: ignore[attr-defined]
            return
        with part.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read() == b";":
                return
    except (ImageError, OSError):
        pass
    raise OSError("ffmpeg did not get to its end; is the disk full?")


def _even(pixels: np.ndarray) -> np.ndarray:
    """Without the last row or column of an odd number of them, which H.264 cannot hold."""
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(pixels[: height // 2 * 2, : width // 2 * 2])


def _ffmpeg() -> Any:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise ImageError(
            "videos need imageio's ffmpeg: install it with pip install 'nstlib[video]'"
        ) from error
    return imageio_ffmpeg
