"""The project as one graph: data -> runs -> evaluations -> notebooks -> book.

    snakemake                            every published result; plans nothing while they are all there
    snakemake sweep                      the whole paper: every digit, three seeds; resumable
    snakemake book                       the site, from the results and freshly executed notebooks
    snakemake --config recompute=1 figure=2 evaluations    what Figure 2 needs, computed on this machine

Published results (results/) are no outputs of this graph: where one is there it is used, where it is missing the local
layer's (runs/) takes its place, and that one has a rule. Flags that this needs are in profiles/default.
"""

import os
import sys
from pathlib import Path

from vaelib import data, experiments, paths
from vaelib.store import Store, evaluation_path, run_path

FIGURES = (int(config["figure"]),) if config.get("figure") else experiments.FIGURES
RECOMPUTE = bool(int(config.get("recompute", 0)))
PAGES = [path.stem for path in sorted(Path("notebooks").glob("*.ipynb"))]
SUMMARIES = {"claims": "claims", "cost": "benchmarks"}  # pages that rest on a file of all results
WITH_WEIGHTS = (1, 3)  # figures whose models' last weights are published
LOCAL = os.path.relpath(paths.local())
MNIST = data.DATASETS["mnist"]
DATA = [os.path.relpath(MNIST.folder(paths.data()) / file.name) for file in MNIST.files]
VAELIB = f"{sys.executable} -m vaelib"
OPTIONS = "--recompute" if RECOMPUTE else ""

os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", "unix-sockets")  # notebooks run side by side

store = Store(recompute=RECOMPUTE)


def relative(found, path):
    return os.path.relpath(found) if found else f"{LOCAL}/{path}"


def evaluation_file(request):
    return relative(store.find_evaluation(request), evaluation_path(request))


def run_file(experiment, epochs=()):
    return relative(store.find_run(experiment, epochs), run_path(experiment))


def evaluations(figures):
    return [evaluation_file(request) for request in experiments.requests(figures)]


def runs(figures):
    wanted = {}
    for figure in figures:
        for experiment in experiments.figure(figure):
            last = (experiment.epochs,) if figure in WITH_WEIGHTS and not RECOMPUTE else ()
            wanted[experiment.name] = max(wanted.get(experiment.name, ()), last)
    known = experiments.catalogue()
    return [run_file(known[name], epochs) for name, epochs in wanted.items()]


wildcard_constraints:
    name="[^/]+",


rule results:
    input:
        runs(FIGURES),
        evaluations(FIGURES),


rule evaluations:
    input:
        evaluations(FIGURES),


rule sweep:
    input:
        [run_file(experiment) for experiment in experiments.catalogue().values()],
        [evaluation_file(request) for request in experiments.sweep()],


rule data:
    output:
        DATA,
    shell:
        "{VAELIB} data fetch"


rule train:
    input:
        ancient(DATA),
    output:
        LOCAL + "/{name}/run.json",
    threads: 1
    shell:
        "{VAELIB} train {wildcards.name} {OPTIONS}"


rule evaluate:
    input:
        ancient(DATA),
        run=lambda w: ancient(run_file(experiments.catalogue()[w.name], (int(w.epoch),))),
    output:
        LOCAL + "/{name}/evaluation-epoch-{epoch,[0-9]+}-digit-{digit,[0-9]}.json",
    threads: 1
    shell:
        "{VAELIB} evaluate {wildcards.name} --epoch {wildcards.epoch} --digit {wildcards.digit} {OPTIONS}"


def results_of_page(page):
    if page in SUMMARIES:
        return [f"results/{SUMMARIES[page]}.json", *runs(experiments.FIGURES), *evaluations(experiments.FIGURES)]
    number = 4 if page == "rate" else int(page.removeprefix("figure_"))
    return runs([number]) + evaluations([number])


rule notebook:
    input:
        ancient(DATA),
        lambda w: results_of_page(w.page),
        template="notebooks/{page}.ipynb",
        library=[str(path) for path in sorted(Path("vaelib").glob("*.*"))],
    output:
        "_build/book/notebooks/{page}.ipynb",
    threads: 1
    shell:
        "{sys.executable} -m papermill --no-progress-bar --cwd notebooks {input.template} {output}"
        " && {VAELIB} normalise {output}"


rule book:
    input:
        notebooks=expand("_build/book/notebooks/{page}.ipynb", page=PAGES),
        pages=sorted(str(path) for path in Path("book").rglob("*") if path.is_file()),
        settings=["_config.yml", "_toc.yml"],
    output:
        "_build/html/index.html",
    threads: 2
    shell:
        "cp {input.settings} _build/book/ && rm -rf _build/book/book && cp -R book _build/book/book"
        " && {VAELIB} picture _build/book/notebooks/figure_1.ipynb _build/book/book/static/figure_1.png"
        " && jupyter-book build _build/book --path-output . --all --quiet -n -W --keep-going"
