// One network that paints in many styles, and a style that is a vector of numbers:
// nstlib/fast/transfer_network.py.
import * as tf from "@tensorflow/tfjs-core";
import { enlargedWithBorder, mirror, withMargin, withoutMargin } from "./borders.js";

const GREY = 0.45; // about the mean of photographs
const SMALLEST_VARIANCE = 1e-5;
const PHOTOGRAPH = "photograph"; // the style that changes nothing: what a strength of 0 means

// Give each channel a mean and a deviation: gamma (x - mean) / sigma + beta.
function instanceNorm(x, gamma, beta) {
  const mean = tf.mean(x, [1, 2]);
  const variance = tf.maximum(tf.sub(tf.mean(tf.square(x), [1, 2]), tf.square(mean)), 0);
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, SMALLEST_VARIANCE)));
  return tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale)));
}

// weights: tensors by their names in transfer-network.npz.
export class TransferNetwork {
  constructor(weights) {
    this.weights = weights;
    this.names = weights["styles/names"];
    const blocks = Object.keys(weights).filter((name) => /^residual_\d+a/.test(name));
    this.residuals = blocks.length;
  }

  // The numbers of a mixture of styles, weaker by as much as `strength` is below 1.
  // shares: {name of a style: share}, at least one above 0.
  numbers(shares, strength) {
    const total = Object.values(shares).reduce((sum, share) => sum + share);
    const parts = { [PHOTOGRAPH]: 1 - strength };
    for (const [name, share] of Object.entries(shares)) {
      parts[name] = (parts[name] ?? 0) + (strength * share) / total;
    }
    const row = this.names.map((name) => parts[name] ?? 0);
    return tf.matMul(tf.tensor2d(row, [1, row.length]), this.weights["styles/numbers"]);
  }

  // The painting (1, H, W, 3) of a photograph (1, H, W, 3), RGB in [0, 1].
  paint(photograph, shares, strength) {
    return tf.tidy(() => {
      const numbers = this.numbers(shares, strength);
      return withoutMargin(this.call(withMargin(photograph), numbers), photograph.shape);
    });
  }

  call(photograph, numbers) {
    let used = 0;
    const take = (count) => tf.slice(numbers, [0, (used += count) - count], [1, count]);
    // A convolution of what has its borders already, and instance normalisation by the next numbers.
    const convolved = (name, x, stride = 1) => {
      const kernel = this.weights[`${name}/kernel`];
      const channels = kernel.shape[3];
      x = tf.conv2d(x, kernel, stride, "valid");
      return instanceNorm(x, take(channels), take(channels));
    };
    const block = (name, x, stride) => {
      const side = this.weights[`${name}/kernel`].shape[0];
      return convolved(name, mirror(x, Math.floor(side / 2)), stride);
    };
    const fine = tf.relu(block("first", tf.sub(photograph, GREY)));
    let x = tf.relu(block("down_1", fine, 2));
    x = tf.relu(block("down_2", x, 2));
    for (let number = 1; number <= this.residuals; number++) {
      const change = tf.relu(block(`residual_${number}a`, x));
      x = tf.add(x, block(`residual_${number}b`, change));
    }
    x = tf.relu(convolved("up_1", enlargedWithBorder(x)));
    x = tf.relu(convolved("up_2", tf.concat([enlargedWithBorder(x), mirror(fine, 1)], 3)));
    x = tf.conv2d(mirror(x, 2), this.weights["last/kernel"], 1, "valid");
    return tf.sigmoid(tf.add(x, this.weights["last/bias"]));
  }
}
