"""Golden values for tests/golden_trial_statistics.rs from SciPy, statsmodels
and lifelines.

    python3 tests/golden/trial_statistics.py

writes trial_statistics.json beside this file. Each value comes from another
implementation than the one in src/statistics, named at each function.
"""

import itertools
import json
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import scipy
import statsmodels
import statsmodels.api as sm
from lifelines import CoxPHFitter
from scipy import integrate, stats
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.stats.multitest import multipletests
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


def within_blocks():
    """The mean of SciPy's tau-b over blocks; ties in some."""
    cases = []
    for blocks, runs in [(3, 4), (8, 6), (20, 12)]:
        x = rng.normal(size=(blocks, runs)).round(1)
        y = (0.5 * x + rng.normal(size=(blocks, runs))).round(1)
        taus = [float(stats.kendalltau(a, b).statistic) for a, b in zip(x, y)]
        cases.append({"x": x.tolist(), "y": y.tolist(), "taus": taus, "tau": float(np.mean(taus))})
    return cases


def factorials():
    """Both definitions with pandas: group what is held fixed, list the pairs."""
    cases = []
    for levels, kept in [([2, 3], 1.0), ([3, 2, 2], 0.85)]:
        factors = [f"f{i}" for i in range(len(levels))]
        grid = pd.DataFrame(list(itertools.product(range(5), *map(range, levels))), columns=["block", *factors])
        grid = grid[rng.uniform(size=len(grid)) < kept].reset_index(drop=True)
        grid["measure"] = rng.normal(size=len(grid)).round(1) + 0.5 * grid["f0"]
        grid["outcome"] = (0.02 * rng.normal(size=len(grid)) + 0.02 * grid["f0"] - 0.01 * grid["f1"]).round(3)
        psis, environments = [], []
        for factor in factors:
            taus, rows = [], []
            for _, cell in grid.groupby(["block", *(f for f in factors if f != factor)]):
                signs = []
                for (_, a), (_, b) in itertools.combinations(cell.iterrows(), 2):
                    gap = abs(a["outcome"] - b["outcome"])
                    sign = np.sign(a["measure"] - b["measure"]) * np.sign(a["outcome"] - b["outcome"])
                    weight = max(0.0, 1 - 2 * np.exp(-2 * 10000 * (gap / 2) ** 2)) ** 2
                    signs.append(sign)
                    rows.append((min(a[factor], b[factor]), max(a[factor], b[factor]), weight, weight**2, weight * (1 - sign) / 2))
                if signs:
                    taus.append(np.mean(signs))
            psis.append(float(np.mean(taus)))
            sums = pd.DataFrame(rows, columns=["from", "to", "w", "ww", "wrong"]).groupby(["from", "to"]).sum()
            environments += [(float(e.wrong / e.w), float(e.w**2 / e.ww)) for e in sums.itertuples()]
        errors = [error for error, pairs in environments if pairs >= 6]
        cases.append({
            "block": grid["block"].tolist(), "levels": grid[factors].values.tolist(),
            "measure": grid["measure"].tolist(), "outcome": grid["outcome"].tolist(),
            "psis": psis, "psi": float(np.mean(psis)),
            "maximum": max(errors), "percentile_90": float(np.quantile(errors, 0.9)),
            "kept": len(errors), "left_out": len(environments) - len(errors),
        })
    return cases


def multiplicities():
    cases = []
    for m in [1, 2, 7, 30]:
        p = (rng.uniform(size=m) ** 3).round(4)
        adjusted = {name: multipletests(p, method=method)[1].tolist() for name, method in [("holm", "holm"), ("bh", "fdr_bh")]}
        cases.append({"p_values": p.tolist(), **adjusted})
    return cases


