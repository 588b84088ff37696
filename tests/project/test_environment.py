"""One list of requirements: pyproject.toml, its exact versions in constraints.txt, and environment.yml on top."""

import importlib.metadata
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.slow


@pytest.fixture
def declared(project):
    table = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    return [Requirement(r) for r in table["dependencies"] + sum(table["optional-dependencies"].values(), [])]


@pytest.fixture
def pinned(project):
    lines = [line for line in (project / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    requirements = [Requirement(line) for line in lines]
    assert all(len(r.specifier) == 1 and str(r.specifier).startswith("==") for r in requirements)
    return {canonicalize_name(r.name): str(r.specifier)[2:] for r in requirements}


def test_every_declared_requirement_is_pinned_to_a_version_that_it_allows(declared, pinned):
    for requirement in declared:
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_everything_that_the_requirements_bring_along_is_pinned(declared, pinned):
    waiting, seen = [(r.name, r.extras) for r in declared], set()
    while waiting:
        name, extras = waiting.pop()
        if (name, frozenset(extras)) in seen:
            continue
        seen.add((name, frozenset(extras)))
        assert canonicalize_name(name) in pinned, f"{name} is missing in constraints.txt"
        for line in importlib.metadata.requires(name) or ():
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                waiting.append((needed.name, needed.extras))


def test_the_installed_versions_are_the_pinned_ones(declared, pinned):
    for requirement in declared:
        assert (
            importlib.metadata.version(requirement.name).partition("+")[0]
            == pinned[canonicalize_name(requirement.name)].partition("+")[0]
        ), requirement


def test_torch_is_the_protocols(pinned):
    assert (pinned["torch"], pinned["torchvision"]) == ("2.14.1", "0.29.1")


def test_conda_users_get_the_same_list(project):
    environment = yaml.safe_load((project / "environment.yml").read_text())
    (pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert pip == ["-c constraints.txt", "-e .[book,test]"]
    assert (
        "pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[book,test]'"
        in (project / "Makefile").read_text()
    )


def test_jupyter_book_is_of_the_line_that_reads_our_configuration():
    assert importlib.metadata.version("jupyter-book").startswith("1.")
