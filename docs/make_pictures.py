"""Make the pictures of the README and of the lessons' openings: `python docs/make_pictures.py`.

Only some of them: name them, e.g. `python docs/make_pictures.py lesson_03`.
"""

import pathlib
import sys

import numpy as np
from PIL import Image

import nstlib
from nstlib.images import to_uint8

FOLDER = pathlib.Path(__file__).parent / "images"


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


def save(image, name):
    """Write an image (1, H, W, 3) or (H, W, 3) as docs/images/NAME.jpg."""
    FOLDER.mkdir(exist_ok=True)
    Image.fromarray(to_uint8(image)).save(FOLDER / f"{name}.jpg", quality=85)


def first_painting():
    content = nstlib.load_image(nstlib.example_path("china"))
    style = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"))
    painting = nstlib.stylize(content, style, evaluations=150, style_weight=30).image
    save(side_by_side([content, style, painting]), "first_painting")


def lesson_01():
    """To be written."""


def lesson_02():
    """To be written."""


def lesson_03():
    """To be written."""


def lesson_04():
    """To be written."""


def lesson_05():
    """To be written."""


PICTURES = (first_painting, lesson_01, lesson_02, lesson_03, lesson_04, lesson_05)


def main():
    for make in PICTURES:
        if make.__name__ in sys.argv[1:] or not sys.argv[1:]:
            make()


if __name__ == "__main__":
    main()
