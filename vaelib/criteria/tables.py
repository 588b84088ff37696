"""Tables of this paper's pages, in Markdown."""

from collections.abc import Mapping, Sequence

from vaelib.criteria import tabular
from vaelib.criteria.checks import share_from_average
from vaelib.criteria.measured import Measures
from vaelib.pages.markdown import once, table


def tabular_table(channels: Sequence[float] = tabular.CHANNELS) -> str:
    """Markdown: the criteria's values on tables, by enumeration, in nats."""
    rows = []
    for own in channels:
        t = tabular.channel(own)
        values = (t.information, t.value(), -t.entropy, t.value(beta=0), t.information - t.entropy)
        rows.append((f"{own:g}", *(f"{value:z.6f}" for value in values)))
    head = ("share of own codes", "I_q", "ELBO", "−H(data)", "unregularised", "I_q − H(data)")
    return table(head, rows)


def members_table(found: Mapping[str, Measures]) -> str:
    """Markdown: what each member's code says, and how its decoder stands to μ(z)."""
    rows = []
    for name, one in found.items():
        numbers = (f"{one[key]:.2f}" for key in ("mutual_information", "marginal_kl"))
        errors = (f"{one[key]:.2f}" for key in ("floor", "error", "excess"))
        rows.append((name, *numbers, f"{one['mmd']:.4f}", *errors, f"{100 * share_from_average(one):.1f} %"))
    head = ("member", "I_q", "KL(q(z) ‖ p)", "MMD²", "B(q)", "‖x − x̂‖²", "‖x̂ − μ(z)‖²", "of the variance")
    return table(head, rows)


def overlap_table(found: Sequence[Measures]) -> str:
    """Markdown: the sweep of the encoder's noise."""
    rows = [
        (
            f"{one.experiment.noise:g}",
            f"{one['mutual_information']:.2f}",
            *(f"{one[key]:.2f}" for key in ("floor", "error")),
            *(f"{one[key]:.4f}" for key in ("average_sharpness", "sharpness")),
        )
        for one in found
    ]
    return table(("σ", "I_q", "B(q)", "‖x − x̂‖²", "sharpness of μ(z)", "of x̂"), rows)


def information_table(found: Mapping[str, Measures]) -> str:
    """Markdown: what each member's code says beside a strong decoder, and what its images cost."""
    rows = [
        (
            name,
            *(f"{one[key]:.2f}" for key in ("rate", "mutual_information", "marginal_kl")),
            f"{one['mmd']:.4f}",
            f"{100 * one['probe']:.1f} %",
            f"{one['nll']:.1f} ± {one['nll_se']:.1f}",
        )
        for name, one in found.items()
    ]
    return table(("member", "rate", "I_q", "KL(q(z) ‖ p)", "MMD²", "linear probe", "−log p(x)"), rows)


def worth_table(found: Mapping[int, tuple[Measures, Measures]]) -> str:
    """Markdown: the ELBO beside a strong decoder, and that decoder without a code, by the images' side."""
    rows = [
        (
            f"{side} × {side}",
            f"{without['nll']:.2f}",
            f"{elbo['nll']:.2f}",
            *(f"{elbo[key]:.2f}" for key in ("mutual_information", "rate")),
            f"{100 * elbo['probe']:.1f} %",
        )
        for side, (elbo, without) in found.items()
    ]
    return table(("pixels", "−log p(x) without a code", "with one", "I_q", "rate", "linear probe"), rows)


def steps_table(found: Mapping[str, Measures]) -> str:
    """Markdown: step by step what each model draws of test images, and what it draws from the prior."""
    names, lines = [], []
    for name, one in found.items():
        for number, step in enumerate(one.steps, 1):
            names.append(name)
            shares = [f"{100 * step[key]:.0f} %" for key in ("recognised", "on_top")]
            lines.append(
                (
                    f"{number}",
                    f"{step['error']:.1f}",
                    f"{step['sharpness']:.3f}",
                    shares[0],
                    f"{step['perplexity']:.2f}",
                    shares[1],
                    f"{step['sample_sharpness']:.3f}",
                    f"{step['sample_mmd']:.4f}",
                )
            )
    rows = [(name, *line) for name, line in zip(once(names), lines, strict=True)]
    return table(
        ("model", "step", "‖x − x_t‖²", "sharpness", "recognised", "perplexity", "own class on top",
         "samples: sharpness", "MMD²"),
        rows,
    )  # fmt: skip
