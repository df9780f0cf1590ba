"""Figures: shown as pictures with an alternative text, and true to the data."""

import base64
import html.parser
import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from PIL import Image

from nstlib import plots
from nstlib.images.encoding import STORED_BYTES, small_file
from nstlib.plots import figures
from nstlib.plots.curves import COLORS

HISTORY = {
    "evaluation": [1, 2, 3, 4],
    "seconds": [0.1, 0.2, 0.3, 0.4],
    "total": [10.0, 5.0, 4.0, 3.5],
    "content": [0.0, 1.0, 1.5, 1.5],
    "style": [10.0, 4.0, 2.5, 2.0],
    "total_variation": [0.0, 0.0, 0.0, 0.0],
}
RNG = np.random.default_rng(0)
FEATURES = RNG.random((1, 12, 16, 5)) * np.array([1, 5, 0, 3, 2])
GRAMS = {"wave": RNG.random((1, 9, 9)), "cat": 100 * RNG.random((9, 9))}
PIXELS = RNG.random((20, 30, 3))
POINTS = RNG.normal(size=(50, 2))

# One call of each function, for what must hold of all of them.
CALLS = {
    "loss_curves": lambda **words: plots.loss_curves(HISTORY, **words),
    "compare_losses": lambda **words: plots.compare_losses({"a": HISTORY, "b": [3, 2]}, **words),
    "bars": lambda **words: plots.bars({"a": 1, "b": 2}, **words),
    "strip": lambda **words: plots.strip([PIXELS] * 5, "abcde", **words),
    "patches": lambda **words: plots.patches([PIXELS] * 9, **words),
    "picture_grid": lambda **words: plots.picture_grid([[PIXELS, None]], "a", "bc", **words),
    "receptive_fields": lambda **words: plots.receptive_fields(PIXELS, {"a": 3, "b": 9}, **words),
    "color_clouds": lambda **words: plots.color_clouds({"a": PIXELS, "b": PIXELS / 2}, **words),
    "point_clouds": lambda **words: plots.point_clouds(
        {"a": POINTS, "b": 2 * POINTS}, "xy", **words
    ),
    "feature_grid": lambda **words: plots.feature_grid(FEATURES, **words),
    "feature_blocks": lambda **words: plots.feature_blocks({"a": FEATURES}, **words),
    "gram_heatmaps": lambda **words: plots.gram_heatmaps(GRAMS, **words),
    "distance_table": lambda **words: plots.distance_table("ab", [[0, 1], [1, 0]], **words),
}
ROWS = {"strip", "patches"}  # these are pictures on the page, no Matplotlib figures
TITLE = 'A finding < 10 and "so long" that it does not fit on one line, but has to be wrapped'


class Page(html.parser.HTMLParser):
    """What a reader gets: titles and captions, alternative texts, and the pictures' files."""

    def __init__(self, source):
        super().__init__()
        self.texts, self.alts, self.files, self.widths = [], [], [], []
        self._text = None
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "img":
            self.alts.append(values["alt"])
            self.files.append(base64.b64decode(values["src"].partition("base64,")[2]))
            self.widths.append(values.get("width"))
        if tag == "figcaption":
            self._text = ""

    def handle_endtag(self, tag):
        if tag == "figcaption":
            self.texts.append(self._text)
            self._text = None

    def handle_data(self, data):
        if self._text is not None:
            self._text += data

    def opened(self):
        return [Image.open(io.BytesIO(data)) for data in self.files]


@pytest.fixture
def page(displayed):
    """A function that calls another one and reads what that shows below its cell."""

    def call(function, *arguments, **options):
        displayed.clear()
        assert function(*arguments, **options) is None
        (output,) = displayed
        return Page(output.data)

    return call


def pictures(figure):
    """The axes with a picture, without those of color bars."""
    return [axes for axes in figure.axes if axes.images]


def labels(figure):
    return [axes.get_title() for axes in pictures(figure)]


def texts(axes):
    return [text.get_text() for text in axes.texts]


# ---- all of them ---------------------------------------------------------------------------


def test_every_plot_is_called_here():
    assert set(CALLS) == set(plots.__all__) - {"finding", "show_figure"}


