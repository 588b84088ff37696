"""Every page of the built site in Chromium: wide and narrow, light and dark, from a server and from the disk."""

import re
from pathlib import Path

import nbformat
import pytest
import yaml
from visits import READ, VIEWS, visit

PROJECT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((PROJECT / "_toc.yml").read_text())
CHAPTERS = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
PAGES = [f"{page}.html" for page in [*CHAPTERS, "genindex", "search"]]
OF_THE_NOTEBOOKS = ("notebooks/figure_1.html", "notebooks/likelihood_closed_forms.html")  # as all are; with a script
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def visits(browser, site, address):
    """Notebooks are made alike: two of them are seen in every view, the others in two."""
    alike = [page for page in PAGES if page.startswith("notebooks/") and page not in OF_THE_NOTEBOOKS]
    return [visit(browser, site, address, p, view) for p in PAGES for view in (READ if p in alike else VIEWS)]


def nothing(visits, wrong):
    """Fail with a line for everything that is wrong in any of the visits."""
    found = [f"{visit}: {what}" for visit in visits for what in wrong(visit)]
    assert not found, "\n".join(found)


def test_pages_load_without_an_error_or_a_failed_request(visits):
    nothing(visits, lambda visit: visit.wrong)


def test_pages_ask_no_other_host_for_anything(visits):
    nothing(visits, lambda visit: visit.elsewhere)


def test_axe_finds_no_serious_violation(visits):
    nothing(visits, lambda visit: visit.violations)


def test_no_page_is_wider_than_the_screen(visits):
    nothing(visits, lambda visit: [f"{visit.overflow} px too wide"] if visit.overflow > 0 else [])


def test_a_first_visit_of_any_page_loads_less_than_3_megabytes(visits):
    nothing(visits, lambda visit: [visit.weight] if visit.weight >= 3 * MEGABYTE else [])
    assert all(visit.weight > MEGABYTE / 4 for visit in visits), "something was not counted"


def test_every_picture_is_there(visits):
    nothing(visits, lambda visit: [source for source, width, _ in visit.images if width == 0])
    assert sum(len(visit.images) for visit in visits) > len(VIEWS) * 5, "pictures were not counted"


def test_alt_text_is_for_people(visits):
    named = re.compile(r"[/_]|\.(png|svg|jpe?g)\b")
    nothing(visits, lambda visit: [i for i in visit.images if len(i[2].split()) < 3 or named.search(i[2])])


def test_no_letter_is_below_11_pixels_on_a_phone(visits):
    nothing(visits, lambda visit: visit.small)
    drawn = {visit.page for visit in visits if visit.letters}
    assert drawn >= {"book/train.html", "book/theorem.html", "book/likelihood_first.html"}, "drawings were not read"


def test_every_formula_is_seen_whole_and_every_table_on_a_wide_screen(visits):
    nothing(visits, lambda visit: visit.cut)


def test_every_formula_is_typeset(visits):
    nothing(visits, lambda visit: [] if visit.mathematics else ["a formula is not typeset"])


def test_chapters_lead_to_the_previous_and_the_next_one(visits):
    around = {}
    for before, chapter, after in zip([None, *CHAPTERS], CHAPTERS, [*CHAPTERS[1:], None], strict=False):
        around[f"{chapter}.html"] = [f"{page}.html" for page in (before, after) if page]
    nothing(visits, lambda visit: [] if visit.turns == around.get(visit.page, []) else [f"leads to {visit.turns}"])


def test_the_sites_address_leads_to_the_landing_page(address, page):
    page.goto(address)
    page.wait_for_url(f"{address}/{CHAPTERS[0]}.html")


def test_notebooks_are_downloaded_whole(address, page):
    notebooks = [chapter for chapter in CHAPTERS if chapter.startswith("notebooks/")]
    assert notebooks
    for chapter in notebooks:
        page.goto(f"{address}/{chapter}.html")
        page.get_by_role("button", name="Download this page").click()
        link = page.get_by_role("link", name=".ipynb")
        assert link.is_visible(), chapter
        downloaded = page.request.get(link.evaluate("link => link.href"))
        assert downloaded.ok and downloaded.url.endswith(f"{chapter}.ipynb"), chapter
        notebook = nbformat.reads(downloaded.text(), as_version=4)
        nbformat.validate(notebook)
        assert any(cell.get("outputs") for cell in notebook.cells), chapter


