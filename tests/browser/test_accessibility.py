"""Every page of the website and every slide, examined by axe-core in Chromium.

`make book` and `make slides` first, then `make test-browser`. npm fetches axe-core, in the version
of package-lock.json, into build/axe. What is missing for it, the tests say.
"""

import pytest
from lab import BROWSER, ROOT, go

PAGES = sorted((ROOT / "dist" / "book").glob("*.html"))
PROJECTS = sorted((ROOT / "docs" / "projects").glob("*.html"))  # made by nstlib.portfolio
DECKS = sorted((ROOT / "dist" / "slides").glob("*.html"))

# What is not ours and cannot be corrected by our style sheets and options:
# {(rule, what the selector ends with): why}.
# Furo opens its menus by two unseen checkboxes, which it puts before everything else; the
# buttons that people see and reach are in landmarks.
THEIRS = {
    ("region", "#__toc"): "Furo's checkbox for the contents of a page",
    ("region", "#__navigation"): "Furo's checkbox for the list of pages",
}

pytestmark = BROWSER

EXAMINE = """async () => {
  const result = await axe.run(document, {resultTypes: ['violations']});
  return result.violations.flatMap(({id, impact, nodes}) => nodes.map(node =>
    [id, impact, node.target.join(' '), node.failureSummary.replace(/\\s+/g, ' ')]));
}"""


@pytest.fixture
def opened(browser, axe):
    """A function that opens a file with axe beside it."""
    if axe is None:
        pytest.skip("npm could not fetch axe-core")
    contexts = []

    def show(path, size=(1280, 800), scheme="light"):
        context = browser.new_context(
            viewport=dict(zip(("width", "height"), size, strict=True)),
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate("document.fonts.ready.then(() => true)")
        # What is just fading in has the contrast of a moment.
        page.add_style_tag(content="* {transition: none !important; animation: none !important}")
        page.evaluate(axe)
        return page

    yield show
    for context in contexts:
        context.close()


def findings(page):
    """What axe finds and is not listed above, a line each."""
    return "\n".join(
        f"{impact}: {rule} at {selector}: {summary}"
        for rule, impact, selector, summary in page.evaluate(EXAMINE)
        if not any(rule == r and selector.endswith(end) for r, end in THEIRS)
    )


def test_axe_is_listening(opened, tmp_path):
    """It finds what is wrong on a bad page: grey on grey, no language, no words for a picture."""
    bad = tmp_path / "bad.html"
    bad.write_text('<p style="color:#999;background:#aaa">Grey</p><img src="x.png">', "utf-8")
    rules = {line.split(" at ")[0] for line in findings(opened(bad)).splitlines()}
    assert {
        "serious: color-contrast",
        "serious: html-has-lang",
        "serious: document-title",
        "critical: image-alt",
    } <= rules


@pytest.mark.skipif(not PAGES, reason="there is no website: make book")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_of_the_website(opened, path, scheme):
    page = opened(path, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert findings(page) == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_a_page_of_pictures(opened, path, width, scheme):
    page = opened(path, size=(width, 800), scheme=scheme)
    assert findings(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.skipif(not PAGES, reason="there is no website: make book")
def test_pages_in_a_narrow_window(opened):
    found = ""
    for path in PAGES[::4]:
        page = opened(path, size=(390, 800))
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        page.wait_for_timeout(100)  # `toggle` comes a moment later
        found += findings(page)
    assert found == ""


@pytest.mark.skipif(not PAGES, reason="there is no website: make book")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_the_search_found(opened, axe, scheme):
    page = opened(ROOT / "dist" / "book" / "search.html", scheme=scheme)
    page.locator(".sidebar-search").fill("gram")
    page.keyboard.press("Enter")
    page.locator("#search-results .search li .context").first.wait_for()
    page.wait_for_function("document.querySelectorAll('.search li').length > 3")
    page.evaluate(axe)
    assert findings(page) == ""


@pytest.mark.skipif(not PAGES, reason="there is no website: make book")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_keyboard_can_be_followed_on_the_first_page(opened, scheme):
    """Tab goes through everything, and where it is can be seen."""
    page = opened(ROOT / "dist" / "book" / "index.html", scheme=scheme)
    links = page.evaluate("document.querySelectorAll('.lessons a').length")
    seen, unseen = set(), []
    for _ in range(90):
        page.keyboard.press("Tab")
        place, visible = page.evaluate(
            """() => {
              const part = document.activeElement, style = getComputedStyle(part);
              return [part.closest('.lessons') ? part.href : '',
                      part === document.body || style.outlineStyle === 'solid'
                      || part.outerHTML.slice(0, 80)];
            }"""
        )
        seen |= {place} if place else set()
        unseen += [visible] if visible is not True else []
    assert len(seen) == links and not unseen


@pytest.mark.skipif(not DECKS, reason="there are no slides: make slides")
@pytest.mark.parametrize("path", DECKS, ids=lambda path: path.stem)
def test_every_slide(opened, path):
    page, found = opened(path, size=(1280, 720)), {}
    if path.stem == "index":
        assert findings(page) == ""
        return
    page.wait_for_function("Reveal.isReady()")
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        go(page, number)
        for line in findings(page).splitlines():
            found.setdefault(line, []).append(number + 1)
    assert not found, "\n".join(f"slides {numbers}: {line}" for line, numbers in found.items())