@pytest.mark.parametrize("name", CALLS)
def test_a_figure_is_small_pictures_between_texts(name, page):
    shown = page(CALLS[name], title=TITLE, alt='Loss < 10 and "falling"')
    assert shown.texts[0] == TITLE and shown.alts[0] == 'Loss < 10 and "falling"'
    assert all(alt.strip() for alt in shown.alts)
    assert all(30 < picture.width <= 1100 for picture in shown.opened())
    assert sum(map(len, shown.files)) <= STORED_BYTES


@pytest.mark.parametrize("name", CALLS)
def test_no_figure_without_words(name, displayed):
    with pytest.raises(ValueError, match="alt is empty"):
        CALLS[name](title="It falls", alt=" ")
    with pytest.raises(TypeError, match="title"):
        CALLS[name](alt="falling")
    assert displayed == []


@pytest.mark.parametrize("name", sorted(CALLS.keys() - ROWS))
def test_a_figure_has_its_title_as_text_and_not_in_its_pixels(name):
    one, other = (CALLS[name](title=title, alt=None) for title in ("It falls", "It rises: " * 9))
    assert one.get_label() == "It falls"
    np.testing.assert_array_equal(figures.draw(one), figures.draw(other))


@pytest.mark.parametrize("name", sorted(CALLS.keys() - ROWS))
def test_no_text_leaves_the_figure(name):
    """Nothing is clipped, also where a figure is not cropped: labels and color bars have room."""
    figure = CALLS[name](title=TITLE, alt=None)
    FigureCanvasAgg(figure).draw()
    width, height = figure.bbox.size
    for text in (text for axes in figure.axes for text in axes.texts):
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width + 1 and box.y1 <= height + 1
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1


def test_a_figure_drawn_by_hand_has_the_title_it_was_made_with(page):
    figure = figures.new_figure(2, title="By < hand", width=4)
    figure.add_subplot().plot([1, 2])
    shown = page(plots.show_figure, figure, alt="A line")
    assert shown.texts == ["By < hand"] and shown.alts == ["A line"]


def test_what_is_empty_around_a_figure_is_cut_off():
    figure = figures.new_figure(3, title="", width=6)
    figure.add_subplot(position=(0.5, 0.5, 0.2, 0.2), xticks=[], yticks=[])
    figure.set_layout_engine("none")
    whole, cropped = (figures.draw(figure, cropped=cropped) for cropped in (False, True))
    assert whole.size == (660, 330)
    assert cropped.width < 0.3 * 660 and cropped.height < 0.3 * 330


def test_large_pictures_are_stored_as_coarser_jpegs():
    noise = Image.fromarray(RNG.integers(0, 256, (512, 512, 3), np.uint8))
    data, kind = small_file(noise, "png")
    assert kind == "jpeg" and len(data) <= STORED_BYTES


# ---- curves and bars -----------------------------------------------------------------------


def test_loss_curves_are_the_data_on_a_log_axis():
    axes = plots.loss_curves(HISTORY, title="It falls", alt=None).axes[0]
    assert axes.get_yscale() == "log"
    drawn = {line.get_color(): line.get_ydata() for line in axes.lines}
    np.testing.assert_allclose(drawn[COLORS["style"]], HISTORY["style"])
    assert np.isnan(drawn[COLORS["content"]][0])
    assert COLORS["total_variation"] not in drawn
    assert set(texts(axes)) == {"total", "content", "style"}


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        (0.55, 0.95, ["0.6", "0.7", "0.8", "0.9"]),
        (0.45, 1.4, ["0.5", "0.6", "0.7", "0.8", "0.9", "1"]),
        (0.4, 4, ["0.5", "1", "2"]),
        (0.008, 2000, ["0.01", "0.1", "1", "10", "100", "1,000"]),
    ],
)
def test_a_logarithmic_axis_has_plain_numbers(low, high, numbers):
    axes = figures.new_figure(3, title="t", width=4).add_subplot()
    axes.set(yscale="log", ylim=(low, high))
    figures.plain_ticks(axes.yaxis)
    write = axes.yaxis.get_major_formatter()
    assert [write(tick) for tick in axes.get_yticks() if low <= tick <= high] == numbers
    assert not any(map(axes.yaxis.get_minor_formatter(), axes.get_yticks(minor=True)))


