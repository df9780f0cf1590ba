"""The shell command without an optimisation: nst --fast, nst --learn and nst --list-styles."""

import itertools
import signal

import numpy as np
import pytest

from nstlib import cli, example_path, load_image, load_style, save_image, style_names
from nstlib.fast import command
from nstlib.fast.learn import Practice
from nstlib.images import read_metadata

CAT, WAVE = str(example_path("chelsea")), str(example_path("hokusai_great_wave"))


def test_a_painting_by_a_styles_name(nst, tmp_path):
    output = tmp_path / "out.png"
    done = nst("--fast", CAT, "klimt_baby", "-o", output, "--size", 48, "--strength", 0.5)
    assert done.returncode == 0 and f"{output}: painted in one pass" in done.stdout
    assert load_image(output).shape == (1, 32, 48, 3)
    metadata = read_metadata(output)
    assert metadata["style"] == "klimt_baby" and metadata["strength"] == 0.5
    assert metadata["content"] == "chelsea.jpg"


def test_a_picture_as_style_and_the_option_at_the_end(nst, tmp_path):
    output = tmp_path / "out.png"
    done = nst(CAT, WAVE, "--output", output, "--size", 48, "--transform", "adain", "-q", "--fast")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert read_metadata(output)["transform"] == "adain"


def test_a_folder_of_photographs(nst, tmp_path):
    photos, painted = tmp_path / "photos", tmp_path / "new" / "painted"
    photos.mkdir()
    for name in ("a.jpg", "b.png"):
        save_image(load_image(CAT, 48), photos / name)
    (photos / "notes.txt").write_text("no picture")
    styles = ["klimt_baby", "hokusai_poppies", "--style-shares", 2, 1]
    done = nst("--fast", photos, *styles, "--output", painted)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in painted.iterdir()) == ["a.jpg", "b.png"]
    assert read_metadata(painted / "b.png")["style_shares"] == [2, 1]
    before = (painted / "a.jpg").read_bytes()
    again = nst("--fast", photos, "cross_pink_cloud", "--output", painted)
    assert again.returncode == 2 and "a.jpg' already exists" in again.stderr
    assert (painted / "a.jpg").read_bytes() == before
    assert nst("--fast", photos, WAVE, "-o", painted, "--overwrite").returncode == 0
    assert (painted / "a.jpg").read_bytes() != before


def test_a_style_that_is_named_twice_has_both_of_its_shares():
    styles = ["klimt_baby", "hokusai_poppies", "klimt_baby"]
    assert command.style_of_arguments(styles, [1, 2, 4]) == {"klimt_baby": 5, "hokusai_poppies": 2}


def test_a_style_is_learnt_into_a_file_and_painted_with(nst, tmp_path):
    style, output = tmp_path / "mine.npz", tmp_path / "out.png"
    done = nst("--learn", WAVE, "-o", style, "--steps", 1, "--photographs", CAT, "--quiet")
    assert done.returncode == 0 and "the style of hokusai_great_wave" in done.stdout
    assert load_style(style).name == "hokusai_great_wave"
    again = nst("--learn", WAVE, "--output", style)
    assert again.returncode == 2 and "exists" in again.stderr
    assert nst("--fast", CAT, style, "klimt_baby", "-o", output, "--size", 48).returncode == 0
    assert read_metadata(output)["style"] == ["mine.npz", "klimt_baby"]


def interrupting(function, number):
    """The function, interrupted at its call of that number."""
    calls = itertools.count(1)

    def call(*arguments):
        if next(calls) == number:
            raise KeyboardInterrupt
        return function(*arguments)

    return call


def test_an_interrupted_folder_keeps_what_is_painted_and_says_so(nst, tmp_path, monkeypatch):
    photos, painted = tmp_path / "photos", tmp_path / "painted"
    photos.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        save_image(load_image(CAT, 48), photos / name)
    for number, words in ((1, "before there was a picture"), (3, "after 2 paintings")):
        painter = interrupting(lambda photograph: photograph, number)
        monkeypatch.setattr(command, "painter", lambda *_, painter=painter, **__: painter)
        done = nst("--fast", photos, "klimt_baby", "-o", painted)
        assert (done.returncode, done.stderr) == (130, f"nst: interrupted {words}\n")
        assert len(list(painted.iterdir())) == number - 1


