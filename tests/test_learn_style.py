"""A new style learnt as numbers alone: it gets better, can be stopped, kept and read again."""

import errno

import numpy as np
import pytest

from nstlib import LearntStyle, example_path, fast_stylize, learn_style, load_style
from nstlib.fast.styles import known_styles

CAT = example_path("chelsea")


def stripes(seed=0):
    """A painting that the network does not know."""
    rng = np.random.default_rng(seed)
    return rng.random((96, 12, 3)).repeat(8, axis=1)


def test_the_loss_falls_and_the_style_paints():
    seen = []
    style = learn_style(stripes(), steps=6, name="stripes", callback=seen.append, progress=False)
    assert [each.step for each in seen] == [1, 2, 3, 4, 5, 6]
    assert min(each.loss for each in seen[3:]) < 0.95 * seen[0].loss
    assert style.name == "stripes"
    np.testing.assert_array_equal(style.numbers, seen[-1].style.numbers)
    assert fast_stylize(CAT, style, size=48).shape == (1, 32, 48, 3)


def test_a_callback_and_an_interruption_end_it_with_what_was_learnt():
    stopped = learn_style(CAT, steps=9, callback=lambda _: True, progress=False)

    def interrupt(learning):
        raise KeyboardInterrupt

    interrupted = learn_style(CAT, steps=9, callback=interrupt, progress=False)
    assert stopped.name == interrupted.name == "chelsea"
    np.testing.assert_allclose(stopped.numbers, interrupted.numbers, atol=1e-4)
    known = known_styles().values()
    assert all(np.abs(stopped.numbers - numbers).max() > 1e-3 for numbers in known)


def test_a_style_is_read_as_it_was_saved(tmp_path):
    style = LearntStyle("mine", known_styles()["klimt_baby"] + 0.01)
    path = style.save(tmp_path / "mine.npz")
    assert path.stat().st_size < 10_000
    again = load_style(path)
    assert again.name == "mine"
    np.testing.assert_allclose(again.numbers, style.numbers, atol=5e-3)


def test_a_style_is_saved_where_nothing_is_lost(tmp_path):
    style = LearntStyle("mine", known_styles()["klimt_baby"])
    path = tmp_path / "mine.npz"
    path.write_text("precious")
    with pytest.raises(ValueError, match="mine.npz' already exists: choose another name"):
        style.save(path)
    assert path.read_text() == "precious"
    style.save(path, overwrite=True)
    assert load_style(path).name == "mine"
    with pytest.raises(ValueError, match="let its name end in .npz"):
        style.save(tmp_path / "mine.style")
    with pytest.raises(ValueError, match="make its folder first"):
        style.save(tmp_path / "nowhere" / "mine.npz")


@pytest.mark.parametrize("name", [None, np.array(["x", "y"]), np.array(3)])
def test_a_file_that_holds_no_style_is_refused(name, tmp_path):
    arrays = {} if name is None else {"name": name}
    np.savez(tmp_path / "other.npz", numbers=np.zeros(7), **arrays)
    with pytest.raises(ValueError, match=r"other.npz holds no style: give a file"):
        load_style(tmp_path / "other.npz")


def test_a_style_file_that_is_none_or_is_missing_is_told(tmp_path):
    (tmp_path / "words.npz").write_text("words")
    with pytest.raises(ValueError, match=r"words.npz is not a whole .npz file of a learnt style"):
        load_style(tmp_path / "words.npz")
    with pytest.raises(FileNotFoundError, match="missing"):
        load_style(tmp_path / "gone.npz")


@pytest.mark.parametrize("network", [{}, {"network": np.array("0123456789abcdef")}])
def test_a_style_of_other_weights_is_refused(network, tmp_path):
    path = LearntStyle("mine", known_styles()["klimt_baby"]).save(tmp_path / "mine.npz")
    arrays = {name: value for name, value in np.load(path).items() if name != "network"}
    np.savez(path, **arrays, **network)
    with pytest.raises(ValueError, match=r"mine.npz was learnt with other weights .*learn it anew"):
        load_style(path)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, "words", 1j, True, 3])
def test_numbers_that_are_none_are_refused(wrong, tmp_path):
    numbers = np.full(known_styles()["klimt_baby"].shape, wrong)
    np.savez(tmp_path / "odd.npz", name=np.array("x"), numbers=numbers)
    with pytest.raises(ValueError, match=r"odd.npz holds (no style|numbers that are infinite)"):
        load_style(tmp_path / "odd.npz")


@pytest.mark.parametrize("wrong", [np.nan, 1e5])
def test_numbers_that_cannot_be_kept_replace_no_file(wrong, tmp_path):
    numbers = known_styles()["klimt_baby"]
    path = LearntStyle("mine", numbers).save(tmp_path / "mine.npz")
    with pytest.raises(ValueError, match="'odd' has numbers that are undefined or above 65,504"):
        LearntStyle("odd", numbers + wrong).save(path, overwrite=True)
    assert load_style(path).name == "mine"


def test_a_style_is_saved_whole_or_not_at_all(tmp_path, monkeypatch):
    def full(path, **arrays):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    style = LearntStyle("mine", known_styles()["klimt_baby"])
    path = style.save(tmp_path / "mine.npz")
    before = path.read_bytes()
    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(ValueError, match=r"mine.npz' cannot be written \(No space left"):
        style.save(path, overwrite=True)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match="is a folder: give the name of a file"):
        (tmp_path / "folder.npz").mkdir()
        style.save(tmp_path / "folder.npz", overwrite=True)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"steps": 0}, "steps must be a whole number of at least 1"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"photographs": []}, "there are no photographs to practise on"),
        ({"photographs": [np.zeros((64, 200, 3))]}, "too small to practise on, 200x64 pixels"),
        ({"painting": "gone.jpg"}, "'gone.jpg' is missing"),
        ({"painting": np.zeros((20, 320, 3))}, "too small to learn from, 320x20 pixels"),
    ],
)
def test_what_cannot_be_learnt_is_said_in_one_sentence(arguments, words):
    with pytest.raises(ValueError) as error:
        learn_style(**{"painting": CAT, "progress": False, **arguments})
    assert words in str(error.value) and "\n" not in str(error.value)
