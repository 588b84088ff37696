"""The project's steps as shell commands: ``python -m vaelib COMMAND --help``.

Progress goes to standard error, results to standard output. An error is one line; ``--debug`` shows its traceback.
Commands import what they need themselves: PyTorch takes seconds, which help, errors and notebooks need not wait for.
"""

import json
import sys
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from vaelib import paths
from vaelib.errors import UnknownName, VaelibError
from vaelib.pages import notebooks

app = typer.Typer(
    help="Can VAEs Generate Novel Examples? Each step of the reproduction.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="The MNIST family.", no_args_is_help=True)
app.add_typer(data_app, name="data")

Name = Annotated[str, typer.Argument(help="an experiment's name, as `python -m vaelib experiments` lists them")]
Place = Annotated[str, typer.Argument(metavar="PATH", help="a result's path, as `python -m vaelib results` lists them")]
Figures = Annotated[list[str] | None, typer.Option(help="only what is behind this figure")]
Device = Annotated[str, typer.Option(help="cpu, cuda or mps")]
Recompute = Annotated[bool, typer.Option("--recompute", help="leave the published results out")]


@data_app.command("fetch")
def data_fetch(dataset: Annotated[str, typer.Argument(help="mnist or fashion-mnist")] = "mnist"):
    """Have a data set's files in the data folder, whole and verified."""
    from vaelib import data

    print(data.fetch(dataset))


def _behind(figures: list[str] | None) -> list:
    from vaelib import papers

    if figures:
        return [result for name in figures for result in papers.figure(name).published()]
    return list(papers.results())


@app.command("experiments")
def list_experiments(
    figure: Figures = None, as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False
):
    """List the papers' experiments."""
    from vaelib import papers

    for experiment in papers.experiments(_behind(figure)).values():
        print(json.dumps(experiment.model_dump(mode="json")) if as_json else experiment.name)


@app.command("results")
def list_results(figure: Figures = None):
    """List the papers' results, by the path that each has in a layer of the store."""
    for result in _behind(figure):
        print(result.path)


@app.command()
def train(name: Name, device: Device = "cpu", recompute: Recompute = False):
    """Carry out an experiment, unless a run of it is there; prints where the run lies."""
    from vaelib import papers
    from vaelib.runs import Trained
    from vaelib.store import Store

    store, run = Store(device=device, recompute=recompute), Trained(papers.experiment(name))
    store.get(run)
    print(store.find(run))


@app.command()
def compute(path: Place, device: Device = "cpu", recompute: Recompute = False):
    """Make a result, unless it is there, with all that it is made of; prints where it lies."""
    from vaelib import papers
    from vaelib.store import Store

    store, result = Store(device=device, recompute=recompute), papers.result(path)
    store.get(result)
    print(store.find(result))


@app.command()
def compare(
    figure: Annotated[list[str] | None, typer.Option(help="this figure alone")] = None,
    paper: Annotated[str | None, typer.Option(help="this paper's figures alone")] = None,
    recompute: Recompute = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
):
    """Set our numbers beside the published ones, with their differences, and judge the figure's claims."""
    from vaelib import papers
    from vaelib.pages.comparisons import comparison_table
    from vaelib.pages.findings import findings_table
    from vaelib.store import Store

    store = Store(recompute=recompute)
    says = {claim.identity: claim.says for one in papers.PAPERS for claim in one.claims()}
    for name in figure or (papers.paper(paper).figures() if paper else papers.figures()):
        shown = papers.figure(name)
        measured = shown.subject.measure(store, shown.subject.seeds[0])
        compared, findings = shown.compare(measured, store), shown.subject.findings(measured)
        if as_json:
            for line in compared:
                print(json.dumps({"figure": name} | line._asdict() | {"difference": line.difference}))
            for line in findings:
                print(json.dumps({"figure": name} | line._asdict()))
        else:
            found = findings_table(findings, says)
            print(f"Figure {name}", comparison_table(compared), found, sep="\n\n", end="\n\n")


@app.command()
def judge(
    recompute: Recompute = False, as_json: Annotated[bool, typer.Option("--json", help="print them as JSON")] = False
):
    """Measure every claim from the published results, or from this machine's; writes claims.json beside them."""
    from vaelib import papers
    from vaelib.pages import claims
    from vaelib.store import Store

    store = Store(train=False, recompute=recompute)
    judged = [{"paper": paper.name} | row for paper in papers.PAPERS for row in claims.judge(paper.claims(), store)]
    path = claims.path(store)
    claims.write(judged, path)
    print(path.read_text() if as_json else claims.overview_table(claims.read(path)))


@app.command()
def verify(
    sample: Annotated[int, typer.Option(help="how many published experiments to retrain", min=1)] = 3,
    seed: Annotated[int | None, typer.Option(help="which ones; by default others each time")] = None,
):
    """Retrain some published experiments and compare; exit code 1 when one differs by more than its seeds would."""
    from vaelib import papers
    from vaelib.pages import verification

    seed = Random().randrange(10_000) if seed is None else seed
    drawn = verification.sample(papers.PAPERS, sample, seed)
    print(f"Retraining {len(drawn)} experiments, drawn with --seed {seed}.", file=sys.stderr)
    verified = verification.verify(drawn)
    print(verification.report(verified))
    if not all(line.agrees for found in verified for line in found.lines):
        raise typer.Exit(1)


@app.command()
def publish():
    """Copy what the local layer has of what is published into the published one: whole folders, or what they lack."""
    from vaelib import papers
    from vaelib.runs import Trained
    from vaelib.store import Store

    store, published = Store(recompute=True), Store(recompute=True, local=paths.published())
    for name, asked in sorted(papers.folders(papers.results()).items()):
        found = [result for result in asked if store.find(result)]
        lacking = [result for result in asked if not published.find(result)]
        wanted = asked if len(found) == len(asked) else lacking
        if wanted and set(wanted) <= set(found):
            for path in store.publish(wanted):
                print(path)
        elif lacking and any(not isinstance(result, Trained) for result in found):
            print(f"{name}: {len(found)} of {len(asked)} results are there; not published.", file=sys.stderr)


@app.command()
def normalise(files: Annotated[list[Path], typer.Argument(help="executed notebooks", exists=True)]):
    """Rewrite executed notebooks without timestamps and paths of one machine, for a commit or the book."""
    for file in files:
        notebooks.normalise(file)
        print(file)


@app.command()
def page(
    name: Annotated[str, typer.Argument(help="a page that is made of another one's notebook, such as figure_5")],
    target: Annotated[Path, typer.Argument(help="where the notebook goes")],
    template: Annotated[Path, typer.Option(help="the other one's notebook", exists=True)],
    recompute: Recompute = False,
):
    """Write the notebook of a page that has none of its own, for papermill to execute."""
    from vaelib import papers
    from vaelib.store import Store

    made = papers.page(name)
    if made.make is None:
        raise UnknownName(f"{name} has a notebook of its own; it is made of no other one.")
    store = Store(train=False, recompute=recompute)
    notebooks.write(made.make(notebooks.read(template), store), target)
    print(target)


@app.command()
def picture(
    notebook: Annotated[Path, typer.Argument(help="an executed notebook", exists=True)],
    png: Annotated[Path, typer.Argument(help="where its figure goes")],
):
    """Write the figure that an executed notebook shows, as a file."""
    png.write_bytes(notebooks.picture(notebook))
    print(png)


@app.command("digits")
def write_digits(
    target: Annotated[Path, typer.Argument(help="the folder that the page and its pictures go into")],
    executed: Annotated[Path, typer.Argument(help="the folder of the executed notebooks", exists=True)],
):
    """Write the book's page of every digit, from the executed notebooks of Figures 5 to 13."""
    from vaelib.novelty import digits, experiments

    for path in digits.write(target, {n: executed / f"figure_{n}.ipynb" for n in experiments.APPENDIX}):
        print(path)


@app.command("explorer")
def write_explorer(
    target: Annotated[Path, typer.Argument(help="the folder that the files go into")], recompute: Recompute = False
):
    """Write the data of the book's explorer and teaching pages: models, images, Theorem 1's answers, pictures."""
    from vaelib.novelty import explorer, teaching
    from vaelib.store import Store

    store = Store(recompute=recompute)
    for path in [*explorer.write(target, store), *teaching.write(target, store)]:
        print(path)


@app.command("nine")
def write_nine(
    target: Annotated[Path, typer.Argument(help="the folder that the files go into, or a .png for the picture alone")],
    recompute: Recompute = False,
):
    """Write the data of the landing page's nine, or its picture where nothing moves, as in the README."""
    from vaelib.novelty import nine
    from vaelib.store import Store

    store = Store(recompute=recompute)
    if target.suffix == ".png":
        nine.still(store).savefig(target, metadata={"Software": None})
        print(target)
        return
    for path in nine.write(target, store):
        print(path)


@app.command("exercises")
def write_exercises(
    target: Annotated[Path, typer.Argument(help="the folder that the file goes into")], recompute: Recompute = False
):
    """Write the numbers of the book's exercises: what each gives, its answer, what usual mistakes lead to."""
    from vaelib.novelty import exercises
    from vaelib.store import Store

    print(exercises.write(target, Store(recompute=recompute)))


@app.command("slides")
def write_slides(
    target: Annotated[Path, typer.Argument(help="the HTML file")],
    source: Annotated[Path, typer.Option(help="the Markdown file", exists=True)] = Path("book/slides.md"),
    executed: Annotated[Path, typer.Option(help="the folder of executed notebooks", exists=True)] = Path("notebooks"),
    figures: Annotated[Path, typer.Option(help="the folder of their figures as SVG")] = Path("_build/figures"),
):
    """Write the lecture's slides, with figures and numbers, as one HTML file."""
    from vaelib.pages import slides

    slides.write(source, target, executed, figures)
    print(target)


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
