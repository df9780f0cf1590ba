"""Saving writes a whole file or none, with a record of how it was made."""

import contextlib
import io
import json
import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pictures import PIXELS, assert_corners, corners, encode, refusal
from PIL import Image, PngImagePlugin

from nstlib.images import check_output, load_image, read_metadata, save_image, to_uint8

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(PIXELS, st.dictionaries(st.text(), JSON, max_size=4))
def test_png_round_trip_is_exact(tmp_path_factory, pixels, metadata):
    image = (pixels / np.float32(255))[np.newaxis]
    before = image.copy()
    path = tmp_path_factory.mktemp("round") / "trip.png"
    assert save_image(image, path, metadata) == path
    np.testing.assert_array_equal(to_uint8(load_image(path)), pixels)
    assert read_metadata(path) == metadata
    np.testing.assert_array_equal(image, before)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(metadata=st.dictionaries(st.text(), JSON, max_size=4))
def test_jpeg_keeps_metadata(tmp_path_factory, metadata):
    path = tmp_path_factory.mktemp("jpeg") / "a.jpg"
    save_image(load_image(corners()), path, metadata)
    assert_corners(load_image(path), tolerance=4)
    assert read_metadata(path) == metadata


@pytest.mark.parametrize(
    ("name", "format"), [("a.png", "PNG"), ("a.PNG", "PNG"), ("a.jpg", "JPEG"), ("a.JPEG", "JPEG")]
)
def test_suffix_gives_the_format(tmp_path, name, format):
    save_image(load_image(corners()), str(tmp_path / name))
    with Image.open(tmp_path / name) as picture:
        assert picture.format == format
    assert read_metadata(tmp_path / name) == {}
    assert os.listdir(tmp_path) == [name]


def test_jpeg_keeps_colour_edges(tmp_path):
    """Without subsampling, stripes of one pixel keep their colours."""
    stripes = np.zeros((1, 32, 32, 3))
    stripes[:, :, ::2, 0] = 1
    save_image(stripes, tmp_path / "a.jpg")
    np.testing.assert_allclose(load_image(tmp_path / "a.jpg"), stripes, atol=0.15)


def test_numpy_numbers_in_metadata(tmp_path):
    save_image(corners(), tmp_path / "a.png", {"loss": np.float32(0.5), "steps": np.int64(7)})
    assert read_metadata(tmp_path / "a.png") == {"loss": 0.5, "steps": 7}


@pytest.mark.parametrize("text", ["not json", "[1, 2]", "5", ""])
def test_foreign_text_is_no_metadata(tmp_path, text):
    info = PngImagePlugin.PngInfo()
    info.add_text("nstlib", text)
    (tmp_path / "a.png").write_bytes(encode(corners(), "PNG", pnginfo=info))
    (tmp_path / "a.jpg").write_bytes(encode(corners(), "JPEG", comment=f"nstlib {text}"))
    (tmp_path / "b.jpg").write_bytes(encode(corners(), "JPEG", comment='{"seed": 1}'))
    (tmp_path / "a.gif").write_bytes(encode(corners(), "GIF", comment=b"\xff\xfe"))
    for name in ("a.png", "a.jpg", "b.jpg", "a.gif"):
        assert read_metadata(tmp_path / name) == {}


def test_read_metadata_refuses(tmp_path):
    assert "is missing" in refusal(read_metadata, tmp_path / "gone.png")
    (tmp_path / "a.png").write_bytes(b"text")
    assert "a.png' is not a picture" in refusal(read_metadata, tmp_path / "a.png")


@pytest.fixture
def folder(tmp_path):
    """A folder with a file and a folder in it, which have to stay as they are."""
    (tmp_path / "there.png").write_bytes(b"old")
    (tmp_path / "folder.png").mkdir()
    yield tmp_path
    assert sorted(os.listdir(tmp_path)) == ["folder.png", "there.png"]
    assert (tmp_path / "there.png").read_bytes() == b"old"


