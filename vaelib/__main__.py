"""The project's steps as shell commands: ``python -m vaelib COMMAND --help``.

Progress goes to standard error, results to standard output. An error is one line; ``--debug`` shows its traceback.
Commands that draw or judge import what they need themselves: SciPy and matplotlib would delay the start of the others,
which a sweep calls hundreds of times.
"""

import json
import sys
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from vaelib import data as datasets
from vaelib import experiments, notebooks, paths
from vaelib.errors import UnknownName, VaelibError
from vaelib.store import Store

app = typer.Typer(
    help="Can VAEs Generate Novel Examples? Each step of the reproduction.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="The MNIST family.", no_args_is_help=True)
app.add_typer(data_app, name="data")

Name = Annotated[str, typer.Argument(help="an experiment's name, as `python -m vaelib experiments` lists them")]
Epoch = Annotated[int | None, typer.Option(help="the snapshot; by default the last")]
Digit = Annotated[int, typer.Option(help="the digit whose test images are kept one by one", min=0, max=9)]
Device = Annotated[str, typer.Option(help="cpu, cuda or mps")]
Recompute = Annotated[bool, typer.Option("--recompute", help="leave the published results out")]


def _experiment(name: str) -> experiments.Experiment:
    known = experiments.catalogue()
    if name not in known:
        listed = len(experiments.by_name(experiments.sweep()))
        raise UnknownName(f"{name!r} is no experiment; `python -m vaelib experiments` lists all {listed}.")
    return known[name]


@data_app.command("fetch")
def data_fetch(dataset: Annotated[str, typer.Argument(help="mnist or fashion-mnist")] = "mnist"):
    """Have a data set's files in the data folder, whole and verified."""
    print(datasets.fetch(dataset))


@app.command("experiments")
def list_experiments(
    figure: Annotated[list[int] | None, typer.Option(help="only those behind this figure")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line, whole")] = False,
):
    """List the protocol's experiments."""
    requests = experiments.requests(figure) if figure else experiments.sweep()
    for experiment in experiments.by_name(requests).values():
        print(json.dumps(experiment.model_dump(mode="json")) if as_json else experiment.name)


@app.command()
def train(name: Name, device: Device = "cpu", recompute: Recompute = False):
    """Carry out an experiment, unless a run of it is there; prints where the run lies."""
    store = Store(device=device, recompute=recompute)
    experiment = _experiment(name)
    store.run(experiment)
    print(store.find_run(experiment))


@app.command()
def evaluate(name: Name, epoch: Epoch = None, digit: Digit = experiments.HELD_OUT, recompute: Recompute = False):
    """Hold a run against Theorem 1, unless that was done; prints where the evaluation lies."""
    store = Store(recompute=recompute)
    experiment = _experiment(name)
    store.evaluation(experiment, epoch, digit)
    print(store.find_evaluation(experiments.Request(experiment, epoch or experiment.epochs, digit)))


@app.command()
def compare(
    figure: Annotated[list[int] | None, typer.Option(help="this figure alone")] = None,
    recompute: Recompute = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
):
    """Set our numbers beside the published ones, with their differences, and judge the figure's claims."""
    from vaelib import claims, comparisons, subjects

    store = Store(recompute=recompute)
    for number in figure or experiments.FIGURES:
        measured = subjects.measure(number, store)
        compared = comparisons.compare(number, measured, store)
        findings = subjects.FINDINGS[number](measured)
        if as_json:
            for line in compared:
                print(json.dumps({"figure": number} | line._asdict() | {"difference": line.difference}))
            for line in findings:
                print(json.dumps({"figure": number} | line._asdict()))
        else:
            tables = (comparisons.comparison_table(compared), claims.findings_table(findings))
            print(f"Figure {number}", *tables, sep="\n\n", end="\n\n")


@app.command()
def judge(as_json: Annotated[bool, typer.Option("--json", help="print them as JSON")] = False):
    """Measure every claim of the paper from the published results; writes results/claims.json."""
    from vaelib import verdicts

    path = paths.published() / "claims.json"
    verdicts.write(verdicts.judge(Store(train=False)), path)
    print(path.read_text() if as_json else verdicts.overview_table(verdicts.read(path)))


@app.command()
def verify(
    sample: Annotated[int, typer.Option(help="how many published experiments to retrain", min=1)] = 3,
    seed: Annotated[int | None, typer.Option(help="which ones; by default others each time")] = None,
):
    """Retrain some published experiments and compare; exit code 1 when one differs by more than its seeds would."""
    from vaelib import verification

    seed = Random().randrange(10_000) if seed is None else seed
    requests = verification.sample(sample, seed)
    print(f"Retraining {len(requests)} experiments, drawn with --seed {seed}.", file=sys.stderr)
    verified = verification.verify(requests)
    print(verification.report(verified))
    if not all(line.agrees for found in verified for line in found.lines):
        raise typer.Exit(1)


@app.command()
def publish():
    """Copy what the local layer has of what is published, whole experiments alone, into the published one."""
    store = Store(recompute=True)
    requests = sorted(experiments.sweep(), key=lambda request: request.experiment.name)
    for name, group in groupby(requests, key=lambda request: request.experiment.name):
        asked = list(group)
        found = [request for request in asked if store.find_evaluation(request)]
        if len(found) == len(asked):
            for path in store.publish(asked, weights=name in experiments.with_weights()):
                print(path)
        elif found:
            print(f"{name}: {len(found)} of {len(asked)} evaluations are there; not published.", file=sys.stderr)


@app.command()
def normalise(files: Annotated[list[Path], typer.Argument(help="executed notebooks", exists=True)]):
    """Rewrite executed notebooks without timestamps and paths of one machine, for a commit or the book."""
    for file in files:
        notebooks.normalise(file)
        print(file)


@app.command("appendix")
def write_appendix(
    number: Annotated[int, typer.Argument(help="5 to 13")],
    target: Annotated[Path, typer.Argument(help="where the notebook goes")],
    template: Annotated[Path, typer.Option(help="Figure 4's notebook", exists=True)] = Path("notebooks/figure_4.ipynb"),
):
    """Write the notebook of a figure of the appendix, for papermill to execute with its digit."""
    from vaelib import appendix

    appendix.write(number, template, target, Store(train=False))
    print(target)


@app.command()
def picture(
    notebook: Annotated[Path, typer.Argument(help="an executed notebook", exists=True)],
    png: Annotated[Path, typer.Argument(help="where its figure goes")],
):
    """Write the figure that an executed notebook shows, as a file."""
    png.write_bytes(notebooks.picture(notebook))
    print(png)


@app.command("explorer")
def write_explorer(target: Annotated[Path, typer.Argument(help="the folder that the files go into")]):
    """Write the data of the book's explorer: models, images and Theorem 1's answers, as scripts of its page."""
    from vaelib import explorer

    for path in explorer.write(target, Store()):
        print(path)


def main() -> None:
    """Run the command line; an error of ours or of the system ends it with one line and exit code 1."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        app()
    except (VaelibError, OSError) as error:
        if debug:
            raise
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
