// A gradient in which coarse changes of the picture count for more than fine ones: P g weights
// each frequency f with 1 / (1 + f / knee)^2, as frequency_metric in nstlib/lbfgs.py.
//
// There is a fast Fourier transform in there. Here it is the Hartley transform, as a product with
// a matrix of cos + sin along either side: real numbers only, and the same result, as the weights
// do not ask whether a frequency is positive or negative.
import * as tf from "@tensorflow/tfjs-core";

// shape: (1, height, width, 3) of the image. Returns the metric for Float32Arrays of that shape.
export function frequencyMetric([, height, width, channels], knee = 0.1) {
  const rows = hartley(height);
  const columns = hartley(width);
  const weights = tf.tidy(() => {
    const fy = tf.reshape(tf.tensor1d(frequencies(height)), [1, height, 1]);
    const fx = tf.reshape(tf.tensor1d(frequencies(width)), [1, 1, width]);
    const f = tf.sqrt(tf.add(tf.square(fy), tf.square(fx)));
    return tf.div(1, tf.mul(tf.square(tf.add(1, tf.div(f, knee))), height * width));
  });
  const transform = (x) => {
    const along = tf.matMul(tf.reshape(x, [channels * height, width]), columns);
    const turned = tf.transpose(tf.reshape(along, [channels, height, width]), [1, 0, 2]);
    const both = tf.matMul(rows, tf.reshape(turned, [height, channels * width]));
    return tf.transpose(tf.reshape(both, [height, channels, width]), [1, 0, 2]);
  };
  const metric = async (gradient) => {
    const weighted = tf.tidy(() => {
      const images = tf.transpose(tf.tensor(gradient, [height, width, channels]), [2, 0, 1]);
      return tf.transpose(transform(tf.mul(transform(images), weights)), [1, 2, 0]);
    });
    const values = await weighted.data();
    weighted.dispose();
    return values;
  };
  metric.dispose = () => tf.dispose([rows, columns, weights]);
  return metric;
}

// cos(2 pi i j / n) + sin(2 pi i j / n)
function hartley(n) {
  const values = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const angle = (2 * Math.PI * ((i * j) % n)) / n;
      values[i * n + j] = Math.cos(angle) + Math.sin(angle);
    }
  }
  return tf.tensor2d(values, [n, n]);
}

// In cycles a pixel, without a sign.
function frequencies(n) {
  return Float32Array.from({ length: n }, (_, i) => Math.min(i, n - i) / n);
}