def test_labels_do_not_overlap():
    history = {**HISTORY, "content": HISTORY["total"], "style": HISTORY["total"]}
    axes = plots.loss_curves(history, title="All the same", alt=None).axes[0]
    heights = sorted(text.get_position()[1] for text in axes.texts)
    assert np.diff(heights).min() > 0.05


def test_spread_keeps_order_and_place():
    assert figures.spread([0.1, 0.5, 0.9], 0.1) == pytest.approx([0.1, 0.5, 0.9])
    crowded = figures.spread([0.95, 0.97, 0.99, 1.0], 0.1)
    assert crowded == pytest.approx([0.7, 0.8, 0.9, 1.0])
    assert figures.spread([0.5] * 30, 0.1) == pytest.approx(np.linspace(0, 1, 30))


def test_curves_can_be_told_apart_without_colour():
    history = {**HISTORY, "total_variation": [1, 1, 1, 1]}
    axes = plots.loss_curves(history, title="t", alt=None).axes[0]
    styles = [line.get_linestyle() for line in axes.lines]
    assert len(set(styles)) == len(styles) == 4


def test_runs_are_compared_by_evaluations_or_seconds():
    runs = {"one": HISTORY, "another_one": {**HISTORY, "seconds": [1, 2, 3, 4]}}
    figure = plots.compare_losses(runs, term="style", x="seconds", title="t", alt=None)
    one, other = figure.axes[0].lines
    np.testing.assert_allclose(one.get_xdata(), HISTORY["seconds"])
    np.testing.assert_allclose(other.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_allclose(other.get_ydata(), HISTORY["style"])
    assert texts(figure.axes[0]) == ["one", "another one"]
    figure = plots.compare_losses({"losses": [4, 2]}, title="t", alt=None)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_xdata(), [1, 2])


@pytest.mark.parametrize(
    ("runs", "options", "words"),
    [
        ({"one": [2, 1]}, {"x": "seconds"}, "one has losses alone"),
        ({"one": [2, 1]}, {"x": "hours"}, "unknown x 'hours'"),
        ({"one": HISTORY}, {"term": "colour"}, "no term 'colour'"),
        ({"one": [0, 0]}, {}, "no loss above 0"),
        ({}, {}, "no loss above 0"),
    ],
)
def test_runs_that_cannot_be_compared(runs, options, words):
    with pytest.raises(ValueError, match=words):
        plots.compare_losses(runs, title="t", alt=None, **options)


