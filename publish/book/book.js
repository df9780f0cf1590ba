"use strict";
for (const element of document.querySelectorAll(".math")) {
  katex.render(element.textContent, element, {
    displayMode: element.classList.contains("display"),
    throwOnError: false,
  });
}

// What is wider than its column scrolls, by keyboard too. Furo's column of contents scrolls down.
const boxes = "pre, .math.display, .table-wrapper, .toc-scroll, .sidebar-scroll";
function reachable() {
  for (const box of document.querySelectorAll(boxes)) {
    const more = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (more) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
reachable();
addEventListener("resize", reachable);
for (const details of document.querySelectorAll("details"))
  details.addEventListener("toggle", reachable);
document.fonts.ready.then(reachable);

// A figure is as wide as the window or wider when it is tapped; another tap, or Escape, goes back.
const large = document.createElement("dialog");
large.className = "large";
large.ariaLabel = "A picture, enlarged";
large.tabIndex = 0; // it scrolls
large.addEventListener("click", () => large.close());
// Sphinx takes this key for itself.
large.addEventListener("keydown", (event) => event.key === "Escape" && large.close());
document.body.append(large);
for (const picture of document.querySelectorAll("article img:not(a img, .lessons img)")) {
  const button = document.createElement("button");
  button.className = "enlarge";
  button.title = "Enlarge";
  picture.replaceWith(button);
  button.append(picture);
  button.addEventListener("click", () => {
    large.replaceChildren(picture.cloneNode());
    large.showModal();
  });
}

// For screen readers: what Furo's two columns are, and the level of the headings in the first.
for (const [column, name] of [
  [".sidebar-drawer", "All pages"],
  [".toc-drawer", "This page"],
])
  document.querySelector(column)?.setAttribute("aria-label", name);
for (const heading of document.querySelectorAll(".sidebar-tree .caption[role=heading]"))
  heading.ariaLevel = "2";
// MyST-NB calls every fold "Toggle hidden content"; what is written on it says more.
for (const summary of document.querySelectorAll("details.hide > summary"))
  summary.removeAttribute("aria-label");

// An empty cell heads nothing.
for (const cell of document.querySelectorAll("th"))
  if (!cell.textContent.trim()) cell.outerHTML = "<td></td>";
