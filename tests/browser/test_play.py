"""The page that paints, play.html in dist/book, in Chromium from its files and with no network.

`make book` first, then `make test-browser`. It computes on the processor, as there may be no
graphics card; what it computes is compared with nstlib.
"""

import io
import itertools
import json
import re

import numpy as np
import pytest
from lab import BROWSER, ROOT, watch
from PIL import Image

PAGE = ROOT / "dist" / "book" / "play.html"
BUDGET = 10_000_000  # bytes of all that the page needs
SHARES = {"hokusai_great_wave": 2, "cross_pink_cloud": 1}
LONG = 120_000  # milliseconds: others may compute on this machine, too

pytestmark = [
    *BROWSER,
    pytest.mark.skipif(not PAGE.exists(), reason="there is no website: make book"),
]

# A job of the worker, with plain numbers in place of arrays that Playwright does not know.
CALL = """async ([job, given]) => {
  const result = await play.engine.call(job, given);
  for (const part of [result, result?.picture])
    for (const name in part) if (ArrayBuffer.isView(part[name])) part[name] = [...part[name]];
  return result;
}"""
# A few numbers that tell two paintings apart.
PIXELS = """selector => {
  const canvas = document.querySelector(selector), {width, height} = canvas;
  const copy = Object.assign(document.createElement('canvas'), {width, height});
  const context = copy.getContext('2d', {willReadFrequently: true});
  context.drawImage(canvas, 0, 0);
  return [width, height, ...context.getImageData(0, 0, width, height).data];
}"""
LOSSES = "play.slow.history.map(terms => [...terms])"


@pytest.fixture(scope="module")
def tab(browser):
    """A page of its own for whatever only computes."""
    context = browser.new_context()
    context.set_offline(True)
    page = context.new_page()
    page.goto(PAGE.as_uri())
    page.evaluate("play.ready")
    yield page
    context.close()


@pytest.fixture
def opened(browser):
    """A function that opens the page; afterwards nothing must have been complained or fetched."""
    contexts, complaints = [], []

    def show(width=1100, scheme="light", before=""):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.set_default_timeout(LONG)
        watch(page, complaints)
        if before:
            page.add_init_script(before)
        page.goto(PAGE.as_uri())
        page.evaluate("play.ready")
        page.select_option("#slow [name=size]", "128")
        return page

    yield show
    for context in contexts:
        context.close()
    assert not complaints


def pixels(page, selector="#slow .painting"):
    return page.evaluate(PIXELS, selector)


def photo(name, width, height):
    picture = Image.open(ROOT / "data" / name).convert("RGB").resize((width, height))
    return (np.asarray(picture, "float32") / 255)[np.newaxis]


def given(image):
    _, height, width, _ = image.shape
    return {"data": image.ravel().tolist(), "width": width, "height": height}


def array(picture):
    return np.reshape(picture["data"], (1, picture["height"], picture["width"], 3))


