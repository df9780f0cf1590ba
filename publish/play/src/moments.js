// Styles as means and covariances of features: nstlib/moments.py.
import * as tf from "@tensorflow/tfjs-core";
import { gramMatrix } from "./losses.js";

const TINY = 1e-12; // so that of a style of one colour nothing is divided by 0

// Which channels are active on average, and which vary together: mu (C, 1), Sigma (C, C).
export function meanCovariance(features) {
  const mean = tf.reshape(tf.mean(features, [0, 1, 2]), [-1, 1]);
  const covariance = tf.sub(gramMatrix(features), tf.matMul(mean, mean, false, true));
  return { mean, covariance };
}

// How far two styles are apart, in mean and covariance, each in units of the style's own.
export function momentsLoss(image, style) {
  const relative = (x, y) =>
    tf.div(tf.sum(tf.square(tf.sub(x, y))), tf.mul(2, tf.add(tf.sum(tf.square(y)), TINY)));
  return tf.add(
    relative(image.mean, style.mean),
    relative(image.covariance, style.covariance),
  );
}
