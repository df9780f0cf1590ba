"""The page of pictures: complete, safe whatever is written on it, written whole or not at all."""

import base64
import io
import os
import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import nstlib
from nstlib.images import ImageError, credit, examples, load_image, save_image
from nstlib.portfolio import MOVING_BYTES, PICTURE_BYTES, portfolio
from nstlib.stylize import Result

BLACK = np.zeros((1, 16, 24, 3), "float32")
HOSTILE = '</title><script>alert("1")</script><img src=x onerror=alert(2)> {0} %s \x00 & \u202e'
WORDS = {"title": "Mine", "alt": ["A black picture"], "captions": ["Night"], "credits": ["Me"]}


def page_of(folder, pictures=(BLACK,), **words):
    """The page as it is read again."""
    return read(portfolio(list(pictures), folder / "page.html", **{**WORDS, **words}))


def read(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def picture(tag):
    """The picture that is part of a page."""
    kind, data = re.fullmatch(r"data:image/(\w+);base64,(.+)", tag["src"]).groups()
    opened = Image.open(io.BytesIO(base64.b64decode(data)))
    assert opened.format.lower() == kind
    return opened


def a_result(**settings):
    history = {"evaluation": [1, 2], "seconds": [0.5, 1.25], "size": [24, 24], "total": [2.0, 1.0]}
    return Result(BLACK + 0.5, history, {"style_weight": 10.0, "seed": 0, **settings}, "all done")


# ---- what is on it -------------------------------------------------------------------------------


def test_results_files_and_arrays(tmp_path):
    save_image(BLACK + 1, tmp_path / "white.png", {"content": "me.jpg", "style": "china.jpg"})
    page = page_of(
        tmp_path,
        [a_result(), tmp_path / "white.png", str(tmp_path / "white.png"), BLACK, BLACK[0]],
        alt=["grey", "white", "white again", "black", "black again"],
        captions=["A result", "A file", "A text", "An array", "A plain one"],
    )
    figures = page.select("figure")
    colours = [np.asarray(picture(figure.img)).mean() for figure in figures]
    np.testing.assert_allclose(colours, [128, 255, 255, 0, 0], atol=1)
    assert [figure.img["alt"] for figure in figures][:2] == ["grey", "white"]
    assert {(figure.img["width"], figure.img["height"]) for figure in figures} == {("24", "16")}
    text = [figure.figcaption.get_text(" ", strip=True) for figure in figures]
    assert text[0] == "A result Painted in 1.2 s. Settings: style_weight=10.0, seed=0"
    assert text[1] == "A file From me.jpg, in the style of china.jpg."
    assert text[3] == "An array"


def test_a_real_painting_its_settings_and_what_it_was_made_of(tmp_path):
    paths = nstlib.example_path("china"), nstlib.example_path("hokusai_great_wave")
    result = nstlib.stylize(*paths, size=48, evaluations=2, progress=False)
    about = {"content": "china.jpg", "style": ["hokusai_great_wave.jpg"], **result.settings}
    saved = save_image(result.image, tmp_path / "a.jpg", about | {"took": 3.21})
    page = page_of(tmp_path, [result, saved], alt=["a", "b"], captions=["A", "B"], credits=[])
    first, second = (figure.figcaption.get_text(" ") for figure in page.select("figure"))
    assert f"Painted in {result.history['seconds'][-1]:.1f} s." in first
    assert "From china.jpg, in the style of hokusai_great_wave.jpg, painted in 3.2 s." in second
    for name, value in result.settings.items():
        assert f"{name}={value!r}" in first and f"{name}={value!r}" in second
    credits = [item.get_text() for item in page.select("li")]
    assert credits == [credit("china"), credit("hokusai_great_wave")]
    assert "Daniel Büchele" in credits[0] and "CC BY 2.0" in credits[0]
    assert page.select_one("li a")["href"] == "https://creativecommons.org/licenses/by/2.0/"


def test_the_settings_on_the_page_make_the_painting_again(tmp_path):
    paths = nstlib.example_path("china"), nstlib.example_path("hokusai_great_wave")
    options = {"size": 48, "evaluations": 2, "strokes": "fine", "style_layers": ["block1_conv1"]}
    result = nstlib.stylize(*paths, progress=False, **options)
    shown = page_of(tmp_path, [result]).select_one("code").get_text()
    again = nstlib.stylize(*paths, progress=False, **eval(f"dict({shown})"))
    np.testing.assert_array_equal(again.image, result.image)


def test_a_result_without_settings_or_seconds(tmp_path):
    pictures = [Result(BLACK, {}, {}, ""), Result(BLACK, None, None, "")]
    page = page_of(tmp_path, pictures, alt=["a", "b"], captions=["A", "B"])
    assert [figure.figcaption.get_text().strip() for figure in page.select("figure")] == ["A", "B"]
    numpys = Result(BLACK, {"seconds": [np.float32(1.5)]}, {}, "")
    assert "Painted in 1.5 s." in page_of(tmp_path, [numpys], overwrite=True).get_text()


@pytest.mark.parametrize("took", [10**400, float("nan"), float("inf"), -1, True, "1 s", None])
def test_seconds_that_none_can_have_taken_are_left_out(tmp_path, took):
    path = save_image(BLACK, tmp_path / "b.png", {"content": "me.jpg", "took": took})
    text = page_of(tmp_path, [path]).figcaption.get_text(" ", strip=True)
    assert text == "Night From me.jpg."


def test_sections_become_headings_and_paragraphs(tmp_path):
    page = page_of(
        tmp_path, author="Ada", sections={"Intention": "One.\n\nTwo, https://a.org/b?c=1&d=2."}
    )
    assert [h.get_text() for h in page.select("h1, h2")] == [
        "Mine",
        "Intention",
        "Pictures",
        "Credits",
    ]
    assert page.header.p.get_text() == "Ada"
    assert page.section.p.get_text() == "One."
    assert page.section.a["href"] == "https://a.org/b?c=1&d=2"


def test_credits_come_once_and_the_courses_by_name(tmp_path):
    given = ["china", "Me, 2026", "china", "monet_palazzo_da_mula"]
    found = [item.get_text() for item in page_of(tmp_path, credits=given).select("li")]
    assert found[0] == credit("china") and found[1] == "Me, 2026" and len(found) == 3
    assert found[2].startswith("Claude Monet, Palazzo da Mula, Venice, 1908")


@pytest.mark.parametrize("name", [*examples("content"), *examples("style"), *nstlib.style_names()])
def test_the_courses_own_pictures_and_styles_have_credits(name):
    assert re.fullmatch(r".+: (CC0|CC BY|public domain).*\.", credit(name))
    assert credit(f"{name}s") is None


def test_a_phone_a_screen_and_paper(tmp_path):
    page = page_of(tmp_path)
    assert page.html["lang"] == "en" and page.main and page.header
    assert "width=device-width" in page.select_one('meta[name="viewport"]')["content"]
    assert "@media print" in page.style.get_text()


# ---- what is not on it ---------------------------------------------------------------------------


def test_it_asks_for_nothing_from_elsewhere(tmp_path):
    page = page_of(tmp_path, sections={"Links": "https://example.org"}, credits=["china"])
    assert not page.select("script, link, iframe, object")
    assert all(tag["src"].startswith("data:image/") for tag in page.select("[src]"))
    policy = page.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]
    assert policy.startswith("default-src 'none'")


