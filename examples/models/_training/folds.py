"""Answers for training rows from models that did not see them."""

from collections.abc import Callable

import numpy as np
from sklearn.model_selection import RepeatedStratifiedKFold

from .tables import SEED

# Fits on rows and their labels; what it returns answers with a risk for each new row.
Fit = Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]

FOLDS, REPEATS = 5, 4


def out_of_fold(x: np.ndarray, y: np.ndarray, fit: Fit) -> np.ndarray:
    """One risk per row, the mean over the repeats."""
    risks = np.zeros(len(y))
    for train, test in RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=SEED).split(x, y):
        risks[test] += fit(x[train], y[train])(x[test]) / REPEATS
    return risks
