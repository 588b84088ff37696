"""The slides in a browser: nothing overflows, letters can be read, keys turn them, paper has one a page."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from visits import AXE, listen, serious

pytestmark = pytest.mark.slow
SLIDES = 15
WORDS, LETTERS = 20, 11  # pixels at 1280 × 720: words of a slide, letters in a figure
POINTS = 8  # the smallest letters of the figures' style
OVER = """() => [...document.querySelectorAll('.slide')].flatMap((slide, n) => {
    slide.classList.add('now');
    const around = slide.getBoundingClientRect();
    const out = [...slide.querySelectorAll('*')].filter(element => {
        const box = element.getBoundingClientRect();
        return box.left < around.left - 1 || box.right > around.right + 1
            || box.top < around.top - 1 || box.bottom > around.bottom - 1;
    }).map(element => `${n + 1}: ${element.tagName} ${element.textContent.slice(0, 40)}`);
    const boxes = [...slide.querySelectorAll('img, h1, h2, p, ul, blockquote')].filter(e => !e.closest('blockquote p'));
    for (const image of slide.querySelectorAll('img')) {
        const [a, footer] = [image.getBoundingClientRect(), slide.querySelector('footer').getBoundingClientRect()];
        for (const other of boxes.filter(e => e !== image)) {
            const b = other.getBoundingClientRect();
            if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
                out.push(`${n + 1}: the figure lies on ${other.textContent.slice(0, 40)}`);
        }
    }
    slide.classList.remove('now');
    return out;
})"""
LETTER = """() => [...document.querySelectorAll('.slide')].flatMap(slide => {
    slide.classList.add('now');
    const sizes = [...slide.querySelectorAll('img')].map(image => {
        const box = image.getBoundingClientRect();
        const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
        return [image.dataset.figure, scale, image.naturalWidth];
    });
    slide.classList.remove('now');
    return sizes;
})"""


@pytest.fixture
def opened(page, site):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{site.resolve().as_uri()}/_static/slides/slides.html")
    page.wait_for_selector(".slide.now")
    return page


def now(page):
    return page.locator(".slide.now").get_attribute("aria-label")


def test_fifteen_slides_in_a_file_that_asks_for_no_other(page, site):
    wrong, asked = listen(page)
    page.goto(f"{site.resolve().as_uri()}/_static/slides/slides.html")
    assert page.locator("section.slide").count() == SLIDES
    assert not wrong
    assert [url for url in asked if not url.startswith("data:")] == [page.url.partition("#")[0]]


def test_nothing_overflows_a_slide_or_lies_on_something_else(opened):
    assert opened.evaluate(OVER) == []


def test_letters_can_be_read(opened):
    sizes = opened.evaluate(LETTER)
    assert len(sizes) == opened.locator("img").count() > 7
    assert all(width > 0 for _, _, width in sizes)
    assert not [(name, scale) for name, scale, _ in sizes if POINTS * scale < LETTERS]
    words = opened.evaluate(
        "() => [...document.querySelectorAll('.slide *')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(words) >= WORDS


def test_keys_and_clicks_turn_the_slides_and_the_address_remembers(opened):
    assert now(opened) == f"Slide 1 of {SLIDES}"
    for key, place in (
        ("ArrowRight", 2),
        (" ", 3),
        ("PageUp", 2),
        ("End", SLIDES),
        ("ArrowRight", SLIDES),
        ("Home", 1),
    ):
        opened.keyboard.press(key)
        assert now(opened) == f"Slide {place} of {SLIDES}", key
    opened.mouse.click(1000, 400)
    assert now(opened) == f"Slide 2 of {SLIDES}"
    assert opened.url.endswith("#2")
    opened.reload()
    assert now(opened) == f"Slide 2 of {SLIDES}"


def test_a_small_window_shows_a_whole_slide(opened):
    opened.set_viewport_size({"width": 390, "height": 800})
    box = opened.locator(".slide.now").bounding_box()
    assert box["width"] == pytest.approx(390, abs=1)
    assert box["x"] == pytest.approx(0, abs=1)


def test_axe_finds_nothing_serious(opened):
    assert serious(Axe().run(opened, options=AXE).response["violations"]) == []


def test_paper_has_a_page_for_each(opened):
    assert len(re.findall(rb"/Type\s*/Page\b", opened.pdf(prefer_css_page_size=True))) == SLIDES


def test_the_page_of_the_lecture_leads_to_them(page, address):
    page.goto(f"{address}/book/lecture.html")
    page.get_by_role("link", name="Fifteen slides").click()
    page.wait_for_selector(".slide.now")
