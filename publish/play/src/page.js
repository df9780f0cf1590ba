// The page: two pictures, three ways to paint, and what computes.
import { chooser } from "./chooser.js";
import { Engine } from "./engine.js";
import { Fast } from "./fast.js";
import { Inside } from "./inside.js";
import { Slow } from "./slow.js";

const BACKENDS = {
  webgpu: "the graphics card, by WebGPU",
  webgl: "the graphics card, by WebGL",
  wasm: "the processor, by WebAssembly",
  cpu: "the processor, by JavaScript, which is slow",
};
const byId = (id) => document.getElementById(id);
const engine = new Engine();
const chosen = { number: 0 }; // the two pictures, and how often they were changed
const alarm = (text) => byId("alert").replaceChildren(text);

const slow = new Slow(byId("slow"), engine, chosen, alarm);
const fast = new Fast(byId("fast"), engine, chosen, alarm);
const inside = new Inside(byId("inside"), engine, chosen, alarm);
globalThis.play = { engine, slow, fast, inside }; // for the console, and for tests

const tabs = [...document.querySelectorAll("[role=tab]")];
function open(tab) {
  for (const each of tabs) {
    each.ariaSelected = String(each === tab);
    each.tabIndex = each === tab ? 0 : -1;
    byId(each.getAttribute("aria-controls")).hidden = each !== tab;
  }
  if (tab.id !== "tab-slow" && slow.running) slow.toggle(); // one thing at a time
  if (engine.backend) (tab.id === "tab-fast" ? fast : inside).ask();
}
for (const tab of tabs) tab.addEventListener("click", () => open(tab));
document.querySelector("[role=tablist]").addEventListener("keydown", ({ key }) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (!step) return;
  const now = tabs.findIndex((tab) => tab.tabIndex === 0);
  const next = tabs[(now + step + tabs.length) % tabs.length];
  next.focus();
  open(next);
});

function changed(what) {
  return (picture) => {
    chosen[what] = picture;
    chosen.number++;
    slow.reset();
    if (!engine.backend) return;
    fast.ask();
    if (what === "photo") inside.ask();
  };
}

let starts = 0;
async function start() {
  const number = ++starts;
  engine.backend = undefined;
  slow.reset(false);
  byId("computes").textContent = "Starting ...";
  try {
    engine.wanted = byId("backend").value;
    const name = await engine.start(engine.wanted);
    if (number !== starts) return; // another one was chosen meanwhile
    alarm("");
    byId("computes").textContent = `Now: ${BACKENDS[name]}.`;
    if (engine.wanted !== "auto" && engine.wanted !== name) {
      alarm(`That is not there, or computes wrongly: the page takes ${BACKENDS[name]}.`);
    }
    fast.ask();
    inside.ask();
  } catch (error) {
    if (number !== starts) return;
    byId("computes").textContent = "";
    alarm(`The page cannot compute: ${error.message}.`);
  }
}
byId("backend").addEventListener("change", start);

// What misses the two frames would replace the page, and the painting with it.
for (const event of ["dragover", "drop"]) {
  document.addEventListener(event, (dropped) => dropped.preventDefault());
}

globalThis.play.ready = Promise.all([
  chooser(byId("photo"), "content", changed("photo"), alarm),
  chooser(byId("style"), "style", changed("style"), alarm),
  start(),
]).catch((error) => alarm(error.message));
