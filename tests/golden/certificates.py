#!/usr/bin/env python3
"""Golden values of src/certificate/bound.rs, by bisection with 40 digits.

    python3 tests/golden/certificates.py

prints the rows of the table there. Needs mpmath.
"""
from mpmath import mp, mpf, log, sqrt

mp.dps = 40


def kl(q, p):
    return (q * log(q / p) if q > 0 else 0) + ((1 - q) * log((1 - q) / (1 - p)) if q < 1 else 0)


def inverse(q, c):
    low, high = q, mpf(1)
    for _ in range(130):
        middle = (low + high) / 2
        low, high = (low, middle) if kl(q, middle) > c else (middle, high)
    return high


for errors, draws, divergence, examples, priors in [
    (18436, 300000, "4254.0411808", 60000, 8),
    (8930, 10000, "253.46032605", 2000, 8),
    (0, 500, "0", 100, 1),
]:
    gibbs = inverse(mpf(errors) / draws, log(1 / mpf("0.01")) / draws)
    price = log(2 * sqrt(mpf(examples)) / mpf("0.025"))
    risk = inverse(gibbs, (mpf(divergence) + log(mpf(priors)) + price) / examples)
    print(f"([{errors}, {draws}], {divergence}, {examples}, {priors}, {mp.nstr(gibbs, 15)}, {mp.nstr(risk, 15)}),")
