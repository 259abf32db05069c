"""Measures the exported file on the held-out rows; writes the card's generated section and `samples.json`."""

import json
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from .folds import Fit
from .tables import HELD_OUT, SEED, Table, split

START, END = "<!-- measured: written by train.py, do not edit -->", "<!-- /measured -->"
BINS = 5
SAMPLES_PER_LABEL = 5
OTHER_SPLITS = 20


def write_report(
    folder: Path,
    table: Table,
    predict: Callable[[pd.DataFrame], np.ndarray],
    files: list[str],
    training: dict[str, str],
    packages: list[str],
    x: np.ndarray,
    fit: Fit,
) -> None:
    """`predict` runs the exported file in its reference runtime; `training` is how it was fitted, for the card;
    `fit` does it again on other rows of `x`, which are all the table's."""
    rows = table.features.iloc[table.held_out]
    labels = table.labels[table.held_out]
    risks = predict(rows).astype(np.float32)
    sections = [
        _rows_section(table),
        _training_section(folder, files, training, packages),
        _quality_section(table, labels, risks.astype(np.float64)),
        _calibration_section(labels, risks.astype(np.float64)),
        _other_splits_section(table, x, fit),
    ]
    _replace_section(folder / "model-card.md", "\n\n".join(sections))
    _write_samples(folder / "samples.json", rows, labels, risks)


def _rows_section(table: Table) -> str:
    def count(name: str, index: np.ndarray) -> list[str]:
        positive = int(table.labels[index].sum())
        return [name, f"{len(index)}", f"{positive} ({positive / len(index):.1%})"]

    unique = len(table.labels)
    missing = table.features.isna().sum()
    gaps = ", ".join(f"{name} {n}" for name, n in missing.items() if n) or "none"
    return "\n".join([
        "### Rows",
        "",
        _grid([
            ["", "rows", "positive"],
            ["in the file", f"{table.rows_read}", ""],
            ["exact repeats dropped", f"{table.rows_read - unique}", ""],
            count("unique", np.arange(unique)),
            count(f"trained on ({1 - HELD_OUT:.0%}, stratified, seed {SEED})", table.train),
            count("held out", table.held_out),
        ]),
        "",
        f"Missing values among the unique rows: {gaps}. "
        f"Unique rows that share every feature with another of the opposite label: {table.contradictory}.",
    ])


def _training_section(folder: Path, files: list[str], training: dict[str, str], packages: list[str]) -> str:
    sizes = ", ".join(f"`{name}` {(folder / name).stat().st_size:,} bytes" for name in files)
    versions = ", ".join([f"Python {platform.python_version()}"] + [f"{name} {version(name)}" for name in packages])
    return "\n".join([
        "### Training",
        "",
        *[f"- {name}: {value}" for name, value in training.items()],
        f"- Files: {sizes}",
        f"- Made with: {versions}",
    ])


def _quality_section(table: Table, labels: np.ndarray, risks: np.ndarray) -> str:
    low, high = _auc_interval(labels, risks)
    # What answering the training rows' base rate to everyone would score.
    base = np.full(len(labels), table.labels[table.train].mean())

    def score(name: str, of: Callable[[np.ndarray, np.ndarray], float]) -> list[str]:
        return [name, f"{of(labels, risks):.3f}", f"{of(labels, base):.3f}"]

    return "\n".join([
        f"### Quality on the {len(labels)} held-out rows",
        "",
        _grid([
            ["", "model", "always answering the base rate"],
            ["AUC (95 % bootstrap interval)", f"{roc_auc_score(labels, risks):.3f} ({low:.3f} to {high:.3f})", "0.500"],
            score("Brier score (lower is better)", brier_score_loss),
            score("log loss (lower is better)", log_loss),
        ]),
        "",
        f"Risks on these rows run from {risks.min():.3f} to {risks.max():.3f}.{_by_sex(table, labels, risks)}",
    ])


def _by_sex(table: Table, labels: np.ndarray, risks: np.ndarray) -> str:
    if "sex" not in table.features:
        return ""
    sexes = table.features["sex"].iloc[table.held_out].to_numpy()
    parts = [
        f"{sex} {roc_auc_score(labels[sexes == sex], risks[sexes == sex]):.3f} "
        f"({(sexes == sex).sum()} rows, {labels[sexes == sex].sum()} positive)"
        for sex in ("male", "female")
    ]
    return f" AUC by sex: {', '.join(parts)}."


