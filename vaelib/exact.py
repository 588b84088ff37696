"""Log densities with as many digits as they need, for the few queries at which float64 has too few.

Far from every training point, in units of their σ, log q(z|x_i) is a huge number, and what decides between two points
is in digits that float64 no longer has. Python's decimal numbers have them, at some microseconds an operation.
"""

import decimal
from collections.abc import Sequence

DIGITS_AFTER_THE_POINT = 25  # of log q(z|x), in nats
LARGEST = 1e300  # nats; beyond it float64 overflows


def relative_logs(
    z: Sequence[float], means: Sequence[Sequence[float]], log_stds: Sequence[Sequence[float]], size: float
) -> list[float]:
    """l_i − max_j l_j with l_i = log q(z|x_i) up to what all have in common, for a few training points.

    Parameters
    ----------
    z, means, log_stds
        The query (D), and m(x_i) and log s(x_i) of the points (C, D).
    size
        The largest absolute value of an l_i, roughly: it says how many digits stand before the point.

    Raises
    ------
    OverflowError
        When an l_i is larger than that.
    """
    digits = max(1, int(decimal.Decimal(size).adjusted()) + 3) + DIGITS_AFTER_THE_POINT
    with decimal.localcontext(decimal.Context(prec=digits, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)):
        query = [decimal.Decimal(value) for value in z]
        logs = [_log(query, m, log_s) for m, log_s in zip(means, log_stds, strict=True)]
        highest = max(logs)
        if min(logs) < -1000 * decimal.Decimal(max(size, 1.0)):
            raise OverflowError
        return [float(log - highest) for log in logs]


def _log(z: Sequence[decimal.Decimal], m: Sequence[float], log_s: Sequence[float]) -> decimal.Decimal:
    total = decimal.Decimal(0)
    for z_d, m_d, log_s_d in zip(z, m, log_s, strict=True):
        log = decimal.Decimal(log_s_d)
        total -= ((z_d - decimal.Decimal(m_d)) / log.exp()) ** 2 / 2 + log
    return total
