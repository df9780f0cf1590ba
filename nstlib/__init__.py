"""Neural style transfer, small enough to read: the library behind the course."""

from nstlib.backend import keras
from nstlib.check.references import (
    count_parameters,
    gram_distance,
    layers_up_to,
    most_similar_layer,
    receptive_field,
)
from nstlib.images import ImageError, example_path, examples, load_image, save_image, show
from nstlib.losses import content_loss, gram_matrix, mix_styles, style_loss, total_variation
from nstlib.networks import FeatureExtractor, deprocess, layer_names, preprocess

__all__ = [
    "FeatureExtractor",
    "ImageError",
    "content_loss",
    "count_parameters",
    "deprocess",
    "example_path",
    "examples",
    "gram_distance",
    "gram_matrix",
    "layer_names",
    "layers_up_to",
    "load_image",
    "mix_styles",
    "most_similar_layer",
    "preprocess",
    "receptive_field",
    "save_image",
    "show",
    "style_loss",
    "total_variation",
]
__version__ = "0.1.0"

# What trains vgg19-lite runs on any Keras backend; what paints is written for TensorFlow.
if keras.backend.backend() == "tensorflow":
    from nstlib.engine.profile import Profile, setup
    from nstlib.engine.run import Progress, Timeline
    from nstlib.fast.learn import learn_style
    from nstlib.fast.styles import LearntStyle, load_style, style_names
    from nstlib.fast.stylize import fast_stylize
    from nstlib.lbfgs import lbfgs
    from nstlib.objective import TERMS, Objective
    from nstlib.portfolio import portfolio
    from nstlib.stylize import Result, paint, stylize

    __all__ += ["LearntStyle", "fast_stylize", "learn_style", "load_style", "style_names"]
    __all__ += ["TERMS", "Objective", "Profile", "Progress", "Result", "Timeline"]
    __all__ += ["lbfgs", "paint", "portfolio", "setup", "stylize"]
else:

    def __getattr__(name: str) -> object:
        raise AttributeError(
            f"nstlib.{name} is not there with Keras's backend {keras.backend.backend()!r}: what "
            "paints needs the environment variable KERAS_BACKEND=tensorflow, before the import"
        )
