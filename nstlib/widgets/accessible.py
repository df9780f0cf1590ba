"""Widgets for those who do not see them or use no mouse: names, words for pictures, keys.

ipywidgets gives a slider no name that a screen reader could say and a picture no alternative
text, in version 7 as in 8, and JupyterLab takes the arrow keys for its own commands. Nothing in
Python can help it, so a few lines of JavaScript do it in the page. Where they do not run, the
widgets work as before.
"""

from __future__ import annotations

import html

import IPython.display
import ipywidgets

from nstlib.images.display import show_html

# Whenever the page changes: a widget appears some time after its cell was run, and a slider tells
# the number of its option again at each move. Once for a page, however many widgets it has.
SCRIPT = """
(() => {
  if (window.nstAccessible) return;
  const set = (part, attributes) => {
    for (const [name, value] of Object.entries(attributes))
      if (part && part.getAttribute(name) !== value) part.setAttribute(name, value);
  };
  const improve = () => {
    for (const box of document.querySelectorAll('.nst-widget')) {
      for (const slider of box.querySelectorAll('.widget-slider')) {
        const name = slider.querySelector('.widget-label').textContent;
        const value = slider.querySelector('.widget-readout');
        set(slider.querySelector('.noUi-handle, .ui-slider-handle'),
          {role: 'slider', 'aria-label': name, 'aria-valuetext': value.textContent});
        set(value, {role: 'textbox', 'aria-label': `${name}, typed`});
      }
      for (const words of box.querySelectorAll('.nst-words')) {
        set(words.closest('.widget-vbox').querySelector('img'), {alt: words.textContent});
        words.hidden = true;  // or they would be read twice
      }
      for (const news of box.querySelectorAll('.nst-news')) set(news, {role: 'status'});
      for (const icon of box.querySelectorAll('button i')) set(icon, {'aria-hidden': 'true'});
      for (const part of box.querySelectorAll('[title=null]')) part.removeAttribute('title');
    }
  };
  // Or JupyterLab takes arrows and letters for its own commands, such as going to the next cell.
  addEventListener('keydown', event => {
    const own = !event.ctrlKey && !event.altKey && !event.metaKey &&
      !(event.shiftKey && event.key === 'Enter');
    if (event.target.closest?.('.nst-widget'))
      event.target.toggleAttribute('data-lm-suppress-shortcuts', own);
  }, true);
  window.nstAccessible = new MutationObserver(improve);
  nstAccessible.observe(document.body, {childList: true, characterData: true, subtree: true});
  improve();
})();
"""


# A label is one line and cut off where the page ends; news may be two sentences.
STYLE = ".nst-news {white-space: normal !important; height: auto !important}"


def show_widget(box: ipywidgets.Box) -> None:
    """Show a box of widgets below the cell; what is in it has names."""
    box.add_class("nst-widget")
    IPython.display.display(box)
    show_html(f"<style>{STYLE}</style><script>{SCRIPT}</script>")


def in_words(alt: str) -> ipywidgets.HTML:
    """The alternative text of the picture that stands in the same vertical box.

    Not as the tooltip of the picture: in the browser, ipywidgets 8.1 fails to show an Image that
    has one.
    """
    unseen = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
    return ipywidgets.HTML(f'<span class="nst-words" style="{unseen}">{html.escape(alt)}</span>')


def news(text: str = "") -> ipywidgets.Label:
    """A text that says what is going on; a screen reader reads it aloud when it changes."""
    label = ipywidgets.Label(value=text)
    label.add_class("nst-news")
    return label
