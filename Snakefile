"""The project as one graph: data -> runs -> evaluations -> notebooks -> book.

    snakemake                            every result of the project; plans nothing while the published ones are there
    snakemake --config recompute=1       all of them computed on this machine, hours; resumable
    snakemake smoke                      a sweep of twenty trainings of a second, to try a machine
    snakemake book                       the site, from the results and freshly executed notebooks
    snakemake --config recompute=1 figure=2    what Figure 2 needs, computed on this machine
    snakemake --config recompute=1 paper=two_stage    what one paper needs, computed on this machine

Published results (results/) are no outputs of this graph: where one is there it is used, where it is missing the local
layer's (runs/) takes its place, and that one has a rule. Its outputs are updated, not removed beforehand: the library
finds what is whole by itself. Flags that this needs are in profiles/default.
"""

import os
import sys
from pathlib import Path

import yaml

from vaelib import data, papers, paths
from vaelib.errors import VaelibError
from vaelib.pages import claims
from vaelib.runs import Trained
from vaelib.store import Store

if unknown := sorted(set(config) - {"figure", "paper", "recompute"}):
    sys.exit(f"There is no setting {', '.join(unknown)}: expected figure=…, paper=…, recompute=1.")


def setting(name, *valid):
    """A setting of ``--config``, or the first of the valid ones."""
    given = config.get(name)
    given = valid[0] if given is None else str(given)
    if given not in valid:
        sys.exit(f"{name}={given}: expected one of {', '.join(one for one in valid if one)}.")
    return given


FIGURE = setting("figure", "", *papers.figures())
PAPER = setting("paper", "", *(paper.name for paper in papers.PAPERS))
if FIGURE and PAPER:
    sys.exit(f"figure={FIGURE} and paper={PAPER}: expected one of them.")
RECOMPUTE = setting("recompute", "0", "1") == "1"
OPTIONS = "--recompute" if RECOMPUTE else ""
CONTENTS = yaml.safe_load(Path("_toc.yml").read_text(encoding="utf-8"))["parts"]
CHAPTERS = [Path(chapter["file"]) for part in CONTENTS for chapter in part["chapters"]]
MADE = {page.notebook: page for paper in papers.PAPERS for page in paper.pages if page.make}
try:
    PAGES = {one.name: papers.page(one.name) for one in CHAPTERS if one.parent.name == "notebooks"} | MADE
except VaelibError as error:
    sys.exit(f"_toc.yml: {error}")
LIBRARY = [str(path) for path in sorted(Path("vaelib").rglob("*.*")) if "__pycache__" not in path.parts]
LOCAL = os.path.relpath(paths.local())
VAELIB = f"{sys.executable} -m vaelib"
RAW = {
    name: [os.path.relpath(dataset.folder(paths.data()) / file.name) for file in dataset.files]
    for name, dataset in data.DATASETS.items()
}

os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))  # also where it is not active
os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", "unix-sockets")  # notebooks run side by side

store = Store(recompute=RECOMPUTE)
SUMMARIES = {"claims.json": os.path.relpath(claims.path(store)), "benchmarks.json": "results/benchmarks.json"}


def files(results):
    """Where results are, or where they will be."""
    found = (store.find(result) for result in results)
    return [os.path.relpath(at) if at else f"{LOCAL}/{result.path}" for at, result in zip(found, results)]


def raw(results):
    """The raw files of the data sets that results rest on."""
    names = dict.fromkeys(name for e in papers.experiments(results).values() for name in e.datasets)
    return [file for name in names for file in RAW[name]]


def needed(path):
    """What a result of the local layer is made of: other results, and data."""
    result = papers.result(path)
    return files(result.needs()) + raw([result])


if FIGURE:
    WANTED = papers.figure(FIGURE).results()
else:
    WANTED = papers.paper(PAPER).results() if PAPER else papers.results()
SMOKE = [result for paper in papers.PAPERS for result in paper.smoke()]


wildcard_constraints:
    name="[^/]+",


rule sweep:
    input:
        files(WANTED),


rule smoke:
    input:
        files(SMOKE),


for dataset in data.DATASETS:

    rule:  # where a graph is started; a cluster's nodes often have no network
        name:
            f"data_{dataset.replace('-', '_')}"
        localrule: True
        output:
            RAW[dataset],
        params:
            dataset=dataset,
        shell:
            "{VAELIB} data fetch {params.dataset}"


rule train:
    input:
        lambda w: ancient(needed(f"{w.name}/run.json")),
    output:
        update(LOCAL + "/{name}/run.json"),
    threads: 1
    shell:
        "{VAELIB} train {wildcards.name} {OPTIONS}"


