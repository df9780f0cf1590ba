// Two of the conventions in nstlib/conventions.py: in which units the three weights are given.
import * as tf from "@tensorflow/tfjs-core";
import { gramMatrix } from "./losses.js";
import { meanCovariance, momentsLoss } from "./moments.js";

const FIRST_OF_EACH_BLOCK = [1, 2, 3, 4, 5].map((block) => `block${block}_conv1`);
const each = (weights) =>
  Object.fromEntries(FIRST_OF_EACH_BLOCK.map((name, number) => [name, weights[number]]));

// weights: of the terms, in the order of TERMS.
// describe, compare: what a layer tells of a style, and how far two of these are apart, relative
// to the style's own.
export const CONVENTIONS = {
  "mean-covariance": {
    weights: [1, 10, 0.9],
    contentLayers: { block1_conv1: 0.2, block3_conv4: 1, block5_conv1: 2 },
    styleLayers: each([4, 2, 1, 0.5, 0.25]),
    pooling: "average",
    describe: meanCovariance,
    compare: momentsLoss,
  },
  relative: {
    weights: [1, 10, 1],
    contentLayers: { block4_conv2: 1 },
    styleLayers: each([1, 1, 1, 1, 1]),
    pooling: "max",
    describe: gramMatrix,
    compare: relativeGram,
  },
};

// |G - A|^2 / |A|^2: `styleLoss` over the mean square of the style's own Gram matrix.
function relativeGram(G, A) {
  return tf.div(tf.mean(tf.squaredDifference(G, A)), tf.add(tf.mean(tf.square(A)), 1e-12));
}
