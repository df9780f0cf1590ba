// The objective of style transfer: one number to make small, its gradient, and its three terms.
// nstlib/objective.py has the same; here the weights may change while it is painted.
import * as tf from "@tensorflow/tfjs-core";
import { CONVENTIONS } from "./conventions.js";
import { contentLoss, totalVariation } from "./losses.js";

// Content, style and total variation of an image, against fixed targets.
//
// extractor: a FeatureExtractor.
// content, style: images (1, H, W, 3), RGB in [0, 1], whose sides are multiples of 16.
// convention: a name in CONVENTIONS.
export class Objective {
  constructor(extractor, content, style, convention) {
    Object.assign(this, CONVENTIONS[convention]);
    this.extractor = extractor;
    this.shape = content.shape;
    const targets = tf.tidy(() => this.targets(content, style));
    Object.assign(this, targets);
  }

  // By layer the content's features P and the style's description A, with how much each counts.
  targets(content, style) {
    const [P, S] = [this.features(content), this.features(style)];
    const tiny = 1e-12; // so that black divides nothing by 0
    return {
      content: sharesOf(this.contentLayers).map(([name, share]) => {
        const energy = tf.add(tf.mean(tf.square(P[name])), tiny);
        return { name, P: P[name], k: tf.div(share, energy) };
      }),
      style: sharesOf(this.styleLayers).map(([name, share]) => {
        return { name, A: this.describe(S[name]), k: share };
      }),
    };
  }

  dispose() {
    for (const { P, k } of this.content) tf.dispose([P, k]);
    for (const { A } of this.style) tf.dispose(A);
  }

  features(image) {
    const wanted = [...Object.keys(this.contentLayers), ...Object.keys(this.styleLayers)];
    return this.extractor.look(image, wanted, this.pooling);
  }

  // The three terms, in the order of TERMS, before they are multiplied by their weights.
  terms(image) {
    const F = this.features(image);
    const content = this.content.map(({ name, P, k }) => tf.mul(k, contentLoss(F[name], P)));
    const style = this.style.map(({ name, A, k }) =>
      tf.mul(k, this.compare(this.describe(F[name]), A)),
    );
    const variation = tf.div(totalVariation(image), image.size);
    return tf.stack([tf.addN(content), tf.addN(style), variation]);
  }

  // Loss, gradient and terms at a point; all are plain numbers and Float32Arrays.
  async evaluate(x) {
    const { value, grad, terms } = tf.tidy(() => {
      let terms;
      const loss = (image) => {
        terms = tf.keep(this.terms(image));
        return tf.sum(tf.mul(terms, this.weights));
      };
      return { ...tf.valueAndGrad(loss)(tf.tensor(x, this.shape)), terms };
    });
    const [[loss], gradient, three] = await Promise.all([value.data(), grad.data(), terms.data()]);
    tf.dispose([value, grad, terms]);
    return { value: loss, gradient, terms: Array.from(three) };
  }
}

// Layers with their weights, whose mean is 1, over how many they are.
function sharesOf(layers) {
  const total = Object.values(layers).reduce((sum, weight) => sum + weight);
  return Object.entries(layers).map(([name, weight]) => [name, weight / total]);
}
