"""Videos and animated GIFs, painted frame by frame: whole, without flicker, and what is refused."""

import signal
import sys
import wave

import numpy as np
import pytest

from nstlib import example_path, fast_stylize, load_image, save_image
from nstlib.fast import video
from nstlib.fast.video import Steady, open_clip, paint_video
from nstlib.images import ImageError

CAT = str(example_path("chelsea"))
RATE, FRAMES = 12.5, 6


def make_clip(path, frames, **settings):
    """Write frames (H, W, 3), uint8, into a video."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="the extra nstlib[video] is missing")
    height, width, _ = frames[0].shape
    common = {"fps": RATE, "macro_block_size": 1, "ffmpeg_log_level": "error"}
    writer = ffmpeg.write_frames(str(path), (width, height), **common, **settings)
    writer.send(None)
    for frame in frames:
        writer.send(np.ascontiguousarray(frame))
    writer.close()
    return path


@pytest.fixture(scope="module")
def moving():
    """A cat that moves."""
    cat = (255 * load_image(CAT, 64)[0, :42, :62]).astype("uint8")
    return [np.roll(cat, 8 * number, axis=1) for number in range(FRAMES)]


@pytest.fixture
def clip(tmp_path, moving):
    return make_clip(tmp_path / "clip.mp4", moving)


def frames_of(path):
    return [frame.copy() for frame in open_clip(path).frames]


@pytest.mark.parametrize("ending", ["mp4", "gif"])
def test_a_video_keeps_its_frames_their_rate_and_their_order(nst, clip, tmp_path, ending):
    output = tmp_path / f"out.{ending}"
    done = nst("--fast", clip, "klimt_baby", "--output", output)
    assert done.returncode == 0, done.stderr
    assert f"{output}: {FRAMES} frames at 12.5 a second" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({"clip.mp4", output.name})
    assert open_clip(output).rate == pytest.approx(RATE, abs=0.02)
    found = frames_of(output)
    assert len(found) == FRAMES and found[0].shape == (42, 62, 3)
    alone = [255 * fast_stylize(frame, "klimt_baby")[0] for frame in frames_of(clip)]
    for number in (0, FRAMES - 1):
        away = [np.abs(found[number] - painting).mean() for painting in alone]
        assert np.argmin(away) == number and away[number] < 25


def test_a_gif_becomes_a_video_of_the_size_asked_for(nst, moving, tmp_path):
    settings = {"codec": "gif", "pix_fmt_out": "rgb8", "quality": None}
    clip = make_clip(tmp_path / "clip.gif", moving, **settings)
    done = nst("--fast", clip, CAT, "-o", tmp_path / "out.mp4", "--size", 33, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {frame.shape for frame in frames_of(tmp_path / "out.mp4")} == {(22, 32, 3)}
    assert nst("--fast", clip, "klimt_baby", "-o", tmp_path / "still.png").returncode == 0


def test_the_sound_comes_along(tmp_path, moving):
    sound = tmp_path / "sound.wav"
    rate = 8000
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        tone = np.sin(np.arange(rate) * 0.3) * 9000
        file.writeframes(tone.astype("<i2").tobytes())
    silent = make_clip(tmp_path / "silent.mp4", moving)
    loud = make_clip(tmp_path / "loud.mp4", moving, audio_path=str(sound))
    for path, wanted in ((silent, False), (loud, True)):
        painted = tmp_path / f"painted_{path.name}"
        paint_video(path, lambda photograph: photograph, painted, size=64, progress=False)
        assert open_clip(painted).sound == wanted
        assert len(frames_of(painted)) == FRAMES


def test_an_interruption_leaves_what_is_finished(clip, tmp_path):
    output, seen = tmp_path / "out.mp4", []

    def paint(photograph):
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(photograph)
        return photograph

    line = paint_video(clip, paint, output, size=64, progress=False)
    assert "3 frames" in line and "interrupted" in line
    assert len(frames_of(output)) == 3

    def at_once(photograph):
        raise KeyboardInterrupt

    output.unlink()
    with pytest.raises(KeyboardInterrupt):
        paint_video(clip, at_once, output, size=64, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


class Interrupted:
    """A writer to which a signal comes at its third frame, or at its end."""

    def __init__(self, writer, at):
        self.writer, self.left = writer, at

    def send(self, pixels):
        self.left -= 1
        if not self.left:
            signal.raise_signal(signal.SIGINT)
        self.writer.send(pixels)

    def close(self):
        signal.raise_signal(signal.SIGINT)
        self.writer.close()


@pytest.mark.parametrize("at, frames", [(3, 3), (0, FRAMES)])
def test_a_signal_while_a_frame_is_written_waits(clip, tmp_path, monkeypatch, at, frames):
    writer, output = video._writer, tmp_path / "out.mp4"
    monkeypatch.setattr(video, "_writer", lambda *given: Interrupted(writer(*given), at))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    line = paint_video(clip, lambda photograph: photograph, output, size=64, progress=False)
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler
    assert f"{frames} frames" in line and ("interrupted" in line) == (at > 0)
    assert len(frames_of(output)) == frames


@pytest.mark.parametrize("ending", ["mp4", "gif"])
def test_a_file_that_ffmpeg_did_not_finish_is_none(clip, tmp_path, ending, monkeypatch):
    output = tmp_path / f"out.{ending}"
    paint_video(clip, lambda photograph: photograph, output, size=64, progress=False)
    before = output.read_bytes()
    writer = video._writer

    def on_a_full_disk(path, *arguments):
        """It writes as always, and then the file lacks its end, as on a full disk."""
        inner = writer(path, *arguments)
        try:
            while True:
                inner.send((yield))
        finally:
            inner.close()
            path.write_bytes(path.read_bytes()[:-400])

    def begun(*arguments):
        generator = on_a_full_disk(*arguments)
        next(generator)
        return generator

    monkeypatch.setattr(video, "_writer", begun)
    with pytest.raises(ImageError, match="cannot be written .*is the disk full"):
        paint_video(clip, lambda photograph: photograph, output, size=64, progress=False)
    assert output.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", output.name]


def test_a_video_goes_home_and_through_a_link(nst, clip, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    link = tmp_path / "link.mp4"
    link.symlink_to(tmp_path / "real.mp4")
    done = nst("--fast", clip, "klimt_baby", "-o", "~/link.mp4", "--size", 48)
    assert done.returncode == 0, done.stderr
    assert link.is_symlink() and len(frames_of(tmp_path / "real.mp4")) == FRAMES


def test_what_cannot_be_painted_is_said_in_one_sentence(nst, clip, tmp_path):
    photo, text = tmp_path / "photo.png", tmp_path / "text.mp4"
    save_image(np.zeros((1, 16, 16, 3)), photo)
    text.write_text("no video at all")
    before = clip.read_bytes()
    for content, output, words in [
        (text, "out.mp4", "is no video that ffmpeg can read"),
        (photo, "out.mp4", "let its name end in .png, .jpg or .jpeg"),
        (tmp_path / "gone.mp4", "out.mp4", "is missing"),
        (tmp_path, "out.mp4", "is missing or no file"),
        (clip, "out.png", "let its name end in .mp4 or .gif"),
        (clip, "nowhere/out.mp4", "make its folder first"),
        (clip, "clip.mp4", "already exists"),
    ]:
        done = nst("--fast", content, "klimt_baby", "--output", tmp_path / output)
        assert done.returncode == 2 and words in done.stderr and done.stderr.count("\n") == 1
    done = nst("--fast", clip, "klimt_baby", "--output", clip, "--overwrite")
    assert done.returncode == 2 and "would be lost" in done.stderr
    assert clip.read_bytes() == before


def test_without_ffmpeg_it_says_what_to_install(monkeypatch, nst, tmp_path):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x")
    done = nst("--fast", path, "klimt_baby", "--output", tmp_path / "out.mp4")
    assert done.returncode == 2 and "pip install 'nstlib[video]'" in done.stderr
    with pytest.raises(ImageError, match="videos need imageio's ffmpeg"):
        open_clip(path)


def test_a_still_scene_keeps_still_and_a_moving_one_is_followed():
    rng = np.random.default_rng(0)
    scene = rng.random((1, 48, 48, 3)).astype("float32")
    steady, painted, shown = Steady(), [], []
    for _ in range(8):
        frame = scene + rng.normal(0, 0.01, scene.shape).astype("float32")
        painted.append(np.clip(scene + 5 * (frame - scene), 0, 1))  # strokes that jump
        shown.append(steady(frame, painted[-1]))
    flicker, without = (
        np.mean([np.abs(a - b).mean() for a, b in zip(each[4:], each[3:], strict=False)])
        for each in (shown, painted)
    )
    assert flicker < 0.3 * without
    other = 1 - scene
    np.testing.assert_allclose(steady(other, other).mean(), other.mean(), atol=0.02)
    assert np.abs(steady(other, other) - other).mean() < 0.02
