"""Things to press and to move in a notebook. Only core ipywidgets, version 7 (Colab) or 8."""

from nstlib.widgets.easel import Easel
from nstlib.widgets.mask_painter import MaskPainter, Shape
from nstlib.widgets.painter import StylePainter
from nstlib.widgets.prediction import Prediction, predict
from nstlib.widgets.sliders import live
from nstlib.widgets.upload import PhotoUpload, upload_photo

__all__ = [
    "Easel",
    "MaskPainter",
    "PhotoUpload",
    "Prediction",
    "Shape",
    "StylePainter",
    "live",
    "predict",
    "upload_photo",
]
