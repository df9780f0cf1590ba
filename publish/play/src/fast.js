// Fast: networks that paint in one pass, with the answer while a slider moves.
import { pixels, toCanvas } from "./pictures.js";
import { Way } from "./way.js";

const SMALL = 160; // longer side in pixels while a slider moves
const STYLE_SIZE = 320; // of a picture that gives its style, as in the training
const NUMBERS = [1, 2, 3];

export class Fast extends Way {
  constructor(section, engine, chosen, alarm) {
    super(section, engine, chosen, alarm);
    for (const control of section.querySelectorAll("select, input")) {
      if (control.type === "range") control.addEventListener("input", () => this.ask(true));
      control.addEventListener("change", () => this.ask(false));
    }
  }

  // Paint as the controls stand; of what is asked meanwhile only the latest counts.
  async ask(small = false) {
    this.showControls();
    if (this.section.hidden || !this.chosen.photo || !this.chosen.style) return;
    this.wanted = { small };
    if (this.painting) return;
    this.painting = true;
    try {
      while (this.wanted) {
        const { small } = this.wanted;
        this.wanted = undefined;
        await this.paint(small);
      }
    } catch (error) {
      this.wanted = undefined;
      if (!error.stopped) await this.fail(error);
    }
    this.painting = false;
    if (this.wanted) this.ask(this.wanted.small); // while the worker was started anew
  }

  async paint(small) {
    const names = await this.engine.learn("learnStyles", "transfer-network");
    this.fill(names);
    const shares = this.shares();
    const strength = Number(this.value("strength"));
    const size = Number(this.value("size"));
    const side = small ? Math.min(SMALL, size) : size;
    const { photo } = this.chosen;
    const photograph = pixels(photo, side);
    const made = this.description();
    const begun = performance.now();
    if (!this.canvas.dataset.done) this.say("Painting ...");
    let painting;
    if (this.value("kind") === "mix") {
      painting = await this.engine.call("mix", { photograph, shares, strength });
    } else {
      await this.engine.learn("learnAnyStyle", "any-style");
      const transform = this.value("transform");
      const style = pixels(this.chosen.style, STYLE_SIZE);
      const key = [this.chosen.number, side, transform].join(" ");
      const given = { key, photograph, style, transform, strength };
      painting = await this.engine.call("any", given);
    }
    toCanvas(painting, this.canvas);
    this.canvas.dataset.done = small ? "small" : "whole";
    this.field("save").disabled = small;
    this.made = made;
    if (this.failed) this.alarm("");
    this.failed = false;
    const seconds = ((performance.now() - begun) / 1000).toFixed(2);
    this.say(`${painting.width} x ${painting.height} pixels in ${seconds} s.`);
  }

  fill(names) {
    if (this.field("style1").options.length) return;
    const known = names.filter((name) => name !== "photograph").sort();
    NUMBERS.forEach((number) => {
      const select = this.field(`style${number}`);
      select.append(...known.map((name) => new Option(name.replaceAll("_", " "), name)));
      const first = ["hokusai_great_wave", "van_gogh_irises", "kandinsky_composition_viii"];
      if (known.includes(first[number - 1])) select.value = first[number - 1];
    });
  }

  // Shares by style; nothing of anything is the first style.
  shares() {
    const shares = {};
    for (const number of NUMBERS) {
      const [name, share] = [this.value(`style${number}`), Number(this.value(`share${number}`))];
      if (share > 0) shares[name] = (shares[name] ?? 0) + share;
    }
    return Object.keys(shares).length ? shares : { [this.value("style1")]: 1 };
  }

  showControls() {
    const any = this.value("kind") === "any";
    this.section.querySelector(".shares").hidden = any;
    this.section.querySelector(".transform").hidden = !any;
    const percent = `${Math.round(100 * this.value("strength"))} %`;
    this.section.querySelector("output").textContent = percent;
    this.field("strength").setAttribute("aria-valuetext", percent);
  }

  async fail(error) {
    this.failed = true;
    const smaller = this.shrink();
    const advice = smaller ? `The size is ${smaller} pixels now: move a slider to try again.` : "";
    await this.restart(error, advice);
  }

  // Name and settings of what is about to be painted, for its file.
  description() {
    const { photo, style } = this.chosen;
    const any = this.value("kind") === "any";
    const settings = {
      content: photo.credit || photo.name,
      style: any ? style.credit || style.name : this.shares(),
      ...(any ? { transform: this.value("transform") } : {}),
      strength: Number(this.value("strength")),
      size: Number(this.value("size")),
      network: any ? "any-style" : "transfer-network",
    };
    const names = any ? [style.name] : Object.keys(settings.style);
    return { words: [photo.name, "as", ...names, settings.strength, settings.size], settings };
  }
}
