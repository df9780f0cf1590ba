"""The shell command, run as a process of its own."""

import subprocess
import sys

import numpy as np
import pytest

from nstlib import cli, example_path, load_image, save_image
from nstlib.images import read_metadata

CAT, WAVE = str(example_path("chelsea")), str(example_path("hokusai_great_wave"))
TINY = ["--size", "48", "--evaluations", "3"]


def nst(*arguments):
    command = [sys.executable, "-m", "nstlib.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_painting_with_its_settings(tmp_path):
    output = tmp_path / "out.png"
    done = nst(CAT, WAVE, "--output", output, *TINY, "--style-weight", "3", "--seed", "4")
    assert done.returncode == 0, done.stderr
    assert str(output) in done.stdout and "3/3" in done.stderr
    assert load_image(output).shape == (1, 32, 48, 3)
    metadata = read_metadata(output)
    assert metadata["network"] == "vgg19-lite" and metadata["evaluations"] == 3
    assert metadata["content"] == "chelsea.jpg" and metadata["style"] == "hokusai_great_wave.jpg"
    assert metadata["style_weight"] == 3 and metadata["seed"] == 4


def test_quiet_says_one_line(tmp_path):
    done = nst(CAT, WAVE, "-o", tmp_path / "out.jpg", *TINY, "--quiet")
    assert done.returncode == 0 and done.stderr == "" and done.stdout.count("\n") == 1


def test_an_existing_output_is_kept_unless_asked(tmp_path):
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
        ([CAT, WAVE, "--output", "out.bmp"], "out.bmp"),
        ([CAT, WAVE, "--output", "no/such/folder/out.png"], "folder"),
    ],
)
def test_errors_are_one_line_and_status_2(arguments, words, tmp_path):
    if "--output" not in arguments:
        arguments = [*arguments, "--output", tmp_path / "out.png"]
    failed = nst(*arguments)
    assert failed.returncode == 2
    assert failed.stderr.startswith("nst: ") and failed.stderr.count("\n") == 1
    assert words in failed.stderr and "Traceback" not in failed.stderr


def test_the_output_is_checked_before_the_work(tmp_path, monkeypatch, capsys):
    def work(*_, **__):
        raise AssertionError("worked")

    work.__kwdefaults__ = cli.stylize.__kwdefaults__
    monkeypatch.setattr(cli, "stylize", work)
    (tmp_path / "out.png").write_bytes(b"old")
    for output in ("out.png", "out.bmp", "no/out.png"):
        assert cli.main([CAT, WAVE, "--output", str(tmp_path / output)]) == 2
        assert output in capsys.readouterr().err
    with pytest.raises(AssertionError, match="worked"):
        cli.main([CAT, WAVE, "--output", str(tmp_path / "out.png"), "--overwrite"])


def test_a_bug_is_not_reported_as_a_mistake_of_the_user(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise ImportError("cannot import name 'x'")

    broken.__kwdefaults__ = cli.stylize.__kwdefaults__
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
def test_wrong_arguments_get_one_line_too(arguments):
    failed = nst(*arguments)
    assert failed.returncode == 2 and failed.stderr.count("\n") == 1
    assert failed.stderr.startswith("nst: ") and "nst --help" in failed.stderr


def test_an_interruption_with_a_picture_saves_it_and_without_one_says_so(
    tmp_path, monkeypatch, capsys
):
    from nstlib import cli
    from nstlib.objective import Objective

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
    assert cli.main(arguments) == 2 and not output.exists()
    assert capsys.readouterr().err == "nst: interrupted before there was a picture\n"
    calls.clear()
    monkeypatch.setattr(Objective, "__call__", interrupted_at(4))
    assert cli.main(arguments) == 0 and output.exists()
    assert "interrupted after 3 evaluations" in capsys.readouterr().out


def test_help_has_every_option_and_its_default():
    text = nst("--help").stdout
    for option in "network size evaluations style-weight content-weight tv-weight seed".split():
        assert f"--{option}" in text
    assert text.count("(default: ") == 7
