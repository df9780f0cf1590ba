"""Every deck in dist/slides, opened in Chromium from its file and with no network.

`make slides` first, then `make test-browser`. What is missing for it, the tests say.
"""

import itertools
import pathlib

import pytest
from lab import BROWSER, go, watch

from nstlib.check.questions import read_quizzes

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "dist" / "slides"
DECKS = sorted(FOLDER.glob("[0-9][0-9]_*.html"))
QUESTION = read_quizzes()["00-1"]
SMALLEST = 24  # pixels of a letter's height, at 1280 x 720

pytestmark = [
    *BROWSER,
    pytest.mark.skipif(not DECKS, reason="there are no slides: make slides"),
]

# What is wrong with the slide that is shown. The last 40 pixels belong to the slide's number.
LOOK = """smallest => {
  const slide = Reveal.getCurrentSlide(), page = slide.querySelector('.page');
  const frame = page.getBoundingClientRect(), wrong = [];
  const headings = page.querySelectorAll(':is(h1, h2, h3, h4):not(.notes *)');
  if (headings.length !== 1 || !headings[0].textContent.trim()) wrong.push('no title');
  if (headings[0]?.getBoundingClientRect().height === 0) wrong.push('the title is not seen');
  if (page.innerText.trim() === headings[0]?.innerText.trim() && !page.querySelector('img'))
    wrong.push('nothing but a title');
  if (page.scrollHeight > page.clientHeight || page.scrollWidth > page.clientWidth)
    wrong.push('it overflows');
  for (const part of page.querySelectorAll('*')) {
    const box = part.getBoundingClientRect(), name = `${part.tagName} ${part.className}`;
    if (part.closest('.katex') || !box.width) continue;
    if (box.bottom > frame.bottom - 40) wrong.push(`${name} is too low: ${box.bottom}`);
    if (box.right > frame.right - 20) wrong.push(`${name} is too wide: ${box.right}`);
    const text = [...part.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (text && parseFloat(getComputedStyle(part).fontSize) < smallest)
      wrong.push(`${name} is too small`);
  }
  for (const picture of page.querySelectorAll('img')) {
    if (!picture.complete || !picture.naturalWidth) wrong.push('a picture is not loaded');
    if (picture.height < 60) wrong.push(`a picture is ${picture.height} pixels high`);
    if (!picture.alt.trim()) wrong.push('a picture has no alternative text');
  }
  // A figure, and what was printed, are as large as their slide allows: for no empty space either.
  const shown = [...page.querySelectorAll('.shown img, .printed')].filter(p => p.offsetWidth);
  const edges = ['right', 'bottom'].map(edge =>
    Math.max(...shown.map(part => part.getBoundingClientRect()[edge])));
  const letters = shown.filter(part => part.matches('.printed'))
    .map(part => parseFloat(getComputedStyle(part).fontSize));
  if (shown.length && Math.max(0, ...letters) < 40 && edges[0] < 1000 && edges[1] < 550)
    wrong.push(`room is left: only ${edges} are filled`);
  for (const formula of page.querySelectorAll('.katex-html'))
    if (!formula.closest('aside') && !formula.getBoundingClientRect().width)
      wrong.push(`not typeset: ${formula.textContent}`);
  if (page.querySelector('.katex-error')) wrong.push('a formula that KaTeX does not know');
  const texts = [...page.querySelectorAll('.text, h3')].map(text => text.cloneNode(true));
  for (const text of texts) {
    for (const part of text.querySelectorAll('.katex, code, pre')) part.remove();
    if (text.textContent.includes('$')) wrong.push(`not typeset: ${text.textContent}`);
  }
  return wrong;
}"""


@pytest.fixture(scope="module")
def context(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_offline(True)
    yield context
    context.close()


@pytest.fixture
def opened(context):
    """A function that opens a deck; afterwards nothing must have been complained or fetched."""
    page, complaints = context.new_page(), []
    watch(page, complaints)
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url[:200]}"))

    def show(deck):
        page.goto(deck.as_uri())
        page.wait_for_function("Reveal.isReady()")
        page.evaluate("document.fonts.ready.then(() => true)")
        return page

    yield show
    page.close()
    assert not complaints


