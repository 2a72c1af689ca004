"""Writes test/golden/statistics/reference.json with SciPy and statsmodels: python test/core/statistics_reference.py OUT.json"""

import json
import sys

import scipy
import statsmodels
from scipy.stats import binomtest, norm, t, ttest_rel
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import (
    aggregate_raters,
    cohens_kappa,
    fleiss_kappa,
    to_table,
)
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

zs = [-30.0, -10.0, -5.0, -3.0, -2.999, -1.0, 0.0, 0.3, 1.96, 3.0, 6.0]
probabilities = [1e-300, 1e-10, 0.025, 0.2, 0.5, 0.8, 0.975, 0.9999]
counts = [(0, 1), (1, 1), (0, 20), (743, 1273), (854, 1273), (4183, 4183), (2431, 4183)]
splits = [(0, 0), (0, 1), (5, 0), (10, 2), (94, 124), (600, 673), (3, 3), (40000, 40500)]
pairs = [((743, 1273), (773, 1273)), ((854, 1273), (870, 1273)), ((5, 10), (50, 90)), ((7, 7), (3, 3))]
samples = [
    [0.3, 0.4, 0.35, 0.5, 0.45],
    [0.1, -0.2],
    [0.02, -0.31, 0.4, 0.11, 0.05, -0.07],
    [float(index % 7) for index in range(60)],
]
families = [[0.01, 0.04, 0.03], [0.5], [0.001, 0.2, 0.2, 1.0, 0.0], [0.038, 0.011, 0.018, 0.02, 0.308]]

# Labels of raters over the same items; the first two also as a pair.
ratings = [
    ["aabbbcccab", "abbbbccaab"],
    ["aaaaaaaaab", "aaaaaaaabb", "aaabaaaabb"],
    ["abcdeabcdeabcde", "abcdeabcdaabcdb", "abcdeabcdcabcda", "bbcdeabddeabcae"],
    ["abab", "baba"],
    ["aaab", "bbbb"],
]


def kappas(raters: list[str]) -> dict:
    rows = [[ord(label) for label in labels] for labels in zip(*raters, strict=True)]
    pair = [row[:2] for row in rows]
    cohen = cohens_kappa(to_table(pair)[0])
    assert abs(cohen.kappa - cohen_kappa_score(*zip(*pair, strict=True))) < 1e-12
    return {
        "raters": raters,
        "cohen": [float(cohen.kappa), float(cohen.kappa_low), float(cohen.kappa_upp)],
        "fleiss": float(fleiss_kappa(aggregate_raters(rows)[0])),
    }


reference = {
    "made_with": f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}",
    "normalProbability": [[z, float(norm.cdf(z))] for z in zs],
    "normalQuantile": [[p, float(norm.ppf(p))] for p in probabilities],
    "wilson": [[k, n, *map(float, proportion_confint(k, n, method="wilson"))] for k, n in counts],
    "mcnemar": [[b, c, float(mcnemar([[1, b], [c, 1]], exact=True).pvalue)] for b, c in splits if b + c],
    "pairedT": [
        [values, float(tested.pvalue), *map(float, tested.confidence_interval(0.95))]
        for values in samples
        for tested in [ttest_rel(values, [0.0] * len(values))]
    ],
    "studentQuantile": [[freedom, float(t.ppf(0.975, freedom))] for freedom in [1, 2, 4, 9, 30, 200, 5000]],
    "shareInterval": [
        [k, n, *map(float, binomtest(k, n).proportion_ci(0.95, "exact"))]
        for k, n in [(0, 1), (5, 5), (2, 12), (94, 218), (10, 60), (743, 1273), (60, 60)]
    ],
    "twoProportions": [
        [*a, *b, float(proportions_ztest([a[0], b[0]], [a[1], b[1]])[1])] for a, b in pairs[:-1]
    ],
    "kappa": [kappas(raters) for raters in ratings],
    "holm": [[family, multipletests(family, method="holm")[1].tolist()] for family in families],
}
with open(sys.argv[1], "w") as file:
    json.dump(reference, file, indent=1)
    file.write("\n")
