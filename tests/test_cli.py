"""The shell command: as a process of its own where that matters, else within this one."""

import errno
import functools
import inspect
import io
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
import pytest

from nstlib import __version__, cli, example_path, load_image, save_image, stylize
from nstlib.conventions import CONVENTIONS
from nstlib.engine.checkpoint import load_checkpoint
from nstlib.images import read_metadata
from nstlib.objective import Objective
from nstlib.optimizers import OPTIMIZERS

CAT, WAVE = str(example_path("chelsea")), str(example_path("hokusai_great_wave"))
TINY = ["--size", "48", "--evaluations", "3"]


def process(*arguments):
    command = [sys.executable, "-m", "nstlib.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_painting_with_its_settings(tmp_path):
    output = tmp_path / "out.png"
    done = process(CAT, WAVE, "--output", output, *TINY, "--style-weight", "3", "--seed", "4")
    assert done.returncode == 0, done.stderr
    assert str(output) in done.stdout and "3/3" in done.stderr
    assert load_image(output).shape == (1, 32, 48, 3)
    metadata = read_metadata(output)
    assert metadata["network"] == "vgg19-lite" and metadata["evaluations"] == 3
    assert metadata["content"] == "chelsea.jpg" and metadata["style"] == "hokusai_great_wave.jpg"
    assert metadata["style_weight"] == 3 and metadata["seed"] == 4


def test_several_styles_masks_and_kept_colours(tmp_path, nst):
    output, mask = tmp_path / "out.png", tmp_path / "mask.png"
    half = np.zeros((32, 48, 3))
    half[:, :24] = 1
    save_image(half, mask)
    dance = example_path("renoir_moulin_de_la_galette")
    options = ["-o", output, "--masks", mask, "--preserve-color", "luminance", *TINY, "-q"]
    done = nst(CAT, WAVE, dance, *options, "--style-shares", 0.7, 0.3)
    assert done.returncode == 0, done.stderr
    metadata = read_metadata(output)
    assert metadata["style"] == ["hokusai_great_wave.jpg", "renoir_moulin_de_la_galette.jpg"]
    assert metadata["masks"] == ["mask.png"] and metadata["style_shares"] == [0.7, 0.3]
    assert metadata["preserve_color"] == "luminance"
    refused = nst(CAT, WAVE, dance, WAVE, *options, "--overwrite")
    assert refused.returncode == 2 and "one for each style, not 1 for 3" in refused.stderr


def test_quiet_says_one_line(tmp_path):
    done = process(CAT, WAVE, "-o", tmp_path / "out.jpg", *TINY, "--quiet")
    assert done.returncode == 0 and done.stderr == "" and done.stdout.count("\n") == 1


def test_an_existing_output_is_kept_unless_asked(tmp_path, nst):
    output = tmp_path / "out.png"
    save_image(np.zeros((1, 16, 16, 3)), output)
    before = output.read_bytes()
    refused = nst(CAT, WAVE, "--output", output, *TINY)
    assert refused.returncode == 2 and "already exists" in refused.stderr
    assert "--overwrite" in refused.stderr
    assert output.read_bytes() == before
    assert nst(CAT, WAVE, "--output", output, *TINY, "--overwrite").returncode == 0
    assert output.read_bytes() != before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.jpg", WAVE], "nowhere.jpg"),
        ([CAT, __file__], "test_cli.py"),
        ([CAT, WAVE, "--network", "vgg20"], "vgg19-lite, vgg19, vgg16"),
        ([CAT, WAVE, "--size", "4"], "size must be"),
        ([CAT, WAVE, "--style-weight", "-1"], "style_weight must be"),
        ([CAT, WAVE, "--optimizer", "sgd"], "lbfgs, adam"),
        ([CAT, WAVE, "--convention", "gatys"], "relative, gatys2015"),
        ([CAT, WAVE, "--precision", "half"], "auto, float32"),
        ([CAT, WAVE, "--variation", "some"], "absolute, squared"),
        ([CAT, WAVE, "--pooling", "min"], "choose one of max, average"),
        ([CAT, WAVE, "--init", "nois"], "content, noise, style"),
        ([CAT, WAVE, "--sizes", "64", "32"], "sizes must grow"),
        ([CAT, WAVE, "--sizes", "32", "64", "--evaluations", "1", "2", "3"], "3 numbers of"),
        ([CAT, WAVE, "--patience", "0"], "patience must be"),
        ([CAT, WAVE, "--checkpoint", "no/such/folder/run.npz"], "folder of the checkpoint"),
        ([CAT, WAVE, "--checkpoint", __file__], "test_cli.py exists: go on with --resume"),
        ([CAT, WAVE, "--checkpoint", __file__, "--overwrite"], "is not a whole checkpoint"),
        ([CAT, WAVE, "--optimizer-settings", "memory"], "not of the form learning_rate=0.05"),
        ([CAT, WAVE, "--optimizer-settings", "rate=1"], "lbfgs has no setting 'rate'"),
        ([CAT, WAVE, "--resume", "nowhere.npz"], "there is no checkpoint nowhere.npz"),
        ([CAT, WAVE, "--resume", CAT], "chelsea.jpg is not a whole checkpoint"),
        ([CAT, WAVE, "--optimizer", "scipy"], "unknown optimizer 'scipy'"),
        ([CAT, WAVE, "--output", "out.bmp"], "out.bmp"),
        ([CAT, WAVE, "--output", "no/such/folder/out.png"], "folder"),
    ],
)
def test_errors_are_one_line_and_status_2(arguments, words, tmp_path, nst):
    if "--output" not in arguments:
        arguments = [*arguments, "--output", tmp_path / "out.png"]
    failed = nst(*arguments)
    assert failed.returncode == 2
    assert failed.stderr.startswith("nst: ") and failed.stderr.count("\n") == 1
    assert words in failed.stderr and "Traceback" not in failed.stderr


