// What computes, apart from the page, which stays free for whoever moves a slider. The page sends
// {id, job, given}; the answer is {id, result} or {id, error}. One job is done at a time.
import * as tf from "@tensorflow/tfjs-core";
import { adam } from "./adam.js";
import { AnyStyle } from "./any_style.js";
import { chooseBackend } from "./backend.js";
import { frequencyMetric } from "./frequency_metric.js";
import { lbfgs } from "./lbfgs.js";
import { gramMatrix } from "./losses.js";
import { FeatureExtractor } from "./networks.js";
import { Objective } from "./objective.js";
import { TransferNetwork } from "./transfer_network.js";
import { toTensors } from "./weights.js";

let extractor, transferNetwork, anyStyle, run;

// A picture {data, width, height}, RGB in [0, 1], as a tensor (1, H, W, 3), and back.
const toTensor = ({ data, width, height }) => tf.tensor(data, [1, height, width, 3]);
async function toPicture(tensor) {
  const [, height, width] = tensor.shape;
  const data = await tensor.data();
  tensor.dispose();
  return { data, width, height };
}

const jobs = {
  // Returns the name of what computes. vgg: the weights of vgg19-lite.
  async start({ backend, wasm, vgg }) {
    const compute = async () => {
      const network = new FeatureExtractor(toTensors(vgg));
      const gray = { data: new Float32Array(32 * 32 * 3), width: 32, height: 32 };
      const content = toTensor({ ...gray, data: gray.data.map((_, i) => (i % 97) / 97) });
      const style = toTensor({ ...gray, data: gray.data.map((_, i) => (i % 41) / 41) });
      const objective = new Objective(network, content, style, "mean-covariance");
      const { value, gradient } = await objective.evaluate(gray.data.fill(0.5));
      return [value, Math.hypot(...gradient)];
    };
    const chosen = await chooseBackend(backend, wasm, compute);
    extractor = new FeatureExtractor(toTensors(vgg));
    return chosen;
  },

  // ---- slow ------------------------------------------------------------------------------------

  // Begin to paint. content, style, start: pictures whose sides are multiples of 16; content and
  // start have one size. convention, optimizer: names. weights: of the three terms.
  async prepare({ content, style, start, convention, optimizer, weights }) {
    run?.metric.dispose();
    run?.objective.dispose();
    run = undefined; // whatever fails below, there is nothing left to go on with
    const [P, S] = [toTensor(content), toTensor(style)];
    const objective = new Objective(extractor, P, S, convention);
    tf.dispose([P, S]);
    run = { objective, optimizer, weights, metric: frequencyMetric(objective.shape) };
    run.best = { x: start.data };
    beginAt(start.data);
  },

  // One evaluation of the objective. Returns the best picture so far, and what was found.
  async step() {
    const { value, done } = await run.walk.next();
    if (done) return { done };
    if (!(value.value >= run.best.value)) run.best = value;
    const [, height, width] = run.objective.shape;
    return {
      picture: { data: run.best.x.slice(), width, height },
      terms: value.terms,
      loss: value.value,
    };
  },

  // Other weights of the terms. What L-BFGS has learnt of the curvature is of another loss: it
  // begins again from the best picture, while Adam goes on.
  async weigh({ weights }) {
    run.weights = weights;
    run.objective.weights = weights;
    if (run.optimizer === "lbfgs") beginAt(run.best.x);
    run.best = { x: run.best.x };
  },

  // The Gram matrices of a layer: the picture's, and the style's.
  async gram({ layer, style }) {
    const [, height, width] = run.objective.shape;
    const [G, A] = [{ data: run.best.x, width, height }, style].map((picture) =>
      tf.tidy(() => gramMatrix(extractor.look(toTensor(picture), [layer])[layer])),
    );
    const values = await Promise.all([G.data(), A.data()]);
    const C = G.shape[0];
    tf.dispose([G, A]);
    return { G: values[0], A: values[1], C };
  },

  // Loss, gradient and terms of one picture, for whoever wants to compare them.
  async evaluate({ content, style, image, convention, weights }) {
    const [P, S] = [toTensor(content), toTensor(style)];
    const objective = new Objective(extractor, P, S, convention);
    objective.weights = weights ?? objective.weights;
    const found = await objective.evaluate(Float32Array.from(image.data));
    objective.dispose();
    tf.dispose([P, S]);
    return { ...found, weights: objective.weights };
  },

  // ---- fast ------------------------------------------------------------------------------------

  // Returns the names of the styles.
  async learnStyles({ arrays }) {
    transferNetwork = new TransferNetwork(toTensors(arrays));
    return transferNetwork.names;
  },

  // shares: {name of a style: share}; strength: from 0 to 1.
  async mix({ photograph, shares, strength }) {
    const image = toTensor(photograph);
    const painting = transferNetwork.paint(image, shares, strength);
    image.dispose();
    return toPicture(painting);
  },

  async learnAnyStyle({ arrays }) {
    anyStyle = { network: new AnyStyle(extractor, toTensors(arrays)) };
  },

  // key: of the two pictures and the transform; as long as it stays, only the decoder computes.
  async any({ key, photograph, style, transform, strength }) {
    if (anyStyle.key !== key) {
      tf.dispose([anyStyle.moved?.features, anyStyle.moved?.moved]);
      anyStyle.key = anyStyle.moved = undefined;
      const [image, S] = [toTensor(photograph), toTensor(style)];
      anyStyle.moved = await anyStyle.network.move(image, S, transform);
      anyStyle.key = key;
      tf.dispose([image, S]);
    }
    return toPicture(anyStyle.network.paint(anyStyle.moved, strength));
  },

  // ---- look inside -----------------------------------------------------------------------------

  // Features of a layer: {data, height, width, channels}.
  async look({ picture, layer }) {
    const F = tf.tidy(() => extractor.look(toTensor(picture), [layer])[layer]);
    const [, height, width, channels] = F.shape;
    const data = await F.data();
    F.dispose();
    return { data, height, width, channels };
  },
};

function beginAt(x) {
  const { objective, metric } = run;
  objective.weights = run.weights;
  const evaluate = (x) => objective.evaluate(x);
  run.walk = run.optimizer === "adam" ? adam(evaluate, x) : lbfgs(evaluate, x, { metric });
}

let queue = Promise.resolve();
self.onmessage = ({ data: { id, job, given } }) => {
  queue = queue.then(async () => {
    try {
      self.postMessage({ id, result: await jobs[job](given ?? {}) });
    } catch (error) {
      self.postMessage({ id, error: String(error?.message ?? error) });
    }
  });
};
