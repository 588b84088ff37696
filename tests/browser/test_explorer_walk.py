"""The explorer's walk: its ends, its borders, its controls, and that nothing moves by itself."""

import numpy as np
import pytest
import torch
from exploring import MINI, along, shown, z_of
from visits import wait

from vaelib import data
from vaelib.information import optimal_decoder
from vaelib.novelty.explorer import ENDS

BORDERS = """([from, to]) => {
  const optimal = vaelibExplorer.plane.optimal;
  const mean = (i) => Array.from(optimal.means.subarray(2 * i, 2 * i + 2));
  return vaelibExplorer.borders(optimal, mean(from), mean(to));
}"""


def test_jumps_lead_to_the_mean_of_a_training_image(explorer, run):
    train = data.partition(MINI.data)
    means, _ = run.model().encode(train.images)
    places = [i for digit in range(10) for i in (train.labels == digit).nonzero().flatten().tolist()]
    first = train.labels[places].tolist().index(ENDS[0])
    for button, place in (("Next", places[first + 1]), ("Next", places[first + 2]), ("Previous", places[first + 1])):
        explorer.get_by_role("button", name=button, exact=True).click()
        assert z_of(explorer) == pytest.approx(means[place].clamp(-5, 5).tolist(), abs=1e-6)
    explorer.locator("[data-name=from]").select_option(str(places[50]))
    assert z_of(explorer) == pytest.approx(means[places[50]].clamp(-5, 5).tolist(), abs=1e-6)
    assert explorer.locator("#explorer-plane li").first.inner_text().split()[1] == "5"


def test_a_walk_ends_at_the_other_image_and_can_be_stopped(explorer, run):
    train = data.partition(MINI.data)
    means, _ = run.model().encode(train.images)
    start, end = (means[(train.labels == digit).nonzero()[0, 0]] for digit in ENDS)
    along(explorer).fill("0")
    explorer.get_by_role("button", name="Walk").click()
    wait(explorer, "document.querySelector('[data-name=along]').value > 0.05")
    explorer.get_by_role("button", name="Stop").click()
    share = float(along(explorer).input_value())
    stopped = z_of(explorer)
    assert stopped == pytest.approx((start + share * (end - start)).tolist(), abs=0.05)
    explorer.wait_for_timeout(100)
    assert z_of(explorer) == stopped
    along(explorer).fill("0.97")
    explorer.get_by_role("button", name="Walk").click()
    wait(explorer, "document.querySelector('[data-name=walk]').textContent === 'Walk'")
    assert z_of(explorer) == pytest.approx(end.tolist(), abs=1e-6)


def test_nothing_moves_by_itself_where_motion_is_unwelcome(explorer):
    explorer.emulate_media(reduced_motion="reduce")
    along(explorer).fill("0")
    button = explorer.get_by_role("button", name="Walk a tenth of the way")
    button.click()
    button.click()
    assert float(along(explorer).input_value()) == pytest.approx(0.2)
    before = z_of(explorer)
    explorer.wait_for_timeout(100)
    assert z_of(explorer) == before


@pytest.mark.parametrize("steps", [30, 1000])
def test_borders_are_where_the_librarys_largest_weight_passes_on(explorer, run, steps):
    explorer.locator(f"input[name=explorer-steps][value='{steps}']").check()
    wait(explorer, f"vaelibExplorer.plane.steps === {steps}")
    optimal = optimal_decoder(run.model(steps), data.partition(MINI.data).images)
    means = optimal.means.double()
    for start, end in torch.randint(len(means), (20, 2)).tolist():
        if start == end:
            continue
        borders = explorer.evaluate(BORDERS, [start, end])
        there = torch.lerp(means[start], means[end], torch.tensor(borders, dtype=torch.float64)[:, None])
        if borders:
            largest = optimal.log_weights(there).topk(2).values
            assert (largest[:, 0] - largest[:, 1]).abs().max() < 1e-6
        shares = np.linspace(0, 1, 3000)
        places = torch.lerp(means[start], means[end], torch.tensor(shares)[:, None])
        owners = optimal.log_weights(places).argmax(1).numpy()
        between = np.searchsorted(borders, shares)  # how many borders lie before each place
        for number in range(len(borders) + 1):
            assert len(set(owners[between == number])) <= 1
        changes = (owners[1:] != owners[:-1]).sum()
        assert len(borders) >= changes > -1
        assert len(borders) <= 2 * changes + 2  # and none of them is made up


def test_the_button_leads_from_border_to_border_and_round(explorer):
    borders = explorer.evaluate("vaelibExplorer.plane.borders")
    assert len(borders) > 1
    marks = explorer.locator("#explorer-borders option").evaluate_all("(all) => all.map((one) => Number(one.value))")
    assert marks == borders
    along(explorer).fill("0")
    for share in (*borders, borders[0]):
        explorer.get_by_role("button", name="To the next border").click()
        assert float(along(explorer).input_value()) == pytest.approx(share)
        assert float(shown(explorer, "plane", "largest")) <= 0.5  # less where a third image has a part


def test_other_ends_have_other_borders(explorer):
    before = explorer.evaluate("vaelibExplorer.plane.borders")
    explorer.locator("[data-name=to]").select_option(label="0, image 1")
    assert explorer.evaluate("vaelibExplorer.plane.borders") != before
    explorer.get_by_label("10", exact=True).check()
    wait(explorer, "vaelibExplorer.plane.steps === 10")
    assert explorer.locator("#explorer-borders option").count() == len(
        explorer.evaluate("vaelibExplorer.plane.borders")
    )