def test_the_output_is_checked_before_the_work(tmp_path, nst):
    """Before anything is painted, and even looked for."""
    (tmp_path / "out.png").write_bytes(b"old")
    for output in ("out.png", "out.bmp", "no/out.png"):
        refused = nst("nowhere.jpg", WAVE, "--output", tmp_path / output)
        assert refused.returncode == 2
        assert output in refused.stderr and "nowhere" not in refused.stderr


def test_a_bug_is_not_reported_as_a_mistake_of_the_user(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise ImportError("cannot import name 'x'")

    broken.__signature__ = inspect.signature(cli.stylize)
    monkeypatch.setattr(cli, "stylize", broken)
    with pytest.raises(ImportError, match="cannot import name"):
        cli.main([CAT, WAVE, "--output", str(tmp_path / "out.png")])


def test_without_tensorflow_the_last_line_says_what_to_install():
    code = "import sys; sys.modules['keras'] = None; import nstlib.cli"
    failed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = failed.stderr.splitlines()[-1]
    assert failed.returncode == 1
    assert "nstlib needs TensorFlow" in last and "pip install 'nstlib[tensorflow]'" in last


@pytest.mark.parametrize("arguments", [[CAT], [CAT, WAVE, "-o", "a.png", "--size", "abc"]])
def test_wrong_arguments_get_one_line_too(arguments, nst):
    failed = nst(*arguments)
    assert failed.returncode == 2 and failed.stderr.count("\n") == 1
    assert failed.stderr.startswith("nst: ") and "nst --help" in failed.stderr


def test_an_interruption_with_a_picture_saves_it_and_without_one_says_so(
    tmp_path, monkeypatch, capsys
):
    original, calls = Objective.__call__, []

    def interrupted_at(number):
        def call(self, image):
            calls.append(1)
            if len(calls) == number:
                raise KeyboardInterrupt
            return original(self, image)

        return call

    output = tmp_path / "out.png"
    arguments = [CAT, WAVE, "-o", str(output), "--size", "48", "--evaluations", "9", "-q"]
    monkeypatch.setattr(Objective, "__call__", interrupted_at(1))
    assert cli.main(arguments) == 130 and not output.exists()
    assert capsys.readouterr().err == "nst: interrupted before there was a picture\n"
    calls.clear()
    monkeypatch.setattr(Objective, "__call__", interrupted_at(4))
    assert cli.main(arguments) == 0 and output.exists()
    assert "interrupted after 3 evaluations" in capsys.readouterr().out


# ---- the options ---------------------------------------------------------------------------------


def test_every_option_reaches_stylize(tmp_path, nst):
    output, run = tmp_path / "out.png", tmp_path / "run.npz"
    options = {
        "optimizer": "adam",
        "convention": "jcjohnson",
        "init": "noise",
        "precision": "mixed_bfloat16",
        "pooling": "average",
        "variation": "squared",
        "content-weight": 2.0,
        "tv-weight": 0.5,
        "match-colors": 0.5,
        "style-scale": 0.75,
        "seed": 3,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    sizes = ["--sizes", 32, 48, "--evaluations", 2, 3]
    done = nst(CAT, WAVE, "-o", output, *sizes, *words, "--checkpoint", run)
    assert done.returncode == 0, done.stderr
    metadata = read_metadata(output)
    wanted = {name.replace("-", "_"): value for name, value in options.items()}
    wanted |= {"sizes": [32, 48], "evaluations": [2, 3], "style_weight": 100}
    assert wanted.items() <= metadata.items()
    assert load_checkpoint(run).settings["optimizer"] == "adam"
    files = {metadata.pop("content"), metadata.pop("style")}
    assert files == {"chelsea.jpg", "hokusai_great_wave.jpg"}
    again = stylize(CAT, WAVE, progress=False, **metadata).image
    np.testing.assert_allclose(again, load_image(output), atol=0.02)


@pytest.mark.parametrize(
    ("strokes", "wanted"),
    [
        ("fine", {"size": 48, "evaluations": 6, "style_scale": 0.6}),
        ("medium", {"size": 48, "evaluations": 6, "style_scale": 1.0}),
        ("broad", {"sizes": [32, 48], "evaluations": [3, 3], "style_scale": 1.0}),
    ],
)
def test_strokes_are_stored_as_what_they_stand_for_and_paint_the_same_again(
    strokes, wanted, tmp_path, nst
):
    output = tmp_path / "out.png"
    options = ["--size", 48, "--evaluations", 6, "--precision", "float32", "-q"]
    done = nst(CAT, WAVE, "-o", output, *options, "--strokes", strokes)
    assert done.returncode == 0, done.stderr
    metadata = read_metadata(output)
    assert wanted.items() <= metadata.items() and "strokes" not in metadata
    assert metadata["match_colors"] == 1 and metadata["pooling"] == "average"
    del metadata["content"], metadata["style"]
    again = stylize(CAT, WAVE, progress=False, **metadata).image
    np.testing.assert_allclose(again, load_image(output), atol=0.003)  # a file has 256 values


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--strokes", "wide"], "unknown strokes 'wide': choose one of fine, medium, broad"),
        (["--strokes", "fine", "--style-scale", 1], "strokes stands for sizes and style_scale"),
        (["--strokes", "broad", "--sizes", 32, 48], "strokes stands for sizes and style_scale"),
        (["--match-colors", 1.5], "match_colors must be a number from 0 to 1, not 1.5"),
        (["--match-colors", 1, "--preserve-color", "match"], "leave out match_colors"),
        (["--style-scale", 0], "style_scale must be more than 0"),
    ],
)
def test_strokes_and_colours_that_cannot_be_are_one_line(options, words, tmp_path, nst):
    done = nst(CAT, WAVE, "-o", tmp_path / "out.png", "--evaluations", 9, "-q", *options)
    assert done.returncode == 2 and words in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (["--target-loss", "1e9"], "the loss is down to"),
        (["--seconds", "0"], "0 s are over"),
        (["--patience", "2", "--optimizer", "adam", "--tv-weight", "1e9"], "brought less than"),
    ],
)
def test_limits_end_it(tmp_path, nst, limit, words):
    arguments = ["-o", tmp_path / "out.png", "--size", "32", "--evaluations", "99", "-q"]
    done = nst(CAT, CAT, *arguments, *limit)
    assert done.returncode == 0 and words in done.stdout