BAD_SAVES = {
    "list as metadata": ("a.png", [1], "metadata is not a dict"),
    "text as metadata": ("a.png", "seed", "metadata is not a dict"),
    "object in metadata": ("a.png", {"x": object()}, "JSON"),
    "array in metadata": ("a.png", {"x": np.zeros(3)}, "JSON"),
    "tuple as key": ("a.png", {(1, 2): 3}, "JSON"),
    "too much for jpeg": ("a.jpg", {"x": "y" * 70_000}, "save a .png"),
    "a name too long": ("x" * 300 + ".png", None, "cannot be written"),
}


@pytest.mark.parametrize("kind", BAD_SAVES)
def test_bad_save_is_refused(folder, kind):
    name, metadata, keyword = BAD_SAVES[kind]
    message = refusal(save_image, corners(), folder / name, metadata)
    assert name[-50:] in message and keyword in message


@pytest.mark.parametrize("name", ["new.png", "new.JPG", "there.png"])
def test_check_output_accepts_and_touches_nothing(folder, name):
    assert check_output(folder / name) is None
    check_output(str(folder / name), overwrite=name == "there.png")


@pytest.mark.parametrize(
    ("name", "overwrite", "words"),
    [
        ("a.gif", True, "cannot be saved: let its name end in .png, .jpg or .jpeg"),
        ("a", True, "cannot be saved: let its name end in .png"),
        ("no/a.png", True, "cannot be saved: make its folder first"),
        ("there.png/a.png", True, "cannot be saved: make its folder first"),
        ("there.png", False, "already exists: choose another name or .*overwrite=True, .*--overw"),
        ("folder.png", False, "is a folder"),
        ("folder.png", True, "is a folder"),
    ],
)
def test_bad_output_is_refused_before_and_while_saving(folder, name, overwrite, words):
    message = refusal(check_output, folder / name, overwrite)
    assert re.search(f"{name}' {words}", message)
    assert refusal(save_image, corners(), folder / name, overwrite=overwrite) == message


def test_output_is_checked_before_the_image(folder):
    """Whoever gives a wrong name learns that first, as it is what `check_output` says."""
    wrong = np.full((16, 16, 3), np.nan)
    assert "end in .png" in refusal(save_image, wrong, folder / "a.gif")
    assert "folder" in refusal(save_image, wrong, folder / "no" / "a.png")
    assert "NaN" in refusal(save_image, wrong, folder / "a.png")