def test_bars_are_the_numbers_with_their_labels():
    values = {"vgg19": 20_024_384, "half": 0.5, "less": -3}
    axes = plots.bars(values, title="t", alt=None, label="parameters").axes[0]
    assert [bar.get_width() for bar in axes.patches] == list(values.values())
    assert texts(axes) == ["20,024,384", "0.5", "-3"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(values)
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first is at the top"


def test_numbers_on_a_logarithmic_axis_are_dots_as_bars_need_a_zero():
    axes = plots.bars({"a": 1792, "b": 2_359_808, "none": 0}, log=True, title="t", alt=None).axes[0]
    assert axes.get_xscale() == "log" and axes.get_xlim()[0] < 1792
    assert not axes.patches and "logarithmic" in axes.get_xlabel()
    (dots,) = axes.collections
    np.testing.assert_array_equal(
        dots.get_offsets().filled(np.nan)[:, 0], [1792, 2_359_808, np.nan]
    )
    assert texts(axes)[2] == "0"
    with pytest.raises(ValueError, match="no number above 0"):
        plots.bars({"a": 0}, log=True, title="t", alt=None)


# ---- pictures ------------------------------------------------------------------------------


def test_a_strip_shows_every_image_with_its_label(page):
    images = [np.full((1, 20, 30, 3), value) for value in (0.0, 0.5, 1.5)]
    shown = page(plots.strip, images, ["a_b", "c", "<d>"], title="Up", alt="three greys", columns=2)
    assert shown.texts == ["Up", "a b", "c", "<d>"]
    assert shown.alts == ["three greys", "c (2 of 3)", "<d> (3 of 3)"]
    pictures = shown.opened()
    assert {picture.size for picture in pictures} == {(491, 327)}, "two in a row of 990 pixels"
    assert [picture.getpixel((9, 9)) for picture in pictures] == [(v,) * 3 for v in (0, 128, 255)]


def test_images_of_a_strip_are_as_wide_whatever_their_shape(page):
    images = [np.zeros((10, 10, 3)), np.zeros((900, 300, 3)), np.zeros((1, 30, 3))]
    shown = page(plots.strip, images, "abc", title="t", alt="a")
    assert [picture.size for picture in shown.opened()] == [(324, 324), (324, 972), (324, 11)]
    assert shown.widths == ["324"] * 3


def test_as_many_labels_as_images():
    with pytest.raises(ValueError, match="3 images need as many labels"):
        plots.strip([np.zeros((4, 4, 3))] * 3, ["a"], title="t", alt="a")
    with pytest.raises(ValueError, match="0 images"):
        plots.patches([], title="t", alt="a")
    with pytest.raises(ValueError, match="do not fit"):
        plots.picture_grid([[PIXELS, PIXELS]], ["a"], ["b"], title="t", alt="a")


def test_patches_show_their_pixels(page):
    shown = page(plots.patches, [PIXELS] * 3, ["1", "2", ""], title="t", alt="a", columns=3)
    assert shown.texts == ["t", "1", "2"] and shown.alts == ["a", "2 (2 of 3)", "(3 of 3)"]
    stored = np.asarray(shown.opened()[0])
    assert stored.shape == (200, 300, 3), "ten times as large"
    pixels = np.rint(PIXELS * 255).astype(int)
    np.testing.assert_array_equal(stored, pixels.repeat(10, 0).repeat(10, 1))


def test_a_patch_that_is_too_wide_is_made_smaller(page):
    (picture,) = page(plots.patches, [np.zeros((100, 1000, 3))], title="t", alt="a").opened()
    assert picture.width < 500 and picture.height == round(picture.width / 10)


def test_a_picture_grid_has_its_labels_at_the_edges():
    rows = [[PIXELS, None], [PIXELS, 0 * PIXELS]]
    figure = plots.picture_grid(rows, ["up", "down"], ["left", "right"], title="t", alt=None)
    grid = np.reshape(figure.axes, (2, 2))
    assert [axes.get_title() for axes in grid[0]] == ["left", "right"]
    assert [axes.get_ylabel() for axes in grid[:, 0]] == ["up", "down"]
    assert not grid[0, 1].images and grid[1, 1].images[0].get_array().max() == 0


def test_receptive_fields_are_squares_around_the_position():
    fields = {"block1_conv1": 3, "block2_conv1": 10}
    axes = plots.receptive_fields(PIXELS, fields, at=(4, 12), title="t", alt=None).axes[0]
    squares = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert [square.get_width() for square in squares] == [3, 10]
    assert [square.get_center().tolist() for square in squares] == [[4, 12], [4, 12]]
    assert axes.get_xlim()[0] == -1, "a square that reaches beyond the photo is shown whole"
    assert set(texts(axes)) == {"block1_conv1: 3 × 3 pixels", "block2_conv1: 10 × 10 pixels"}
    with pytest.raises(ValueError, match="sides in pixels"):
        plots.receptive_fields(PIXELS, {"a": 0}, title="t", alt=None)


def test_color_clouds_have_the_ellipse_of_their_covariance():
    red = np.array([[0.2, 0.5, 0.4], [0.8, 0.5, 0.4], [0.2, 0.5, 0.6], [0.8, 0.5, 0.6]])[None]
    axes = plots.color_clouds({"a": red, "b": 0 * red}, title="t", alt=None).axes[0]
    (ellipse,) = axes.patches
    np.testing.assert_allclose(ellipse.center, (0.5, 0.5), atol=1e-6)
    sides = np.sqrt(4 / 3) * 3 * np.array([0.3, 0.1])  # three times the standard deviations
    np.testing.assert_allclose((ellipse.width, ellipse.height), sides, rtol=1e-3)
    assert abs(ellipse.angle) % 180 < 1e-6
    np.testing.assert_allclose(
        sorted(axes.collections[0].get_offsets().tolist()), sorted(red[0][:, [0, 2]].tolist())
    )
    with pytest.raises(ValueError, match="no picture"):
        plots.color_clouds({}, title="t", alt=None)


def test_point_clouds_share_a_scale_and_have_the_ellipses_of_their_covariances():
    few = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 2.0], [4.0, 2.0]])
    figure = plots.point_clouds({"a": few, "b": few + 6}, ("x", "y"), title="t", alt=None)
    one, other = figure.axes
    assert one.get_xlim() == other.get_xlim() and one.get_ylim() == other.get_ylim()
    (ellipse,) = one.patches
    np.testing.assert_allclose(ellipse.center, (2, 1))
    np.testing.assert_allclose(
        (ellipse.width, ellipse.height), np.sqrt(4 / 3) * 3 * np.array([2, 1])
    )
    assert (one.get_xlabel(), one.get_ylabel(), other.get_ylabel()) == ("x", "y", "")
    with pytest.raises(ValueError, match="no cloud"):
        plots.point_clouds({}, ("x", "y"), title="t", alt=None)


