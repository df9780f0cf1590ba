// Adam, as a generator of evaluations: nstlib/optimizers.py.
import { clip } from "./vectors.js";

// evaluate: gives value and gradient, and perhaps more, at a point.
// x: a Float32Array with all values of the image.
// Yields what it was told about a point, without end.
export async function* adam(evaluate, x, options = {}) {
  const { learningRate = 0.02, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  const { lower = 0, upper = 1 } = options;
  const m = new Float32Array(x.length);
  const v = new Float32Array(x.length);
  x = clip(x, lower, upper);
  for (let t = 1; ; t++) {
    const here = { x, ...(await evaluate(x)) };
    const g = here.gradient;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    x = x.slice();
    for (let i = 0; i < x.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      x[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + epsilon);
    }
    x = clip(x, lower, upper);
    yield here;
  }
}