@pytest.mark.parametrize("deck", DECKS, ids=lambda deck: deck.stem)
def test_every_slide_can_be_seen_and_read(opened, deck):
    page = opened(deck)
    total = page.evaluate("Reveal.getTotalSlides()")
    assert total >= 20
    wrong = {}
    for number in range(total):
        go(page, number)
        if found := page.evaluate(LOOK, SMALLEST):
            wrong[number + 1] = found
    assert not wrong
    assert page.locator(".katex math").count(), "a formula, on a slide or in the notes"
    assert page.locator(".page img").count() >= 5, "pictures"
    assert page.evaluate("document.fonts.check('30px \"Source Sans Pro\"')")


@pytest.mark.parametrize("deck", DECKS, ids=lambda deck: deck.stem)
def test_headings_are_in_order(opened, deck):
    levels = opened(deck).evaluate(
        """[...document.querySelectorAll('.page :is(h1, h2, h3, h4):not(.notes *)')]
          .map(heading => +heading.tagName[1])"""
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert not [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1]


def test_the_arrow_key_goes_through_all_slides(opened):
    page = opened(DECKS[0])
    seen = set()
    for _ in range(page.evaluate("Reveal.getTotalSlides()") + 20):  # and the answers of the quiz
        seen.add(page.evaluate("Reveal.getSlidePastCount()"))
        page.keyboard.press("ArrowRight")
    assert len(seen) == page.evaluate("Reveal.getTotalSlides()")
    assert page.evaluate("Reveal.isLastSlide()")


def test_a_quiz_answer_waits_for_the_presenter(opened):
    page = opened(DECKS[0])
    number = page.evaluate(
        "Reveal.getSlides().findIndex(slide => slide.querySelector('.fragment'))"
    )
    page.evaluate("number => Reveal.slide(Reveal.getIndices(Reveal.getSlides()[number]).h)", number)
    answer = page.locator("section.present .fragment").first
    assert not answer.evaluate("part => part.classList.contains('visible')")
    page.keyboard.press("Space")
    assert answer.evaluate("part => part.classList.contains('visible')")
    answer.locator(".right").wait_for()
    assert answer.locator(".right").inner_text() == QUESTION.right


@pytest.mark.parametrize("deck", DECKS, ids=lambda deck: deck.stem)
def test_every_prediction_is_seen_before_its_answer(opened, deck):
    """A slide asks, and what the next cell shows is not on it."""
    asked = opened(deck).evaluate(
        """() => [...document.querySelectorAll('.page')]
          .filter(page => [...page.querySelectorAll('.text:not(.notes *) strong')]
            .some(bold => bold.textContent.startsWith('Predict')))
          .map(page => page.querySelectorAll('.printed:not(.notes *), .shown').length)"""
    )
    assert asked and not any(asked)


def test_the_speaker_sees_the_notes(opened, context):
    page = opened(DECKS[0])
    go(page, 1)
    with context.expect_page() as popup:
        page.keyboard.press("s")
    speaker = popup.value
    notes = speaker.locator(".speaker-controls-notes .value")
    notes.wait_for()
    assert "For the instructor" in notes.inner_text()
    speaker.close()


def test_a_handout_asks_and_has_neither_notes_nor_the_answers_of_the_quiz(opened):
    page = opened(DECKS[0])
    page.goto(f"{DECKS[0].as_uri()}?handout")
    text = page.locator("body.handout").inner_text()
    assert QUESTION.markdown[7:47] in text and "Predict" in text
    told = QUESTION.choices[QUESTION.right].feedback[:40]
    assert told not in text and "For the instructor" not in text
    assert page.locator(".asks").count() >= 3 and not page.locator(".fragment, .notes").count()


def test_the_index_leads_to_every_deck(context):
    page = context.new_page()
    page.goto((FOLDER / "index.html").as_uri())
    links = page.locator("main li a:first-child")
    assert [link.get_attribute("href") for link in links.all()] == [deck.name for deck in DECKS]
    links.first.click()
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.close()
