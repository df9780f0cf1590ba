"""Make the pictures of the README and of the lessons' openings: `python docs/make_pictures.py`."""

import pathlib

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


def main():
    FOLDER.mkdir(exist_ok=True)
    content = nstlib.load_image(nstlib.example_path("china"))
    style = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"))
    painting = nstlib.stylize(content, style, evaluations=150, style_weight=30).image
    row = Image.fromarray(side_by_side([content, style, painting]))
    row.save(FOLDER / "first_painting.jpg", quality=85)


if __name__ == "__main__":
    main()
