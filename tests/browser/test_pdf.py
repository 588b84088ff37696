"""The book on paper."""

import subprocess


def test_the_book_prints_to_one_file_with_all_its_pages(site, building, project):
    with building:
        done = subprocess.run(["make", "pdf"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    printed = (project / "_build" / "book.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 50
