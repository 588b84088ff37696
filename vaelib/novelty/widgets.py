"""Live notebooks: questions to the models by sliders, by choosing an image, and by drawing one.

Each function shows the same picture twice: with ``live`` under controls that draw it anew (ipywidgets, in JupyterLab),
without it as one figure, which is what papermill, nbval and the book's pages can keep.
"""

import base64
import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import anywidget
import torch
import traitlets
from ipywidgets import HTML, Button, Dropdown, FloatSlider, HBox, IntSlider, SelectMultiple, VBox, Widget
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from vaelib import data
from vaelib.errors import NothingAsked, UnknownName
from vaelib.kinds import Experiment
from vaelib.novelty import figures_live, handwriting
from vaelib.novelty.trained import TrainedVAEs

WIDE = {"style": {"description_width": "7em"}, "layout": {"width": "34em"}}
Shown = tuple[Figure, str]  # and what it shows, in words
ELSEWHERE = "none"
STEP = 0.02  # of the plane's sliders; it rounds by 0.01, less than the narrowest posterior's standard deviation


class Canvas(anywidget.AnyWidget):
    """A square to draw on; its value are strokes, lists of points (x, y) in [0, 1]², y downwards."""

    _esm = Path(__file__).with_name("canvas.js")
    value = traitlets.List().tag(sync=True)


class _Picture(HTML):
    """The picture under some controls, drawn anew when they ask for something else."""

    def __init__(self, controls: Sequence[Widget], show: Callable[..., Shown]):
        super().__init__()
        self._controls, self._show, self._asked = controls, show, None
        for control in controls:
            control.observe(self._draw, "value")
        self._draw()

    def _draw(self, _=None) -> None:
        asked = [control.value for control in self._controls]
        if asked == self._asked:
            return
        self._asked = asked
        try:
            figure, words = self._show(*asked)
        except NothingAsked as error:
            self.value = f"<p>{error}</p>"
            return
        png = io.BytesIO()
        figure.savefig(png, format="png")
        source = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
        width = round(100 * figure.get_figwidth())
        self.value = f'<img style="width: {width}px; max-width: 100%" alt="{words}" src="{source}">'


def _choice(models: TrainedVAEs, experiments: Sequence[Experiment]) -> SelectMultiple:
    """Of the models whose weights are at hand; these are there and chosen."""
    options = {}
    for experiment in dict.fromkeys([*experiments, *models.at_hand(experiments[0].dataset)]):
        name = figures_live.name(experiment)
        options[name if name not in options else f"{name} [{experiment.key}]"] = experiment
    return SelectMultiple(
        options=options.items(), value=experiments, rows=min(8, len(options)), description="models",
        style=WIDE["style"], layout={"width": "44em"},
    )  # fmt: skip


def _answers(models: TrainedVAEs, chosen: Sequence[Experiment], image: Float[Tensor, "784"]) -> Shown:
    if not chosen:
        raise NothingAsked("Choose a model, or several with Ctrl or Shift.")
    found = [models[experiment].to(image) for experiment in chosen]
    return figures_live.answers(found), ". ".join(map(figures_live.in_words, found))


