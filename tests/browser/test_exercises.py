"""The exercises in a browser: what is right is told right, usual mistakes are known, and nothing needs a pointer."""

import random

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from visits import AXE, serious

from vaelib.novelty import exercises
from vaelib.store import Store

pytestmark = pytest.mark.slow
PAGE = "book/exercises.html"


@pytest.fixture(scope="module")
def numbers():
    return exercises.exercises(Store(train=False))


@pytest.fixture
def opened(page, address):
    page.goto(f"{address}/{PAGE}")
    page.wait_for_selector("form.answer:not([hidden])")
    return page


def told(page, name, typed):
    """What the page says to an answer that is typed and sent by key."""
    page.fill(f"#answer-{name}-typed", typed)
    page.keyboard.press("Enter")
    return page.inner_text(f"#answer-{name} [role=status]")


def test_every_number_is_right_within_its_tolerance_and_not_beyond(opened, numbers):
    assert opened.locator("form.answer").count() == len(numbers) == 10
    for name, (answer, tolerance, *_) in numbers.items():
        for off in (0, 0.98 * tolerance, -0.98 * tolerance):
            assert told(opened, name, repr(answer + off)) == "Right.", name
        assert told(opened, name, repr(answer + 1.1 * tolerance)).startswith("Not yet"), name
        assert told(opened, name, repr(answer - 1.1 * tolerance)).startswith("Not yet"), name


def test_every_usual_mistake_is_told_what_it_is(opened, numbers):
    for name, exercise in numbers.items():
        said = [told(opened, name, repr(value)) for value in exercise.mistakes.values()]
        assert all(words.startswith("Not yet. ") and len(words) > 20 for words in said), name
        assert len(set(said)) == len(said), name


def test_a_wrong_answer_is_told_where_the_right_one_lies_until_another_is_typed(opened):
    assert told(opened, "perplexity", "2.2") == "Not yet: too small."
    assert opened.get_attribute("#answer-perplexity-typed", "aria-invalid") == "true"
    opened.fill("#answer-perplexity-typed", "2.8")
    assert opened.inner_text("#answer-perplexity [role=status]") == ""
    assert told(opened, "perplexity", "many").startswith("Type a number")
    assert told(opened, "perplexity", "").startswith("Type a number")


def test_numbers_are_read_as_they_are_written(opened):
    draw = random.Random(3)
    for _ in range(100):
        value = round(draw.uniform(-3000, 3000), draw.choice((0, 1, 2)))
        plain = f"{value:g}" if abs(value) < 1 else f"{value:.2f}"
        ways = [plain, plain.replace(".", ","), plain.replace("-", "−"), f" {plain} ", f"{value:,.2f}"]
        for written in ways:
            assert value == pytest.approx(min(readings(opened, written), key=lambda one, v=value: abs(one - v)))
    assert readings(opened, "2/3") == [pytest.approx(2 / 3)]
    assert readings(opened, "1e-3") == [0.001]
    for written in ("", "one", "1/0", "2/", "--1", "1 nat"):
        assert readings(opened, written) == [], written


def readings(page, written):
    return page.evaluate("text => vaelibExercises.readings(text)", written)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_with_answers_and_solutions_open(browser, site, theme):
    context = browser.new_context(viewport={"width": 390, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.goto(f"{site.resolve().as_uri()}/{PAGE}")
    page.wait_for_selector("form.answer:not([hidden])")
    told(page, "weight", "2/3")
    told(page, "rate", "7")
    for solution in page.locator("article details").all():
        solution.evaluate("details => { details.open = true; }")
    assert serious(Axe().run(page, options=AXE).response["violations"]) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    context.close()


def test_without_scripts_nothing_waits_for_an_answer_and_the_solution_tells_it(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    assert not page.locator("form.answer").first.is_visible()
    assert page.locator("noscript p").is_visible()
    page.locator("article details summary").first.click()
    assert page.get_by_text("its weight is 0.667").is_visible()
    context.close()


def test_on_paper_the_solutions_are_open_and_the_forms_are_gone(opened):
    opened.emulate_media(media="print")
    assert opened.get_by_text("its weight is 0.667").is_visible()
    assert not opened.locator("form.answer").first.is_visible()


def test_starters_are_downloaded_whole(opened):
    links = opened.locator("p.starter a")
    assert links.count() == 4
    for link in links.all():
        downloaded = opened.request.get(link.evaluate("link => link.href"))
        nbformat.validate(nbformat.reads(downloaded.text(), as_version=4))
