// A network for any style: features of a photograph, the statistics of a painting, and a decoder.
// nstlib/fast/any_style.py has the same.
import * as tf from "@tensorflow/tfjs-core";
import { mirror, twiceAsLarge, withMargin, withoutMargin } from "./borders.js";
import { scaleOf } from "./networks.js";
import { transformed } from "./transforms.js";

const LEVELS = ["block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1"];
const BLACK = 32; // pixels from a border up to which VGG's features see the black beyond it

// extractor: a FeatureExtractor; weights: tensors by their names in any-style.npz.
export class AnyStyle {
  constructor(extractor, weights) {
    Object.assign(this, { extractor, weights });
  }

  // Features of a picture at the four levels.
  encode(image) {
    return tf.tidy(() => {
      const features = this.extractor.look(mirror(withMargin(image), BLACK), LEVELS);
      for (const name of LEVELS) {
        const [, height, width] = features[name].shape;
        const cut = BLACK / scaleOf(name);
        const size = [1, height - 2 * cut, width - 2 * cut, -1];
        features[name] = tf.slice(features[name], [0, cut, cut, 0], size);
      }
      return features;
    });
  }

  // The features of a photograph, and what becomes of them with the statistics of a style.
  async move(photograph, style, transform) {
    const [features, styles] = [this.encode(photograph), this.encode(style)];
    const moved = {};
    for (const name of LEVELS) {
      moved[name] = await transformed(features[name], styles[name], transform);
    }
    tf.dispose(styles);
    return { features, moved, shape: photograph.shape };
  }

  // The painting, of what `move` gave; strength from 0 to 1.
  paint({ features, moved, shape }, strength) {
    return tf.tidy(() => {
      const between = LEVELS.map((name) =>
        tf.add(features[name], tf.mul(strength, tf.sub(moved[name], features[name]))),
      );
      return withoutMargin(this.decode(between), shape);
    });
  }

  decode(features) {
    const levels = features.map((F, number) => tf.div(F, this.weights.scales[number]));
    const conv = (name, x) => {
      const [kernel, bias] = [this.weights[`${name}/kernel`], this.weights[`${name}/bias`]];
      return tf.add(tf.conv2d(x, kernel, 1, "valid"), bias);
    };
    const smooth = (name, x) => tf.relu(conv(name, mirror(x, 1)));
    const join = (name, x, level) => tf.add(twiceAsLarge(x), conv(name, level));
    const residual = (name, x) => {
      const answer = smooth(`${name}a`, x);
      return tf.add(x, conv(`${name}b`, mirror(answer, 1)));
    };
    let x = smooth("level4", residual("residual4", levels[3]));
    x = residual("residual3", join("join3", x, levels[2]));
    for (const name of ["level3a", "level3b", "level3c"]) x = smooth(name, x);
    x = residual("residual2", join("join2", x, levels[1]));
    for (const name of ["level2a", "level2b"]) x = smooth(name, x);
    x = join("join1", x, levels[0]);
    x = smooth("level1", x);
    return tf.sigmoid(tf.mul(4, conv("last", mirror(x, 1))));
  }
}
