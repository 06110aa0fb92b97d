"""Golden values for tests/golden_statistics.rs from SciPy and statsmodels.

    python3 tests/golden/statistics.py

writes statistics.json beside this file. Each value comes from another
implementation than the one in src/statistics, named at each line.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import optimize, special, stats
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(20170226)


def draw(n, ties=False):
    values = rng.integers(0, 6, n).astype(float) if ties else rng.normal(1.0, 2.0, n)
    return values.tolist()


def t_interval(values):
    result = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    return [float(result.low), float(result.high)]


def means():
    return [
        {"values": x, "value": float(np.mean(x)), "interval": t_interval(x)}
        for x in map(draw, [2, 3, 5, 10, 31, 200])
    ]


def paired():
    cases = []
    for n in [2, 4, 9, 30]:
        a, b = draw(n), draw(n)
        low, high = stats.ttest_rel(a, b).confidence_interval(0.95)
        cases.append({"left": a, "right": b, "value": float(np.mean(a) - np.mean(b)), "interval": [float(low), float(high)]})
    return cases


def ratios():
    cases = []
    for n in [2, 5, 12]:
        a, b = np.exp(draw(n)), np.exp(draw(n))
        low, high = stats.ttest_rel(np.log(a), np.log(b)).confidence_interval(0.95)
        cases.append({
            "numerators": a.tolist(),
            "denominators": b.tolist(),
            "value": float(stats.gmean(a) / stats.gmean(b)),
            "interval": [float(np.exp(low)), float(np.exp(high))],
        })
    return cases


def proportions():
    cases = []
    for k, n in [(0, 1), (0, 10), (3, 10), (10, 10), (17, 60), (1, 10000), (9999, 10000), (12, 60000)]:
        low, high = proportion_confint(k, n, alpha=0.05, method="wilson")
        scipy_low, scipy_high = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
        assert np.allclose([low, high], [scipy_low, scipy_high], rtol=1e-12, atol=1e-15)
        cases.append({"successes": k, "trials": n, "value": k / n, "interval": [float(low), float(high)]})
    return cases


def aucs():
    """U by mannwhitneyu; the limits by root finding on scipy's rel_entr."""
    cases = []
    for n, m, ties in [(5, 5, False), (6, 9, False), (20, 20, False), (8, 8, True), (30, 4, True)]:
        x, y = draw(n, ties), draw(m, ties)
        value = float(stats.mannwhitneyu(x, y).statistic) / (n * m)

        def excess(theta):
            divergence = special.rel_entr(value, theta) + special.rel_entr(1 - value, 1 - theta)
            return min(n, m) * divergence - np.log(40.0)

        ends = [1e-12, 1 - 1e-12]
        low = optimize.brentq(excess, ends[0], value, xtol=1e-15, rtol=1e-14)
        high = optimize.brentq(excess, value, ends[1], xtol=1e-15, rtol=1e-14)
        cases.append({"x": x, "y": y, "value": value, "interval": [low, high]})
    return cases


SIDES = {"two-sided": "two-sided", "greater": "greater", "less": "less"}


def mann_whitneys():
    cases = []
    for n, m in [(1, 1), (3, 4), (6, 6), (10, 14), (50, 50)]:
        x, y = draw(n), (np.array(draw(m)) - 0.7).tolist()
        for side in SIDES:
            result = stats.mannwhitneyu(x, y, alternative=side, method="exact")
            cases.append({"x": x, "y": y, "alternative": side, "statistic": float(result.statistic), "p_value": float(result.pvalue)})
    # With ties mannwhitneyu has no exact method: permute all choices instead.
    for n, m in [(3, 3), (5, 4), (6, 7)]:
        x, y = draw(n, True), draw(m, True)
        ranks = stats.rankdata(x + y)
        for side in SIDES:
            result = stats.permutation_test(
                (ranks[:n], ranks[n:]), lambda a, b: np.sum(a), permutation_type="independent",
                vectorized=False, n_resamples=np.inf, alternative=side,
            )
            statistic = float(stats.mannwhitneyu(x, y).statistic)
            cases.append({"x": x, "y": y, "alternative": side, "statistic": statistic, "p_value": float(result.pvalue)})
    # Beyond 100 observations: the normal approximation, with ties.
    for ties in [False, True]:
        x, y = draw(60, ties), (np.array(draw(55, ties)) + 0.0).tolist()
        for side in SIDES:
            result = stats.mannwhitneyu(x, y, alternative=side, method="asymptotic", use_continuity=True)
            cases.append({"x": x, "y": y, "alternative": side, "statistic": float(result.statistic), "p_value": float(result.pvalue)})
    return cases


