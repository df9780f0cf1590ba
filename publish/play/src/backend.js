// What computes: the graphics card by WebGPU or WebGL, or the processor by WebAssembly.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-webgl";
import "@tensorflow/tfjs-backend-webgpu";

// The fastest first.
const BACKENDS = ["webgpu", "webgl", "wasm", "cpu"];

// Use the wanted one, or else the first that is there and computes what it should.
//
// wanted: one of BACKENDS, or auto.
// wasm: the bytes of TensorFlow.js's WebAssembly.
// compute: gives a few numbers that every backend has to agree on.
export async function chooseBackend(wanted, wasm, compute) {
  const address = URL.createObjectURL(new Blob([wasm], { type: "application/wasm" }));
  const kinds = ["", "-simd", "-threaded-simd"]; // it asks for all three, and takes the second
  setWasmPaths(Object.fromEntries(kinds.map((kind) => [`tfjs-backend-wasm${kind}.wasm`, address])));
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false); // threads share memory: not without a server
  const candidates = wanted === "auto" ? BACKENDS : [wanted, "wasm", "cpu"];
  for (const name of candidates) {
    if (wanted === "auto" && !(await worthTrying(name))) continue;
    if (!(await starts(name))) continue;
    if (name === "wasm" || name === "cpu" || (await agrees(name, compute))) {
      await tf.setBackend(name);
      return name;
    }
  }
  throw new Error("This browser has nothing that TensorFlow.js can compute with");
}

async function starts(name) {
  if (name === "wasm" && !(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) return false;
  try {
    return await tf.setBackend(name);
  } catch {
    return false;
  }
}

async function worthTrying(name) {
  if (name === "webgpu") {
    const adapter = await navigator.gpu?.requestAdapter();
    return Boolean(adapter) && !(adapter.info ?? adapter).isFallbackAdapter;
  }
  return name !== "webgl" || hasGraphicsCard();
}

// Without a card, WebGL is imitated by the processor, a hundred times as slowly as WebAssembly; and
// with numbers of 16 bits, as on some phones, Gram matrices overflow.
function hasGraphicsCard() {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  if (!gl || !gl.getExtension("EXT_color_buffer_float")) return false;
  const unmasked = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = gl.getParameter(unmasked ? unmasked.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
}

// Drivers are many, and some compute nonsense: the processor is asked, too.
async function agrees(name, compute) {
  try {
    const found = await compute();
    await tf.setBackend("wasm");
    const expected = await compute();
    return expected.every((value, i) => Math.abs(found[i] - value) <= 0.01 * Math.abs(value));
  } catch {
    return false;
  }
}