def test_of_a_photo_only_the_pixels_are_shown(tmp_path):
    exif = Image.Exif()
    exif[271], exif[270] = "SECRET-CAMERA", "SECRET-PLACE"
    photo = Image.new("RGB", (32, 48), "red")
    photo.save(tmp_path / "photo.jpg", exif=exif, comment=b"SECRET-WORDS")
    portfolio([tmp_path / "photo.jpg"], tmp_path / "page.html", **WORDS)
    text = (tmp_path / "page.html").read_bytes()
    assert b"SECRET" not in text and b"SECRET" not in base64.b64decode(
        re.search(rb"base64,([\w+/=]+)", text)[1]
    )
    assert str(tmp_path).encode() not in text


def test_whatever_is_written_is_text(tmp_path):
    stranger = save_image(BLACK, tmp_path / "b.png", {"style": HOSTILE, HOSTILE: [HOSTILE]})
    page = page_of(
        tmp_path,
        [stranger, a_result(**{HOSTILE: HOSTILE})],
        title=HOSTILE,
        author=HOSTILE,
        alt=[HOSTILE] * 2,
        captions=[HOSTILE] * 2,
        credits=[HOSTILE],
        sections={HOSTILE: f"{HOSTILE}\n\nhttps://a.org/<script>alert(3)</script>"},
    )
    assert not page.select("script") and len(page.select("img")) == 2
    assert not [tag for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert page.h1.get_text().startswith("</title><script>") and "\x00" not in str(page)
    assert "{0} %s" in page.select_one("figure img")["alt"]
    assert {tag["href"] for tag in page.select("a")} == {"https://a.org/"}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=["Cc"]), min_size=1).filter(str.strip))
def test_any_text_comes_back_as_it_was(tmp_path_factory, text):
    page = page_of(tmp_path_factory.mktemp("page"), title=text, alt=[text], captions=[text])
    shown = text.encode("utf-8", "replace").decode()
    for found in (page.h1.get_text(), page.img["alt"], page.select_one(".caption").get_text()):
        assert found.split() == shown.split()


# ---- pictures of all kinds -----------------------------------------------------------------------


def test_large_pictures_become_small_enough(tmp_path):
    noise = np.random.default_rng(0).random((1, 900, 1500, 3), "float32")
    page = page_of(tmp_path, [noise])
    assert picture(page.img).width == 1024
    assert len(base64.b64decode(page.img["src"].partition("base64,")[2])) < 1.2 * PICTURE_BYTES


def clip(path, size=(48, 32), frames=3):
    colours = ["red", "lime", "blue"]
    first, *rest = [Image.new("RGB", size, colours[k % 3]) for k in range(frames)]
    first.save(path, save_all=True, append_images=rest, duration=100)
    return path


