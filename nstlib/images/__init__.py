"""Pictures in and out: load from anywhere, save with a record of how it was made, show.

Every function works on the same thing, an *image*: a float32 array of shape
(1, height, width, 3) with red, green and blue in [0, 1].
"""

from nstlib.images.display import show
from nstlib.images.examples import credit, data_folder, example_path, examples
from nstlib.images.loading import load_image
from nstlib.images.pixels import MIN_SIDE, to_uint8
from nstlib.images.saving import check_output, read_metadata, save_image
from nstlib.images.sources import ImageError

__all__ = [
    "MIN_SIDE",
    "ImageError",
    "check_output",
    "credit",
    "data_folder",
    "example_path",
    "examples",
    "load_image",
    "read_metadata",
    "save_image",
    "show",
    "to_uint8",
]