def _auc_interval(labels: np.ndarray, risks: np.ndarray, rounds: int = 2000) -> tuple[float, float]:
    """Positives and negatives are drawn apart: with eleven negatives, a plain draw might have none."""
    random = np.random.default_rng(SEED)
    groups = [np.flatnonzero(labels == label) for label in (0, 1)]
    draws = [np.concatenate([random.choice(group, len(group)) for group in groups]) for _ in range(rounds)]
    low, high = np.quantile([roc_auc_score(labels[draw], risks[draw]) for draw in draws], [0.025, 0.975])
    return low, high


def _calibration_section(labels: np.ndarray, risks: np.ndarray) -> str:
    rows = [["risk from", "to", "rows", "mean risk", "observed positive", "interval"]]
    for group in np.array_split(np.argsort(risks, kind="stable"), BINS):
        low, high = _wilson(int(labels[group].sum()), len(group))
        first, last, mean = (f"{risk:.3f}" for risk in (risks[group].min(), risks[group].max(), risks[group].mean()))
        rows.append([first, last, f"{len(group)}", mean, f"{labels[group].mean():.3f}", f"{low:.2f} to {high:.2f}"])
    return "\n".join([
        "### Calibration on the held-out rows",
        "",
        f"Rows sorted by risk and cut into {BINS} groups of about equal size; "
        "the interval is the 95 % Wilson interval of the observed share.",
        "",
        _grid(rows),
        "",
        f"Mean risk {risks.mean():.3f}, observed share {labels.mean():.3f}.",
    ])


def _other_splits_section(table: Table, x: np.ndarray, fit: Fit) -> str:
    """How much of the figures above is the luck of one split."""
    scores = []
    for seed in range(OTHER_SPLITS):
        train, held_out = split(table.labels, seed)
        risks, labels = fit(x[train], table.labels[train])(x[held_out]), table.labels[held_out]
        logits = np.log(risks / (1 - risks))[:, None]
        slope = LogisticRegression(C=np.inf).fit(logits, labels).coef_[0, 0]
        scores.append([roc_auc_score(labels, risks), brier_score_loss(labels, risks), slope])
    auc, brier, slope = (f"{s.mean():.3f} on average ({s.min():.3f} to {s.max():.3f})" for s in np.transpose(scores))
    return "\n".join([
        f"### The same recipe on {OTHER_SPLITS} other splits",
        "",
        f"- AUC {auc}",
        f"- Brier score {brier}",
        f"- calibration slope {slope}: 1 is right, below 1 the risks are too extreme, above 1 too timid",
        "",
        "Trained and held out anew each time, with the settings above. The file here is from none of them.",
    ])


def _wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _grid(rows: list[list[str]]) -> str:
    """A Markdown table, padded as the repository's formatter wants it."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    head, *body = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["-" * width for width in widths], *body])


def _replace_section(card: Path, text: str) -> None:
    before, _, rest = card.read_text().partition(START)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{card} has no section between {START} and {END}")
    card.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}")


def _write_samples(path: Path, rows: pd.DataFrame, labels: np.ndarray, risks: np.ndarray) -> None:
    """As many of each label, drawn by the seed: not chosen for being right."""
    random = np.random.default_rng(SEED)
    chosen = np.concatenate([
        random.choice(np.flatnonzero(labels == label), SAMPLES_PER_LABEL, replace=False) for label in (0, 1)
    ])
    samples = [
        {
            "features": {name: _plain(value) for name, value in rows.iloc[index].items()},
            "label": int(labels[index]),
            # The shortest decimal that reads back as the same float32.
            "expected": {"risk": float(str(risks[index]))},
        }
        for index in np.sort(chosen)
    ]
    path.write_text(json.dumps(samples, indent=2) + "\n")


def _plain(value: object) -> object:
    """As a user would write it in JSON: null where missing, no `63.0` for an age."""
    if isinstance(value, (str, bool, np.bool_)):
        return value if isinstance(value, str) else bool(value)
    number = float(value)
    if np.isnan(number):
        return None
    return int(number) if number.is_integer() else number
