"""Make the pictures of the README and of the lessons' openings: `python docs/make_pictures.py`.

Only some of them: name them, e.g. `python docs/make_pictures.py lesson_03`.
"""

import functools
import itertools
import pathlib
import re
import sys

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw

import nstlib
from nstlib.check.references import adain, optimal_transport_map, plan_schedule, whiten
from nstlib.conventions import CONVENTIONS
from nstlib.engine.pictures import fit
from nstlib.fast.stylize import encode_and_decode
from nstlib.fast.transforms import nearest_neighbours
from nstlib.images import data_folder, to_uint8
from nstlib.images.colors import matrix_power
from nstlib.lbfgs import no_metric
from nstlib.networks import MEAN_BGR, layer_table
from nstlib.tiles import repeat, tileable, wrap

# The lessons teach Gram matrices, and their openings are painted with these.
stylize = functools.partial(nstlib.stylize, convention="relative")
FOLDER = pathlib.Path(__file__).parent / "images"
LESSONS = pathlib.Path(__file__).parents[1] / "notebooks" / "source"


def side_by_side(images, height=300, gap=8):
    """Images as one picture, all scaled to the same height, on white."""
    pictures = []
    for image in images:
        picture = Image.fromarray(to_uint8(image))
        width = round(picture.width * height / picture.height)
        pictures.append(picture.resize((width, height), Image.Resampling.LANCZOS))
    total = sum(picture.width for picture in pictures) + gap * (len(pictures) - 1)
    row, left = Image.new("RGB", (total, height), "white"), 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + gap
    return np.asarray(row)


def in_two_rows(above, below, heights=(195, 195)):
    """Images in two rows, with white between them and beside the shorter row."""
    rows = [side_by_side(*row) for row in zip((above, below), heights, strict=True)]
    wide = max(row.shape[1] for row in rows)
    above, below = (
        np.pad(row, [(0, 0), (0, wide - row.shape[1]), (0, 0)], constant_values=255) for row in rows
    )
    return np.concatenate([above, np.full_like(above[:8], 255), below])


def drawn_in(lesson, *cells, **names):
    """What cells of a lesson define, run one after the other; each is known by how it begins.

    names: what the cells need.
    """
    (path,) = LESSONS.glob(f"{lesson}_*.py")
    codes = re.split(r"(?m)^# %%.*\n", path.read_text(encoding="utf-8"))
    names |= {"np": np, "Image": Image, "ImageDraw": ImageDraw}
    for begins in cells:
        exec(next(code for code in codes if code.startswith(begins)), names)
    return names


def save(image, name):
    """Write an image (1, H, W, 3) or (H, W, 3) as docs/images/NAME.jpg."""
    FOLDER.mkdir(exist_ok=True)
    Image.fromarray(to_uint8(image)).save(FOLDER / f"{name}.jpg", quality=85)


def first_painting():
    content = nstlib.load_image(nstlib.example_path("china"))
    style = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"))
    painting = nstlib.stylize(content, style, size=512).image
    save(side_by_side([content, style, painting]), "first_painting")


def lesson_01():
    """A style as VGG sees it, handed over as it expects and not; below, what it makes of that."""
    content = nstlib.load_image(nstlib.example_path("china"), max_side=300)
    style = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=300)
    prepared = nstlib.preprocess(style)
    inputs = (prepared, nstlib.preprocess(style[..., ::-1]), prepared + MEAN_BGR, style)
    seen = [nstlib.deprocess(vgg_input) for vgg_input in inputs]
    settings = {"size": 300, "evaluations": 60, "style_weight": 30}
    paintings = [stylize(content, picture, **settings).image for picture in seen]
    cut = [picture[:, : content.shape[1]] for picture in seen]
    save(in_two_rows(cut, paintings, (145, 145)), "lesson_01")