def test_saving_replaces(tmp_path):
    path = tmp_path / "a.png"
    save_image(np.zeros((16, 16, 3)), path, {"seed": 1})
    save_image(np.ones((16, 16, 3)), path, {"seed": 2})
    assert load_image(path).min() == 1
    assert read_metadata(path) == {"seed": 2}


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_leaves_the_old_file(tmp_path, monkeypatch, step, error):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    write_bytes = Path.write_bytes

    def half(self, data):
        write_bytes(self, data[: len(data) // 2])
        raise error

    def fail(*_):
        raise error

    if step == "write_bytes":
        monkeypatch.setattr(Path, "write_bytes", half)
    else:
        monkeypatch.setattr(os, "replace", fail)
    if isinstance(error, OSError):
        message = refusal(save_image, corners(), path)
        assert "a.png' cannot be written (No space left on device)" in message
    else:
        with pytest.raises(KeyboardInterrupt):
            save_image(corners(), path)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.png"]


def test_the_file_never_appears_half_written(tmp_path):
    """It is another file that takes the old one's place: whoever reads that reads it to its end."""
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with path.open("rb") as file:
        save_image(corners(), path)
        assert file.read() == b"old"
    assert_corners(load_image(path))


posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def in_a_closed_folder(base, saving):
    """Call `saving` where the current folder does not allow writing, unlike home; returns a print.

    Permissions would not stop root, who becomes nobody; whatever is imported late, is so before.
    """
    os.chdir(base)
    read_metadata(save_image(corners(), "warm.png"))
    for folder, mode in (("home", 0o777), ("temporary", 0o777), ("closed", 0o555), ("hidden", 0)):
        os.mkdir(folder)
        os.chmod(folder, mode)
    os.environ["HOME"], tempfile.tempdir = f"{base}/home", f"{base}/temporary"
    os.chdir("closed")
    if os.geteuid() == 0:
        os.setuid(65534)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        saving(base)
    assert os.listdir(".") == []
    return printed.getvalue()


def saving_at_home(base):
    for seed in (1, 2):  # as when the cell is run twice
        path = save_image(corners(), "mine.png", {"seed": seed})
    assert path == base / "home" / "nst-paintings" / "mine.png"
    assert read_metadata(path) == {"seed": 2}
    assert os.listdir(path.parent) == ["mine.png"]
    assert "already exists" in refusal(save_image, corners(), "mine.png", overwrite=False)


def saving_without_a_home(base):
    ours = base / "home" / "nst-paintings"
    for obstacle in ("no home", "a file", "no permission"):
        os.environ["HOME"] = f"{base}/{'nowhere' if obstacle == 'no home' else 'home'}"
        if obstacle == "a file":
            ours.write_text("not a folder")
        elif obstacle == "no permission":
            ours.unlink()
            ours.mkdir(0o555)
        path = save_image(corners(), "mine.png")
        assert path.parent.parent == base / "temporary" and path.name == "mine.png"
        print(path)


def saving_where_it_is_refused(base):
    for name in (base / "mine.png", "../mine.png"):  # whoever names a folder gets no other
        assert "does not allow writing" in refusal(save_image, corners(), name)
    assert "does not allow writing" in refusal(check_output, "mine.png")
    message = refusal(check_output, base / "hidden" / "a.png")
    assert "a.png' cannot be written (Permission denied)" in message
    assert "end in .png" in refusal(save_image, corners(), "mine.gif")
    assert os.listdir(base / "home") == []


@pytest.fixture
def in_its_own_closed_folder(in_own_process):
    """`in_a_closed_folder`, in a folder that others than root may enter, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as base:
        os.chmod(base, 0o755)
        yield lambda saving: in_own_process(in_a_closed_folder, Path(base).resolve(), saving)


@posix
def test_a_bare_name_is_saved_at_home(in_its_own_closed_folder):
    first, second = in_its_own_closed_folder(saving_at_home).splitlines()
    words = "This folder does not allow writing: the picture is in "
    assert first == second and first.startswith(words)
    assert first.endswith("/home/nst-paintings/mine.png")


@posix
def test_without_a_home_folder_it_is_saved_among_temporary_files(in_its_own_closed_folder):
    lines = in_its_own_closed_folder(saving_without_a_home).splitlines()
    assert len(lines) == 6
    for said, path in zip(lines[::2], lines[1::2], strict=True):
        assert said.endswith(f" {path}")


@posix
def test_what_else_is_refused_and_makes_no_folder(in_its_own_closed_folder):
    assert in_its_own_closed_folder(saving_where_it_is_refused) == ""


@posix
def test_saved_file_has_ordinary_permissions(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    save_image(corners(), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_metadata_is_plain_json(tmp_path):
    """Other tools can read the record too."""
    save_image(corners(), tmp_path / "a.png", {"network": "VGG-19", "seed": 3})
    with Image.open(tmp_path / "a.png") as picture:
        assert json.loads(picture.text["nstlib"]) == {"network": "VGG-19", "seed": 3}


@posix
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_written_through(tmp_path, there):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "b.png", tmp_path / "a.png"
    link.symlink_to("far/b.png")
    if there:
        save_image(np.ones((8, 8, 3)), target)
    assert save_image(corners(), link, {"seed": 1}) == link
    assert link.is_symlink() and not target.is_symlink()
    assert read_metadata(target) == {"seed": 1} and os.listdir(tmp_path / "far") == ["b.png"]
    assert "already exists" in refusal(save_image, corners(), link, overwrite=False)


@posix
def test_a_link_into_a_folder_that_is_missing(tmp_path):
    link = tmp_path / "a.png"
    link.symlink_to("nowhere/b.png")
    assert "make its folder first" in refusal(check_output, link)
    assert "make its folder first" in refusal(save_image, corners(), link)
