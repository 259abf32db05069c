"""Trains a TensorFlow.js LayersModel (`model.json` and its shard): a small neural net on the Pima diabetes table.

From the repository's root, with Python 3.11 (versions: examples/models/_training/requirements.txt):

    python3 -m venv /tmp/train-venv
    /tmp/train-venv/bin/pip install -r examples/models/_training/requirements.txt
    /tmp/train-venv/bin/python examples/models/diabetes/train.py [data folder, default ../shared/data]

Reads `diabetes.csv`; writes `model.json`, `group1-shard1of1.bin`, `samples.json` and the measured section of
`model-card.md`.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import tensorflowjs as tfjs  # noqa: E402
from tf_keras import Model, layers  # noqa: E402

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
from _training.net import Net, choose_decay, fit_net  # noqa: E402
from _training.report import write_report  # noqa: E402
from _training.tables import data_folder, prepare  # noqa: E402

# The file writes 0 where nothing was measured (nobody lives with a BMI or a blood pressure of 0).
MAY_BE_MISSING = ["glucose", "bloodPressure", "skinThickness", "insulin", "bmi"]


def named(raw: pd.DataFrame) -> pd.DataFrame:
    rows = pd.DataFrame({
        "pregnancies": raw["Pregnancies"],
        "glucose": raw["Glucose"],
        "bloodPressure": raw["BloodPressure"],
        "skinThickness": raw["SkinThickness"],
        "insulin": raw["Insulin"],
        "bmi": raw["BMI"],
        "pedigree": raw["DiabetesPedigreeFunction"],
        "age": raw["Age"],
    })
    return rows.replace({name: {0: np.nan} for name in MAY_BE_MISSING})


def encode(rows: pd.DataFrame) -> np.ndarray:
    """What encoder.ts does, row for row: eight values, 0 where missing, then five flags, 1 where missing.

    Flags, not NaN: no layer of a LayersModel can tell NaN from a number.
    """
    return np.hstack([rows.fillna(0), rows[MAY_BE_MISSING].isna()]).astype(np.float32)


def to_keras(net: Net, names: list[str]) -> Model:
    """Dense layers that take raw values: standardising is linear, so it is folded into the first, and the bounds of the
    risk, linear too, are a last one of one weight.

    With z = (x - mean) / std, a missing value must come out as z = 0. It comes in as x = 0 with its flag at 1, so the
    flag's weight adds back what x = 0 would take away: mean / std times the value's own weight.
    """
    values = net.hidden_weights / net.std[:, None]
    offsets = values * net.mean[:, None]
    flags = offsets[[names.index(name) for name in MAY_BE_MISSING]]

    features = layers.Input((len(names) + len(MAY_BE_MISSING),), name="features")
    hidden = layers.Dense(len(net.hidden_bias), activation="relu", name="hidden")
    share = layers.Dense(1, activation="sigmoid", name="share")
    risk = layers.Dense(1, name="risk")
    model = Model(features, risk(share(hidden(features))), name="diabetes")
    hidden.set_weights([np.vstack([values, flags]), net.hidden_bias - offsets.sum(axis=0)])
    share.set_weights([net.output_weights, net.output_bias])
    risk.set_weights([np.array([[net.high - net.low]]), np.array([net.low])])
    return model


def main() -> None:
    raw = pd.read_csv(data_folder() / "diabetes.csv")
    table = prepare(raw, raw["Outcome"] == 1, named(raw))
    x = table.features.to_numpy(np.float64)
    rows, labels = x[table.train], table.labels[table.train]
    choice = choose_decay(rows, labels)
    net = fit_net(rows, labels, choice.decay)

    tfjs.converters.save_keras_model(to_keras(net, list(table.features)), str(FOLDER))
    # What is measured is the file, read back.
    model = tfjs.converters.load_keras_model(str(FOLDER / "model.json"))
    write_report(
        FOLDER,
        table,
        predict=lambda rows: model.predict(encode(rows), verbose=0)[:, 0],
        files=["model.json", "group1-shard1of1.bin"],
        training=choice.summary(),
        x=x,
        fit=lambda x, y: fit_net(x, y, choice.decay).risks,
        packages=["scikit-learn", "tensorflow", "tf_keras", "tensorflowjs"],
    )


if __name__ == "__main__":
    main()