def test_one_number_of_evaluations_is_for_all_sizes_together(tmp_path, nst):
    output = tmp_path / "out.png"
    nst(CAT, WAVE, "-o", output, "--sizes", "32", "40", "--evaluations", "5", "-q")
    assert read_metadata(output)["evaluations"] == [2, 3]


def test_a_run_is_resumed_and_saved_in_that_file_again(tmp_path, nst):
    first, second, whole, run = (tmp_path / name for name in "1.png 2.png 3.png run.npz".split())
    tiny = [CAT, WAVE, "--size", "48", "-q", "--precision", "float32", "-o"]
    assert nst(*tiny, first, "--evaluations", 5, "--checkpoint", run).returncode == 0
    before = len(load_checkpoint(run).rows)
    assert nst(*tiny, second, "--evaluations", 10, "--resume", run).returncode == 0
    assert len(load_checkpoint(run).rows) > before
    assert nst(*tiny, whole, "--evaluations", 10).returncode == 0
    np.testing.assert_array_equal(load_image(second), load_image(whole))
    refused = nst(*tiny, tmp_path / "4.png", "--evaluations", 2, "--resume", run)
    assert refused.returncode == 2 and "already: ask for at least as many" in refused.stderr


def test_a_start_may_be_a_file(tmp_path, nst):
    output = tmp_path / "out.png"
    assert nst(CAT, WAVE, "-o", output, *TINY, "-q", "--init", WAVE).returncode == 0
    assert read_metadata(output)["init"] == "hokusai_great_wave.jpg"


