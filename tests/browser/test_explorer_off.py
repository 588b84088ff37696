"""Where the explorer does not run: without scripts, and on other pages."""

from pathlib import Path

from bs4 import BeautifulSoup

PAGE = "book/explorer.html"


def test_a_picture_stands_there_where_scripts_are_off(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    picture = page.get_by_alt_text("Three maps of the latent plane")
    assert picture.is_visible()
    assert picture.bounding_box()["height"] > 200
    assert not page.locator("#explorer-plane").is_visible()
    context.close()


SHARED = {"data.js", "mathematics.js", "drawing.js", "map.js", "explorer.css"}  # with other pages that compute


def test_no_other_page_loads_the_explorer(site, project):
    own = {path.name for path in (project / "book" / "static" / "explorer").iterdir() if path.is_file()}
    for path in site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text(), "html.parser")
        loaded = [tag.get("src") or tag.get("href") or "" for tag in soup.find_all(["script", "link"])]
        files = {Path(name.partition("?")[0]).name for name in loaded if "static/explorer/" in name}
        assert files == own if path == site / PAGE else files <= SHARED, path
