"""What decides this paper's claims, and how its pages show it; all on made-up measures."""

import pytest
import torch

from vaelib.criteria import checks, figures, parameters, plan, protocol, tables, tabular
from vaelib.criteria.measured import Measures
from vaelib.criteria.paper import PAGES, PAPER
from vaelib.criteria.protocol import EQUAL_CODE, EQUAL_TOTAL, SEQUENTIAL
from vaelib.pages.findings import verdicts
from vaelib.pages.parameters import check

THEOREM = {
    "rate": 8.0, "mutual_information": 6.0, "marginal_kl": 2.0, "mmd": 0.01, "error": 11.0, "error_se": 0.1,
    "floor": 10.0, "excess": 1.0, "variance": 50.0, "sharpness": 0.1, "average_sharpness": 0.1, "real_sharpness": 0.5,
}  # fmt: skip


def members(**changes):
    shown = {"shown": torch.zeros(3, 8, 784, dtype=torch.uint8)}
    return {name: Measures(e, "test", THEOREM | changes, pictures=shown) for name, e in protocol.members(0).items()}


def sweep(excess=1.0, blurs=True):
    shown, found = {"shown": torch.zeros(3, 8, 784, dtype=torch.uint8)}, []
    for number, e in enumerate(protocol.noisy_codes(0)):
        floor = 0.01 + 5.0 * number
        sharp = 0.5 - 0.01 * floor if blurs else 0.1 + 0.01 * floor
        values = THEOREM | {"floor": floor, "error": floor + excess, "excess": excess, "sharpness": sharp}
        found.append(Measures(e, "test", values, pictures=shown))
    return found


def coded(**changes):
    """MADE members as the claim has them, but for these: (member, measure) → value."""
    said = {
        "ELBO": {"mutual_information": 0.1, "probe": 0.12, "nll": 90.0, "mmd": 0.001, "marginal_kl": 0.1},
        "unregularised": {"mutual_information": 9.0, "probe": 0.9, "nll": 200.0, "mmd": 0.2, "marginal_kl": 80.0},
        "InfoVAE": {"mutual_information": 8.0, "probe": 0.8, "nll": 92.0, "mmd": 0.0015, "marginal_kl": 3.0},
    }
    for name, measure in changes.items():
        said[name] |= measure
    samples = {"samples": torch.zeros(24, 784, dtype=torch.uint8)}
    of = protocol.with_made(0)
    return {
        name: Measures(of[name], "test", values | {"rate": 1.0, "nll_se": 0.5}, pictures=samples)
        for name, values in said.items()
    }


def coarser(told=(9.5, 7.0, 1.0), saved=(10.0, 1.0, 0.1)):
    """MADE on the ELBO and without a code, from the finest images to the coarsest."""
    values = THEOREM | {"probe": 0.5, "nll_se": 0.5}
    return {
        side: (
            Measures(elbo, "test", values | {"mutual_information": own, "nll": 50.0}),
            Measures(without, "test", values | {"mutual_information": 0.0, "nll": 50.0 + more}),
        )
        for (side, (elbo, without)), own, more in zip(protocol.coarser(0).items(), told, saved, strict=True)
    }


def stepped(errors=(40.0, 30.0, 25.0, 20.0), sharp=(0.1, 0.2, 0.3, 0.4), control=0.1, recognised=0.9, part="test"):
    found = {}
    for name, e in protocol.sequential("mnist", 0).items():
        own = zip(errors, sharp, strict=True) if name == SEQUENTIAL else [(30.0, control)]
        steps = [
            {"error": error, "sharpness": s, "recognised": recognised, "perplexity": 1.5, "on_top": 0.5,
             "sample_sharpness": s, "sample_mmd": 1 - s}
            for error, s in own
        ]  # fmt: skip
        pictures = {which: torch.zeros(len(steps), 8, 784, dtype=torch.uint8) for which in ("drawn", "samples")}
        pictures["neighbours"] = torch.zeros(len(steps), 8, dtype=torch.int32)
        found[name] = Measures(e, part, {"real_sharpness": 0.5, "real_mmd": 0.001}, steps, pictures)
    return found


def test_the_claim_on_tables_is_judged_to_a_millionth():
    exact = tabular.identity_errors(0)
    assert set(verdicts(checks.indifference(exact)).values()) == {"reproduced"}
    assert set(verdicts(checks.indifference(exact | {"ELBO": 2e-6})).values()) == {"partly"}


def test_a_member_whose_decoder_is_far_from_its_average_is_found():
    assert set(verdicts(checks.any_regulariser(members())).values()) == {"reproduced"}
    assert set(verdicts(checks.any_regulariser(members(excess=6.0))).values()) == {"not reproduced"}


def test_blur_is_overlap_where_sharpness_falls_with_it_and_the_decoder_is_near_the_floor():
    assert [line.holds for line in checks.blur(sweep())] == [True, True, True]
    assert [line.holds for line in checks.blur(sweep(excess=2.6))] == [True, True, False]
    assert [line.holds for line in checks.blur(sweep(excess=-0.001))] == [False, True, True]
    assert [line.holds for line in checks.blur(sweep(blurs=False))] == [True, False, True]


def test_a_floor_of_next_to_nothing_is_no_yardstick():
    without = checks.blur(sweep()[1:])[2].ours
    assert checks.blur(sweep())[2].ours == without == pytest.approx(1 + 1 / 5.01)