def test_warnings_are_one_line_too(tmp_path, nst):
    arguments = [*TINY, "-q", "--convention", "tensorflow", "-o", tmp_path / "out.png"]
    done = nst(CAT, WAVE, *arguments)
    assert done.returncode == 0
    assert re.fullmatch("nst: warning: vgg19-lite has no block5_conv2: .*\n", done.stderr)


# ---- when the output cannot be written after all -------------------------------------------------


def test_a_painting_that_its_place_does_not_take_is_saved_elsewhere(tmp_path, nst, monkeypatch):
    place, temporary = tmp_path / "full", tmp_path / "temporary"
    place.mkdir(), temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    original = os.replace

    def replace(source, target):
        if str(target).startswith(str(place)):
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(source, target)

    monkeypatch.setattr(os, "replace", replace)
    failed = nst(CAT, WAVE, "-o", place / "out.jpg", *TINY, "-q")
    (rescued,) = temporary.iterdir()
    assert failed.returncode == 2 and failed.stderr.count("\n") == 1
    assert "No space left on device" in failed.stderr and str(rescued) in failed.stderr
    assert load_image(rescued).shape == (1, 32, 48, 3) and rescued.suffix == ".png"
    assert read_metadata(rescued)["evaluations"] == 3

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    failed = nst(CAT, WAVE, "-o", place / "out.jpg", *TINY, "-q")
    assert failed.returncode == 2 and failed.stderr.count("\n") == 1
    assert "could not be saved elsewhere either" in failed.stderr


def test_a_file_that_appeared_meanwhile_is_kept_and_the_painting_too(tmp_path, nst, monkeypatch):
    output, temporary = tmp_path / "out.png", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    original = Objective.__call__

    def somebody_else_writes(self, image):
        output.write_bytes(b"theirs")
        return original(self, image)

    monkeypatch.setattr(Objective, "__call__", somebody_else_writes)
    failed = nst(CAT, WAVE, "-o", output, *TINY, "-q")
    assert failed.returncode == 2 and "already exists" in failed.stderr
    assert output.read_bytes() == b"theirs" and len(list(temporary.iterdir())) == 1