rule compute:
    input:
        lambda w: ancient(needed(f"{w.name}/{w.result}.json")),
    output:
        update(LOCAL + "/{name}/{result}.json"),
    wildcard_constraints:
        result="(?!run\\.json|unfinished)[^/]+",
    threads: 1
    shell:
        "{VAELIB} compute {wildcards.name}/{wildcards.result}.json {OPTIONS}"


rule claims:
    input:
        ancient(files(papers.results())),
    output:
        SUMMARIES["claims.json"],
    threads: 1
    shell:
        "{VAELIB} judge {OPTIONS}"


def template(page):
    """The notebook that a page is executed from."""
    return f"_build/made/{page.notebook}.ipynb" if page.make else f"notebooks/{page.notebook}.ipynb"


def given(page):
    """Its parameters, as papermill's options."""
    options = dict(page.given)
    if RECOMPUTE and (page.parameters or page.given):
        options["recompute"] = True
    return " ".join(f"-p {name} {value}" for name, value in options.items())


def shown(page):
    """What a page rests on: results, and summaries of all of them."""
    return files(page.results()) + [SUMMARIES[name] for name in page.summaries]


rule page:
    input:
        lambda w: shown(PAGES[w.page]),
        template=lambda w: f"notebooks/{PAGES[w.page].template}.ipynb",
        library=LIBRARY,
    output:
        "_build/made/{page}.ipynb",
    shell:
        "{VAELIB} page {wildcards.page} {output} --template {input.template} {OPTIONS}"


rule notebook:
    input:
        lambda w: ancient(raw(PAGES[w.page].results())),
        lambda w: shown(PAGES[w.page]),
        template=lambda w: template(PAGES[w.page]),
        library=LIBRARY,
    output:
        "_build/book/notebooks/{page}.ipynb",
        figures=directory("_build/figures/{page}"),
    params:
        given=lambda w: given(PAGES[w.page]),
    threads: 1
    shell:
        "mkdir -p {output.figures} && VAELIB_FIGURES=$PWD/{output.figures}"
        " {sys.executable} -m papermill --no-progress-bar --cwd notebooks {params.given} {input.template} {output[0]}"
        " && {VAELIB} normalise {output[0]}"


rule digits:
    input:
        expand("_build/book/notebooks/{page}.ipynb", page=MADE),
        library=LIBRARY,
    output:
        directory("_build/digits"),
    threads: 1
    shell:
        "{VAELIB} digits {output} _build/book/notebooks"


OF_PAGES = {  # what pages compute with in the browser, and what it is made of
    "explorer": papers.figure("1").results(),
    "nine": [*papers.figure("1").results(), *papers.page("length").results()],
    "exercises": papers.page("claims").results(),  # three seeds
}

for script_data, made_of in OF_PAGES.items():

    rule:
        name:
            script_data
        input:
            ancient(raw(made_of)),
            files(made_of),
            library=LIBRARY,
        output:
            directory(f"_build/{script_data}"),
        params:
            name=script_data,
        threads: 1
        shell:
            "{VAELIB} {params.name} {output} {OPTIONS}"


rule slides:
    input:
        "book/slides.md",
        "book/static/slides/slides.css",
        "book/static/slides/slides.js",
        notebooks=expand("_build/book/notebooks/{page}.ipynb", page=PAGES),
        figures=expand("_build/figures/{page}", page=PAGES),
        library=LIBRARY,
    output:
        "_build/slides/slides.html",
    threads: 1
    shell:
        "{VAELIB} slides {output} --executed _build/book/notebooks --figures _build/figures"


rule book:
    input:
        data=[f"_build/{name}" for name in OF_PAGES],
        digits="_build/digits",
        slides="_build/slides/slides.html",
        notebooks=expand("_build/book/notebooks/{page}.ipynb", page=PAGES),
        figures=expand("_build/figures/{page}", page=PAGES),
        pages=sorted(str(path) for path in Path("book").rglob("*") if path.is_file()),
        settings=["_config.yml", "_toc.yml", "CONTRIBUTING.md"],
        library=LIBRARY,  # which the pages quote
    output:
        "_build/html/index.html",
    threads: 2
    shell:
        "cp {input.settings} _build/book/ && rm -rf _build/book/book && cp -R book _build/book/book"
        " && for of in {input.data}; do cp -R $of _build/book/book/static/$(basename $of)/data; done"
        " && rm -rf _build/book/vaelib && mkdir _build/book/vaelib && cp vaelib/*.py _build/book/vaelib"
        " && cp {input.slides} _build/book/book/static/slides/"
        " && cp -R _build/figures _build/book/book/static/figures"
        " && cp -R {input.digits}/. _build/book/book/"
        # a book with warnings is written all the same, and would be taken for one without
        " && (jupyter-book build _build/book --path-output . --all --quiet -n -W --keep-going || (rm -f {output}; exit 1))"