def sign_flips():
    cases = []
    for n, ties in [(2, False), (4, False), (7, True), (12, False)]:
        d = (np.array(draw(n, ties)) - 1.5).tolist()
        for side in SIDES:
            result = stats.permutation_test(
                (d,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative=side,
            )
            cases.append({"differences": d, "alternative": side, "statistic": float(np.mean(d)), "p_value": float(result.pvalue)})
    return cases


def regressions():
    cases = []
    for n, p in [(4, 1), (5, 2), (12, 4), (60, 6)]:
        design = np.column_stack([np.ones(n)] + [draw(n) for _ in range(p - 1)])
        y = np.array(draw(n))
        fit = sm.OLS(y, design).fit()
        cases.append({
            "columns": design.T.tolist(),
            "y": y.tolist(),
            "values": fit.params.tolist(),
            "intervals": fit.conf_int(0.05).tolist(),
            "residual_deviation": float(np.sqrt(fit.scale)),
        })
    return cases


def growth():
    """Slopes within seeds by linregress; their intervals by ttest."""
    arms, slopes = {}, {}
    for labels, exponent in [("true", 0.2), ("random", 0.5)]:
        arms[labels], slopes[labels] = [], []
        for seed in range(5):
            sizes = np.array([250, 500, 1000, 2000, 4000])
            level, own = draw(1)[0], exponent + 0.05 * draw(1)[0]
            log_norm = level + own * np.log(sizes) + 0.1 * np.array(draw(len(sizes)))
            norms = np.exp(log_norm)
            slopes[labels].append(float(stats.linregress(np.log(sizes), np.log(norms)).slope))
            arms[labels] += [[seed, int(n), float(v)] for n, v in zip(sizes, norms)]
    difference = np.array(slopes["random"]) - np.array(slopes["true"])
    estimates = {"true": slopes["true"], "random": slopes["random"], "difference": difference}
    return {
        "observations": arms,
        "estimates": {k: {"value": float(np.mean(v)), "interval": t_interval(v)} for k, v in estimates.items()},
    }


def quantiles():
    return [
        {"values": x, "q": q, "value": float(np.quantile(x, q))}
        for x in map(draw, [1, 2, 7, 100])
        for q in [0.0, 0.1, 0.25, 0.5, 0.9, 1.0]
    ]


def ranks():
    cases = []
    for n, ties in [(2, False), (5, False), (12, False), (60, False), (8, True), (40, True), (80, False)]:
        x = draw(n, ties)
        y = (np.array(x) * 0.4 + np.array(draw(n))).round(0 if ties else 12).tolist()
        exact = not ties and n <= 60
        result = stats.kendalltau(x, y, method="exact" if exact else "asymptotic")
        cases.append({
            "x": x, "y": y, "exact": exact,
            "tau": float(result.statistic), "p_value": float(result.pvalue),
            "rho": float(stats.spearmanr(x, y).statistic),
        })
    return cases


golden = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
    "means": means(),
    "paired": paired(),
    "ratios": ratios(),
    "proportions": proportions(),
    "aucs": aucs(),
    "mann_whitneys": mann_whitneys(),
    "sign_flips": sign_flips(),
    "regressions": regressions(),
    "growth": growth(),
    "quantiles": quantiles(),
    "ranks": ranks(),
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, allow_nan=False) + "\n")