@pytest.mark.parametrize("protocol", ["http", "file"])
def test_code_folds_cell_by_cell_and_all_at_once_from_page_to_page(address, site, page, protocol):
    root = address if protocol == "http" else site.resolve().as_uri()
    page.goto(f"{root}/notebooks/figure_1.html")
    folds = page.locator("details.code")
    inputs = page.locator("details.code .cell_input")
    assert inputs.count() == page.locator(".cell_input").count() > folds.count() > 2
    assert all(name.startswith("Code: ") for name in folds.locator("summary").all_inner_texts())
    assert not any(cell.is_visible() for cell in inputs.all())
    assert page.locator("#fig-1 img").is_visible()
    folds.first.locator("summary").click()
    first = folds.first.locator(".cell_input").count()
    assert [cell.is_visible() for cell in inputs.all()] == [True] * first + [False] * (inputs.count() - first)
    page.get_by_role("button", name="Show all code").click()
    assert all(cell.is_visible() for cell in inputs.all())
    page.goto(f"{root}/notebooks/figure_2.html")
    assert all(cell.is_visible() for cell in inputs.all())
    page.get_by_role("button", name="Fold all code").click()
    assert not any(cell.is_visible() for cell in inputs.all())


def test_code_opens_without_scripts_and_the_figure_stands_in_the_first_screen_and_a_half(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    opened = context.new_page()
    ends = ("claims", "cost", "live", "by_hand", "closed_forms")  # pages without one figure that answers
    shows = [one for one in CHAPTERS if one.startswith("notebooks/") and not one.endswith(ends)]
    assert len(shows) > 20
    for chapter in shows:
        opened.goto(f"{address}/{chapter}.html")
        assert opened.locator("article figure img").first.bounding_box()["y"] < 1.5 * 900 - 300, chapter
    code = opened.locator("details.code").first
    assert not code.locator(".cell_input").first.is_visible()
    code.locator("summary").click()
    assert code.locator(".cell_input").first.is_visible()
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_digit_is_chosen_with_mouse_keys_and_address(browser, address, scripts):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
    opened = context.new_page()
    seen = lambda: [n for n in range(5, 14) if opened.locator(f"#fig-{n} img").is_visible()]  # noqa: E731
    opened.goto(f"{address}/book/every_digit.html")
    assert seen() == [5]
    opened.locator(".digits > label", has_text="3").click()
    assert seen() == [8]
    opened.keyboard.press("ArrowRight")
    assert seen() == [9]
    opened.goto(f"{address}/book/every_digit.html#fig-12")
    assert 12 in seen() and (seen() == [12] or not scripts)
    context.close()


def test_a_claims_page_has_all_verdicts_on_its_first_screen_and_a_half_and_folds_the_rest(address, page):
    page.goto(f"{address}/notebooks/claims.html")
    overview = page.locator("article table").first.bounding_box()
    assert overview["y"] + overview["height"] < 1.5 * 900
    claims = page.locator("details.claim")
    assert claims.count() == page.locator("article table").first.locator("tbody tr").count()
    assert not any(table.is_visible() for table in claims.locator("table").all())
    claims.first.locator("summary").click()
    assert claims.first.locator("table").is_visible()


@pytest.mark.parametrize("protocol", ["http", "file"])
def test_a_word_typed_into_the_search_page_finds_a_page(address, site, page, protocol):
    root = address if protocol == "http" else site.resolve().as_uri()
    page.goto(f"{root}/search.html")
    page.locator(".bd-search-container input[type=search]").fill("softmax")
    page.keyboard.press("Enter")
    result = page.locator("#search-results li", has_text="Theorem 1: the optimal decoder")
    result.get_by_role("link").wait_for()
    if protocol == "http":  # from the disk browsers refuse to read an excerpt
        result.locator(".context").wait_for()
    result.get_by_role("link").click()
    page.wait_for_url(f"{root}/book/theorem.html*")
    assert "softmax" in page.locator("article").inner_text()