def fixed_effects():
    """CR2 and its degrees of freedom by the general matrices, with a dummy
    column per block; the slope by statsmodels."""
    cases = []
    for sizes in [[3, 3, 3], [5] * 8, [2, 3, 9, 4, 6, 12]]:
        block = np.repeat(np.arange(len(sizes)), sizes)
        x = rng.normal(size=block.size) * (1 + block)
        y = 0.4 * x + rng.normal(size=len(sizes))[block] + rng.normal(size=block.size)
        X = np.column_stack([x] + [(block == b).astype(float) for b in range(len(sizes))])
        fit = sm.OLS(y, X).fit()
        inverse = np.linalg.inv(X.T @ X)
        H = X @ inverse @ X.T
        residual_maker = np.eye(block.size) - H
        meat, rows = 0.0, []
        for b in range(len(sizes)):
            own = np.flatnonzero(block == b)
            values, vectors = np.linalg.eigh(np.eye(own.size) - H[np.ix_(own, own)])
            # A level of its own makes one eigenvalue zero: the pseudo-inverse.
            root = (vectors * np.where(values > 1e-9, np.abs(values) ** -0.5, 0.0)) @ vectors.T
            row = (inverse @ X[own].T)[0] @ root
            meat += float(row @ fit.resid[own]) ** 2
            rows.append(row @ residual_maker[own])
        products = np.array(rows) @ np.array(rows).T
        df = np.trace(products) ** 2 / np.sum(products**2)
        half = stats.t.ppf(0.975, df) * np.sqrt(meat)
        slope = float(fit.params[0])
        cases.append({
            "x": [x[block == b].tolist() for b in range(len(sizes))],
            "y": [y[block == b].tolist() for b in range(len(sizes))],
            "slope": slope, "interval": [slope - float(half), slope + float(half)],
        })
    return cases


def friedmans():
    cases = []
    for n, k, ties in [(3, 3, False), (10, 4, True), (20, 12, False), (20, 5, True)]:
        values = rng.normal(size=(n, k)) + 0.2 * np.arange(k)
        values = values.round(0 if ties else 12)
        result = stats.friedmanchisquare(*values.T)
        cases.append({
            "blocks": values.tolist(), "statistic": float(result.statistic), "p_value": float(result.pvalue),
            "mean_ranks": stats.rankdata(values, axis=1).mean(axis=0).tolist(),
        })
    return cases


def coxes():
    """PHReg of statsmodels; CoxPHFitter of lifelines agrees to its tolerance."""
    cases = []
    for blocks, runs, covariates, ties in [(1, 40, 1, False), (6, 10, 2, False), (20, 8, 2, True)]:
        n = blocks * runs
        block = np.repeat(np.arange(blocks), runs)
        x = rng.normal(size=(n, covariates)) * np.array([1.0, 30.0])[:covariates]
        rate = np.exp(0.6 * x[:, 0] + rng.normal(size=blocks)[block])
        time = rng.exponential(1.0 / rate)
        hit = time < np.quantile(time, 0.75)
        time = np.minimum(time, np.quantile(time, 0.75))
        if ties:
            time = np.ceil(8.0 * time)
        model = PHReg(time, x, status=hit.astype(int), strata=block, ties="efron")
        fit = model.fit(method="newton", tol=1e-14, disp=False)
        frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(covariates)]).assign(time=time, hit=hit, block=block)
        lifelines_fit = CoxPHFitter().fit(frame, "time", "hit", strata="block")
        assert np.allclose(lifelines_fit.params_, fit.params, rtol=1e-4)
        assert np.allclose(lifelines_fit.confidence_intervals_, fit.conf_int(0.05), rtol=1e-3)
        cases.append({
            "block": block.tolist(), "time": time.tolist(), "hit": hit.tolist(), "covariates": x.tolist(),
            "values": fit.params.tolist(), "intervals": fit.conf_int(0.05).tolist(),
        })
    return cases


golden = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "lifelines": lifelines.__version__},
    "tosts": tosts(),
    "powers": powers(),
    "bootstraps": bootstraps(),
    "within_blocks": within_blocks(),
    "factorials": factorials(),
    "multiplicities": multiplicities(),
    "fixed_effects": fixed_effects(),
    "friedmans": friedmans(),
    "coxes": coxes(),
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, allow_nan=False) + "\n")