# ---- help ----------------------------------------------------------------------------------------


def test_help_has_every_option_its_default_and_the_librarys_names(nst, monkeypatch):
    monkeypatch.setenv("COLUMNS", "90")
    shown = nst("--help")
    text = " ".join(shown.stdout.split())
    assert shown.returncode == 0 and max(map(len, shown.stdout.splitlines())) <= 100
    # What only Python can give, or what would be too much for one line of a shell.
    left_out = "content_layers style_layers callback progress"
    names = list(inspect.signature(stylize).parameters)[2:]
    for name in names:
        assert (f"--{name.replace('_', '-')} " in text) == (name not in left_out.split())
    for name in (*CONVENTIONS, *OPTIMIZERS):
        assert name in text
    assert text.count("(default: ") == len(names) - len(left_out.split())
    assert (
        "None" not in text
        and f"in mean-covariance {CONVENTIONS['mean-covariance'].style_weight:g})" in text
    )
    assert "fine, medium or broad (default: medium)" in text


def test_metadata_is_json(tmp_path, nst):
    output = tmp_path / "out.jpg"
    assert nst(CAT, WAVE, "-o", output, *TINY, "-q").returncode == 0
    assert json.loads(json.dumps(read_metadata(output)))["optimizer_settings"]["memory"] == 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", ""], "let its name end in .png"),
        (["-o", "."], "let its name end in .png"),
        (["-o", ".png"], "let its name end in .png"),
        (["-o", "/dev/null"], "let its name end in .png"),
        (["-o", "x" * 300 + ".png"], "choose another folder or name"),
        (["--size", "-5"], "size must be a whole number of at least 16, not -5"),
        (["--seconds", "nan"], "seconds must be a number of at least 0, not nan"),
        (["--target-loss", "inf"], "target_loss must be a number of at least 0, not inf"),
        (["--evaluations", "0"], "evaluations must be a whole number of at least 1, not 0"),
        (["--evaluations", "1e3"], "invalid int value: '1e3'"),
        (["--seed", "-1"], "seed must be a whole number of at least 0, not -1"),
        (["--sizes"], "expected at least one argument"),
        (["--style-shares", "0", "0"], "one share for each style picture, not 2 for 1"),
        (["--init", ""], "there is no file of that name"),
        (["--syle-weight", "3"], "unrecognized arguments: --syle-weight"),
        (["--checkpoint", ""], "is a folder: give the name of a file"),
        (["--checkpoint", "."], "go on with --resume"),
        (["--checkpoint", os.devnull, "--overwrite"], "is not a whole checkpoint"),
        (["--resume", ""], "is not a whole checkpoint"),
        (["--optimizer-settings", "=1"], "choose from first_change, memory"),
        (["--optimizer-settings", "memory=nan"], "memory must be a whole number"),
        (["--network", ""], "unknown network ''"),
    ],
)
def test_odd_calls_are_refused_in_one_line(arguments, words, tmp_path, nst):
    failed = nst(CAT, WAVE, "-o", tmp_path / "out.png", *arguments)
    assert failed.returncode == 2 and words in failed.stderr and failed.stdout == ""
    assert failed.stderr.startswith("nst: ") and failed.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is a folder"),
        (os.devnull, "is not an ordinary file"),
        ("ftp://example.org/a.jpg", "is not an https address"),
        ("a\0b.png", "a?b.png"),
    ],
)
def test_odd_pictures_are_refused_in_one_line(content, words, tmp_path, nst):
    failed = nst(content, WAVE, "-o", tmp_path / "out.png")
    assert failed.returncode == 2 and words in failed.stderr and failed.stderr.count("\n") == 1


