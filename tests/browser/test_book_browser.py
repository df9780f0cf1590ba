"""The website in dist/book, opened in Chromium from its files and with no network.

`make book` first, then `make test-browser`. What is missing for it, the tests say.
"""

import pathlib
import re

import pytest
from lab import BROWSER, sync_api, watch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "dist" / "book"
PAGES = sorted(FOLDER.glob("*.html"))
LESSONS = [page for page in PAGES if page.name[:2].isdigit()]

pytestmark = [
    *BROWSER,
    pytest.mark.skipif(not PAGES, reason="there is no website: make book"),
]

# What can be seen to be wrong with a page.
LOOK = """() => {
  const wrong = [];
  if (document.documentElement.scrollWidth > innerWidth) wrong.push('it is too wide');
  if (document.querySelectorAll('h1').length !== 1) wrong.push('it needs one title');
  for (const picture of document.images) {
    if (!picture.complete || !picture.naturalWidth) wrong.push(`not decoded: ${picture.src}`);
    if (!picture.alt.trim()) wrong.push(`no words for ${picture.src}`);
    if (picture.getBoundingClientRect().right > innerWidth) wrong.push(`cut: ${picture.src}`);
  }
  for (const formula of document.querySelectorAll('.math'))
    if (!formula.querySelector('.katex-html')?.getBoundingClientRect().width)
      wrong.push(`not typeset: ${formula.textContent}`);
  if (document.querySelector('.katex-error')) wrong.push('a formula that KaTeX does not know');
  return wrong;
}"""


@pytest.fixture
def opened(browser):
    """A function that opens a page; afterwards nothing must have been complained or fetched."""
    context, complaints = browser.new_context(viewport={"width": 1280, "height": 800}), []
    context.set_offline(True)
    page = context.new_page()
    watch(page, complaints)
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url[:200]}"))

    def show(name, width=1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto((FOLDER / name).as_uri())
        return page

    yield show
    context.close()
    assert not complaints


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_page_can_be_seen_and_read(opened, path, width):
    page = opened(path.name, width)
    assert page.evaluate(LOOK) == []
    for fold in page.locator("details").all():
        fold.evaluate("fold => fold.open = true")
    assert page.evaluate(LOOK) == [], "with everything unfolded"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_formulas_pictures_and_code(opened, path):
    page = opened(path.name)
    assert page.locator(".katex math").count(), "formulas, for the ear too"
    assert page.locator("article img").count() >= 5, "pictures"
    assert page.locator(".cell_input .highlight span[class]").count() > 50, "code in colours"
    assert page.locator(".cell_output pre").count() >= 2, "what was printed"
    assert page.locator("p.moves").count(), "a widget"


def test_the_first_page_leads_to_every_lesson(opened):
    page = opened("index.html")
    cards = page.locator(".lessons .title")
    assert [card.get_attribute("href") for card in cards.all()] == [path.name for path in LESSONS]
    cards.nth(4).click()
    sync_api.expect(page).to_have_title(re.compile("^04 Gram matrices"))


def test_next_and_previous_go_through_all_lessons(opened):
    page, seen = opened(LESSONS[0].name), []
    for _ in LESSONS:
        seen.append(page.url.rpartition("/")[2])
        page.locator("footer .next-page").click()
        page.wait_for_url(lambda url: url.rpartition("/")[2] != seen[-1])
    assert seen == [path.name for path in LESSONS]
    page.locator("footer .prev-page").click()
    page.wait_for_url(f"**/{LESSONS[-1].name}")


def test_the_search_finds_a_lesson_and_shows_where(opened):
    page = opened("index.html")
    page.locator(".sidebar-search").fill("receptive")
    page.keyboard.press("Enter")
    found = page.locator("#search-results .search li", has_text="02 Inside VGG").first
    found.wait_for()
    assert "receptive" in found.locator(".context").inner_text().lower()
    found.locator("a").click()
    page.wait_for_url("**/02_inside_vgg.html*")
    assert page.locator("article mark, article .highlighted").count()


def test_the_search_says_when_there_is_nothing(opened):
    page = opened("index.html")
    page.locator(".sidebar-search").fill("zeppelin")
    page.keyboard.press("Enter")
    page.get_by_text("did not match any documents").wait_for()


def test_a_solution_is_opened_by_keyboard(opened):
    page = opened(LESSONS[4].name)
    fold = page.locator("details.hide", has_text="One solution").first
    if not fold.count():
        pytest.skip("this website was made without solutions: make book")
    assert not fold.locator(".cell_input").is_visible()
    summary = fold.locator("summary")
    summary.evaluate("""element => {
      const all = [...document.querySelectorAll('a[href], summary, button, input, [tabindex]')];
      all[all.indexOf(element) - 1].focus();
    }""")
    page.keyboard.press("Tab")
    assert summary.evaluate("element => element === document.activeElement")
    assert summary.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert "def gram_matrix" in fold.locator(".cell_input").inner_text()
    assert fold.locator(".cell_input").is_visible()


# Of all boxes that scroll sideways: two covers that scroll along, two shadows that stay.
EDGES = """() => [...document.querySelectorAll('article :is(pre, .math.display)')]
  .filter(box => box.offsetWidth && box.scrollWidth > box.clientWidth)
  .map(box => getComputedStyle(box).backgroundAttachment)"""


def test_on_a_phone_what_goes_on_sideways_says_so(opened):
    edges = opened(LESSONS[4].name, width=390).evaluate(EDGES)
    assert edges and set(edges) == {"local, local, scroll, scroll, scroll"}


def test_on_a_phone_a_figure_is_enlarged_by_a_tap(opened):
    page = opened(LESSONS[4].name, width=390)
    figure = page.locator("article .cell_output img:visible").first
    before = figure.bounding_box()["width"]
    figure.click()
    large = page.locator("dialog.large img")
    assert large.bounding_box()["width"] > max(before, 389)
    assert large.get_attribute("alt") == figure.get_attribute("alt")
    page.keyboard.press("Escape")
    large.wait_for(state="hidden")


def test_what_a_prediction_is_about_waits_for_a_tap(opened):
    page = opened(LESSONS[4].name, width=390)
    answer = page.locator("img[alt^='Left halves of five']")
    assert not answer.is_visible()
    page.locator("details", has=answer).locator("summary").click()
    assert answer.is_visible()


def test_the_menu_of_a_narrow_window_is_opened_by_keyboard(opened):
    page = opened("index.html", width=390)
    link = page.locator(".sidebar-drawer .sidebar-tree a").first
    assert not link.is_visible() or link.bounding_box()["x"] < 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "__navigation"
    page.keyboard.press("Space")
    page.wait_for_function(
        "document.querySelector('.sidebar-drawer').getBoundingClientRect().left >= 0"
    )
