"""Trains `heart.onnx`: gradient-boosted trees (ai.onnx.ml TreeEnsembleClassifier) on the Cleveland heart disease table.

From the repository's root, with Python 3.11 (versions: examples/models/_training/requirements.txt):

    python3 -m venv /tmp/train-venv
    /tmp/train-venv/bin/pip install -r examples/models/_training/requirements.txt
    /tmp/train-venv/bin/python examples/models/heart/train.py [data folder, default ../shared/data]

Reads `processed.cleveland.data`; writes `heart.onnx`, `samples.json` and the measured section of `model-card.md`.
"""

import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
from onnx import helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
from _training.folds import FOLDS, REPEATS, Fit, out_of_fold  # noqa: E402
from _training.report import write_report  # noqa: E402
from _training.tables import SEED, data_folder, prepare  # noqa: E402

TREES, LEAVES = (40, 80, 120, 180, 240), (2, 3, 4, 6)
COLUMNS = "age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal num".split()
# The file's codes, by the names that encoder.ts gives them.
CHEST_PAIN = {"typical": 1, "atypical": 2, "nonAnginal": 3, "asymptomatic": 4}
RESTING_ECG = {"normal": 0, "stWaveAbnormality": 1, "leftVentricularHypertrophy": 2}
ST_SLOPE = {"up": 1, "flat": 2, "down": 3}
THALLIUM = {"normal": 3, "fixedDefect": 6, "reversibleDefect": 7}


def named(raw: pd.DataFrame) -> pd.DataFrame:
    def names(column: str, codes: dict[str, int]) -> pd.Series:
        return raw[column].map({code: name for name, code in codes.items()})

    return pd.DataFrame({
        "age": raw["age"],
        "sex": raw["sex"].map({1: "male", 0: "female"}),
        "chestPain": names("cp", CHEST_PAIN),
        "restingBloodPressure": raw["trestbps"],
        "cholesterol": raw["chol"],
        "fastingBloodSugarHigh": raw["fbs"] == 1,
        "restingEcg": names("restecg", RESTING_ECG),
        "maxHeartRate": raw["thalach"],
        "exerciseAngina": raw["exang"] == 1,
        "stDepression": raw["oldpeak"],
        "stSlope": names("slope", ST_SLOPE),
        "majorVessels": raw["ca"],
        "thallium": names("thal", THALLIUM),
    })


def encode(rows: pd.DataFrame) -> np.ndarray:
    """What encoder.ts does, row for row: the file's own codes, NaN where missing."""
    return pd.DataFrame({
        **rows,
        "sex": rows["sex"] == "male",
        "chestPain": rows["chestPain"].map(CHEST_PAIN),
        "restingEcg": rows["restingEcg"].map(RESTING_ECG),
        "stSlope": rows["stSlope"].map(ST_SLOPE),
        "thallium": rows["thallium"].map(THALLIUM),
    }).to_numpy(np.float32)


def classifier(trees: int, leaves: int) -> HistGradientBoostingClassifier:
    # Trees learn on which side a missing value goes; few leaves and half the columns per split keep them from
    # learning two hundred rows by heart.
    return HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=trees,
        max_leaf_nodes=leaves,
        min_samples_leaf=10,
        l2_regularization=5.0,
        max_features=0.5,
        early_stopping=False,
        random_state=SEED,
    )


def boosted(trees: int, leaves: int) -> Fit:
    def fit(x: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        model = classifier(trees, leaves).fit(x, y)
        return lambda rows: model.predict_proba(rows)[:, 1]

    return fit


def main() -> None:
    raw = pd.read_csv(data_folder() / "processed.cleveland.data", header=None, names=COLUMNS, na_values="?")
    table = prepare(raw, raw["num"] > 0, named(raw))
    x = encode(table.features)
    rows, labels = x[table.train], table.labels[table.train]

    # Chosen by log loss, which punishes overconfidence as AUC does not: this is what keeps the risks calibrated.
    unseen = {size: out_of_fold(rows, labels, boosted(*size)) for size in product(TREES, LEAVES)}
    size = min(unseen, key=lambda size: log_loss(labels, unseen[size]))
    auc, loss = roc_auc_score(labels, unseen[size]), log_loss(labels, unseen[size])

    model = classifier(*size).fit(rows, labels)
    exported = to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, x.shape[1]]))],
        options={"zipmap": False},
        target_opset=17,
    )
    # skl2onnx names the default operator set twice, which stricter readers than ONNX Runtime may refuse.
    versions = {opset.domain: opset.version for opset in exported.opset_import}
    del exported.opset_import[:]
    exported.opset_import.extend(helper.make_opsetid(*opset) for opset in sorted(versions.items()))
    onnx.checker.check_model(exported)
    file = FOLDER / "heart.onnx"
    file.write_bytes(exported.SerializeToString())

    session = onnxruntime.InferenceSession(file)
    write_report(
        FOLDER,
        table,
        predict=lambda rows: session.run(["probabilities"], {"features": encode(rows)})[0][:, 1],
        files=["heart.onnx"],
        training={
            "Trees": f"{size[0]} of at most {size[1]} leaves, learning rate {model.learning_rate}, chosen among "
            f"{len(unseen)} sizes by cross-validated log loss on the training rows alone",
            f"Cross-validated there ({FOLDS} folds, {REPEATS} times)": f"AUC {auc:.3f}, log loss {loss:.3f}",
        },
        x=x,
        fit=boosted(*size),
        packages=["scikit-learn", "skl2onnx", "onnx", "onnxruntime"],
    )


if __name__ == "__main__":
    main()
