"""Colours kept, and styles in regions: by formula, and in real small paintings."""

import numpy as np
import pytest
import tensorflow as tf

from nstlib import FeatureExtractor, ImageError, Objective, example_path, gram_matrix, stylize
from nstlib.images import load_image
from nstlib.images.colors import (
    gray_pictures,
    luminance,
    luminance_transfer,
    match_color,
    matrix_power,
)
from nstlib.images.masks import load_masks, mask_at
from nstlib.losses import masked_gram
from nstlib.objective import CONTENT_LAYERS, STYLE_LAYERS

RNG = np.random.default_rng(0)
# Of the NTSC colour space, rounded to three digits.
YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def picture(height, width, low=0.3, high=0.7):
    return RNG.uniform(low, high, (1, height, width, 3)).astype("float32")


def cat(size=48):
    return load_image(example_path("chelsea"), max_side=size)


def painted(style=None, **options):
    style = example_path("hokusai_great_wave") if style is None else style
    options = {"size": 48, "evaluations": 4, "progress": False, "precision": "float32"} | options
    return stylize(cat(), style, **options)


# ---- colours -------------------------------------------------------------------------------------


def test_luminance_transfer_takes_brightness_here_and_colour_there():
    painting, content = picture(9, 11, 0.45, 0.55), picture(9, 11, 0.45, 0.55)
    found = luminance_transfer(painting, content) @ YIQ.T
    np.testing.assert_allclose(found[..., 0], (painting @ YIQ.T)[..., 0], atol=1e-6)
    np.testing.assert_allclose(found[..., 1:], (content @ YIQ.T)[..., 1:], atol=1e-3)


def test_luminance_transfer_stays_within_the_range_and_leaves_its_input_alone():
    painting, content = np.ones((1, 2, 2, 3)), np.array([[[[1.0, 0, 0]] * 2] * 2])
    before = content.copy()
    found = luminance_transfer(painting, content)
    assert found.min() >= 0 and found.max() <= 1
    np.testing.assert_array_equal(content, before)
    with pytest.raises(ValueError, match="one shape"):
        luminance_transfer(painting, content[:, :1])