def test_without_arguments_it_says_which_are_needed(nst):
    failed = nst()
    assert failed.returncode == 2 and "required: CONTENT, STYLE, --output" in failed.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--masks", "mask.png", CAT, WAVE, WAVE, "-o", "out.png"],
        ["--sizes", "32", "64", CAT, WAVE, "-o", "out.png"],
        ["--style-shares", "0.5", "0.5", CAT, WAVE, WAVE, "-o", "out.png"],
        [CAT, "--masks", "mask.png", WAVE, "-o", "out.png"],
    ],
)
def test_pictures_after_an_option_that_swallows_them(arguments, nst):
    failed = nst(*arguments)
    assert failed.returncode == 2 and failed.stderr.count("\n") == 1
    assert "the pictures come before options that take several values" in failed.stderr


def test_a_number_that_is_none_gets_no_advice_about_pictures(nst):
    failed = nst(CAT, WAVE, "-o", "out.png", "--sizes", "32", "6.5")
    assert failed.returncode == 2 and "invalid int value: '6.5'" in failed.stderr


def test_the_version(nst):
    shown = nst("--version")
    assert shown.returncode == 0 and shown.stdout == f"nst {__version__}\n"


# ---- files that are also something else ----------------------------------------------------------


@pytest.fixture
def not_worked(monkeypatch):
    def work(*_, **__):
        raise AssertionError("worked")

    work.__signature__ = inspect.signature(cli.stylize)
    monkeypatch.setattr(cli, "stylize", work)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["p.png", "s.png", "-o", "x.png", "--checkpoint", "x.png"], "both the output and the --c"),
        (
            ["p.png", "s.png", "-o", "x.png", "--resume", "x.png"],
            "both the output and the --resume",
        ),
        (["p.png", "s.png", "-o", "x.png", "--checkpoint", "sub/../x.png"], "x.png and x.npz"),
        (["p.png", "s.png", "-o", "x.png", "--checkpoint", "here/x.png"], "both the output"),
        (["p.png", "s.png", "-o", "old.png", "--checkpoint", "link.png"], "both the output"),
        (["p.png", "s.png", "-o", "p.png"], "p.png is to be read, and would be lost"),
        (["p.png", "s.png", "-o", "s.png"], "s.png is to be read, and would be lost"),
        (["p.png", "s.png", "-o", "here/p.png"], "p.png is to be read, and would be lost"),
        (["p.png", "s.png", "-o", "hard.png"], "p.png is to be read, and would be lost"),
        (["p.png", "s.png", "s.png", "-o", "m.png", "--masks", "m.png"], "m.png is to be read"),
        (["p.png", "s.png", "-o", "x.png", "--checkpoint", "r.npz"], "go on with --resume"),
    ],
)
def test_no_file_is_two_things(arguments, words, tmp_path, monkeypatch, nst, not_worked):
    monkeypatch.chdir(tmp_path)
    for name in ("p.png", "s.png", "m.png", "old.png"):
        save_image(np.zeros((32, 32, 3)), name)
    for name, target in (("link.png", "old.png"), ("here", ".")):
        os.symlink(target, name)
    os.mkdir("sub")
    os.link("p.png", "hard.png")
    open("r.npz", "wb").close()
    overwrite = [] if "r.npz" in arguments else ["--overwrite"]
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.png")}
    failed = nst(*arguments, *overwrite)
    assert failed.returncode == 2 and words in failed.stderr and failed.stderr.count("\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.png")} == before


def test_a_painting_may_begin_with_the_one_that_it_replaces(tmp_path, nst):
    output = tmp_path / "out.png"
    save_image(load_image(WAVE, max_side=48), output)
    done = nst(CAT, WAVE, "-o", output, *TINY, "-q", "--init", output, "--overwrite")
    assert done.returncode == 0 and read_metadata(output)["init"] == "out.png"


def test_a_link_as_output_stays_a_link(tmp_path, nst):
    (tmp_path / "far").mkdir()
    os.symlink("far/there.png", tmp_path / "out.png")
    assert nst(CAT, WAVE, "-o", tmp_path / "out.png", *TINY, "-q").returncode == 0
    assert os.readlink(tmp_path / "out.png") == "far/there.png"
    assert load_image(tmp_path / "far" / "there.png").shape == (1, 32, 48, 3)
    assert os.listdir(tmp_path / "far") == ["there.png"]


