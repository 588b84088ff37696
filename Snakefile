"""The project as one graph: data -> runs -> evaluations -> notebooks -> book.

    snakemake                            every result of the project; plans nothing while the published ones are there
    snakemake --config recompute=1       all of them computed on this machine, hours; resumable
    snakemake smoke                      a sweep of twenty trainings of a second, to try a machine
    snakemake book                       the site, from the results and freshly executed notebooks
    snakemake --config recompute=1 figure=2    what Figure 2 needs, computed on this machine

Published results (results/) are no outputs of this graph: where one is there it is used, where it is missing the local
layer's (runs/) takes its place, and that one has a rule. Its outputs are updated, not removed beforehand: the library
finds what is whole by itself. Flags that this needs are in profiles/default.
"""

import os
import sys
from pathlib import Path

import yaml

from vaelib import data, experiments, paths
from vaelib.store import Store, evaluation_path, run_path


def setting(name, *valid):
    """A setting of ``--config``, or the first of the valid ones."""
    given = config.get(name)
    given = str(valid[0] if given is None else given)
    if given not in map(str, valid):
        sys.exit(f"{name}={given}: expected one of {', '.join(str(one) for one in valid if one != '')}.")
    return int(given or 0)


if unknown := sorted(set(config) - {"figure", "recompute"}):
    sys.exit(f"There is no setting {', '.join(unknown)}: expected figure=1 to {experiments.FIGURES[-1]}, recompute=1.")
FIGURE = setting("figure", "", *experiments.FIGURES)
RECOMPUTE = bool(setting("recompute", 0, 1))
CONTENTS = yaml.safe_load(Path("_toc.yml").read_text(encoding="utf-8"))["parts"]
CHAPTERS = [Path(chapter["file"]) for part in CONTENTS for chapter in part["chapters"]]
PAGES = [chapter.name for chapter in CHAPTERS if chapter.parent.name == "notebooks"]
APPENDIX = {f"figure_{number}": number for number in experiments.APPENDIX}
LIBRARY = [str(path) for path in sorted(Path("vaelib").glob("*.*"))]
SUMMARIES = {"claims": "claims", "fashion": "claims", "cost": "benchmarks"}  # pages that rest on a file of all results
REQUESTS = {
    "by_hand": list,
    "rate": experiments.sweep,
    "length": lambda: experiments.longer() + experiments.requests((1,)),
    "capacity": lambda: [r for number in (4, *experiments.APPENDIX) for r in first_seeds(number)],
    "classes": lambda: experiments.all_digits() + experiments.seen_digits(),
    "samples": lambda: first_seeds(1),
    "live": lambda: experiments.requests((1, 3), experiments.SEEDS[:1]),
}
LOCAL = os.path.relpath(paths.local())
MNIST = data.DATASETS["mnist"]
DATA = [os.path.relpath(MNIST.folder(paths.data()) / file.name) for file in MNIST.files]
VAELIB = f"{sys.executable} -m vaelib"
OPTIONS = "--recompute" if RECOMPUTE else ""

os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))  # also where it is not active
os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", "unix-sockets")  # notebooks run side by side

store = Store(recompute=RECOMPUTE)
CATALOGUE = experiments.catalogue()


def relative(found, path):
    return os.path.relpath(found) if found else f"{LOCAL}/{path}"


def evaluation_file(request):
    return relative(store.find_evaluation(request), evaluation_path(request))


def run_file(experiment, epochs=()):
    return relative(store.find_run(experiment, epochs), run_path(experiment))


def evaluations(requests):
    return [evaluation_file(request) for request in requests]


def runs(requests):
    found = []
    for name, experiment in experiments.by_name(requests).items():
        last = (experiment.epochs,) if name in experiments.with_weights() and not RECOMPUTE else ()
        found.append(run_file(experiment, last))
    return found


def first_seeds(figure):
    return experiments.requests((figure,), experiments.SEEDS[:1])


WANTED = first_seeds(FIGURE) if FIGURE else experiments.sweep()


wildcard_constraints:
    name="[^/]+",