def lesson_02():
    """What excites six channels most in our pictures."""
    wanted = [("block2_conv2", 9), ("block2_conv2", 16), ("block4_conv4", 9)]
    wanted += [("block4_conv4", 137), ("block4_conv4", 126), ("block5_conv1", 28)]
    network = nstlib.FeatureExtractor(sorted({layer for layer, _ in wanted}))
    names = nstlib.examples("content") + nstlib.examples("style")
    gallery = [nstlib.load_image(nstlib.example_path(name), max_side=320)[0] for name in names]
    seen = [network(image[None]) for image in gallery]

    def best_piece(layer, channel):
        maps = [np.asarray(F[layer])[0, ..., channel] for F in seen]
        number = int(np.argmax([one.max() for one in maps]))
        place = np.unravel_index(np.argmax(maps[number]), maps[number].shape)
        side = nstlib.receptive_field(nstlib.layers_up_to(layer))
        padded = np.pad(gallery[number], ((side, side), (side, side), (0, 0)), constant_values=1)
        step = layer_table()[layer].scale
        top, left = (int((one + 0.5) * step) + side - side // 2 for one in place)
        return padded[top : top + side, left : left + side]

    save(side_by_side([best_piece(*channel) for channel in wanted], height=144), "lesson_02")


def lesson_03():
    """A photo, its negative, and a cat."""
    photo = nstlib.load_image(nstlib.example_path("china"), max_side=300)
    cat = fit(nstlib.load_image(nstlib.example_path("chelsea")), photo.shape[1:3])
    save(side_by_side([photo, 1 - photo, cat], height=197), "lesson_03")


def lesson_04():
    """A painting and its shuffled tiles."""
    side = 32
    path = nstlib.example_path("van_gogh_houses_at_auvers")
    painting = nstlib.load_image(path, max_side=384)[:, :288]
    rows, columns = painting.shape[1] // side, painting.shape[2] // side
    tiles = painting.reshape(rows, side, columns, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    tiles = np.random.default_rng(0).permutation(tiles).reshape(rows, columns, side, side, 3)
    tiles = tiles.swapaxes(1, 2).reshape(painting.shape)
    save(side_by_side([painting, tiles]), "lesson_04")


def lesson_05():
    """Pieces of a painting, and of a texture made from noise with its Gram matrices."""
    wave = nstlib.load_image(nstlib.example_path("hokusai_great_wave"), max_side=384)
    layers, square = [f"block{block}_conv1" for block in (1, 2, 3, 4, 5)], np.zeros((320, 320, 3))
    settings = {"content_weight": 0, "tv_weight": 0.1, "init": "noise", "pooling": "average"}
    settings |= {"style_layers": layers, "evaluations": 150, "size": 320}
    texture = stylize(square, wave, **settings).image
    places = [(texture, 205, 200), (wave, 153, 0), (wave, 161, 210)]
    places += [(texture, 180, 60), (texture, 60, 130), (wave, 73, 48)]
    pieces = [image[:, top:, left:][:, :96, :96] for image, top, left in places]
    save(side_by_side(pieces, height=145), "lesson_05")


def lesson_06():
    """Three balances of the style layers; the style term is the same at the start."""
    size, layers = 288, [f"block{block}_conv1" for block in (1, 2, 3, 4, 5)]
    content = nstlib.load_image(nstlib.example_path("china"), max_side=size)
    style = nstlib.load_image(nstlib.example_path("kandinsky_composition_viii"), max_side=size)
    look = nstlib.FeatureExtractor(layers)
    G, A = (
        {n: nstlib.gram_matrix(F) for n, F in look(image).items()} for image in (content, style)
    )
    losses = [float(np.mean((G[n] - A[n]) ** 2) / np.mean(A[n] ** 2)) for n in layers]
    paintings = []
    for balance in ([1, 1, 1, 1, 1], [64, 16, 4, 1, 1], [1024, 256, 64, 16, 1]):
        settings = {"style_layers": dict(zip(layers, balance, strict=True)), "size": size}
        settings["style_weight"] = 60 / float(np.average(losses, weights=balance))
        paintings.append(stylize(content, style, evaluations=100, **settings).image)
    save(side_by_side(paintings, height=196), "lesson_06")


def lesson_07():
    """A painting, and the middle of it enlarged: painted without total variation, and with it."""
    content = nstlib.load_image(nstlib.example_path("astronaut"), max_side=224)
    style = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=224)
    layers = ["block4_conv2", *(f"block{block}_conv1" for block in (1, 2, 3, 4, 5))]
    look, paintings = nstlib.FeatureExtractor(layers), []
    for tv_weight in (0, 1):
        weights = {"style_weight": 30, "tv_weight": tv_weight}
        objective = nstlib.Objective(look, content, style, convention="relative", **weights)
        run = nstlib.paint(objective, content, evaluations=60, metric=no_metric)
        paintings.append(run.best_image.numpy())
    parts = [image[:, 112:149, 95:132].repeat(8, axis=1).repeat(8, axis=2) for image in paintings]
    save(side_by_side([paintings[1], *parts], height=296), "lesson_07")


def lesson_08():
    """A rocket after 10 evaluations by descent, with momentum, and by Adam; and the style."""
    rocket, dance = (nstlib.example_path(n) for n in ("rocket", "renoir_moulin_de_la_galette"))
    settings = {"size": 256, "evaluations": 10, "precision": "float32", "match_colors": 0}
    runs = (("gradient-descent", {}), ("gradient-descent", {"momentum": 0.9}))
    runs += (("adam", {"learning_rate": 0.05}),)
    pictures = [
        nstlib.stylize(rocket, dance, optimizer=name, optimizer_settings=options, **settings).image
        for name, options in runs
    ]
    style = nstlib.load_image(dance, max_side=256)
    save(side_by_side([*pictures, style], height=136), "lesson_08")


def lesson_09():
    """Three looks of a run of plain L-BFGS; the second went too far."""
    names, convention = ("rocket", "van_gogh_houses_at_auvers"), CONVENTIONS["mean-covariance"]
    pictures = [nstlib.load_image(nstlib.example_path(name), max_side=256) for name in names]
    layers = sorted({*convention.content_layers, *convention.style_layers})
    extractor = nstlib.FeatureExtractor(layers, pooling=convention.pooling)
    objective = nstlib.Objective(extractor, *pictures)
    walk = nstlib.lbfgs(objective, tf.constant(pictures[0]), metric=no_metric)
    seen = [point.x.numpy() for point in itertools.islice(walk, 60)]
    save(side_by_side([seen[k - 1] for k in (1, 4, 60)], height=187), "lesson_09")


def lesson_10():
    """One photo, one style, one price: from the photo and from noise, at one size and at three."""
    pictures = [nstlib.example_path(name) for name in ("china", "hokusai_great_wave")]
    paintings = []
    for init in ("content", "noise"):
        for levels in (1, 3):
            sizes, evaluations = plan_schedule(288, levels, 60)
            settings = {"init": init, "sizes": sizes, "evaluations": evaluations}
            paintings.append(stylize(*pictures, style_weight=10, **settings).image)
    save(side_by_side(paintings, height=146), "lesson_10")


def lesson_11():
    """Above: a photo, repainted in its own colours; below: in two regions, and a doodle."""
    names = ("renoir_moulin_de_la_galette", "van_gogh_houses_at_auvers")
    names += ("kandinsky_composition_viii",)
    renoir, village, kandinsky = (
        nstlib.load_image(nstlib.example_path(name), max_side=384) for name in names
    )
    photo = nstlib.load_image(nstlib.example_path("china"), max_side=256)
    sky = (photo[..., 2:] > 0.62).astype("float32")
    settings = {"size": 256, "evaluations": 60, "style_weight": 30}
    own = stylize(photo, renoir, preserve_color="luminance", **settings)
    tower = stylize(photo, [kandinsky, village], masks=sky, **settings)
    doodle = drawn_in("11", "doodle = Image.new")["doodle"]
    below = [tower.image, np.asarray(doodle) / 255]
    save(in_two_rows([photo, own.image], below, (250, 250)), "lesson_11")


def lesson_12():
    """A photograph, and five paintings of it by one network."""
    photo = nstlib.load_image(nstlib.example_path("chelsea"), max_side=256)
    styles = ("hokusai_great_wave", "monet_japanese_footbridge", "kandinsky_composition_viii")
    styles += ("van_gogh_wheat_field", "delaunay_political_drama")
    pictures = [photo, *(nstlib.fast_stylize(photo, style) for style in styles)]
    save(in_two_rows(pictures[:3], pictures[3:]), "lesson_12")


def rows(F):
    return np.reshape(F, (-1, np.shape(F)[-1])).astype(float)


def moments(F):
    """Mean and covariance of the channels."""
    return rows(F).mean(axis=0), np.cov(rows(F), rowvar=False, bias=True)


def carried(F, mean, S):
    """Features with this mean and this covariance, moved as little as can be."""
    mean_c, S_c = moments(F)
    return np.reshape((rows(F) - mean_c) @ optimal_transport_map(S_c, S) + mean, np.shape(F))


def optimal_transport(F, S):
    return carried(F, *moments(S))


def moved(transform, content, style):
    """Features of all levels, moved towards those of the style."""
    return {n: np.asarray(transform(F, style[n]), "float32") for n, F in content.items()}


def lesson_13():
    """A photo and a painting, and what one decoder makes of their features by four transforms."""
    encode, decode = encode_and_decode()
    photo = nstlib.load_image(nstlib.example_path("china"), max_side=256)[:, :168]
    village = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=256)
    content, style = encode(photo), encode(village[:, : village.shape[1] // 8 * 8])
    rng = np.random.default_rng(0)

    def turned(F, S):
        turn, _ = np.linalg.qr(rng.normal(size=(F.shape[-1],) * 2))
        mean, covariance = moments(S)
        return whiten(F) @ turn @ matrix_power(covariance, 0.5) + mean

    paintings = []
    for transform in (lambda F, S: F, turned, adain, optimal_transport):
        paintings.append(decode(moved(transform, content, style)))
    save(in_two_rows([photo, village[:, :168], paintings[0]], paintings[1:]), "lesson_13")


def lesson_14():
    """A painting, and its Gram matrix without light and dark; a print, and two cats after it."""

    def load(name):
        return nstlib.load_image(nstlib.example_path(name), max_side=256)[:, :160]

    dance, poppies, cat = map(load, ("renoir_moulin_de_la_galette", "hokusai_poppies", "chelsea"))
    mean, G = rows(dance).mean(axis=0), rows(dance).T @ rows(dance) / len(rows(dance))
    mean = 0.999 * mean / np.sqrt(mean @ np.linalg.solve(G, mean))  # the largest there is
    faded = carried(dance, mean, G - np.outer(mean, mean)).clip(0, 1)
    encode, decode = encode_and_decode()
    content, style, cats = encode(cat), encode(poppies), []
    for move in (optimal_transport, nearest_neighbours):
        cats.append(decode(moved(move, content, style)))
    save(in_two_rows([dance, faded], [poppies, *cats], (242, 160)), "lesson_14")


def lesson_15():
    """The wave, and the cat like it: by a small network, trained and not, and by its teacher."""
    sheet = nstlib.load_image(data_folder() / "small_networks.jpg")[0]
    width, height = sheet.shape[1] // 5, sheet.shape[0] // 4
    places = ((4, 1), (1, 0), (1, 1), (4, 0))  # column and row
    tiles = [sheet[y * height :, x * width :][:height, :width] for x, y in places]
    save(in_two_rows(tiles[:2], tiles[2:]), "lesson_15")


def lesson_16():
    """A picture from each of six projects; the last one is what a program with a bug writes."""
    cat, village = (
        nstlib.load_image(nstlib.example_path(name), max_side=240)[:, :144]
        for name in ("chelsea", "van_gogh_houses_at_auvers")
    )
    strokes = drawn_in("16", "sheet, rng = Image.new")
    rng, style = strokes["rng"], nstlib.learn_style(strokes["sheet"], steps=60, progress=False)
    drawn = nstlib.fast_stylize(cat, style)
    china = nstlib.load_image(nstlib.example_path("china"), max_side=240)[:, :144]
    late = nstlib.fast_stylize(china, "monet_palazzo_da_mula")

    layers, margin = [f"block{block}_conv1" for block in (1, 2, 3, 4, 5)], 32
    look = nstlib.FeatureExtractor([*layers, "block4_conv2"], pooling="average")
    units = {"convention": "relative", "style_layers": layers, "content_layers": "block4_conv2"}
    noise = rng.normal(0.5, 0.1, (1, 96, 128, 3)).clip(0, 1).astype("float32")
    meadow = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=384)
    wrapped = nstlib.Objective(
        look, wrap(noise, margin).numpy(), meadow[:, -150:, :150], content_weight=0, **units
    )
    tile = nstlib.paint(tileable(wrapped, margin), noise, evaluations=80).best_image.numpy()

    frame, (down, across) = cat.copy(), np.mgrid[: cat.shape[1], : cat.shape[2]]
    frame[0, np.hypot(down - 115, across - 150) < 12] = (1.0, 0.9, 0.2)
    rolling = nstlib.fast_stylize(frame, "cross_pink_cloud")

    objective = nstlib.Objective(look, cat, village, style_weight=30, **units)

    def mirrored(image):
        loss, gradient, _ = objective(image)
        away = image - tf.reverse(image, axis=[2])
        return loss + 30 * tf.reduce_mean(away**2), gradient + 120 * away / cat.size

    mirror = nstlib.paint(mirrored, cat, evaluations=60).best_image.numpy()
    bold = nstlib.Objective(look, cat, village, style_weight=750, **units)
    x, velocity = tf.constant(cat), 0.0
    for _ in range(40):
        gradient = bold(x)[1]
        velocity = 0.8 * velocity - 0.008 * gradient / tf.math.reduce_std(gradient)
        x = x + velocity
    bug = np.round(255 * x.numpy()).astype(int).astype("uint8")
    above = [drawn, late, repeat(tile)[:, :144, :240]]
    save(in_two_rows(above, [rolling, mirror, bug[0] / 255]), "lesson_16")


PICTURES = (
    first_painting,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
    lesson_13,
    lesson_14,
    lesson_15,
    lesson_16,
)


def main():
    for make in PICTURES:
        if make.__name__ in sys.argv[1:] or not sys.argv[1:]:
            make()


if __name__ == "__main__":
    main()
