"""Reading a table, dropping repeated rows, and holding some of them out."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

# One seed for everything (split, folds, initial weights, samples), chosen before anything was measured.
SEED = 2024
HELD_OUT = 0.3
REPOSITORY = Path(__file__).resolve().parents[3]


def data_folder() -> Path:
    """The folder with the public tables: the script's argument, else `../shared/data` seen from the repository."""
    return Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY.parent / "shared" / "data"


@dataclass
class Table:
    """One disease's table, repeated rows gone: features as a user would name them, NaN where missing."""

    features: pd.DataFrame
    labels: np.ndarray
    rows_read: int
    contradictory: int
    train: np.ndarray
    held_out: np.ndarray


def prepare(raw: pd.DataFrame, label: pd.Series, features: pd.DataFrame) -> Table:
    """Drops repeated rows, then splits. In this order, or a row could be both learnt and tested on.

    Only rows that agree in every column of the file are repeats. Two people may share all answers but the
    diagnosis: such rows stay, and are counted.
    """
    unique = ~raw.duplicated().to_numpy()
    features = features[unique].reset_index(drop=True)
    labels = label[unique].to_numpy().astype(np.int64)
    train, held_out = split(labels, SEED)
    return Table(
        features=features,
        labels=labels,
        rows_read=len(raw),
        contradictory=int(features.duplicated(keep=False).sum()),
        train=train,
        held_out=held_out,
    )


def split(labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train on and to hold out, with the same share of positives in both."""
    rows = np.arange(len(labels))
    train, held_out = train_test_split(rows, test_size=HELD_OUT, stratify=labels, random_state=seed)
    return np.sort(train), np.sort(held_out)