rule sweep:
    input:
        runs(WANTED),
        evaluations(WANTED),


rule smoke:
    input:
        evaluations(experiments.smoke()),


localrules:  # where a graph is started; a cluster's nodes often have no network
    data,


rule data:
    output:
        DATA,
    shell:
        "{VAELIB} data fetch"


rule train:
    input:
        ancient(DATA),
    output:
        update(LOCAL + "/{name}/run.json"),
    threads: 1
    shell:
        "{VAELIB} train {wildcards.name} {OPTIONS}"


rule evaluate:
    input:
        ancient(DATA),
        run=lambda w: ancient(run_file(CATALOGUE[w.name], (int(w.epoch),))),
    output:
        update(LOCAL + "/{name}/evaluation-epoch-{epoch,[0-9]+}-digit-{digit,[0-9]}.json"),
    threads: 1
    shell:
        "{VAELIB} evaluate {wildcards.name} --epoch {wildcards.epoch} --digit {wildcards.digit} {OPTIONS}"


def results_of_page(page):
    if page not in {*SUMMARIES, *REQUESTS, *(f"figure_{number}" for number in experiments.FIGURES)}:
        sys.exit(f"_toc.yml names notebooks/{page}, but REQUESTS in the Snakefile does not say which results it needs.")
    if page in SUMMARIES:
        requests = experiments.sweep()
        return [f"results/{SUMMARIES[page]}.json", *runs(requests), *evaluations(requests)]
    requests = REQUESTS[page]() if page in REQUESTS else first_seeds(int(page.removeprefix("figure_")))
    return runs(requests) + evaluations(requests)


rule appendix:
    input:
        lambda w: results_of_page(w.page),
        template="notebooks/figure_4.ipynb",
        library=LIBRARY,
    output:
        "_build/appendix/{page}.ipynb",
    params:
        number=lambda w: APPENDIX[w.page],
    shell:
        "{VAELIB} appendix {params.number} {output} --template {input.template}"


rule notebook:
    input:
        ancient(DATA),
        lambda w: results_of_page(w.page),
        template=lambda w: f"_build/appendix/{w.page}.ipynb" if w.page in APPENDIX else f"notebooks/{w.page}.ipynb",
        library=LIBRARY,
    output:
        "_build/book/notebooks/{page}.ipynb",
        figures=directory("_build/figures/{page}"),
    params:
        digit=lambda w: f"-p held_out_digit {experiments.digit(APPENDIX[w.page])}" if w.page in APPENDIX else "",
    threads: 1
    shell:
        "mkdir -p {output.figures} && VAELIB_FIGURES=$PWD/{output.figures}"
        " {sys.executable} -m papermill --no-progress-bar --cwd notebooks {params.digit} {input.template} {output[0]}"
        " && {VAELIB} normalise {output[0]}"


rule explorer:
    input:
        ancient(DATA),
        runs(first_seeds(1)),
        library=LIBRARY,
    output:
        directory("_build/explorer"),
    threads: 1
    shell:
        "{VAELIB} explorer {output}"


rule book:
    input:
        explorer="_build/explorer",
        notebooks=expand("_build/book/notebooks/{page}.ipynb", page=PAGES),
        figures=expand("_build/figures/{page}", page=PAGES),
        pages=sorted(str(path) for path in Path("book").rglob("*") if path.is_file()),
        settings=["_config.yml", "_toc.yml"],
    output:
        "_build/html/index.html",
    threads: 2
    shell:
        "cp {input.settings} _build/book/ && rm -rf _build/book/book && cp -R book _build/book/book"
        " && cp -R {input.explorer} _build/book/book/static/explorer/data"
        " && cp -R _build/figures _build/book/book/static/figures"
        " && {VAELIB} picture _build/book/notebooks/figure_1.ipynb _build/book/book/static/figure_1.png"
        # a book with warnings is written all the same, and would be taken for one without
        " && (jupyter-book build _build/book --path-output . --all --quiet -n -W --keep-going || (rm -f {output}; exit 1))"
