"""Pages that compute, where scripts are off: a picture stands in the place of what would move."""

import pytest

PICTURES = {  # by page: words of the picture's alt text, and what is not there
    "book/intro": ("A drawn nine", "#nine"),
    "book/theorem": ("Four bell curves", "#four"),
    "book/train": ("Three maps of the latent plane", "#train"),
    "book/explorer": ("Three maps of the latent plane", "#explorer-plane"),
}


@pytest.mark.parametrize("chapter", PICTURES)
def test_a_picture_stands_there_where_scripts_are_off(chapter, browser, address):
    alt, computed = PICTURES[chapter]
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{chapter}.html")
    picture = page.get_by_alt_text(alt)
    assert picture.is_visible()
    assert picture.bounding_box()["height"] > 100
    assert not page.locator(computed).is_visible()
    context.close()
