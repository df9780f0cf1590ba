// Networks that look at a picture, vgg19-lite as a feature extractor: nstlib/networks.py.
import * as tf from "@tensorflow/tfjs-core";

const MEAN_BGR = [103.939, 116.779, 123.68]; // of the ImageNet pictures that VGG was trained on

// RGB in [0, 1] to what VGG was trained on: BGR, 0 to 255, minus the mean colour.
function preprocess(image) {
  return tf.sub(tf.mul(tf.reverse(image, 3), 255), MEAN_BGR);
}

// Names of the network's convolutions, from the first to the deepest.
function layerNames(weights) {
  return Object.keys(weights)
    .filter((name) => name.endsWith("/kernel"))
    .map((name) => name.replace("/kernel", ""));
}

const blockOf = (layer) => Number(layer[5]); // block3_conv1 is in the third

// By how much the features of a layer are smaller than the picture.
export const scaleOf = (layer) => 2 ** (blockOf(layer) - 1);

// A convolution with a kernel that never changes. Its gradient is a convolution, too, with the
// kernel turned around and its inputs and outputs exchanged: several times as fast as the general
// one that TensorFlow.js has.
function makeConv(kernel, bias) {
  const turned = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]);
  const convolve = tf.customGrad((x) => ({
    value: tf.conv2d(x, kernel, 1, "same"),
    gradFunc: (dy) => tf.conv2d(dy, turned, 1, "same"),
  }));
  return (x) => tf.relu(tf.add(convolve(x), bias));
}

// Features of an image at the named layers, after the ReLU.
//
// weights: tensors by their names in vgg19-lite.npz, such as block1_conv1/kernel.
// Call `look` with an image (1, H, W, 3), RGB in [0, 1]; it returns features by layer.
export class FeatureExtractor {
  constructor(weights) {
    this.layers = layerNames(weights).map((name) => {
      const [kernel, bias] = [weights[`${name}/kernel`], weights[`${name}/bias`]];
      return { name, channels: bias.shape[0], conv: makeConv(kernel, bias) };
    });
  }

  look(image, wanted, pooling = "max") {
    const pool = pooling === "max" ? tf.maxPool : tf.avgPool;
    const features = {};
    let x = preprocess(image);
    let block = 1;
    for (const { name, conv } of this.layers) {
      if (blockOf(name) > block) x = pool(x, 2, 2, "valid");
      block = blockOf(name);
      x = conv(x);
      if (wanted.includes(name)) features[name] = x;
      if (wanted.every((layer) => layer in features)) break; // nothing beyond the deepest
    }
    return features;
  }
}
