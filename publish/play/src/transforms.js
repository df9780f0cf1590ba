// From the features of a photograph to features with the statistics of a style, in one step:
// nstlib/fast/transforms.py. All are one affine map, and differ in its matrix T alone.
import * as tf from "@tensorflow/tfjs-core";
import { eigh } from "./eigh.js";
import { meanCovariance } from "./moments.js";

const FLOOR = 1e-2; // of the mean variance, added to that of all channels
const SMALLEST = 1e-6; // eigenvalues below this share of the largest are rounding errors

// A power of symmetric matrices without negative eigenvalues: V diag(w^exponent) V^T.
export async function power(S, exponent) {
  const C = S.shape[0];
  const { w, V } = eigh(await S.data(), C);
  const least = SMALLEST * Math.max(...w) + 1e-12;
  const powers = Array.from(w, (value) => Math.max(value, least) ** exponent);
  return tf.tidy(() => {
    const vectors = tf.tensor2d(Float32Array.from(V), [C, C]); // a row each
    return tf.matMul(vectors, tf.mul(tf.tensor2d(powers, [C, 1]), vectors), true, false);
  });
}

// Each has the covariances (C, C) of the content's and of the style's features, and gives T (C, C).
const TRANSFORMS = {
  // T = diag(deviation_s / deviation_c): each channel by itself. Huang and Belongie 2017.
  async adain(S_c, S_s) {
    return tf.tidy(() => tf.diag(tf.sqrt(tf.div(diagonal(S_s), diagonal(S_c)))));
  },

  // T = S_s^1/2 (S_s^1/2 S_c S_s^1/2)^-1/2 S_s^1/2, which moves the features least.
  async optimal_transport(S_c, S_s) {
    const root = await power(S_s, 0.5);
    const inner = tf.tidy(() => tf.matMul(tf.matMul(root, S_c), root));
    const middle = await power(inner, -0.5);
    const T = tf.tidy(() => tf.matMul(tf.matMul(root, middle), root));
    tf.dispose([root, inner, middle]);
    return T;
  },
};

// The features F (1, h, w, C) with the statistics of those of a style.
export async function transformed(F, styleF, transform) {
  const [content, style] = [fullRank(F), fullRank(styleF)];
  const T = await TRANSFORMS[transform](content.covariance, style.covariance);
  const moved = tf.tidy(() => {
    const C = F.shape[3];
    const shift = tf.reshape(tf.sub(style.mean, tf.matMul(T, content.mean)), [C]);
    const x = tf.matMul(tf.reshape(F, [-1, C]), tf.transpose(T));
    return tf.reshape(tf.add(x, shift), F.shape);
  });
  tf.dispose([content, style, T]);
  return moved;
}

// Mean and covariance, in which no direction has no variance at all.
function fullRank(F) {
  return tf.tidy(() => {
    const { mean, covariance } = meanCovariance(F);
    const least = tf.add(tf.mul(FLOOR, tf.mean(diagonal(covariance))), 1e-8);
    return { mean, covariance: tf.add(covariance, tf.mul(least, tf.eye(F.shape[3]))) };
  });
}

const diagonal = (S) => tf.sum(tf.mul(S, tf.eye(S.shape[0])), 1);
