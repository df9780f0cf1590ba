// The losses of neural style transfer, as plain functions on tensors: nstlib/losses.py.
//
// Symbols as in the lessons: F are the features of a layer, M positions by C channels; P are the
// content's; G and A are the Gram matrices of the image and of the style.
import * as tf from "@tensorflow/tfjs-core";

// Mean squared difference between two layers of features.
export function contentLoss(F, P) {
  return tf.mean(tf.square(tf.sub(F, P)));
}

// Which channels are active together, wherever that is: G = F^T F / M, of shape (C, C).
export function gramMatrix(features) {
  const [, height, width, C] = features.shape;
  const M = height * width;
  const F = tf.reshape(features, [M, C]);
  return tf.div(tf.matMul(F, F, true, false), M);
}

// Mean squared difference between two Gram matrices.
export function styleLoss(G, A) {
  return tf.mean(tf.square(tf.sub(G, A)));
}

// How much neighbouring pixels differ: sum |dx| + sum |dy|.
export function totalVariation(image) {
  const [, height, width] = image.shape;
  const part = (top, left, h, w) => tf.slice(image, [0, top, left, 0], [1, h, w, -1]);
  const dx = tf.sub(part(0, 1, height, width - 1), part(0, 0, height, width - 1));
  const dy = tf.sub(part(1, 0, height - 1, width), part(0, 0, height - 1, width));
  return tf.add(tf.sum(size(dx)), tf.sum(size(dy)));
}

// |d| with a slope of 0 at 0, as in TensorFlow: that of tf.abs is -1 there, and flat areas move.
const size = (d) => tf.add(tf.relu(d), tf.relu(tf.neg(d)));
