// L-BFGS with bounds: the line search, the two loops, and the loop around both. nstlib/lbfgs.py
// has the same and says why.
import { clip, dot, meanSize, plus, times } from "./vectors.js";

// Minimise with limited-memory BFGS, keeping every coordinate within bounds.
//
// evaluate: gives value and gradient, and perhaps more, at a point.
// x: a Float32Array with all values of the image.
// metric: a guess at the inverse of the curvature up to a factor, such as frequencyMetric.
// Yields what it was told about every point, the trials of the line search included; ends when no
// step along the gradient makes the value any smaller.
export async function* lbfgs(evaluate, x, options = {}) {
  const { memory = 10, lower = 0, upper = 1, firstChange = 0.01 } = options;
  const { metric = (q) => q } = options;
  const bounds = { lower, upper };
  const at = async (x) => ({ x, ...(await evaluate(x)) });
  let here = await at(clip(x, lower, upper));
  yield here;
  let pairs = []; // s, by how much the point changed in a step, and y, by how much the gradient
  for (;;) {
    const free = freeCoordinates(here, bounds);
    const gradientFree = where(free, here.gradient);
    let direction, step;
    if (pairs.length) {
      direction = where(free, await twoLoopDirection(gradientFree, pairs, metric));
      step = 1;
    }
    if (!pairs.length || dot(direction, here.gradient) >= 0) {
      pairs = []; // nothing is known, or it leads uphill
      direction = where(free, times(-1, await metric(gradientFree)));
      const size = meanSize(direction);
      if (size === 0) return;
      step = firstChange / size;
    }
    const [found, last] = yield* wolfeSearch(at, here, direction, step, bounds);
    yield last;
    if (!found && !pairs.length) return;
    if (!found) {
      pairs = []; // a stale memory can mislead: once more, along the gradient
      continue;
    }
    const s = plus(found.x, -1, here.x);
    const y = plus(found.gradient, -1, here.gradient);
    // Positive curvature, or the estimate breaks.
    if (dot(s, y) > 1e-10 * Math.sqrt(dot(s, s) * dot(y, y))) {
      pairs = [...pairs, { s, y }].slice(-memory);
    }
    here = found;
  }
}

// Minus the inverse curvature times the gradient, from remembered steps, oldest first.
async function twoLoopDirection(gradient, pairs, metric = (q) => q) {
  let q = gradient;
  const alphas = [];
  for (const { s, y } of pairs.toReversed()) {
    alphas.unshift(dot(s, q) / dot(s, y));
    q = plus(q, -alphas[0], y);
  }
  // The latest step says how large the metric has to be, for all directions not yet seen.
  const { s, y } = pairs.at(-1);
  q = times(dot(s, y) / dot(y, await metric(y)), await metric(q));
  pairs.forEach(({ s, y }, number) => {
    q = plus(q, alphas[number] - dot(y, q) / dot(s, y), s);
  });
  return times(-1, q);
}

// A step along `direction` that satisfies the strong Wolfe conditions.
//
// Yields every point that will not do. Returns the one that does, or the lowest one found, or
// nothing if none is lower; and the last one evaluated, which was not yielded.
async function* wolfeSearch(at, start, direction, step, { lower, upper }) {
  const [decrease, curvature, trials] = [1e-4, 0.9, 20];
  const slope = dot(start.gradient, direction);
  let low = { step: 0, point: start, slope };
  let high, point;
  for (let trial = 0; trial < trials; trial++) {
    const moved = plus(start.x, step, direction);
    const x = clip(moved, lower, upper);
    point = await at(x);
    const moving = direction.map((d, i) => (moved[i] === x[i] ? d : 0));
    const tried = { step, point, slope: dot(point.gradient, moving) };
    const promised = start.value + decrease * step * slope;
    if (point.value > promised || point.value >= low.point.value) {
      high = tried;
    } else {
      if (Math.abs(tried.slope) <= -curvature * slope) return [point, point];
      const ahead = high ? high.step - low.step : 1;
      if (tried.slope * ahead >= 0) high = low; // past the lowest point: it lies back
      low = tried;
    }
    step = high ? between(low, high) : 4 * step;
    if (trial < trials - 1) yield point;
  }
  return [low.point.value < start.value ? low.point : null, point];
}

// Minimum of the parabola through low's value and slope and high's value, kept well inside.
function between(low, high) {
  const width = high.step - low.step;
  const bend = high.point.value - low.point.value - low.slope * width;
  const fraction = bend > 0 ? (-low.slope * width) / (2 * bend) : 0.5;
  return low.step + width * Math.min(Math.max(fraction, 0.1), 0.9);
}

// Which coordinates the gradient does not push against a bound.
function freeCoordinates({ x, gradient }, { lower, upper }) {
  return x.map((v, i) => !((v <= lower && gradient[i] > 0) || (v >= upper && gradient[i] < 0)));
}

const where = (free, x) => x.map((value, i) => (free[i] ? value : 0));