# ---- what networks see ---------------------------------------------------------------------


def test_a_feature_grid_begins_with_the_most_active_channels():
    figure = plots.feature_grid(FEATURES, channels=3, title="t", alt=None)
    assert labels(figure) == ["channel 1", "channel 3", "channel 4"]
    np.testing.assert_allclose(pictures(figure)[0].images[0].get_array(), FEATURES[0, ..., 1])


def test_feature_maps_share_a_scale():
    figure = plots.feature_grid(FEATURES, channels=[0, 2], title="t", alt=None)
    limits = {axes.images[0].get_clim() for axes in pictures(figure)}
    assert len(limits) == 1 and min(limits)[0] == 0
    signed = plots.feature_grid(FEATURES - 2.5, title="t", alt=None)
    low, high = pictures(signed)[0].images[0].get_clim()
    assert low == -high and pictures(signed)[0].images[0].cmap.name == figures.SIGNED


def test_one_hot_position_does_not_blacken_the_others():
    features = FEATURES.copy()
    features[0, 0, 0, 1] = 1e6
    figure = plots.feature_grid(features, title="t", alt=None)
    assert pictures(figure)[0].images[0].get_clim()[1] < 10
    assert "up to 1,000,000" in figure.axes[-1].get_ylabel().replace("\n", " ")


@pytest.mark.parametrize("channels", [[5], [-1], []])
def test_channels_that_are_not_there(channels):
    with pytest.raises(ValueError, match="from 0 to 4"):
        plots.feature_grid(FEATURES, channels=channels, title="t", alt=None)


def test_feature_blocks_have_a_row_for_each_layer():
    features = {"block1_conv1": FEATURES, "block2_conv1": 1000 * FEATURES[:, ::2, ::2, :2]}
    figure = plots.feature_blocks(features, columns=3, title="t", alt=None)
    drawn = pictures(figure)
    assert labels(figure) == [f"channel {channel}" for channel in (1, 3, 4, 1, 0)]
    assert "block2_conv1\n8 × 6 positions\n2 channels" in drawn[3].get_ylabel()
    limits = [axes.images[0].get_clim() for axes in drawn]
    assert len(set(limits[:3])) == len(set(limits[3:])) == 1 and limits[0] != limits[3]


def test_features_of_the_wrong_shape():
    with pytest.raises(ValueError, match="shape"):
        plots.feature_grid(np.zeros((2, 4, 4, 3)), title="t", alt=None)
    with pytest.raises(ValueError, match="shape"):
        plots.feature_blocks({"a": np.zeros((4, 4))}, title="t", alt=None)


def test_gram_matrices_share_a_scale_that_is_named():
    figure = plots.gram_heatmaps(GRAMS, title="t", alt=None)
    assert labels(figure) == ["wave", "cat"]
    assert len({axes.images[0].get_clim() for axes in pictures(figure)}) == 1
    np.testing.assert_allclose(pictures(figure)[1].images[0].get_array(), GRAMS["cat"])
    for scale, words in (("log", "logarithmic"), ("root", "square-root"), ("linear", "linear")):
        figure = plots.gram_heatmaps(GRAMS, scale=scale, title="t", alt=None)
        assert words in figure.axes[-1].get_ylabel()


