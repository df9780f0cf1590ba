"""Paint the gallery: `make gallery` writes docs/gallery.md and the pictures that it shows.

To try other settings, paint only some pairs, without the page:
`python docs/make_gallery.py cat_dance`.
"""

import os
import pathlib
import sys
import time
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from make_pictures import side_by_side
from PIL import Image

import nstlib
from nstlib.images import to_uint8

DOCS = pathlib.Path(__file__).parent
FOLDER = DOCS / "images" / "gallery"
SIZE = 512

HEAD = """\
# Gallery

Nine photographs painted with `vgg19-lite`, the small network of this repository, on {cores} CPU
cores, at {size} pixels. Each row has the photograph, the style and the painting; below it the
settings of `nstlib.stylize` that were chosen by eye, the defaults where none is named, and the
seconds that it took, loading apart.
`make gallery` paints them again. Authors, titles and rights are in
[data/CREDITS.md](../data/CREDITS.md); the pavilion was photographed by Daniel Büchele,
[CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), and is repainted here.
"""


SHEET = """\
## With Gram matrices, and with means and covariances

![The nine paintings twice, in three blocks of two rows. Above, speckled skies and colours between \
photograph and style. Below, clearer colours and larger strokes](images/gallery/two_losses.jpg)

In each block, the upper row is painted with Gram matrices, `convention=relative, evaluations=100`
and otherwise the same settings, and the lower row is this gallery's. Of the faults that are left,
the plainest are colours where the photograph gives no reason for them, such as the orange cloud in
the first pavilion's sky.
"""
GRAM = {"convention": "relative", "evaluations": 100}
COLUMNS = 3  # of the sheet


class Pair(NamedTuple):
    """One painting: names of the pictures, settings, and what there is to see."""

    title: str
    content: str
    styles: tuple[str, ...]
    settings: dict
    seen: str


def sky_and_water(content):
    """A mask: white where the pavilion's photo is pale blue, softly ending."""
    blue = tf.nn.avg_pool2d(content[..., 2:], 7, strides=1, padding="SAME").numpy()
    return np.clip((blue - 0.5) / 0.15, 0, 1)


AUVERS, WAVE = "van_gogh_houses_at_auvers", "hokusai_great_wave"
BROAD = {"strokes": "broad", "evaluations": 90}
PAIRS = {
    "pavilion_auvers": Pair(
        "A pavilion in Auvers",
        "china",
        (AUVERS,),
        {},
        "an orange pavilion above yellow trees, in short strokes",
    ),
    "cat_dance": Pair(
        "A cat at the Moulin de la Galette",
        "chelsea",
        ("renoir_moulin_de_la_galette",),
        {},
        "a cat's face in dark, warm dabs of paint",
    ),
    "pavilion_wave": Pair(
        "The wave reaches Beijing",
        "china",
        (WAVE,),
        BROAD,
        "a pavilion in blue and beige, its trees turned to foam",
    ),
    "cat_kandinsky": Pair(
        "Composition with whiskers",
        "chelsea",
        ("kandinsky_composition_viii",),
        BROAD,
        "a pale cat drawn in thin dark lines with patches of light colour",
    ),
    "pavilion_snow": Pair(
        "The pavilion after snow",
        "china",
        ("hiroshige_inokashira_snow",),
        BROAD,
        "a pavilion in the grey, blue and sand of a woodcut",
    ),
    "coffee_spring": Pair(
        "Coffee for Arcimboldo",
        "coffee",
        ("arcimboldo_spring",),
        {},
        "a cup made of petals and berries on a dark table",
    ),
    "cat_auvers": Pair(
        "A cat among the houses of Auvers",
        "chelsea",
        (AUVERS,),
        BROAD,
        "a cat's face in yellow, green and orange strokes",
    ),
    "pavilion_two": Pair(
        "One sky, another earth",
        "china",
        (WAVE, AUVERS),
        {"masks": sky_and_water},
        "sky and water like Hokusai's, pavilion and trees like Van Gogh's",
    ),
    "astronaut_poppies": Pair(
        "An astronaut among poppies",
        "astronaut",
        ("hokusai_poppies",),
        {},
        "an astronaut in the flat orange, cream and black of a woodcut",
    ),
}


def paint(pair, **changes):
    """The pictures of a pair, its painting and the seconds it took; changes are of its settings."""
    content = nstlib.load_image(nstlib.example_path(pair.content), max_side=SIZE)
    styles = [nstlib.load_image(nstlib.example_path(name)) for name in pair.styles]
    settings = {"size": SIZE, "progress": False} | pair.settings | changes
    if "masks" in settings:
        settings["masks"] = settings["masks"](content)
    started = time.perf_counter()
    result = nstlib.stylize(content, styles, **settings)
    return content, styles, result.image, time.perf_counter() - started


def in_words(settings) -> str:
    """The settings as one would write them in a call."""
    parts = [f"{k}={v.__name__ if callable(v) else v}" for k, v in sorted(settings.items())]
    return f"`{', '.join(parts)}`" if parts else "the defaults"


def contact_sheet(above, below):
    """Paintings in two rows, as many as fit side by side, and again below for the rest."""
    blocks = []
    for first in range(0, len(above), COLUMNS):
        rows = (images[first : first + COLUMNS] for images in (above, below))
        blocks.append(np.concatenate([side_by_side(row, height=220, gap=4) for row in rows]))
    wide = max(block.shape[1] for block in blocks)
    widened = [
        np.pad(block, [(0, 12), (0, wide - block.shape[1]), (0, 0)], constant_values=255)
        for block in blocks
    ]
    return np.concatenate(widened)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    page, above, below = [HEAD.format(cores=len(os.sched_getaffinity(0)), size=SIZE)], [], []
    for name in sys.argv[1:] or PAIRS:
        pair = PAIRS[name]
        content, styles, painting, seconds = paint(pair)
        row = side_by_side([content, *styles, painting], height=240)
        Image.fromarray(to_uint8(row)).save(FOLDER / f"{name}.jpg", quality=85)
        named = " and ".join(style.replace("_", " ") for style in pair.styles)
        alt = f"A photograph, {named}, and the painting: {pair.seen}"
        page.append(
            f"## {pair.title}\n\n"
            f"![{alt}](images/gallery/{name}.jpg)\n\n"
            f"`{pair.content}` with {' and '.join(f'`{style}`' for style in pair.styles)}:\n"
            f"{in_words(pair.settings)}; {seconds:.0f} s.\n"
        )
        print(f"{name}: {seconds:.1f} s", flush=True)
        if not sys.argv[1:]:
            below.append(painting)
            above.append(paint(pair, **GRAM)[2])
    if not sys.argv[1:]:
        sheet = contact_sheet(above, below)
        Image.fromarray(sheet).save(FOLDER / "two_losses.jpg", quality=80)
        page.append(SHEET)
        (DOCS / "gallery.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
