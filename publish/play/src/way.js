// What both ways to paint have in common: controls, a canvas, a line that says how it goes.
import { save } from "./saving.js";

// section: of the page. engine: an Engine. chosen: {photo, style}. alarm: shows a sentence.
export class Way {
  constructor(section, engine, chosen, alarm) {
    Object.assign(this, { section, engine, chosen, alarm });
    this.canvas = section.querySelector(".painting");
    this.status = section.querySelector(".status");
    this.field("save").addEventListener("click", () => this.save());
  }

  field = (name) => this.section.querySelector(`[name=${name}]`);
  value = (name) => this.field(name).value;

  say(text) {
    this.status.textContent = text;
  }

  // Choose the next smaller size; returns it, or nothing if there is none.
  shrink() {
    const sizes = [...this.field("size").options].map((option) => option.value);
    const smaller = sizes[sizes.indexOf(this.value("size")) - 1];
    if (smaller) this.field("size").value = smaller;
    return smaller;
  }

  // Say what went wrong and what to do, in sentences, and compute anew.
  async restart({ message }, advice) {
    this.alarm(`This was too much for the browser (${message}). ${advice}`);
    await this.engine.start(this.engine.wanted).catch((error) => this.alarm(error.message));
  }

  save() {
    save(this.canvas, this.made.words, this.made.settings);
  }
}