def test_an_animation_moves_when_it_is_asked_to(tmp_path):
    page = page_of(tmp_path, [clip(tmp_path / "clip.gif")])
    still, moving = page.select("img")
    assert np.asarray(picture(still))[0, 0, 0] > 200  # the first frame, red
    assert moving.parent.name == "details" and picture(moving).n_frames == 3
    assert not moving.parent.has_attr("open") and moving["alt"] == still["alt"]
    still_too = page_of(tmp_path, [clip(tmp_path / "one.gif", frames=1)], overwrite=True)
    assert not still_too.select("details")


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_an_animation_that_is_cut_short_is_shown_or_refused_in_words(tmp_path, share):
    path = clip(tmp_path / "clip.gif", size=(200, 100))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    try:
        assert page_of(tmp_path, [path]).select("figure img")
    except ImageError as error:
        assert "picture 1, '" in str(error)


def test_an_animation_that_is_too_large_is_refused(tmp_path):
    path = clip(tmp_path / "clip.gif")
    path.write_bytes(path.read_bytes() + bytes(MOVING_BYTES))
    with pytest.raises(ImageError, match="picture 1, '.*clip.gif' is too large to move, over 5 MB"):
        page_of(tmp_path, [path])


# ---- the file ------------------------------------------------------------------------------------


def test_it_replaces_nothing_unless_it_is_told_to(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("older")
    with pytest.raises(ImageError, match="already exists: choose another name or allow"):
        portfolio([BLACK], path, **WORDS)
    assert path.read_text() == "older"
    assert portfolio([BLACK], path, overwrite=True, **WORDS) == path
    assert read(path).h1.get_text() == "Mine"


def test_an_older_page_survives_what_cannot_be_made(tmp_path):
    path = portfolio([BLACK], tmp_path / "page.html", **WORDS)
    before = path.read_bytes()
    for wrong in ({"alt": [""]}, {"credits": []}, {"title": " "}):
        with pytest.raises(ImageError):
            portfolio([BLACK], path, overwrite=True, **{**WORDS, **wrong})
    with pytest.raises(ImageError):
        portfolio(["none.png"], path, overwrite=True, **WORDS)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["page.html"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": "page.htm"}, "'page.htm' cannot be saved: let its name end in .html"),
        ({"path": None}, "the path, a NoneType, is not the name of a file: give a text."),
        ({"path": b"page.html"}, "the path is not the name of a file: give a text."),
        ({"path": "a\0b.html"}, "'a?b.html' cannot be written (embedded null byte)"),
        ({"title": "\0"}, "title is empty: say it"),
        ({"captions": ["\0 \x01"]}, "captions, text 1 of 1, is empty: say it"),
        ({"path": "none/page.html"}, "make its folder first, it is missing"),
        ({"pictures": []}, "pictures has to be a list with at least one"),
        ({"pictures": "a.png"}, "pictures has to be a list"),
        ({"pictures": a_result()}, "pictures has to be a list"),
        ({"pictures": BLACK}, "pictures has to be a list"),
        ({"pictures": iter([BLACK])}, "pictures has to be a list"),
        ({"pictures": [BLACK, BLACK]}, "2 pictures, 1 alt texts and 1 captions"),
        ({"pictures": ["none.png"]}, "picture 1, 'none.png' is missing: check the spelling"),
        ({"pictures": [BLACK + 2]}, "picture 1 has values from 2 to 2, out of the range"),
        ({"pictures": [3]}, "picture 1, a int, cannot be loaded"),
        ({"alt": "A picture"}, "alt has to be a list of texts"),
        ({"alt": [" "]}, "alt, text 1 of 1, is empty: say it in a few words"),
        ({"alt": [None]}, "alt, text 1 of 1, is a NoneType: give a text"),
        ({"captions": [b"x"]}, "captions, text 1 of 1, is a bytes"),
        ({"title": ""}, "title is empty"),
        ({"title": None}, "title is a NoneType"),
        ({"author": 3}, "author is a int"),
        ({"credits": []}, "there is no credit: for each picture that you used"),
        ({"sections": ["x"]}, "sections has to be a dict"),
        ({"sections": {"Intention": ""}}, "the text of the section 'Intention' is empty"),
        ({"sections": {"": "x"}}, "a heading is empty"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(tmp_path, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    arguments = {"pictures": [BLACK], "path": "page.html", **WORDS, **change}
    with pytest.raises(ImageError, match=re.escape(words)) as found:
        portfolio(**arguments)
    assert "\n" not in str(found.value) and not os.listdir(tmp_path)


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(ImageError, match="page.html' cannot be written .No space left"):
        portfolio([BLACK], tmp_path / "page.html", **WORDS)
    assert not os.listdir(tmp_path)


def test_the_pictures_given_stay_as_they_are(tmp_path):
    array, result = BLACK.copy(), a_result()
    before = dict(result.settings)
    page_of(tmp_path, [array, result], alt=["a", "b"], captions=["A", "B"])
    np.testing.assert_array_equal(array, BLACK)
    assert result.settings == before and load_image(array).shape == BLACK.shape
