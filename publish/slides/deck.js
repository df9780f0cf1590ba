"use strict";
// Formulas first, then letters and pictures as large as a slide allows, then the slides.
const delimiters = [
  { left: "$$", right: "$$", display: true },
  { left: "$", right: "$", display: false },
];
// In the speaker's window there is no style sheet of KaTeX: browsers typeset MathML themselves.
for (const notes of document.querySelectorAll(".notes"))
  renderMathInElement(notes, { delimiters, output: "mathml", throwOnError: false });
for (const text of document.querySelectorAll(".page :is(.text, h3)"))
  renderMathInElement(text, { delimiters, throwOnError: false });

// An empty cell heads nothing.
for (const cell of document.querySelectorAll("th"))
  if (!cell.textContent.trim()) cell.outerHTML = "<td></td>";

const [RIGHT, BOTTOM] = [1252, 672]; // pixels: below are the slide's number and the margin
const LEAST = [200, 60]; // the height of the tallest picture: wished for, and if need be
const LETTERS = [52, 46, 40, 36, 32, 28, 26, 24]; // beside pictures the last two

function fits(page) {
  return [...page.children].every(
    (part) =>
      part.offsetTop + part.offsetHeight <= BOTTOM && part.offsetLeft + part.scrollWidth <= RIGHT,
  );
}

function fitsAt(page, letters, pictures, least) {
  page.style.fontSize = `${letters}px`;
  page.classList.toggle("wrapped", letters === LETTERS.at(-1)); // lines of code
  for (let scale = 3; ; scale *= 0.93) {
    for (const [picture, width] of pictures) picture.style.width = `${scale * width}px`;
    const tallest = Math.max(...pictures.map(([picture]) => picture.offsetHeight));
    if (pictures.length && tallest < least) return false;
    if (fits(page) || !pictures.length) return fits(page);
  }
}

function fit(page) {
  const pictures = [...page.querySelectorAll("img")].map((picture) => [
    picture,
    Number(picture.getAttribute("width")) || picture.naturalWidth,
  ]);
  const code = page.querySelector(".highlight:not(.notes *)");
  const printed = page.querySelector(".printed:not(.notes *)");
  const letters = LETTERS.slice(pictures.length ? -2 : code ? 2 : 0);
  if (!LEAST.some((least) => letters.some((size) => fitsAt(page, size, pictures, least)))) {
    // The code is in the notebook as well: it gives way to what it printed.
    if (code && printed) {
      code.remove();
      fit(page);
    }
  } else if (printed && !pictures.length) {
    // What was printed is why the slide is there: as large as it can be, whatever its code is.
    const larger = LETTERS.find((size) => {
      printed.style = `font-size: ${size}px; white-space: pre`;
      return fits(page);
    });
    if (!larger) printed.style = ""; // it is too wide for any, and is wrapped
  }
}

// NN_topic.html?handout: the same to print, a page below the other, with room for the predictions.
function handout() {
  for (const part of document.querySelectorAll(".notes, .fragment, h3.section")) part.remove();
  document.body.replaceChildren(...document.querySelectorAll(".page"));
  document.body.className = "handout";
  for (const bold of document.querySelectorAll("strong"))
    if (bold.textContent.startsWith("Predict")) bold.closest(".page").classList.add("asks");
}

async function show() {
  await Promise.all([...document.fonts].map((font) => font.load()));
  await Promise.all([...document.images].map((picture) => picture.decode()));
  const slides = document.querySelector(".slides");
  slides.classList.add("measured");
  document.querySelectorAll(".page").forEach(fit);
  slides.classList.remove("measured");
  Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    center: false,
    hash: true,
    slideNumber: "c/t",
    // The arrow keys go through all slides; nobody skips the lower ones of a section by mistake.
    navigationMode: "linear",
    controls: false,
    transition: "none",
    backgroundTransition: "none",
    pdfSeparateFragments: false,
    plugins: [RevealNotes],
  });
}
if (location.search === "?handout") handout();
else show();
