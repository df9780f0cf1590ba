"""Make the two projects that project.md marks: `python docs/make_projects.py`.

They are pages as a student would hand them in, the second one with faults that are marked there.
The numbers in their texts are computed here.
"""

import io
import pathlib
import shutil

import numpy as np
from PIL import Image

import nstlib
from nstlib.tiles import repeat, seam, tileable, wrap

FOLDER = pathlib.Path(__file__).parent / "projects"
LAYERS = [f"block{block}_conv1" for block in (1, 2, 3, 4, 5)]
SIDE, MARGIN = 112, 32


def distance(image, other, look):
    """How far the Gram matrices of two pictures are apart, on average over all five layers."""
    seen = [look(picture) for picture in (image, other)]
    pairs = [[nstlib.gram_matrix(F[name]) for F in seen] for name in LAYERS]
    return float(np.mean([nstlib.gram_distance(*pair) for pair in pairs]))


def texture(cloth, layers, seed, look):
    """A tile from noise, by these layers."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0.5, 0.1, (1, SIDE, SIDE, 3)).clip(0, 1).astype("float32")
    alone = {"convention": "relative", "content_weight": 0, "content_layers": layers[-1]}
    alone |= {"style_weight": 30, "style_layers": layers}
    objective = nstlib.Objective(look, wrap(noise, MARGIN).numpy(), cloth, **alone)
    return nstlib.paint(tileable(objective, MARGIN), noise, evaluations=60).best_image.numpy()


def wall():
    """A sound project: one variable, two starts, and a failure that was followed up."""
    path = nstlib.example_path("hokusai_poppies")
    cloth = nstlib.load_image(path, max_side=384)[:, -200:, :200]
    look = nstlib.FeatureExtractor(LAYERS, pooling="average")
    depths = (1, 3, 5)
    tiles = {n: [texture(cloth, LAYERS[:n], seed, look) for seed in (0, 1)] for n in depths}
    numbers = {n: [distance(tile, cloth, look) for tile in pair] for n, pair in tiles.items()}
    seams = {n: [seam(tile) for tile in pair] for n, pair in tiles.items()}
    table = "\n\n".join(
        f"With {n}: distance {numbers[n][0]:.3f} and {numbers[n][1]:.3f}, "
        f"seam {seams[n][0]:.2f} and {seams[n][1]:.2f}."
        for n in depths
    )
    spread = max(abs(one - other) for one, other in numbers.values())
    means = [float(np.mean(numbers[n])) for n in depths]
    nstlib.portfolio(
        [*(repeat(tiles[n][0]) for n in depths), repeat(cloth)],
        FOLDER / "wall.html",
        title="A wall of poppies",
        author="Example 1 of docs/project.md",
        overwrite=True,
        sections={
            "Intention": "A wallpaper for a hall: poppies that one recognises, and no edge that "
            "one finds, neither by the number `seam` nor by looking at the wall from across the "
            "room.",
            "One variable": "How many layers of the network the tile is painted with: 1, 3, 5, "
            f"from the first on. Cloth, side ({SIDE}), margin ({MARGIN}), weights and 60 "
            "evaluations stay. Each twice, from two kinds of noise, seeds 0 and 1.",
            "Prediction": "The seam is gone with all three. With 1 layer there are colours and no "
            "shapes; with 5 there are petals and leaves.",
            "What happened": "Distance: of the Gram matrices of all five layers to the cloth's "
            f"(0 is the same). Seam: 1 is none.\n\n{table}\n\nMy yardstick is the larger "
            f"difference between two starts, {spread:.3f}. From 1 to 5 layers the mean distance "
            f"falls by {means[0] - means[2]:.3f}; from 1 to 3 by {means[0] - means[1]:.3f}, and "
            f"from 3 to 5 by {means[1] - means[2]:.3f}. What is less than the yardstick I do not "
            "claim. And this distance has all five layers in it, so with "
            "more of them it has to fall. The shapes are what I look at. With 1 layer the network "
            "sees 3 pixels at a time, and no petal has room in that. With 5 there are petals, and "
            "of leaves only dark strokes: half of my prediction was wrong.",
            "What failed": "The cloth itself, laid two by two (last picture): its seam is "
            f"{seam(cloth):.2f}. That was to be expected. What was not: with 5 layers there is no "
            "seam, and yet I see the tile at once, because one light patch comes back in every "
            "tile. If that is the reason, and not a seam that the number misses, a tile of twice "
            "the side must be less of a pattern. I have not tried: it takes four times as long.",
        },
        captions=[
            *(f"{n} layer{'s' * (n > 1)}, two by two" for n in depths),
            "The cloth, two by two",
        ],
        alt=[
            "Specks in the colours of poppies, without shapes",
            "Rounded light and orange pieces with dark edges",
            "Light petals, an orange patch and dark strokes",
            "A piece of a print with poppies, four times, with hard edges where they meet",
        ],
        credits=["hokusai_poppies"],
    )


def years():
    """A weak project: a claim that nothing carries, one run each, and no failure."""
    names = ["van_gogh_straw_hat", "van_gogh_wheat_field", "van_gogh_irises"]
    china = nstlib.load_image(nstlib.example_path("china"), max_side=288)
    series = [nstlib.fast_stylize(china, name) for name in names]
    light = [float(image.mean()) for image in series]
    nstlib.portfolio(
        series,
        FOLDER / "years.html",
        title="Van Gogh becomes lighter",
        author="Example 2 of docs/project.md, with faults that are marked there",
        overwrite=True,
        sections={
            "Intention": "To show how Van Gogh developed from 1887 to 1890.",
            "One variable": "The year: 1887, 1889, 1890.",
            "What happened": "The mean of all pixels is "
            f"{light[0]:.2f}, {light[1]:.2f} and {light[2]:.2f}. So Van Gogh became lighter from "
            "year to year, because he moved to the south of France.",
            "What failed": "Nothing really. The first picture is a bit yellow.",
        },
        captions=["1887", "1889", "1890"],
        alt=["A pavilion", "A pavilion", "A pavilion"],
        credits=["china", *names],
    )


def photographed():
    """A picture of each page, with the Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for path in sorted(FOLDER.glob("*.html")):
            page = browser.new_page(viewport={"width": 900, "height": 900})
            page.goto(path.resolve().as_uri())
            taken = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
            taken.thumbnail((560, 1600), Image.Resampling.LANCZOS)
            taken.save(FOLDER.with_name("images") / f"project_{path.stem}.jpg", quality=65)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    wall()
    years()
    photographed()
