"""The built site: every page of the table of contents with its figures, and nothing from another host."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urldefrag

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from vaelib.novelty import experiments

PROJECT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((PROJECT / "_toc.yml").read_text())
CONFIG = yaml.safe_load((PROJECT / "_config.yml").read_text())
PAGES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
FIGURES = {f"notebooks/figure_{n}": n for n in experiments.FIGURES if n not in experiments.APPENDIX}
EVERY_DIGIT = "book/every_digit"
SHOWN = [*((number, page) for page, number in FIGURES.items()), *((n, EVERY_DIGIT) for n in experiments.APPENDIX)]
WORDS = 250  # fewer on a page of prose means that something is lost


def buttons(path):
    """Where a page's buttons to the repository and its hosts lead."""
    soup = BeautifulSoup(path.read_text(), "html.parser")
    links = soup.select(".dropdown-launch-buttons a, .dropdown-source-buttons a, a.btn-source-repository-button")
    return {link["href"] for link in links}


def build(folder, pages, address=""):
    """A small book of these texts by the project's settings; the folder of its site."""
    shutil.copytree(PROJECT / "book", folder / "book")
    settings = (PROJECT / "_config.yml").read_text()
    (folder / "_config.yml").write_text(re.sub(r'url: "[^"]*"', f'url: "{address}"', settings))
    root, *others = (page.partition(".")[0] for page in pages)
    toc = {"format": "jb-book", "root": root, "chapters": [{"file": page} for page in others]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    for page, text in pages.items():
        (folder / page).parent.mkdir(exist_ok=True)
        (folder / page).write_text(text)
    built = subprocess.run(["jupyter-book", "build", folder, "--quiet"], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder / "_build" / "html"


@pytest.fixture(scope="session")
def soups(site):
    return {page: BeautifulSoup((site / f"{page}.html").read_text(), "html.parser") for page in PAGES}


def test_every_page_of_the_table_of_contents_is_there_with_its_text(soups):
    for page, soup in soups.items():
        article = soup.find("article")
        assert article.find("h1"), page
        words = len(article.get_text().split())
        assert words > (60 if page == "book/bibliography" else WORDS), f"{page} has {words} words"


def test_every_figure_of_the_results_has_its_page():
    assert set(FIGURES) == {page for page in PAGES if "figure_" in page}


def test_every_digit_can_be_chosen_and_has_its_picture_its_verdicts_and_its_files(site, soups):
    article = soups[EVERY_DIGIT].find("article")
    choices = article.select(".digits > input[type=radio]")
    assert len({choice["name"] for choice in choices}) == 1
    assert [choice.has_attr("checked") for choice in choices] == [True] + 8 * [False]
    for digit, (choice, content) in enumerate(zip(choices, article.select(".digits > .sd-tab-content"), strict=True)):
        assert article.find("label", attrs={"for": choice["id"]}).get_text().strip() == str(digit)
        assert content.find("figure", id=f"fig-{digit + 5}")
        assert re.search(r"(reproduced|partly)", content.find("table").get_text())
        files = [(site / "book" / link["href"]).resolve() for link in content.select("a.download")]
        assert [path.suffix for path in files] == [".svg", ".ipynb"]
        notebook = nbformat.read(files[1], as_version=4)
        assert f"held_out_digit = {digit}" in "".join(cell.source for cell in notebook.cells)


@pytest.mark.parametrize(("number", "page"), SHOWN)
def test_figures_have_the_papers_number_a_caption_and_alt_text(site, soups, page, number):
    figure = soups[page].find("figure", id=f"fig-{number}")
    assert figure, f"{page} lacks its figure"
    assert figure.find("figcaption").get_text().strip().startswith(f"Fig. {number} ")
    assert len(figure.find("figcaption").get_text()) > 100
    image = figure.find("img")
    assert len(image["alt"]) > 50
    assert (site / page).parent.joinpath(image["src"]).resolve().stat().st_size > 20_000


def test_figures_beyond_the_paper_are_numbered_in_the_order_of_the_contents(soups):
    numbers = [
        number.get_text().strip()
        for page in PAGES
        if page not in (*FIGURES, EVERY_DIGIT)
        for number in soups[page].select("figcaption .caption-number")
    ]
    assert len(numbers) > 10
    assert numbers == [f"Fig. B{number}" for number in range(1, len(numbers) + 1)]


def test_a_figure_named_as_the_papers_has_its_number_and_links_follow(tmp_path):
    figure = "```{{figure}} ../book/static/favicon.ico\n:name: fig-{}\nA caption.\n```\n\n"
    refers = "{numref}`fig-second` {numref}`fig-7` {numref}`fig-first`"
    pages = {
        "pages/start.md": "# Start\n\n" + figure.format("first") + figure.format(7),
        "pages/next.md": "# Next\n\n" + figure.format("second") + refers,
    }
    html = build(tmp_path, pages)
    start, following = (
        BeautifulSoup((html / f"pages/{page}.html").read_text(), "html.parser") for page in ("start", "next")
    )
    captions = [number.get_text().strip() for soup in (start, following) for number in soup.select(".caption-number")]
    assert captions == ["Fig. B1", "Fig. 7", "Fig. B2"]
    assert [link.get_text() for link in following.select("a .std-numref")] == ["Fig. B2", "Fig. 7", "Fig. B1"]


def test_no_text_of_the_book_numbers_a_figure_beyond_the_paper_by_hand():
    texts = [PROJECT / "README.md", *PROJECT.glob("book/**/*.md"), *PROJECT.glob("notebooks/*.ipynb")]
    for path in texts:
        assert not re.search(r"\bFig(ure|\.)s?\s*B\d", path.read_text()), path


def test_the_landing_page_shows_the_nine_where_nothing_moves(site, soups):
    (image,) = soups["book/intro"].find("article").find("noscript").find_all("img")
    assert (site / "book" / image["src"]).resolve().stat().st_size > 10_000


def test_every_check_of_a_figure_page_is_a_table_with_verdicts(soups):
    for page, number in FIGURES.items():
        check = soups[page].find(id="check")
        assert len(check.find_all("table")) == {1: 3, 2: 3, 3: 2}.get(number, 1), page
        assert re.search(r"(reproduced|partly)", check.get_text()), page


def test_all_code_of_a_notebook_is_folded_under_a_name_and_stands_below_what_it_shows(soups):
    for page, soup in soups.items():
        for cell in soup.select("article .cell_input"):
            fold = cell.find_parent("details", class_="code")
            assert fold and fold.find("summary").get_text().startswith("Code: "), page
            assert not fold.has_attr("open")
        assert not soup.select("details.code img, details.code table"), page
        if page in FIGURES:
            figure = soup.find("figure")
            assert not figure.find_previous("details", class_="code"), page
            assert figure.find_next("p", class_="answer").find_next("details", class_="code"), page


def test_the_contents_have_two_parts_read_and_use():
    captions = [part["caption"].split(":")[0] for part in TOC["parts"]]
    assert set(captions) == {"Read", "Read on", "Use"} and captions.index("Use") == len(captions) - 1


def test_every_picture_in_an_article_has_alt_text_of_words(soups):
    for page, soup in soups.items():
        for image in soup.find("article").find_all("img"):
            assert " " in image.get("alt", ""), f"{page}: {image.get('src')}"


def test_no_formula_stands_raw_in_a_table(soups):
    raw = [(page, cell.get_text()) for page, soup in soups.items() for cell in soup.select("article :is(td, th)")]
    assert not [(page, text) for page, text in raw if "$" in text]


def test_the_answer_holds_its_numbers_and_the_landing_page_one_a_model(soups, project):
    for page, section, least in (("conclusion", "the-answer", 11), ("intro", "can-vaes-generate-novel-examples", 2)):
        answer = soups[f"book/{page}"].find(id=section).get_text()
        source = (project / "book" / f"{page}.md").read_text(encoding="utf-8")
        source = source.split("\n## ")[1] if page == "conclusion" else source
        asked = re.findall(r"`[^`]*::[^`]*%`", source)
        assert len(re.findall(r"[\d.]+%", answer)) == len(asked) >= least
    assert len(asked) == 2


def test_every_figure_of_a_notebook_is_there_as_vectors(site, soups):
    counted = 0
    for page, soup in soups.items():
        shown = soup.select(".cell_output img") + soup.select("figure img")
        links = [link["href"] for link in soup.select("p.vector a")]
        if page.startswith("notebooks/"):
            assert len(links) == len({id(image) for image in shown}), page
        for link in links:
            drawn = (site / page).parent.joinpath(link)
            assert drawn.stat().st_size > 10_000
            assert BeautifulSoup(drawn.read_text(), "html.parser").find("svg")
            counted += 1
    assert counted > 25


def test_pages_have_buttons_to_a_repository_when_the_settings_name_one_and_only_then(site):
    named = bool(CONFIG["repository"]["url"])
    assert all(bool(buttons(site / f"{page}.html")) == named for page in PAGES)


def test_an_address_in_the_settings_gives_every_page_its_buttons(tmp_path):
    address = "https://github.com/someone/some-book"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A notebook")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    pages = {"start.md": "# Start\n\n```{starter} weights\n```", "notebooks/a.ipynb": nbformat.writes(notebook)}
    html = build(tmp_path, pages, address)
    opens = "https://mybinder.org/v2/gh/someone/some-book/main?urlpath=lab/tree/notebooks/a.ipynb"
    expected = {"start": {address}, "notebooks/a": {address, opens}}
    for page, leads_to in expected.items():
        found = buttons(html / f"{page}.html")
        (about,) = {link for link in found if link.startswith(f"{address}/issues/new?title=")}
        assert found - {about} == leads_to, page
    starter = BeautifulSoup((html / "start.html").read_text(), "html.parser").select("p.starter a")
    online = "https://colab.research.google.com/github/someone/some-book/blob/main/book/exercises/weights.ipynb"
    assert [link["href"] for link in starter][1:] == [online]


def test_the_theorem_and_its_proof_stand_in_their_boxes(soups):
    page = soups["book/theorem"]
    assert page.select_one("div.proof.theorem")
    assert page.select_one("div.proof:not(.theorem)")


def test_no_script_style_sheet_or_picture_comes_from_another_host(site):
    for path in site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text(), "html.parser")
        loaded = [tag.get("src") for tag in soup.find_all(["script", "img", "iframe", "source"])]
        loaded += [
            tag.get("href") for tag in soup.find_all("link") if set(tag.get("rel", [])) & {"stylesheet", "preload"}
        ]
        assert not [source for source in loaded if source and re.match(r"(https?:)?//", source)], path


def test_no_other_page_loads_the_explorer(site, project):
    """But for what pages that compute have in common."""
    shared = {"data.js", "mathematics.js", "drawing.js", "map.js", "explorer.css"}
    own = {path.name for path in (project / "book" / "static" / "explorer").iterdir() if path.is_file()}
    for path in site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text(), "html.parser")
        loaded = [tag.get("src") or tag.get("href") or "" for tag in soup.find_all(["script", "link"])]
        files = {Path(name.partition("?")[0]).name for name in loaded if "static/explorer/" in name}
        assert files == own if path == site / "book" / "explorer.html" else files <= shared, path


def test_every_internal_link_leads_somewhere(site):
    pages = {}
    for path in site.rglob("*.html"):
        if "_static" not in path.parts:
            pages[path.resolve()] = BeautifulSoup(path.read_text(), "html.parser")
    anchors = {path: {tag.get("id") or tag.get("name") for tag in soup.find_all(True)} for path, soup in pages.items()}
    for path, soup in pages.items():
        for link in soup.find_all("a", href=True):
            address, anchor = urldefrag(link["href"])
            if re.match(r"[a-z]+:", address):
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            assert target.exists(), f"{path.name}: {link['href']}"
            if anchor and target in anchors:
                assert unquote(anchor) in anchors[target], f"{path.name}: {link['href']}"
