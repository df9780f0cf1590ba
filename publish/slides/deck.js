"use strict";
// Formulas first, then the slides. In the speaker's window there is no style sheet of KaTeX, so
// the notes get MathML, which browsers typeset themselves.
for (const element of document.querySelectorAll(".math")) {
  katex.render(element.textContent, element, {
    displayMode: element.classList.contains("display"),
    output: element.closest(".notes") ? "mathml" : "htmlAndMathml",
    throwOnError: false,
  });
}

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