def file(mode="RGB", size=(300, 200), kind="png", name="mine"):
    """A picture file as Playwright gives it to the page: a blue and an orange half."""
    picture = Image.new("RGB", size, "royalblue")
    picture.paste("orange", (0, 0, size[0] // 2, size[1]))
    buffer = io.BytesIO()
    picture.convert(mode).save(buffer, format=kind)
    return {
        "name": f"{name}.{kind}",
        "mimeType": f"image/{kind}",
        "buffer": buffer.getvalue(),
    }


# ---- it computes what nstlib does -------------------------------------------------------------


def _objective(convention):
    from nstlib.conventions import find_convention
    from nstlib.networks import FeatureExtractor
    from nstlib.objective import Objective, layers_for

    content = photo("content/china.jpg", 64, 48)
    style = photo("style/hokusai_great_wave.jpg", 64, 64)
    layers = sorted({name for part in layers_for("vgg19-lite", convention) for name in part})
    extractor = FeatureExtractor(layers, pooling=find_convention(convention).pooling)
    return content, style, Objective(extractor, content, style, convention=convention)


@pytest.mark.parametrize("convention", ["relative", "mean-covariance"])
def test_loss_and_gradient_are_those_of_nstlib(tab, convention):
    content, style, objective = _objective(convention)
    noise = np.random.default_rng(0).uniform(0, 1, content.shape)
    image = (0.6 * content + 0.4 * noise).astype("float32")
    loss, gradient, terms = objective(image)
    pictures = {"content": given(content), "style": given(style), "image": given(image)}
    found = tab.evaluate(CALL, ["evaluate", {**pictures, "convention": convention}])
    assert found["value"] == pytest.approx(float(loss), rel=1e-3)
    weighted = np.multiply(found["terms"], found["weights"])
    np.testing.assert_allclose(weighted, terms, rtol=1e-3)
    off = np.reshape(found["gradient"], gradient.shape) - gradient
    assert np.linalg.norm(off) <= 1e-3 * np.linalg.norm(gradient)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_the_optimisers_go_the_way_of_nstlib(tab, optimizer):
    from nstlib.optimizers import OPTIMIZERS

    convention = "mean-covariance"
    content, style, objective = _objective(convention)
    walk = itertools.islice(OPTIMIZERS[optimizer](objective, content), 6)
    expected = [point.value for point in walk]
    pictures = {"content": given(content), "style": given(style), "start": given(content)}
    weights = [1, 10, 0.9]
    settings = {"convention": convention, "optimizer": optimizer, "weights": weights}
    # A list of numbers is no picture to the worker's optimisers.
    tab.evaluate(
        """async given => {
          for (const name of ['content', 'style', 'start'])
            given[name].data = Float32Array.from(given[name].data);
          await play.engine.call('prepare', given);
        }""",
        {**pictures, **settings},
    )
    found = [tab.evaluate(CALL, ["step", {}])["loss"] for _ in expected]
    assert expected[-1] < 0.8 * expected[0]
    np.testing.assert_allclose(found, expected, rtol=0.01)


def test_a_mixture_of_styles_is_that_of_nstlib(tab):
    from nstlib import fast_stylize

    photograph = photo("content/china.jpg", 61, 45)
    expected = fast_stylize(photograph[0], SHARES, 0.7, precision="float32")
    tab.evaluate("play.engine.learn('learnStyles', 'transfer-network').then(() => 0)")
    wanted = {"photograph": given(photograph), "shares": SHARES, "strength": 0.7}
    found = array(tab.evaluate(CALL, ["mix", wanted]))
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("transform", ["adain", "optimal_transport"])
def test_any_picture_as_a_style_is_as_in_nstlib(tab, transform):
    from nstlib import fast_stylize

    photograph, style = (
        photo("content/china.jpg", 61, 45),
        photo("style/hokusai_poppies.jpg", 64, 48),
    )
    options = {"transform": transform, "precision": "float32"}
    expected = fast_stylize(photograph[0], style[0], 0.8, **options)
    tab.evaluate("play.engine.learn('learnAnyStyle', 'any-style').then(() => 0)")
    wanted = {"photograph": given(photograph), "style": given(style), "strength": 0.8}
    found = array(tab.evaluate(CALL, ["any", {"key": transform, "transform": transform, **wanted}]))
    np.testing.assert_allclose(found, expected, atol=5e-4)


def test_features_are_those_of_nstlib(tab):
    from nstlib.networks import FeatureExtractor

    image = photo("content/china.jpg", 64, 48)
    expected = FeatureExtractor("block3_conv2")(image)["block3_conv2"]
    found = tab.evaluate(CALL, ["look", {"picture": given(image), "layer": "block3_conv2"}])
    found = np.reshape(found["data"], expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.max(expected))


# ---- slow ------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("convention", ["relative", "mean-covariance"])
def test_it_paints(opened, optimizer, convention):
    page = opened()
    page.select_option("[name=optimizer]", optimizer)
    page.select_option("[name=convention]", convention)
    before = pixels(page)
    page.click("#slow [name=paint]")
    page.wait_for_function("play.slow.history.length >= 6")
    page.click("#slow [name=paint]")
    page.wait_for_function("!play.slow.looping")
    assert pixels(page) != before
    losses = np.array(page.evaluate(LOSSES)) @ [1, 10, 1]
    assert losses.min() < 0.8 * losses[0]
    assert page.locator("#slow svg polyline").count() == 3
    assert f"{len(losses)} evaluations" in page.inner_text("#slow .status")


def test_pause_one_step_and_reset(opened):
    page = opened()
    start = pixels(page)
    for number in (1, 2):
        page.click("#slow [name=step]")
        page.wait_for_function(f"!play.slow.looping && play.slow.history.length === {number}")
    assert pixels(page) != start
    page.wait_for_timeout(300)
    assert len(page.evaluate(LOSSES)) == 2, "it goes on by itself"
    page.click("#slow [name=reset]")
    assert pixels(page) == start and page.evaluate(LOSSES) == []
    page.select_option("#slow [name=start]", "noise")
    assert pixels(page) != start


def test_a_weight_counts_while_it_paints(opened):
    page = opened()
    page.select_option("[name=optimizer]", "adam")
    page.click("#slow [name=paint]")
    page.wait_for_function("play.slow.history.length >= 4")
    page.locator("#slow [name=total_variation]").fill("5")
    assert page.locator("#slow [name=total_variation] + output").inner_text() == "29"
    page.wait_for_function("play.slow.changes.length === 1")
    changed = page.evaluate("play.slow.changes[0]")
    page.wait_for_function(f"play.slow.history.length >= {changed + 8}")
    page.click("#slow [name=paint]")
    variation = np.array(page.evaluate(LOSSES))[:, 2]
    assert variation[-1] < 0.8 * variation[changed]
    assert page.locator("#slow svg .change").count() == 1


def test_a_pair_of_channels_in_the_gram_matrix(opened):
    page = opened()
    page.click(".gram summary")
    page.get_by_text("Press Paint or One step first").wait_for()
    page.click("#slow [name=step]")
    page.get_by_text("Channels 0 and 1: G is").wait_for()
    canvas = page.locator("canvas[data-of=A]")
    assert pixels(page, "canvas[data-of=A]")[:2] == [16, 16]
    box = canvas.bounding_box()
    canvas.click(position={"x": 2.5 * box["width"] / 16, "y": 7.5 * box["height"] / 16})
    one = page.locator(".pair").inner_text()
    page.locator(".gram [name=i]").fill("2")
    page.locator(".gram [name=j]").fill("7")
    other = page.locator(".pair").inner_text()
    assert one.startswith("Channels 7 and 2:") and other.startswith("Channels 2 and 7:")
    assert one.partition(":")[2] == other.partition(":")[2], "it is symmetric"


def test_it_is_saved_with_its_settings(opened):
    page = opened()
    page.click("#slow [name=step]")
    page.wait_for_function("play.slow.history.length === 1")
    with page.expect_download() as download:
        page.click("#slow [name=save]")
    name = download.value.suggested_filename
    assert re.fullmatch(r"china_as_hokusai_great_wave_128_lbfgs_\d+\.png", name)
    saved = Image.open(download.value.path())
    saved.load()
    settings = json.loads(saved.text["nstlib"])
    assert settings["convention"] == "mean-covariance" and settings["style_weight"] == 10
    assert "Büchele" in settings["content"], "his licence wants his name"
    assert saved.size == (128, 80)


def saved(page, tab="slow"):
    """The settings in the file that the page saves now, and its size."""
    with page.expect_download() as download:
        page.click(f"#{tab} [name=save]")
    picture = Image.open(download.value.path())
    picture.load()
    return json.loads(picture.text["nstlib"]), picture.size


def test_what_is_saved_bears_the_name_of_what_was_painted(opened):
    page = opened()
    page.click("#slow [name=step]")
    page.wait_for_function("play.slow.history.length === 1 && !play.slow.looping")
    before = saved(page)
    page.select_option("#slow [name=start]", "painting")
    page.select_option("#photo select", "1")
    page.wait_for_function("document.querySelector('#photo img').alt.includes('Chelsea')")
    page.select_option("#slow [name=size]", "192")
    assert "Büchele" in before[0]["content"] and saved(page) == before
    page.click("#tab-fast")
    _whole(page)
    before = saved(page, "fast")
    page.evaluate("void (play.fast.engine.call = () => new Promise(() => {}))")  # it never ends
    page.select_option("#fast [name=size]", "768")
    page.wait_for_function("play.fast.painting")
    assert saved(page, "fast") == before


def test_a_run_that_is_over_shows_nothing_more(opened):
    page = opened()
    page.click(".gram summary")
    page.click("#slow [name=step]")
    page.get_by_text("Channels 0 and 1").wait_for()
    page.select_option("#slow [name=start]", "noise")
    assert page.inner_text(".pair") == "Press Paint or One step first."
    page.select_option("#slow [name=start]", "painting")  # and there is none
    wide = pixels(page)[:2]
    page.set_input_files("#photo [type=file]", file(size=(200, 300)))
    page.wait_for_function("document.querySelector('#photo img').alt.includes('mine')")
    assert pixels(page)[:2] == wide[::-1] == [80, 128]


def test_another_way_to_compute_while_it_paints(opened):
    page = opened()
    page.select_option("#slow [name=size]", "192")
    page.click("#slow [name=paint]")
    page.wait_for_function("play.slow.history.length >= 1")
    for name in ("wasm", "auto", "wasm"):
        page.select_option("#backend", name)
    page.get_by_text("Now: the processor").wait_for()
    page.wait_for_function("!play.slow.looping")
    assert page.inner_text("#alert") == "" and page.input_value("#slow [name=size]") == "192"
    page.click("#tab-fast")
    page.wait_for_function("play.fast.painting")
    page.select_option("#backend", "auto")
    _whole(page)
    assert page.inner_text("#alert") == "" and page.input_value("#fast [name=size]") == "256"


def test_clicking_on_everything_while_it_runs(opened):
    page = opened()
    page.click(".gram summary")
    for _ in range(3):
        for button in ("paint", "step", "paint", "paint", "reset", "paint"):
            page.locator(f"#slow [name={button}]").click()
        page.select_option("[name=convention]", "relative")
        page.locator("#slow [name=paint]").click()
        page.select_option("[name=optimizer]", "adam")
        page.locator("#slow [name=paint]").click()
        page.select_option("#style select", "3")
        page.locator("#slow [name=style]").fill("2")
        page.locator("#tab-inside").click()
        page.locator("#tab-slow").click()
    page.wait_for_function("!play.slow.looping")
    assert page.inner_text("#alert") == ""
    page.click("#slow [name=reset]")
    page.click("#slow [name=step]")
    page.wait_for_function("!play.slow.looping && play.slow.history.length === 1")


# Chromium's own words for it, from the worker, at the second step.
FULL = """{
  const Plain = Worker;
  let steps = 0;
  window.Worker = class extends Plain {
    postMessage(message) {
      if (message.job !== 'step' || ++steps !== 2) return super.postMessage(message);
      this.onmessage({data: {id: message.id, error: 'Array buffer allocation failed'}});
    }
  };
}"""


def test_without_memory_it_goes_on_with_a_smaller_picture(opened):
    page = opened(before=FULL)
    page.select_option("#slow [name=size]", "192")
    page.click("#slow [name=paint]")
    page.get_by_text("The painting is kept, and the size is 128 pixels now").wait_for()
    page.wait_for_function("!play.slow.looping")
    kept = pixels(page)
    assert kept[:2] == [192, 128] and page.evaluate("play.slow.value('start')") == "painting"
    page.click("#slow [name=step]")
    page.wait_for_function("!play.slow.looping && play.slow.history.length === 1")
    assert pixels(page)[0] == 128 and page.inner_text("#alert") == ""


# ---- fast ------------------------------------------------------------------------------------


def _whole(page):
    page.wait_for_function(
        "document.querySelector('#fast canvas').dataset.done === 'whole' && !play.fast.painting"
    )
    return pixels(page, "#fast .painting")


def test_mixing_changes_the_painting(opened):
    page = opened()
    page.click("#tab-fast")
    page.select_option("#fast [name=size]", "192")
    one = _whole(page)
    page.locator("#fast [name=share2]").fill("1")
    page.locator("#fast [name=share2]").dispatch_event("change")
    both = _whole(page)
    page.locator("#fast [name=strength]").fill("0")
    page.locator("#fast [name=strength]").dispatch_event("change")
    weak = _whole(page)
    assert one[:2] == both[:2] == [192, 128]
    assert one != both and both != weak
    with page.expect_download() as download:
        page.click("#fast [name=save]")
    assert download.value.suggested_filename.startswith("china_as_hokusai_great_wave_van_gogh")


def test_the_style_picture_is_a_style(opened):
    page = opened()
    page.click("#tab-fast")
    page.select_option("#fast [name=size]", "192")
    mixed = _whole(page)
    page.select_option("#fast [name=kind]", "any")
    page.select_option("#fast [name=transform]", "adain")
    wave = _whole(page)
    page.set_input_files("#style [type=file]", file())
    page.wait_for_function("play.fast.painting")
    own = _whole(page)
    assert mixed != wave and wave != own


FULL_ONCE = FULL.replace(
    "message.job !== 'step' || ++steps !== 2", "message.job !== 'mix' || ++steps !== 1"
)


def test_a_smaller_size_that_fits_takes_the_complaint_back(opened):
    page = opened(before=FULL_ONCE)
    page.click("#tab-fast")
    page.get_by_text("The size is 192 pixels now").wait_for()
    page.wait_for_function("!play.fast.painting")
    page.locator("#fast [name=strength]").fill("0.5")
    page.locator("#fast [name=strength]").dispatch_event("change")
    assert _whole(page)[0] == 192 and page.inner_text("#alert") == ""


# ---- look inside -----------------------------------------------------------------------------


def test_every_layer_can_be_seen(opened):
    page = opened()
    page.click("#tab-inside")
    for layer, channels in (("block1_conv1", 16), ("block5_conv1", 256), ("block2_conv2", 32)):
        page.select_option("#inside [name=layer]", layer)
        page.get_by_text(f"{layer}: {channels} channels").wait_for()
    seen = pixels(page, "#inside .channel")
    page.locator("#inside .mosaic").click(position={"x": 100, "y": 100})
    assert int(page.input_value("#inside [name=channel]")) > 0
    assert pixels(page, "#inside .channel") != seen


# ---- pictures --------------------------------------------------------------------------------


def _choose(page, chosen, which="#photo"):
    page.set_input_files(f"{which} [type=file]", chosen)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}, "a.jpg is no pict"),
        (file(size=(20, 20), name="dot"), "dot.png has only 20 x 20 pixels"),
        (file(size=(2000, 40), name="line"), "line.png is too narrow, 2000 x 40 pixels"),
    ],
    ids=["broken", "tiny", "narrow"],
)
def test_what_is_no_picture_is_said_in_a_sentence(opened, chosen, said):
    page = opened()
    before = page.get_attribute("#photo img", "src")
    _choose(page, chosen)
    page.get_by_role("alert").filter(has_text=said).wait_for()
    assert page.get_attribute("#photo img", "src") == before, "the other one stays"
    assert page.evaluate("document.querySelector('#photo :checked').text").startswith("A pavilion")
    _choose(page, file())
    page.wait_for_function("!document.getElementById('alert').textContent")