def test_neither_the_painting_nor_the_checkpoint_says_where_files_lay(tmp_path, nst, monkeypatch):
    place = tmp_path / "of Ada, privately"
    place.mkdir()
    for name in ("start.png", "mask.png"):
        save_image(np.full((32, 48, 3), 0.5), place / name)
    output, run = tmp_path / "out.png", tmp_path / "run.npz"
    options = [*TINY, "-q", "--init", place / "start.png", "--masks", place / "mask.png"]
    done = nst(CAT, WAVE, WAVE, "-o", output, *options, "--checkpoint", run)
    assert done.returncode == 0, done.stderr
    record = read_metadata(output)
    assert record["init"] == "start.png" and record["masks"] == ["mask.png"]
    with np.load(run) as saved:
        assert "privately" not in str(saved["about"]) and "mask.png" in str(saved["about"])
    # Python's settings reproduce it, and so do the names, for whoever is where the files lie.
    settings = {"size": 48, "evaluations": 3, "progress": False}
    files = {"init": str(place / "start.png"), "masks": [str(place / "mask.png")]}
    result = stylize(CAT, [WAVE, WAVE], **settings, **files)
    assert files.items() <= result.settings.items()
    monkeypatch.chdir(place)
    names = {name: value for name, value in record.items() if name not in ("content", "style")}
    again = stylize(CAT, [WAVE, WAVE], progress=False, **names).image
    np.testing.assert_array_equal(again, result.image)
    assert (
        nst(CAT, WAVE, WAVE, "-o", output, "--overwrite", *options, "--resume", run).returncode == 0
    )


# ---- no terminal, or an odd one ------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


@posix
@pytest.mark.parametrize(
    "streams", ["2>&-", "<&- >&- 2>&-", "| true", "2>&1 | true", "> /dev/full", "&> /dev/full"]
)
def test_closed_broken_and_full_streams_cost_no_painting(streams, tmp_path):
    output = tmp_path / "out.png"
    command = f'set -o pipefail; "$0" -m nstlib.cli "$@" {streams}'
    arguments = ["bash", "-c", command, sys.executable, CAT, WAVE, "-o", output, *TINY]
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert load_image(output).shape == (1, 32, 48, 3)
    assert read_metadata(output)["evaluations"] == 3


def test_a_name_that_the_terminal_cannot_print(tmp_path, monkeypatch):
    printed = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", printed)
    output = tmp_path / "Bäume 漢.png"
    assert cli.main([CAT, WAVE, "-o", str(output), *TINY, "-q"]) == 0
    assert sys.stdout is printed
    assert b"B\\xe4ume \\u6f22.png: all 3 evaluations done" in printed.buffer.getvalue()
    assert read_metadata(output)["evaluations"] == 3


@posix
def test_a_name_that_is_no_text(tmp_path, nst, monkeypatch):
    photo, output = (tmp_path / os.fsdecode(name) for name in (b"p\xff.png", b"o\xff.png"))
    save_image(load_image(CAT, max_side=48), photo)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert cli.main([str(photo), WAVE, "-o", str(output), *TINY, "-q"]) == 0
    assert read_metadata(output)["content"] == "p\udcff.png"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("fault", ["none", "closed", "gone", "broken"])
def test_streams_that_do_not_print(stream, fault, tmp_path, monkeypatch):
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError if fault == "broken" else OSError(errno.EIO, "gone")

    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, stream, {"none": None, "closed": closed}.get(fault, Broken()))
    output = tmp_path / "out.png"
    assert cli.main([CAT, WAVE, "-o", str(output), *TINY]) == 0 and output.exists()
    assert cli.main([CAT, WAVE, "-o", str(output), *TINY]) == 2, "the error is the status as well"