def test_an_interrupted_style_is_kept_if_anything_was_learnt(nst, tmp_path, monkeypatch):
    style, draw = tmp_path / "mine.npz", Practice.draw
    arguments = ["--learn", WAVE, "-o", style, "--steps", 9, "--photographs", CAT, "--quiet"]
    monkeypatch.setattr(Practice, "draw", interrupting(draw, 2))
    done = nst(*arguments)
    assert (done.returncode, done.stdout) == (130, "") and not list(tmp_path.iterdir())
    assert done.stderr == "nst: interrupted before anything was learnt\n"

    def swallowed(practice):
        """As TensorFlow does here and there."""
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise TypeError from None

    def ended(practice, calls=itertools.count(1)):  # noqa: B008
        if next(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return draw(practice)

    monkeypatch.setattr(Practice, "draw", ended)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = nst(*arguments)
    monkeypatch.setattr(Practice, "draw", swallowed)
    other = nst("--learn", WAVE, "-o", tmp_path / "other.npz")
    signal.signal(signal.SIGINT, before)
    assert (other.returncode, other.stderr) == (
        130,
        "nst: interrupted before anything was learnt\n",
    )
    assert done.returncode == 0 and "interrupted after 1 of 9 steps" in done.stdout
    assert load_style(style).name == "hokusai_great_wave"


def test_the_list_of_styles(nst):
    assert nst("--list-styles").stdout.split() == style_names()


def test_help_names_the_ways_without_an_optimisation(nst):
    assert all(f"nst {way}" in nst("--help").stdout for way in cli.WITHOUT_OPTIMISATION)
    assert "--strength" in nst("--fast", "--help").stdout
    assert "--photographs" in nst("--learn", "--help").stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--fast", CAT, "nobody", "-o", "x.png"], "unknown style 'nobody'"),
        (["--fast", CAT, "klimt_baby", WAVE, "-o", "x.png"], "is no name of a style"),
        (["--fast", CAT, "klimt_baby", "cross_pink_cloud", "--style-shares", "1", "-o", "x.png"],
         "2 styles need as many shares, not 1"),
        (["--fast", CAT, "klimt_baby", "--style-shares", "1", "2", "-o", "x.png"],
         "one style needs one share, not 2"),
        (["--fast", CAT, "klimt_baby", "-o", "x.gif"], "'x.gif' cannot be saved"),
        (["--fast", CAT, "klimt_baby", "-o", "x.png", "--size", "9"], "size is 9"),
        (["--fast", CAT, "klimt_baby", "-o", "x.png", "--evaluations", "9"], "unrecognized"),
        (["--fast", "gone.jpg", "klimt_baby", "-o", "x.png"], "'gone.jpg' is missing"),
        (["--fast", CAT, "gone.npz", "-o", "x.png"], "gone.npz is missing"),
        (["--fast", ".", "klimt_baby", "-o", "x"], "the folder . has no pictures in it"),
        (["--learn", CAT, "-o", "x.png"], "let its name end in .npz"),
        (["--learn", CAT, "-o", "x.npz", "--steps", "0"], "steps must be a whole number"),
        (["--learn", "-o", "x.npz"], "required: PAINTING"),
    ],
)  # fmt: skip
def test_errors_are_one_line_and_status_2_and_leave_nothing(
    arguments, words, tmp_path, monkeypatch, nst
):
    monkeypatch.chdir(tmp_path)
    done = nst(*arguments)
    assert done.returncode == 2 and words in done.stderr
    assert done.stderr.startswith("nst") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_goes_into_a_folder_and_no_two_pictures_into_one_file(nst, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    save_image(np.zeros((1, 16, 16, 3)), photos / "a.png")
    done = nst("--fast", photos, "klimt_baby", "-o", tmp_path / "x.png")
    assert done.returncode == 2 and "give a folder as output" in done.stderr
    (photos / "a.png").rename(photos / "a.webp")
    save_image(np.zeros((1, 16, 16, 3)), photos / "a.png")
    done = nst("--fast", photos, "klimt_baby", "-o", tmp_path / "painted")
    assert done.returncode == 2 and "would both become a.png" in done.stderr


def test_of_a_folder_with_a_broken_picture_nothing_is_painted(nst, tmp_path):
    photos, painted = tmp_path / "photos", tmp_path / "painted"
    photos.mkdir()
    save_image(load_image(CAT, 48), photos / "a.png")
    (photos / "b.jpg").write_text("no picture")
    done = nst("--fast", photos, "klimt_baby", "-o", painted)
    assert done.returncode == 2 and "b.jpg' is not a picture" in done.stderr
    assert list(painted.iterdir()) == []
    done = nst("--fast", photos, "klimt_baby", "-o", photos / "a.png" / "deep")
    assert done.returncode == 2 and "deep' cannot be written (Not a directory)" in done.stderr


def test_a_photograph_is_not_painted_over(nst, tmp_path):
    photo = tmp_path / "a.png"
    save_image(load_image(CAT, 48), photo)
    before = photo.read_bytes()
    for arguments in ((photo, "-o", photo), (tmp_path, "-o", tmp_path)):
        content, *output = arguments
        done = nst("--fast", content, "klimt_baby", *output, "--overwrite")
        assert done.returncode == 2 and "would be lost" in done.stderr
    assert photo.read_bytes() == before