def test_the_camera_takes_a_picture_and_is_switched_off(opened):
    page = opened()
    page.context.grant_permissions(["camera"])
    before = pixels(page)
    page.click("#photo .camera")
    page.wait_for_function("document.querySelector('#viewfinder video').videoWidth > 0")
    stream = page.evaluate_handle("document.querySelector('#viewfinder video').srcObject")
    page.click("#viewfinder .take")
    page.wait_for_function("document.querySelector('#photo img').alt.includes('camera')")
    assert page.is_hidden("#viewfinder") and pixels(page) != before
    assert stream.evaluate("s => s.getTracks().every(track => track.readyState === 'ended')")


def test_a_camera_may_be_closed_without_a_picture_or_forbidden(opened):
    page = opened()
    before = page.get_attribute("#photo img", "src")
    page.context.grant_permissions(["camera"])
    for close in (lambda: page.click("#viewfinder .close"), lambda: page.keyboard.press("Escape")):
        page.click("#photo .camera")
        page.wait_for_function("document.querySelector('#viewfinder video').videoWidth > 0")
        close()
        page.wait_for_function("!document.getElementById('viewfinder').open")
    page.context.clear_permissions()
    page.click("#photo .camera")
    page.get_by_role("alert").filter(has_text="The camera could not be opened: allow it").wait_for()
    assert page.get_attribute("#photo img", "src") == before