def latent_plane(
    models: TrainedVAEs, experiment: Experiment, z: Sequence[float], *, extent: float = 5.0, live: bool = False
) -> Figure | VBox:
    """The model's output, the weighted average and the training images of largest weight at a place of the plane.

    Parameters
    ----------
    experiment
        One of two latent dimensions, such as mini-MNIST.
    z
        The place that is shown, or shown first.
    extent
        The plane is drawn for z in [-extent, extent]².
    live
        Under sliders for z₁ and z₂ and a choice among the training points, instead of one figure.
    """
    model = models[experiment]
    plane = model.plane(extent)

    def show(*z: float) -> Shown:
        found = model.at(torch.tensor(z))
        return figures_live.at_place(plane, found), f"z = ({z[0]:.2f}, {z[1]:.2f}). {figures_live.in_words(found)}"

    if not live:
        return show(*z)[0]
    first, second = (
        FloatSlider(value, min=-extent, max=extent, step=STEP, description=word, **WIDE)
        for value, word in zip(z, ("z₁", "z₂"), strict=True)
    )
    names = [f"{number} (class {label})" for number, label in enumerate(model.train.labels)]
    means = plane.means.double().clamp(-extent, extent).div(STEP).round() * STEP  # the browser rounds to steps too
    places = dict(zip(names, means.tolist(), strict=True))
    point = Dropdown(options=[ELSEWHERE, *places], description="training point", **WIDE)

    def jump(change) -> None:
        if change.new != ELSEWHERE:
            with first.hold_trait_notifications(), second.hold_trait_notifications():
                first.value, second.value = places[change.new]

    def leave(_) -> None:
        place = places.get(point.value, (math.inf, math.inf))
        if max(abs(first.value - place[0]), abs(second.value - place[1])) > STEP / 2:
            point.value = ELSEWHERE

    point.observe(jump, "value")
    for slider in (first, second):
        slider.observe(leave, "value")
    return VBox([first, second, point, _Picture((first, second), show)])


def test_images(
    models: TrainedVAEs, experiments: Sequence[Experiment], digit: int, index: int, *, live: bool = False
) -> Figure | VBox:
    """What models answer to a test image: output, weighted average, nearest training images, and their measures.

    Parameters
    ----------
    experiments
        Those that are shown, or shown first; all on one data set.
    digit, index
        The test image that is shown, or shown first: a class, and a position among its test images.
    live
        Under a choice of all models whose weights are at hand, of the class and of the test image, instead of one
        figure.

    Raises
    ------
    UnknownName
        When the digit has no such test image.
    """
    dataset = experiments[0].dataset
    images = [data.partition(f"{dataset}/test-{label}").images for label in range(data.CLASSES)]
    last = len(images[digit]) - 1
    if not 0 <= index <= last:
        raise UnknownName(f"There is no test image {index} of digit {digit}: expected 0 to {last}.")

    def show(chosen: Sequence[Experiment], digit: int, index: int) -> Shown:
        return _answers(models, chosen, images[digit][index])

    if not live:
        return show(experiments, digit, index)[0]
    classes = [(words, label) for label, words in enumerate(data.DATASETS[dataset].classes)]
    chosen = _choice(models, experiments)
    label = Dropdown(options=classes, value=digit, description="class", **WIDE)
    number = IntSlider(index, min=0, max=last, description="test image", **WIDE)
    label.observe(lambda change: number.set_trait("max", len(images[change.new]) - 1), "value")
    controls = (chosen, label, number)
    return VBox([*controls, _Picture(controls, show)])


def draw(
    models: TrainedVAEs,
    experiments: Sequence[Experiment],
    strokes: handwriting.Strokes = handwriting.NINE,
    *,
    live: bool = False,
) -> Figure | VBox:
    """What models answer to a digit drawn by hand, once it is made into an image like MNIST's (``handwriting``).

    Parameters
    ----------
    experiments
        Those that are shown, or shown first.
    strokes
        The drawing that is shown, or that stands on the canvas at first: lists of points (x, y) in [0, 1]².
    live
        Beside a canvas to draw on and under a choice of all models whose weights are at hand, instead of one figure.
    """

    def show(chosen: Sequence[Experiment], strokes: handwriting.Strokes) -> Shown:
        return _answers(models, chosen, handwriting.as_mnist(handwriting.ink(strokes)))

    if not live:
        return show(experiments, strokes)[0]
    chosen, canvas = _choice(models, experiments), Canvas(value=strokes)
    clear = Button(description="clear the canvas")
    clear.on_click(lambda _: canvas.set_trait("value", []))
    return VBox([HBox([VBox([canvas, clear]), chosen]), _Picture((chosen, canvas), show)])
