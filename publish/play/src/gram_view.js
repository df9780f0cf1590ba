// The Gram matrices of a layer, of the painting and of the style, and a pair of channels in them.
import { toGrey } from "./pictures.js";

const FIRST = "Press Paint or One step first.";
const LAYERS = [1, 2, 3, 4, 5].map((block) => `block${block}_conv1`);

// part: of the page. slow: whose painting it is.
export class GramView {
  constructor(part, engine, slow, alarm) {
    Object.assign(this, { part, engine, slow, alarm });
    this.field("layer").append(...LAYERS.map((name) => new Option(name)));
    const update = () => this.update().catch((error) => error.stopped || alarm(error.message));
    part.addEventListener("toggle", update);
    this.field("layer").addEventListener("change", update);
    for (const name of ["i", "j"]) this.field(name).addEventListener("input", () => this.tell());
    for (const canvas of part.querySelectorAll("canvas")) {
      canvas.addEventListener("click", (event) => this.choose(canvas, event));
    }
  }

  field = (name) => this.part.querySelector(`[name=${name}]`);

  async update() {
    if (!this.part.open) return;
    if (!this.slow.prepared) return this.say(FIRST);
    const [layer, style] = [this.field("layer").value, this.slow.styleAtSize];
    const { number } = this.slow;
    const found = await this.engine.call("gram", { layer, style });
    if (number !== this.slow.number) return;
    this.found = found;
    const { G, A, C } = this.found;
    // Roots, or a few strong channels would leave all others black; white is the style's largest.
    const white = Math.sqrt(A.reduce((largest, value) => Math.max(largest, value)));
    for (const canvas of this.part.querySelectorAll("canvas")) {
      const roots = { G, A }[canvas.dataset.of].map((value) => Math.sqrt(Math.max(value, 0)));
      toGrey(roots, C, C, white || 1, canvas);
    }
    for (const name of ["i", "j"]) this.field(name).max = C - 1;
    this.tell();
  }

  // What was found is of a run that is over.
  forget() {
    this.found = undefined;
    for (const canvas of this.part.querySelectorAll("canvas")) canvas.width = canvas.height = 16;
    this.say(FIRST);
  }

  choose(canvas, { offsetX, offsetY }) {
    if (!this.found) return;
    this.field("i").value = Math.floor((offsetY / canvas.clientHeight) * this.found.C);
    this.field("j").value = Math.floor((offsetX / canvas.clientWidth) * this.found.C);
    this.tell();
  }

  tell() {
    if (!this.found) return;
    const { G, A, C } = this.found;
    const [i, j] = ["i", "j"].map((name) => {
      return Math.min(C - 1, Math.max(0, Math.floor(this.field(name).value) || 0));
    });
    const value = (matrix) => matrix[i * C + j].toPrecision(4);
    this.say(`Channels ${i} and ${j}: G is ${value(G)} in the painting, A is ${value(A)} in the style.`);
  }

  say(text) {
    this.part.querySelector(".pair").textContent = text;
  }
}