DROP = """selector => {
  const dataTransfer = new DataTransfer();
  const event = new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer});
  return !document.querySelector(selector).dispatchEvent(event);
}"""


def test_what_is_dropped_beside_the_frames_does_not_replace_the_page(opened):
    page = opened()
    assert page.evaluate(DROP, "#slow .painting") and not page.inner_text("#alert")
    assert page.evaluate(DROP, "#photo") and "is no file" in page.inner_text("#alert")


DROP_FILE = """([selector, data, type, name]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new Uint8Array(data)], name, {type}));
  const event = new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer});
  document.querySelector(selector).dispatchEvent(event);
}"""


def test_a_file_that_is_dropped_is_chosen(opened):
    page, dropped = opened(), file()
    given = [list(dropped["buffer"]), dropped["mimeType"], dropped["name"]]
    page.evaluate(DROP_FILE, ["#photo", *given])
    page.wait_for_function("document.querySelector('#photo img').alt.includes('mine')")
    page.evaluate(DROP_FILE, ["#style", list(b"no picture"), "image/png", "words.png"])
    page.get_by_role("alert").filter(has_text="words.png is no picture").wait_for()


def test_a_large_picture_is_scaled_down_with_a_word(opened):
    page = opened()
    _choose(page, file(size=(6000, 4000), kind="jpeg"))
    page.get_by_text("Scaled down from 6000 x 4000 pixels").wait_for()
    page.click("#slow [name=step]")
    page.wait_for_function("play.slow.history.length === 1")


