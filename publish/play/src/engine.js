// The worker that computes, as the page calls it.
import { fromBase64 } from "./weights.js";

// What a script beside the page holds. It is loaded when it is first asked for: a page that was
// opened from a folder may not read files, but it may run scripts.
const scripts = {};
export function load(name) {
  scripts[name] ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = `play/${name}.js`;
    script.onload = () => done(globalThis.nst[name]);
    script.onerror = () => {
      delete scripts[name];
      failed(new Error(`play/${name}.js is missing beside this page: get the whole folder`));
    };
    document.head.append(script);
  });
  return scripts[name];
}

export class Engine {
  #waiting = new Map();
  #count = 0;

  // Returns the name of what computes. backend: webgpu, webgl, wasm, cpu, or auto.
  async start(backend) {
    const [code, wasm, vgg] = await Promise.all(["worker", "wasm", "vgg19-lite"].map(load));
    this.stop();
    this.worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    this.worker.onmessage = ({ data: { id, result, error } }) => {
      const { done, failed } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) done(result);
      else failed(new Error(error));
    };
    this.worker.onerror = ({ message }) => this.stop(message || "The worker ended");
    this.learnt = {};
    this.backend = await this.call("start", { backend, wasm: fromBase64(wasm), vgg });
    return this.backend;
  }

  // One job of worker.js.
  call(job, given) {
    return new Promise((done, failed) => {
      const id = this.#count++;
      this.#waiting.set(id, { done, failed });
      this.worker.postMessage({ id, job, given });
    });
  }

  // A job that needs to learn the weights of a script first.
  learn(job, script) {
    this.learnt[job] ??= load(script).then((arrays) => this.call(job, { arrays }));
    return this.learnt[job];
  }

  // End the worker, whatever it does; its memory is free again. Who waits for it gets an error, with
  // `stopped` unless there is a reason: nothing is wrong, and whoever starts it anew asks again.
  stop(reason) {
    this.worker?.terminate();
    const error = () => Object.assign(new Error(reason ?? "It was stopped"), { stopped: !reason });
    for (const { failed } of this.#waiting.values()) failed(error());
    this.#waiting.clear();
  }
}
