// The three losses, evaluation by evaluation, on a logarithmic axis.
import { TERMS } from "./terms.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [44, 248, 12, 212]; // in the units of the SVG's viewBox

// history: an array of three terms for each evaluation; changes: before which of them the weights
// were changed.
export function drawChart(svg, history, changes) {
  const values = history.flat().filter((value) => value > 0);
  if (!values.length) {
    svg.replaceChildren();
    return;
  }
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const least = Math.floor(Math.log10(Math.min(...values)));
  const low = Math.min(high - 1, Math.max(least, high - 6));
  const x = (i) => LEFT + ((RIGHT - LEFT) * i) / Math.max(history.length - 1, 10);
  const y = (value) => {
    const up = (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
    return BOTTOM - (BOTTOM - TOP) * Math.min(up, 1);
  };
  const parts = [];
  for (let power = low; power <= high; power++) {
    const place = y(10 ** power);
    parts.push(node("line", { class: "grid", x1: LEFT, x2: RIGHT, y1: place, y2: place }));
    parts.push(label(LEFT - 6, place + 4, `1e${power}`, "end"));
  }
  for (const i of changes) {
    parts.push(node("line", { class: "change", x1: x(i), x2: x(i), y1: TOP, y2: BOTTOM }));
  }
  parts.push(label(LEFT, 232, "evaluations", "start"), label(RIGHT, 232, history.length, "end"));
  const ends = TERMS.map((_, term) => y(history.at(-1)[term]));
  TERMS.forEach((name, term) => {
    const points = history.map((terms, i) => `${x(i)},${y(terms[term])}`).join(" ");
    const stroke = `stroke: var(--${name})`;
    parts.push(node("polyline", { points, style: stroke, "stroke-dasharray": DASHES[term] }));
    const mark = label(RIGHT + 8, apart(ends, term) + 4, name.replace("_", " "), "start");
    mark.style.fill = `var(--${name})`;
    parts.push(mark);
  });
  svg.replaceChildren(...parts);
  const said = TERMS.map((name, term) => `${name.replace("_", " ")} ${number(history, term)}`);
  svg.setAttribute("aria-label", `After ${history.length} evaluations: ${said.join(", ")}`);
}

const DASHES = ["none", "9 4", "2 4"]; // apart without colours, too
const number = (history, term) => history.at(-1)[term].toPrecision(3);

// Where the name of a term stands: at the end of its line, but not on another name.
function apart(ends, term) {
  const order = [0, 1, 2].sort((a, b) => ends[a] - ends[b]);
  const places = order.map((each) => ends[each]);
  for (let i = 1; i < 3; i++) places[i] = Math.max(places[i], places[i - 1] + 15);
  return places[order.indexOf(term)] - Math.max(0, places[2] - BOTTOM);
}

function node(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function label(x, y, text, anchor) {
  const made = node("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}
