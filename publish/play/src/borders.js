// What lies around a picture for the fast networks: its mirror image, as in nstlib/fast.
import * as tf from "@tensorflow/tfjs-core";

const MARGIN = 16; // pixels: what borders do to a network stays in there
const MULTIPLE = 8; // of which the sides of what the networks see are multiples

// Continue a picture, or features, beyond its borders by its mirror image.
export function mirror(x, pixels) {
  const border = [pixels, pixels];
  return tf.mirrorPad(x, [[0, 0], border, border, [0, 0]], "reflect");
}

export function withMargin(image) {
  const [, height, width] = image.shape;
  const border = (side) => [MARGIN, MARGIN + ((MULTIPLE - (side % MULTIPLE)) % MULTIPLE)];
  return tf.mirrorPad(image, [[0, 0], border(height), border(width), [0, 0]], "symmetric");
}

export function withoutMargin(painting, [, height, width]) {
  return tf.slice(painting, [0, MARGIN, MARGIN, 0], [1, height, width, 3]);
}

// Double height and width, linearly between the values.
export function twiceAsLarge(x) {
  const [, height, width] = x.shape;
  return tf.image.resizeBilinear(x, [2 * height, 2 * width], false, true);
}

// The same with a pixel more on each side, where x goes on as at its borders: what
// `convolve_enlarged` of nstlib/fast/transfer_network.py convolves.
export function enlargedWithBorder(x) {
  const [, height, width, channels] = x.shape;
  const one = [1, 1];
  const wide = twiceAsLarge(tf.mirrorPad(x, [[0, 0], one, one, [0, 0]], "symmetric"));
  return tf.slice(wide, [0, 1, 1, 0], [1, 2 * height + 2, 2 * width + 2, channels]);
}