def test_match_color_gives_mean_and_covariance():
    style, content = picture(30, 40), picture(20, 20) @ RNG.uniform(0.2, 0.5, (3, 3))
    x, y = (p.reshape(-1, 3) for p in (match_color(style, content), content))
    np.testing.assert_allclose(x.mean(0), y.mean(0), atol=1e-6)
    np.testing.assert_allclose(np.cov(x.T), np.cov(y.T), atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_match_color_goes_a_share_of_the_way(share):
    style, content = picture(30, 40), picture(20, 20) @ RNG.uniform(0.2, 0.5, (3, 3))
    x, y, z = (p.reshape(-1, 3) for p in (style, content, match_color(style, content, share)))
    np.testing.assert_allclose(z.mean(0), (1 - share) * x.mean(0) + share * y.mean(0), atol=1e-6)
    wanted = (1 - share) * np.cov(x.T) + share * np.cov(y.T)
    np.testing.assert_allclose(np.cov(z.T), wanted, atol=1e-6)
    if share == 0:
        np.testing.assert_allclose(z, x, atol=1e-5)


def test_match_color_of_pictures_without_colour():
    gray = np.repeat(picture(16, 16)[..., :1], 3, axis=-1)
    for style, content in ((gray, picture(16, 16)), (picture(16, 16), gray), (gray, gray * 0)):
        matched = match_color(style, content)
        assert np.isfinite(matched).all() and matched.dtype == style.dtype
    # Nothing but grey can have the covariance of grey.
    colorless = match_color(picture(16, 16), gray)
    assert np.ptp(colorless, axis=-1).max() < 0.02


def test_matrix_power_is_the_root():
    root = matrix_power(A := np.cov(RNG.normal(size=(3, 50))), 0.5)
    np.testing.assert_allclose(root @ root, A, rtol=1e-6)
    np.testing.assert_allclose(matrix_power(A, -0.5) @ root, np.eye(3), atol=1e-6)


def test_gray_pictures_have_the_contents_light():
    content, style = picture(20, 30), picture(25, 25, 0.1, 0.2)
    gray, (matched,) = gray_pictures(content, [style])
    assert np.ptp(gray, axis=-1).max() == 0 and np.ptp(matched, axis=-1).max() == 0
    np.testing.assert_allclose(gray[..., :1], luminance(content))
    assert abs(matched.mean() - gray.mean()) < 1e-3 and abs(matched.std() - gray.std()) < 1e-3


def chroma(image):
    return (image @ YIQ.T)[..., 1:]


def test_a_painting_in_luminance_has_the_photos_colours():
    result = painted(preserve_color="luminance", style_weight=30)
    inside = (result.image > 0.001).all(-1) & (result.image < 0.999).all(-1)
    assert inside.mean() > 0.8
    difference = np.abs(chroma(result.image) - chroma(cat()))[inside]
    assert difference.max() < 2e-3
    assert np.abs(luminance(result.image) - luminance(cat())).mean() > 0.01
    assert result.settings["preserve_color"] == "luminance"


def test_progress_shows_the_colours_too():
    shown = []
    result = painted(preserve_color="luminance", callback=lambda p: shown.append(p.image) and None)
    assert all(np.ptp(image, axis=-1).mean() > 0.02 for image in shown)
    np.testing.assert_array_equal(shown[-1], result.image)


def test_a_matched_style_leaves_the_colours_nearer():
    plain, kept = painted(style_weight=100), painted(style_weight=100, preserve_color="match")
    mean = cat().mean(axis=(1, 2))
    distances = [np.abs(r.image.mean(axis=(1, 2)) - mean).max() for r in (plain, kept)]
    assert distances[1] < distances[0]


def test_an_unknown_way_to_keep_colours():
    with pytest.raises(ValueError, match="match, luminance"):
        painted(preserve_color="hue")


def test_a_painting_with_its_own_colours_resumes_exactly():
    whole = painted(preserve_color="luminance", evaluations=6)
    first = painted(preserve_color="luminance", evaluations=3)
    again = painted(preserve_color="luminance", evaluations=6, resume=first)
    np.testing.assert_array_equal(again.image, whole.image)


def test_several_sizes_in_luminance():
    result = painted(preserve_color="luminance", sizes=[24, 48], size=48)
    assert result.image.shape == cat().shape


# ---- masks ---------------------------------------------------------------------------------------


def halves(height, width):
    mask = np.zeros((1, height, width, 1), "float32")
    mask[:, :, : width // 2] = 1
    return mask


def test_a_full_mask_is_the_plain_gram():
    F = RNG.gamma(1.0, 1.0, (1, 5, 6, 4)).astype("float32")
    np.testing.assert_allclose(masked_gram(F, np.ones((1, 5, 6, 1))), gram_matrix(F), rtol=1e-6)
    half = masked_gram(F, halves(5, 6))
    np.testing.assert_allclose(half, gram_matrix(F[:, :, :3]), rtol=1e-6)


def test_a_soft_mask_is_a_weighted_mean():
    F, T = RNG.gamma(1.0, 1.0, (1, 3, 4, 2)), RNG.uniform(0, 1, (1, 3, 4, 1))
    rows, weights = F.reshape(-1, 2), T.ravel() ** 2
    wanted = (rows * weights[:, None]).T @ rows / weights.sum()
    np.testing.assert_allclose(masked_gram(F, T)[0], wanted, rtol=1e-6)


def test_one_mask_for_two_styles_leaves_the_rest_to_the_second():
    masks = load_masks(halves(40, 60)[0, :, :, 0], styles=2, shape=(40, 60))
    np.testing.assert_array_equal(masks[0] + masks[1], np.ones((1, 40, 60, 1)))
    again = load_masks(masks, styles=2, shape=(20, 30))
    np.testing.assert_allclose(again[0], halves(20, 30))


def test_a_mask_from_a_file(tmp_path):
    from nstlib import save_image

    path = tmp_path / "left.png"
    save_image(np.repeat(halves(40, 60), 3, axis=-1), path)
    (mask,) = load_masks(path, styles=1, shape=(20, 30))
    np.testing.assert_allclose(mask, halves(20, 30), atol=1e-6)


@pytest.mark.parametrize(
    ("masks", "styles", "words"),
    [
        ([np.ones((32, 48))] * 3, 2, "not 3 for 2"),
        ([np.ones((32, 48))], 3, "not 1 for 3"),
        (np.zeros((32, 48)), 1, "black"),
        (np.ones((32, 48)), 2, "white all over, so the second style has no place"),
        (np.ones((48, 48)), 1, "draw the mask on the content picture"),
        ("nowhere.png", 1, "nowhere.png"),
    ],
)
def test_masks_that_cannot_be_used(masks, styles, words):
    with pytest.raises((ImageError, ValueError), match=words):
        load_masks(masks, styles, shape=(32, 48))


def test_mask_at_takes_the_mean_of_each_area():
    mask = RNG.uniform(0, 1, (1, 8, 12, 1)).astype("float32")
    wanted = mask.reshape(1, 4, 2, 6, 2, 1).mean(axis=(2, 4))
    np.testing.assert_allclose(mask_at(mask, (4, 6)), wanted, rtol=1e-5)


@pytest.fixture(scope="module")
def extractor():
    return FeatureExtractor(sorted({*CONTENT_LAYERS, *STYLE_LAYERS}))


def test_masks_of_ones_change_nothing(extractor):
    content, style, image = picture(32, 48), picture(40, 40), picture(32, 48)
    plain = Objective(extractor, content, style)(image)
    ones = [np.ones((1, 32, 48, 1), "float32")] * 2
    masked = Objective(extractor, content, [style, style], masks=ones)(image)
    np.testing.assert_allclose(masked[2], plain[2], rtol=1e-4)


def test_each_pixel_feels_the_style_of_its_own_region(extractor):
    """Far from the border no gradient of the other region's style arrives."""
    content, styles = picture(32, 320), [picture(40, 40), picture(40, 40, 0.0, 1.0)]
    mask = halves(32, 320)
    gradients = []
    for second in (styles[1], 1 - styles[1] / 2):
        options = {"content_weight": 0, "tv_weight": 0, "masks": [mask, 1 - mask]}
        objective = Objective(extractor, content, [styles[0], second], **options)
        gradients.append(objective(content)[1].numpy())
    reach = 100  # block5_conv1 of vgg19-lite sees 132 pixels, half of them to each side
    far, near = np.abs(gradients[0] - gradients[1])[:, :, : 160 - reach], np.abs(gradients[0])
    assert far.max() < 1e-4 * near[:, :, : 160 - reach].max()
    assert np.abs(gradients[0] - gradients[1])[:, :, 160:].max() > 0.01 * near.max()


def test_without_shares_a_style_counts_as_its_area_does(extractor):
    content, styles = picture(32, 48), [picture(40, 40), picture(40, 40)]
    mask = np.zeros((1, 32, 48, 1), "float32")
    mask[:, :, :12] = 1
    pair = [mask, 1 - mask]
    by_area = Objective(extractor, content, styles, masks=pair)(content)[0]
    given = Objective(extractor, content, styles, masks=pair, style_shares=[1, 3])(content)[0]
    np.testing.assert_allclose(by_area, given, rtol=1e-5)


@pytest.mark.parametrize(
    ("masks", "words"),
    [([np.ones((1, 32, 48, 1))], "not 1 for 2"), ([np.ones((1, 32, 32, 1))] * 2, "32, 48, 1")],
)
def test_masks_of_another_number_or_shape(extractor, masks, words):
    with pytest.raises(ValueError, match=words):
        Objective(extractor, picture(32, 48), [picture(32, 32)] * 2, masks=masks)


def test_a_painting_with_two_styles_in_two_halves():
    red, blue = np.zeros((64, 64, 3)), np.zeros((64, 64, 3))
    red[..., 0], blue[..., 2] = 1, 1
    mask = halves(*cat().shape[1:3])
    redness = []  # of the left and of the right half, with red on the left and then on the right
    for styles in ([red, blue], [blue, red]):
        result = painted(styles, masks=mask, style_weight=1000, evaluations=20)
        parts = np.split(result.image, [cat().shape[2] // 2], axis=2)
        redness.append([float(np.mean(part[..., 0] - part[..., 2])) for part in parts])
    assert redness[0][0] > redness[1][0] + 0.05 and redness[0][1] < redness[1][1] - 0.05
    assert result.settings["masks"] == ["a mask"]


def test_other_masks_are_another_run():
    two = [example_path("hokusai_great_wave"), example_path("renoir_moulin_de_la_galette")]
    shape = cat().shape[1:3]
    first = painted(two, masks=halves(*shape))
    with pytest.raises(ValueError, match="other pictures"):
        painted(two, masks=1 - halves(*shape), resume=first, evaluations=8)


def test_masks_differentiate_through_the_compiled_objective(extractor):
    content = picture(32, 48)
    objective = Objective(extractor, content, [picture(32, 32)], masks=[halves(32, 48)])
    loss, gradient, _ = objective(tf.constant(picture(32, 48)))
    assert np.isfinite(float(loss)) and float(tf.reduce_max(tf.abs(gradient))) > 0
