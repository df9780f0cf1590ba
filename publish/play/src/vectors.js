// What the optimisers do with a picture is done with plain arrays of its numbers.

export const clip = (x, lower, upper) => x.map((value) => Math.min(Math.max(value, lower), upper));

// Inner product; the sum is kept in double precision.
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

// x + factor y
export function plus(x, factor, y) {
  const sum = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) sum[i] = x[i] + factor * y[i];
  return sum;
}

export const times = (factor, x) => x.map((value) => factor * value);

export function meanSize(x) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]);
  return sum / x.length;
}
