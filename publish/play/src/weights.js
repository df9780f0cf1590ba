// From a file of weights to tensors. make_play.py writes it: float16 numbers in base64 by name.
import * as tf from "@tensorflow/tfjs-core";

// arrays: {name: {shape, float16} or {values}}. Returns tensors by name, and values as they are.
export function toTensors(arrays) {
  const entries = Object.entries(arrays).map(([name, { shape, float16, values }]) => [
    name,
    values ?? tf.tensor(fromHalves(fromBase64(float16)), shape),
  ]);
  return Object.fromEntries(entries);
}

export function fromBase64(text) {
  const bytes = atob(text);
  return Uint8Array.from({ length: bytes.length }, (_, i) => bytes.charCodeAt(i));
}

// Two bytes each, the lower one first: a sign, 5 bits of an exponent, 10 bits of a fraction.
function fromHalves(bytes) {
  const numbers = new Float32Array(bytes.length / 2);
  for (let i = 0; i < numbers.length; i++) {
    const half = bytes[2 * i] | (bytes[2 * i + 1] << 8);
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const size = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24;
    numbers[i] = half >> 15 ? -size : size;
  }
  return numbers;
}
