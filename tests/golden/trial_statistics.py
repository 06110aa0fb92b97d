"""Golden values for tests/golden_trial_statistics.rs from SciPy, statsmodels
and lifelines.

    python3 tests/golden/trial_statistics.py

writes trial_statistics.json beside this file. Each value comes from another
implementation than the one in src/statistics, named at each function.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy import integrate, stats
from statsmodels.stats.weightstats import DescrStatsW

rng = np.random.default_rng(20240611)


def tosts():
    """Two one-sided tests and both intervals by DescrStatsW."""
    cases = []
    for n, centre, spread, margin in [(3, 0.1, 0.3, 1.0), (8, 0.4, 1.0, 1.0), (20, -0.02, 0.08, 0.0953), (20, 1.2, 0.4, 1.0)]:
        d = rng.normal(centre, spread, n)
        sample = DescrStatsW(d)
        cases.append({
            "differences": d.tolist(),
            "margin": margin,
            "p_equivalence": float(sample.ttost_mean(-margin, margin)[0]),
            "p_difference": float(sample.ttest_mean(0.0)[1]),
            "interval_90": [float(x) for x in sample.tconfint_mean(0.10)],
            "interval": [float(x) for x in sample.tconfint_mean(0.05)],
        })
    return cases


def powers():
    """Adaptive quadrature over the chi distribution of s."""
    cases = []
    for n, deviation, difference in [(3, 0.2, 0.0), (5, 0.5, 0.0), (8, 0.75, 0.0), (13, 1.0, 0.0), (20, 1.0, 0.3), (40, 2.0, -0.5)]:
        t = stats.t.ppf(0.95, n - 1)

        def integrand(u):
            z = np.sqrt(n) / deviation
            inside = stats.norm.cdf((1 - difference) * z - t * u) - stats.norm.cdf(t * u - (1 + difference) * z)
            return inside * stats.chi.pdf(u * np.sqrt(n - 1), n - 1) * np.sqrt(n - 1)

        limit = np.sqrt(n) / (deviation * t)
        points = np.linspace(0.0, min(limit, 8.0), 30)
        power = sum(integrate.quad(integrand, a, b, epsabs=1e-13)[0] for a, b in zip(points, points[1:]))
        cases.append({"blocks": n, "deviation": deviation, "difference": difference, "power": float(power)})
    return cases


def bootstraps():
    """The limits SciPy computes from given resampled statistics."""
    cases = []
    for n, statistic in [(5, np.mean), (20, np.mean), (12, np.var), (9, np.median)]:
        x = rng.exponential(1.0, n)
        resampled = np.array([statistic(rng.choice(x, n)) for _ in range(300)])
        kept = [statistic(np.delete(x, i)) for i in range(n)]
        # The private helper of scipy.stats.bootstrap: its public form draws its own resamples.
        interval = scipy.stats._resampling._bca_interval
        low, high, a = interval((x,), lambda x, axis: statistic(x, axis=axis), -1, 0.025, resampled, None, xp=np)
        cases.append({
            "jackknifed": [float(v) for v in kept],
            "resampled": resampled.tolist(),
            "value": float(statistic(x)),
            "acceleration": float(np.squeeze(a)),
            "low": float(np.quantile(resampled, np.squeeze(low))),
            "high": float(np.quantile(resampled, np.squeeze(high))),
        })
    return cases


golden = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
    "tosts": tosts(),
    "powers": powers(),
    "bootstraps": bootstraps(),
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, allow_nan=False) + "\n")