def test_a_log_file_gets_few_lines(tmp_path, monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    arguments = [CAT, WAVE, "-o", str(tmp_path / "out.png"), "--size", "32", "--evaluations", "60"]
    assert cli.main(arguments) == 0
    looks = log.getvalue().count("eval/s")
    assert "60/60" in log.getvalue() and looks <= 4, log.getvalue()


# ---- signals, each in a process of its own -------------------------------------------------------


def painted_with_signals(folder):
    """Paint with signals that come at several moments; gives what came of each."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever runs the tests ignores
    original, calls = Objective.__call__, []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def killed_at(number, *signals):
        def call(self, image):
            calls.append(1)
            if len(calls) == number:
                for each in signals:
                    signal.raise_signal(each)  # to this thread: others may be late
                    time.sleep(0)  # where Python looks whether a signal came
            return original(self, image)

        calls.clear()
        Objective.__call__ = call

    def paint(name):
        arguments = [CAT, WAVE, "--size", "48", "--evaluations", "9", "-q", "--checkpoint"]
        return cli.main([*arguments, f"{folder}/{name}.npz", "-o", f"{folder}/{name}.png"])

    seen = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        killed_at(4, number)
        seen[number.name] = paint(number.name)
        killed_at(1, number)
        seen[f"{number.name} at once"] = paint(f"{number.name}-at-once")
    killed_at(0)
    save_image = cli.save_image

    def killed_while_saving(*arguments, **options):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.raise_signal(number)
        return save_image(*arguments, **options)

    cli.save_image = killed_while_saving
    seen["saving"] = paint("saving")
    killed_at(4, signal.SIGINT)  # and again, while what there is is being saved
    seen["twice"] = paint("twice")
    cli.save_image = save_image
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as after nohup
    killed_at(4, signal.SIGHUP)
    seen["nohup"] = paint("nohup")
    signal.signal(signal.SIGHUP, before[signal.SIGHUP])
    killed_at(0)
    thread = threading.Thread(target=lambda: seen.update(thread=paint("thread")))
    thread.start()
    thread.join()
    after = {number: signal.getsignal(number) for number in before}
    assert after == before and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return seen


@posix
def test_signals_save_the_painting(in_own_process, tmp_path):
    seen = in_own_process(painted_with_signals, tmp_path)
    ended = ["SIGINT", "SIGTERM", "SIGHUP", "twice"]
    at_once = {"SIGINT at once": 130, "SIGTERM at once": 143, "SIGHUP at once": 129}
    assert seen == dict.fromkeys([*ended, "saving", "nohup", "thread"], 0) | at_once
    for name in ended:
        assert read_metadata(tmp_path / f"{name}.png")["evaluations"] == 3
        assert 1 <= len(load_checkpoint(tmp_path / f"{name}.npz").rows) <= 3
    for name in ("saving", "nohup", "thread"):
        assert read_metadata(tmp_path / f"{name}.png")["evaluations"] == 9
    assert not list(tmp_path.glob("*-at-once.*"))


@posix
def test_a_batch_system_ends_it_in_its_first_seconds(tmp_path):
    output, run = tmp_path / "out.png", tmp_path / "run.npz"
    command = [sys.executable, "-m", "nstlib.cli", CAT, WAVE, "-o", output, "--checkpoint", run]
    command = [*map(str, command), "--size", "64", "--evaluations", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not run.exists() and process.poll() is None:
            time.sleep(0.05)
        process.terminate()
        printed, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert b"interrupted after" in printed
    done = read_metadata(output)["evaluations"]
    assert 1 <= len(load_checkpoint(run).rows) <= done < 100_000


def painted_after_a_fork():
    picture = np.zeros((32, 32, 3))
    paint = functools.partial(stylize, picture, picture + 1, evaluations=1, progress=False)
    paint()
    answers = multiprocessing.get_context("fork").SimpleQueue()

    def child():
        try:
            answers.put(paint().stopped)
        except RuntimeError as error:
            answers.put(str(error))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(60)
    process.kill()
    return "hangs" if answers.empty() else answers.get()


@posix
def test_a_forked_process_says_what_to_do(in_own_process):
    assert 'multiprocessing.get_context("spawn")' in in_own_process(painted_after_a_fork)