def test_auto_scale_follows_the_range():
    def scale(values):
        figure = plots.gram_heatmaps({"a": np.reshape(values, (3, 3))}, title="t", alt=None)
        return figure.axes[-1].get_ylabel().replace("\n", " ")

    assert scale([1, 2, 3, 2, 1, 2, 3, 2, 1]) == "linear scale"
    assert "root" in scale([1, 1, 1, 1, 1, 1, 1, 1, 50])
    assert "logarithmic" in scale([1, 1, 1, 1, 1, 1, 1, 1, 1e5])
    assert "root" in scale([1, 1, -1, 1, 1, 1, 1, 1, 1e5])
    assert scale(np.zeros(9)) == "linear scale"


def test_small_matrices_are_written_out():
    figure = plots.gram_heatmaps({"by hand": [[10, 14], [14, 20]]}, title="t", alt=None)
    assert texts(figure.axes[0]) == ["10", "14", "14", "20"]


def test_a_gram_matrix_is_square():
    with pytest.raises(ValueError, match="wave is no square matrix"):
        plots.gram_heatmaps({"wave": np.zeros((2, 3))}, title="t", alt=None)
    with pytest.raises(ValueError, match="unknown scale"):
        plots.gram_heatmaps(GRAMS, scale="cubic", title="t", alt=None)


def test_a_distance_table_has_every_number():
    distances = [[0, 1.5, 20_000], [1.5, 0, 0.25], [20_000, 0.25, 0]]
    axes = plots.distance_table(["a_b", "c", "d"], distances, title="t", alt=None).axes[0]
    assert texts(axes) == ["0", "1.5", "20,000", "1.5", "0", "0.25", "20,000", "0.25", "0"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["a b", "c", "d"]
    with pytest.raises(ValueError, match="symmetric"):
        plots.distance_table("ab", [[0, 1], [2, 0]], title="t", alt=None)
    with pytest.raises(ValueError, match="3 names"):
        plots.distance_table("abc", [[0, 1], [1, 0]], title="t", alt=None)


def test_the_texts_of_a_lessons_figure():
    texts = plots.finding("04-dust")
    assert set(texts) == {"title", "alt"} and len(texts["alt"]) == 2
    assert "block9" in plots.finding("06-pulls", hardest="block9", deep="block4_conv2")["title"]


@pytest.mark.parametrize(
    ("figure", "words"),
    [("04-none", "no figure '04-none'"), ("99-dust", "no figure"), ("06-pulls", "'hardest'")],
)
def test_a_figure_without_texts_is_named(figure, words):
    with pytest.raises(ValueError, match=words):
        plots.finding(figure)


def test_bars_in_groups_have_a_colour_for_each():
    figure = plots.bars(dict.fromkeys("abcdef", 1), title="", alt=None, groups=2)
    colors = [tuple(bar.get_facecolor()) for bar in figure.axes[0].patches]
    assert colors[:3] == [colors[0]] * 3 and colors[3:] == [colors[3]] * 3
    assert colors[0] != colors[3]


def test_of_many_distances_the_nearest_have_a_dot():
    places = np.array([0.0, 1, 3, 3.5, 7, 8, 20, 21.5])
    table = np.abs(places[:, None] - places)
    few, many = (
        plots.distance_table("abcdefgh"[:n], table[:n, :n], title="", alt=None) for n in (6, 8)
    )
    assert few.axes[0].texts and not few.axes[0].lines
    (dots,) = many.axes[0].lines
    assert not many.axes[0].texts
    assert dots.get_xdata().tolist() == [1, 0, 3, 2, 5, 4, 7, 6]
    assert dots.get_ydata().tolist() == list(range(8))


def test_what_is_no_loss_is_called_by_its_name():
    figure = plots.compare_losses({"a": [3, 2]}, title="", alt=None, label="height f")
    assert figure.axes[0].get_ylabel() == "height f"
