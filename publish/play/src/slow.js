// Slow, as in the lessons: the pixels are changed by an optimiser, and one looks on.
import { drawChart } from "./chart.js";
import { GramView } from "./gram_view.js";
import { pixels, resized, toCanvas } from "./pictures.js";
import { TERMS } from "./terms.js";
import { Way } from "./way.js";

// What the sliders stand for in their middle, in the order of TERMS: the convention's own weights.
const WEIGHTS = { "mean-covariance": [1, 10, 0.9], relative: [1, 10, 1] };

export class Slow extends Way {
  history = [];
  changes = [];
  running = false; // whether it shall paint
  looping = false; // whether it does; after a pause the last evaluation is still under way
  prepared = false;
  number = 0; // of the run: what still comes of an earlier one is not shown

  constructor(section, engine, chosen, alarm) {
    super(section, engine, chosen, alarm);
    this.gram = new GramView(section.querySelector(".gram"), engine, this, alarm);
    for (const name of ["size", "start", "convention", "optimizer"]) {
      this.field(name).addEventListener("change", () => this.reset());
    }
    for (const name of TERMS) this.field(name).addEventListener("input", () => this.weigh());
    this.field("convention").addEventListener("change", () => this.showWeights());
    this.field("paint").addEventListener("click", () => this.toggle());
    this.field("step").addEventListener("click", () => this.oneStep());
    this.field("reset").addEventListener("click", () => this.reset());
    this.showWeights();
  }

  // The weights as the sliders stand: twice as much for every unit, and nothing at the left end.
  weights() {
    const middle = WEIGHTS[this.value("convention")];
    return TERMS.map((name, term) => {
      const { value, min } = this.field(name);
      return value === min ? 0 : middle[term] * 2 ** value;
    });
  }

  showWeights() {
    this.weights().forEach((weight, term) => {
      const text = String(Number(weight.toPrecision(2)));
      this.field(TERMS[term]).parentElement.querySelector("output").textContent = text;
      this.field(TERMS[term]).setAttribute("aria-valuetext", text);
    });
  }

  weigh() {
    this.showWeights();
    this.weighed = true;
  }

  // Stop, and begin anew the next time. What was painted stays in sight, unless `clear`.
  reset(clear = true) {
    this.number++;
    this.running = this.prepared = false;
    this.history = [];
    this.changes = [];
    drawChart(this.section.querySelector("svg"), [], []);
    this.showButtons();
    if (clear && !(this.value("start") === "painting" && this.painting)) {
      this.painting = undefined;
      this.field("save").disabled = true;
      if (this.chosen.photo && this.chosen.style) this.show(this.pictures().start);
    }
    this.say("");
    this.gram.forget();
  }

  pictures() {
    const side = Number(this.value("size"));
    const content = pixels(this.chosen.photo, side, 16);
    const style = pixels(this.chosen.style, side, 16);
    let start = content;
    if (this.value("start") === "noise") start = noise(content);
    if (this.value("start") === "painting" && this.painting) {
      start = resized(this.painting, content.width, content.height);
    }
    return { content, style, start };
  }

  async toggle() {
    this.running = !this.running;
    this.showButtons();
    if (this.running) await this.loop();
  }

  async oneStep() {
    this.running = false;
    this.showButtons();
    if (!this.looping) await this.loop(1);
  }

  async loop(most = Infinity) {
    if (this.looping) return; // it goes on by itself
    this.looping = true;
    this.alarm("");
    try {
      for (let count = 0; count < most && (this.running || most === 1); count++) {
        await this.step();
      }
    } catch (error) {
      if (!error.stopped) this.fail(error);
    }
    this.looping = false;
    this.showButtons();
  }

  async step() {
    const number = this.number;
    if (!this.prepared) {
      if (!this.chosen.photo || !this.chosen.style) throw new Error("There are no pictures yet.");
      this.say("Looking at the two pictures ...");
      const { content, style, start } = this.pictures();
      const [convention, optimizer] = [this.value("convention"), this.value("optimizer")];
      const weights = this.weights();
      this.weighed = false;
      this.styleAtSize = style;
      await this.engine.call("prepare", { content, style, start, convention, optimizer, weights });
      if (number !== this.number) return;
      this.prepared = true;
    }
    if (this.weighed) {
      this.weighed = false;
      this.changes.push(this.history.length);
      await this.engine.call("weigh", { weights: this.weights() });
    }
    const begun = performance.now();
    const made = this.description(this.history.length + 1);
    const found = await this.engine.call("step");
    if (number !== this.number) return;
    if (found.done) {
      this.running = false;
      this.say("No step makes the loss any smaller: it is finished.");
      return;
    }
    if (!found.terms.every(Number.isFinite)) throw new Error("The loss is no longer a number");
    this.history.push(found.terms);
    this.show(found.picture);
    this.painting = found.picture;
    this.made = made;
    this.field("save").disabled = false;
    drawChart(this.section.querySelector("svg"), this.history, this.changes);
    const seconds = (performance.now() - begun) / 1000;
    const each = TERMS.map((name, i) => `${name.replace("_", " ")} ${short(found.terms[i])}`);
    this.say(
      `${this.history.length} evaluations, ${seconds.toFixed(2)} s each. ` +
        `Loss ${short(found.loss)}: ${each.join(", ")}.`,
    );
    await this.gram.update();
  }

  show(picture) {
    toCanvas(picture, this.canvas);
  }

  showButtons() {
    this.field("paint").textContent = this.running ? "Pause" : "Paint";
  }

  // What went wrong, in a sentence; the painting is kept, and a smaller size is offered.
  async fail(error) {
    this.running = false;
    if (/^There are no pictures/.test(error.message)) return this.alarm(error.message);
    const smaller = this.shrink();
    const advice = smaller
      ? `The painting is kept, and the size is ${smaller} pixels now: press Paint to go on from it.`
      : "Load the page again, or choose another way to compute at its end.";
    if (smaller && this.painting) this.field("start").value = "painting";
    this.reset(Boolean(smaller));
    await this.restart(error, advice);
  }

  // Name and settings of the painting after so many evaluations, for its file.
  description(evaluations) {
    const { photo, style } = this.chosen;
    const settings = {
      content: photo.credit || photo.name,
      style: style.credit || style.name,
      size: Number(this.value("size")),
      init: this.value("start"),
      convention: this.value("convention"),
      optimizer: this.value("optimizer"),
      evaluations,
      ...Object.fromEntries(TERMS.map((name, i) => [`${name}_weight`, this.weights()[i]])),
      network: "vgg19-lite",
    };
    const { size, optimizer } = settings;
    return { words: [photo.name, "as", style.name, size, optimizer, evaluations], settings };
  }
}

const short = (value) => value.toPrecision(3);

// Grey with normally distributed noise, as in nstlib.
function noise({ data, width, height }) {
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const value = () => Math.min(1, Math.max(0, 0.5 + 0.1 * normal()));
  return { data: data.map(value), width, height };
}
