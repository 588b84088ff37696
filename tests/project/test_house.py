"""The house: arrows run one way, no circle, small files, a public face, and names that stay."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter

import pytest

import vaelib
from vaelib import papers

LAYERS = ("library", "pages", "papers", "the list of papers", "the command line")


@pytest.fixture(scope="module")
def files(request):
    """Every module of the library by its name."""
    root = request.config.rootpath
    found = {}
    for path in (root / "vaelib").rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


@pytest.fixture(scope="module")
def imports(files):
    """By module, the modules that it imports, wherever in it and for whatever."""
    found = {}
    for name, path in files.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vaelib"):
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                found[name] |= {one if one in files else node.module for one in whole}
    return found


def layer(name: str) -> int:
    """Of a module, as a position in ``LAYERS``."""
    if name in ("vaelib.__main__", "vaelib.papers"):
        return 4 if name.endswith("main__") else 3
    folder = name.split(".")[1] if name.count(".") > 1 or name in PACKAGES else None
    return 0 if folder is None else 1 if folder == "pages" else 2


PACKAGES = ("vaelib.pages", *(f"vaelib.{paper.name}" for paper in papers.PAPERS))


def test_arrows_run_from_the_library_through_pages_and_papers_to_the_command_line(imports):
    against = [(name, one) for name, found in imports.items() for one in found if layer(one) > layer(name)]
    assert not against


def test_no_paper_imports_another(imports):
    def paper(name):
        return name.split(".")[1] if layer(name) == 2 else None

    assert not [
        (name, one)
        for name, found in imports.items()
        for one in found
        if paper(name) and paper(one) not in (None, paper(name))
    ]


def test_there_is_no_circle(imports):
    TopologicalSorter({name: found - {name} for name, found in imports.items()}).prepare()


def test_theorem_1_knows_tensors_alone(imports):
    assert imports["vaelib.optimal_decoder"] <= {"vaelib.exact", "vaelib.streaming", "vaelib"}


def test_files_are_small(files, project):
    tests = (project / "tests").rglob("*.py")
    assert not [str(path) for path in (*files.values(), *tests) if len(path.read_text().splitlines()) > 300]


def test_the_public_face_is_what_it_says():
    for name in ("OptimalDecoder", "VAE", "Experiment", "Store", "Trained", "fit", "partition"):
        assert callable(getattr(vaelib, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vaelib.nothing


def test_the_library_itself_is_imported_without_pytorch():
    program = "import sys, vaelib; dir(vaelib); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_a_command_that_trains_imports_neither_scipy_nor_matplotlib():
    program = "import sys, vaelib.__main__; print([m for m in ('scipy', 'matplotlib', 'IPython') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"


def test_the_names_of_what_was_ever_published_stay(project):
    """Names hold the keys, so that a field that joins an experiment and changes its key is seen here."""
    known = papers.experiments(papers.results())
    for name in (project / "tests" / "project" / "published_names.txt").read_text().split():
        assert name in known
        assert known[name].name == name