def test_a_cmyk_jpeg_has_its_colours(opened):
    page = opened()
    _choose(page, file("CMYK", kind="jpeg"))
    page.wait_for_function("document.querySelector('#photo img').alt.includes('mine')")
    width, _, *data = pixels(page)
    left, right = data[:4], data[4 * (width - 1) : 4 * width]
    np.testing.assert_allclose(left[:3], (255, 165, 0), atol=40)
    np.testing.assert_allclose(right[:3], (65, 105, 225), atol=40)


# ---- the page --------------------------------------------------------------------------------


def test_it_is_small_enough():
    files = [PAGE, *(PAGE.parent / "play").iterdir()]
    assert sum(path.stat().st_size for path in files) < BUDGET


def test_it_leads_to_the_lessons(opened):
    page = opened()
    links = page.locator("a[href]").all()
    targets = {link.get_attribute("href") for link in links}
    assert {"index.html", "00_first_painting.html", "02_inside_vgg.html", "credits.html"} <= targets
    assert all((PAGE.parent / target).exists() for target in targets)
    assert "play.html" in (PAGE.parent / "index.html").read_text("utf-8")


def test_the_tabs_are_moved_by_keys(opened):
    page = opened()
    page.focus("#tab-slow")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#inside").is_visible() and not page.locator("#slow").is_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#slow') !== null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390])
def test_axe_finds_nothing(opened, axe, width, scheme):
    if axe is None:
        pytest.skip("npm could not fetch axe-core")
    page = opened(width, scheme)
    page.click("#slow [name=step]")
    page.wait_for_function("!play.slow.looping && play.slow.history.length === 1")
    page.click(".gram summary")
    page.evaluate(axe)
    _choose(page, {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.get_by_role("alert").filter(has_text="a.jpg").wait_for()
    for name in ("slow", "fast", "inside"):
        page.click(f"#tab-{name}")
        found = page.evaluate("axe.run(document, {preload: false})")["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
