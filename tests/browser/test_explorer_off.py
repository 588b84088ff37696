"""Where the explorer does not run: without scripts, and on other pages."""

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


def test_only_pages_that_compute_load_what_the_explorer_computes_with(site):
    shares = {site / PAGE: 7, site / "book/train.html": 5, site / "book/theorem.html": 4}
    for path in site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text(), "html.parser")
        loaded = [tag.get("src") or tag.get("href") or "" for tag in soup.find_all(["script", "link"])]
        files = [name for name in loaded if "static/explorer/" in name]
        assert len(files) == shares.get(path, 0), path
