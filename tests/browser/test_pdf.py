"""The book on paper, and the slides."""

import re
import subprocess


def test_the_book_prints_to_one_file_with_all_its_pages(site, building, project):
    with building:
        done = subprocess.run(["make", "pdf"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    printed = (project / "_build" / "book.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 50


def test_the_slides_print_one_a_page(site, building, project):
    with building:
        done = subprocess.run(["make", "slides"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    printed = (project / "_build" / "slides" / "slides.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 15