@pytest.mark.parametrize(
    ("changes", "fails"),
    [
        ({"ELBO": {"mutual_information": 0.6}}, 0),
        ({"ELBO": {"probe": 0.3}}, 1),
        ({"InfoVAE": {"mutual_information": 2.9}}, 2),
        ({"InfoVAE": {"probe": 0.6}}, 3),
        ({"InfoVAE": {"nll": 95.0}}, 4),
        ({"InfoVAE": {"mmd": 0.0021}}, 5),
        ({"unregularised": {"marginal_kl": 9.0}}, 6),
    ],
)
def test_each_measure_of_information_can_fail(changes, fails):
    lines = [line for line in checks.information(coded()) if line.role == "measure"]
    assert all(line.holds for line in lines)
    changed = [line for line in checks.information(coded(**changes)) if line.role == "measure"]
    assert [number for number, line in enumerate(changed) if not line.holds] == [fails]


@pytest.mark.parametrize(
    ("changes", "fails"),
    [
        ({"told": (9.5, 7.0, 2.1)}, [0]),
        ({"told": (6.9, 7.0, 1.0)}, [1]),
        ({"saved": (0.9, 1.0, 0.1)}, [2]),
        ({"told": (9.5, 0.9, 1.0)}, [3]),
        ({"saved": (10.0, 0.05, 0.1)}, [4]),
    ],
)
def test_each_measure_of_what_a_code_is_worth_can_fail(changes, fails):
    def lines(found):
        return [line for line in checks.worth(found) if line.role == "measure"]

    assert all(line.holds for line in lines(coarser()))
    assert [number for number, line in enumerate(lines(coarser(**changes))) if not line.holds] == fails


@pytest.mark.parametrize(
    ("changes", "fails"),
    [
        ({"errors": (40.0, 30.0, 31.0, 20.0)}, [0]),
        ({"errors": (40.0, 38.0, 36.0, 34.0)}, [1]),
        ({"sharp": (0.4, 0.4, 0.4, 0.35)}, [2, 4]),
        ({"control": 0.45}, [3]),
    ],
)
def test_each_measure_of_the_steps_can_fail(changes, fails):
    def lines(found):
        return [line for line in checks.steps(found, "c") if line.role == "measure"]

    assert all(line.holds for line in lines(stepped()))
    assert [number for number, line in enumerate(lines(stepped(**changes))) if not line.holds] == fails


def test_a_withheld_digit_is_drawn_where_most_are_recognised():
    assert all(line.holds for line in checks.withheld(stepped(recognised=0.6)))
    assert not any(line.holds for line in checks.withheld(stepped(recognised=0.4)))


def test_figures_show_every_model_and_step():
    assert len(figures.on_tables().axes[0].lines) == 3
    assert len(figures.floors(members()).axes[0].get_yticks()) == 4
    assert len(figures.overlap(sweep()).axes) == 2 + 3 * 7
    assert len(figures.drawn_by_members(coded()).axes) == 3 * 8
    told, saved, _ = figures.worth(coarser()).axes[0].lines
    assert (list(told.get_ydata()), list(saved.get_ydata())) == ([9.5, 7.0, 1.0], pytest.approx([10.0, 1.0, 0.1]))
    assert len(figures.forming(stepped(), "drawn").axes) == (1 + 4 + 1 + 1) * 8
    assert len(figures.forming(stepped(), "samples").axes) == (4 + 1 + 1) * 8
    assert len(figures.neighbours(stepped()[SEQUENTIAL]).axes) == (1 + 4) * 8
    by_step = figures.by_step(stepped())
    error, sharp = by_step.axes
    assert sharp.get_ylim()[1] > 0.5  # real images are in sight
    assert list(error.lines[0].get_ydata()) == [40.0, 30.0, 25.0, 20.0]
    assert [text.get_text() for text in by_step.legends[0].get_texts()] == [
        SEQUENTIAL, EQUAL_CODE, EQUAL_TOTAL, "real images",
    ]  # fmt: skip


def test_the_elbo_is_a_flat_line_and_the_unregularised_one_of_slope_1():
    unregularised, _, elbo = figures.on_tables().axes[0].lines
    x, y = unregularised.get_xdata(), unregularised.get_ydata()
    assert [(b - a) / (d - c) for a, b, c, d in zip(y, y[1:], x, x[1:], strict=False)] == pytest.approx([1] * 4)
    assert max(elbo.get_ydata()) - min(elbo.get_ydata()) < 1e-9


def test_tables_have_a_line_for_each():
    for made, lines in (
        (tables.tabular_table(), 5),
        (tables.members_table(members()), 4),
        (tables.overlap_table(sweep()), 7),
        (tables.information_table(coded()), 3),
        (tables.worth_table(coarser()), 3),
        (tables.steps_table(stepped()), 6),
    ):
        assert len(made.splitlines()) == 2 + lines


def test_every_result_is_asked_for_once_and_every_page_shows_some_of_them():
    paths = [one.path for one in PAPER.results()]
    assert len(paths) == len(set(paths)) == 3 * (4 + 7 + 3 + 5 + 6 + 3) + 2
    for page in PAGES:
        assert {one.path for one in page.results()} <= set(paths)
    assert {claim.identity for claim in PAPER.claims()} >= {"elbo-is-indifferent", "blur-is-overlap"}
    assert set(PAPER.figures()) == {name for claim in PAPER.claims() for name in claim.subject.figures}


@pytest.mark.parametrize("page", [page for page in PAGES if page.smoke], ids=lambda page: page.notebook)
def test_the_smoke_size_is_valid(page):
    given = {"seed": 0, "device": "cpu"} | page.smoke
    p = check(page.parameters, given | {"In": ["", ""]})
    assert p.changes["first"] == 128
    if page.parameters is parameters.Withheld:
        of = plan.main_book(0, p.held_out_digit, **p.changes_beside)
        assert {one.experiment.first for one in of.values()} == {128}
