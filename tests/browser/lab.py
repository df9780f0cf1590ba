"""Where JupyterLab and Chromium are, and what is asked of a page: for all tests in here.

LAB_PICTURES=folder keeps screenshots of every lesson.
"""

import os
import pathlib
import shutil
import sys

import pytest

try:
    from playwright import sync_api
except ImportError:
    sync_api = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
PLACES = os.pathsep.join([f"{sys.prefix}/bin", f"{ROOT}/.venv/bin", os.environ.get("PATH", "")])
LAB = shutil.which("jupyter-lab", path=PLACES)
PICTURES = os.environ.get("LAB_PICTURES")
PATIENCE = 60  # seconds for the server, for a page and for a widget
RUN = 240  # seconds for all cells of a notebook

BROWSER = [
    pytest.mark.skipif(not sync_api, reason='no Playwright: pip install -e ".[browser]"'),
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium; CHROMIUM=path names one"),
]
NEEDED = [
    *BROWSER,
    pytest.mark.skipif(not LAB, reason='there is no JupyterLab: pip install -e ".[lab]"'),
]

# All cells are in the page, seen or not, and nothing is asked of the network.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

READY = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.context?.isReady && panel.sessionContext?.isReady &&
    panel.sessionContext.session?.kernel?.status === 'idle' &&
    jupyterapp.commands.hasCommand('notebook:run-all-cells');
}"""

# What Run > Run All Cells does; then what went wrong, by the number of the cell.
RUN_ALL = """async seconds => {
  const late = new Promise(done => setTimeout(() => done('late'), 1000 * seconds));
  const end = await Promise.race([jupyterapp.commands.execute('notebook:run-all-cells'), late]);
  if (end === 'late') return [`it still runs after ${seconds} s`];
  const wrong = [], cells = jupyterapp.shell.currentWidget.content.model.toJSON().cells;
  cells.forEach((cell, number) => {
    if (cell.cell_type === 'code' && !cell.execution_count && [cell.source].flat().join('').trim())
      wrong.push(`cell ${number} was not run`);
    for (const output of cell.outputs ?? []) {
      const text = [output.text ?? ''].flat().join('');
      if (output.output_type === 'error') wrong.push(`cell ${number}: ${output.evalue}`);
      if (text.includes('Traceback')) wrong.push(`cell ${number}: ${text}`);
    }
  });
  return wrong;
}"""

EXECUTE = """code => jupyterapp.shell.currentWidget.sessionContext.session.kernel
  .requestExecute({code}).done.then(reply => reply.content.status)"""

# What axe-core finds wrong with the outputs of all cells. It does not look at the contrast of every
# text there (in lesson 03 of none), so contrast is examined below.
EXAMINE = """async () => {
  const include = [['.jp-OutputArea-output']], types = ['violations', 'passes'];
  const {violations, passes} = await axe.run({include}, {resultTypes: types});
  const wrong = violations.flatMap(({id, nodes}) => nodes.map(node =>
    [id, node.html.slice(0, 200), node.failureSummary.replace(/\\s+/g, ' ')]));
  return [wrong, passes.map(rule => rule.id)];
}"""

# Texts in outputs that are hard to read, by WCAG 2's formula for the contrast of two colours; how
# many texts there are; and the lowest contrast of all.
FAINT = """least => {
  const rgb = color => {
    const numbers = color.match(/[\\d.]+/g).map(Number), whole = color.startsWith('color(');
    return [...numbers.slice(0, 3).map(one => whole ? one : one / 255), numbers[3] ?? 1];
  };
  const light = color => {
    const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = color.map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const behind = part => {
    const color = part ? rgb(getComputedStyle(part).backgroundColor) : [1, 1, 1, 1];
    return color[3] > 0.5 ? color : behind(part.parentElement);
  };
  const wrong = [], seen = [], output = '.jp-OutputArea-output';
  for (const part of document.querySelectorAll(`${output}, ${output} *`)) {
    const own = [...part.childNodes].filter(node => node.nodeType === Node.TEXT_NODE);
    const text = own.map(node => node.data).join('').trim();
    if (!text || !part.checkVisibility() || part.matches('script, style, :disabled')) continue;
    const two = [light(rgb(getComputedStyle(part).color)), light(behind(part))];
    const ratio = Math.max(...two) / Math.min(...two);
    seen.push(ratio);
    if (ratio < least) wrong.push(`${ratio.toFixed(1)}: ${text.slice(0, 80)}`);
  }
  return [wrong, seen.length, Math.min(...seen)];
}"""


def watch(page, complaints):
    """Add to a list what a page complains of, and what it asks another place for."""
    page.on("console", lambda m: complaints.append(m.text) if m.type != "log" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: complaints.append(r.url) if r.url.startswith("http") else None)


def keep(page, name, part=None):
    """A screenshot for LAB_PICTURES: of the first cells, or of the screen around a part."""
    if PICTURES:
        part = part or page.locator(".jp-Notebook .jp-Cell").first
        part.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        page.screenshot(path=pathlib.Path(PICTURES) / f"{name}.png")


def theme(page, name):
    """Change to "Light" or "Dark"."""
    change = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
    page.evaluate(change, f"JupyterLab {name}")
    light = "true" if name == "Light" else "false"
    page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
    page.wait_for_timeout(500)  # colours may change slowly


def go(page, number):
    """The slide with that number, from 0, with everything on it that comes step by step."""
    page.evaluate(
        """number => {
          const place = Reveal.getIndices(Reveal.getSlides()[number]);
          Reveal.slide(place.h, place.v ?? 0, 99);
        }""",
        number,
    )


def boxes(page):
    """The widgets of the lesson, each a box of controls and a picture."""
    return page.locator(".jp-OutputArea .nst-widget:has(img)").all()


def predictions(page):
    """The questions of the lesson that show their answer after a guess."""
    return page.locator(".jp-OutputArea .nst-widget:not(:has(img))").all()
