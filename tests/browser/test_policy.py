"""The content-security policy of every page: there, strict, and enforced by the browser."""

import re

import pytest
from bs4 import BeautifulSoup

META = {"http-equiv": "Content-Security-Policy"}
INJECTED = """refused => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", event => violations.push(event.effectiveDirective));
    globalThis.ran = [];
    const script = document.createElement("script");
    script.textContent = "ran.push('script')";
    document.body.append(script);
    const button = document.createElement("button");
    button.setAttribute("onclick", "ran.push('handler')");
    document.body.append(button);
    button.click();
    const image = document.createElement("img");
    image.src = "https://example.org/a.png";
    document.body.append(image);
    const frame = document.createElement("iframe");
    frame.src = "https://example.org/";
    document.body.append(frame);
    const until = performance.now() + 10_000;
    return new Promise(done => {
        const look = () => {
            const all = refused.every(directive => violations.includes(directive));
            all || performance.now() > until ? done({ran, violations}) : setTimeout(look, 50);
        };
        look();
    });
}"""
REFUSED = ["img-src", "frame-src", "script-src-elem", "script-src-attr"]  # reports come when the browser has the time


def test_every_page_has_a_policy_before_anything_is_loaded(site):
    for path in site.rglob("*.html"):
        if "_static" in path.parts or path == site / "index.html":  # the address that only leads on
            continue
        head = BeautifulSoup(path.read_text(), "html.parser").head
        policy = head.find("meta", attrs=META)
        assert policy, path
        assert not policy.find_previous_siblings(["script", "link", "style"]), path
        directives = dict(part.split(" ", 1) for part in policy["content"].split("; "))
        assert directives["default-src"] == "'none'"
        assert "unsafe-inline" not in directives["script-src"] and "unsafe-eval" not in directives["script-src"]
        assert not re.search(r"https?:|\*", policy["content"]), path


@pytest.mark.parametrize("protocol", ["http", "file"])
@pytest.mark.parametrize("name", ["book/intro", "book/explorer", "notebooks/figure_1", "search"])
def test_the_browser_runs_nothing_and_loads_nothing_that_was_put_in(browser, site, address, protocol, name):
    root = address if protocol == "http" else site.resolve().as_uri()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{root}/{name}.html")
    found = page.evaluate(INJECTED, REFUSED)
    assert found["ran"] == []
    assert set(REFUSED) <= set(found["violations"])
    context.close()
