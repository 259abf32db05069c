"""Trains a TensorFlow.js GraphModel (`model.json` and its shard): a small neural net on the lung cancer survey.

From the repository's root, with Python 3.11 (versions: examples/models/_training/requirements.txt):

    python3 -m venv /tmp/train-venv
    /tmp/train-venv/bin/pip install -r examples/models/_training/requirements.txt
    /tmp/train-venv/bin/python examples/models/lung/train.py [data folder, default ../shared/data]

Reads `survey_lung_cancer.csv`; writes `model.json`, `group1-shard1of1.bin`, `samples.json` and the measured section of
`model-card.md`.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import tensorflow as tf  # noqa: E402
import tensorflowjs as tfjs  # noqa: E402

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
from _training.net import Net, choose_decay, fit_net  # noqa: E402
from _training.report import write_report  # noqa: E402
from _training.tables import data_folder, prepare  # noqa: E402

# The survey's yes/no questions, by the names that encoder.ts gives them.
QUESTIONS = {
    "SMOKING": "smoking",
    "YELLOW_FINGERS": "yellowFingers",
    "ANXIETY": "anxiety",
    "PEER_PRESSURE": "peerPressure",
    "CHRONIC DISEASE": "chronicDisease",
    "FATIGUE": "fatigue",
    "ALLERGY": "allergy",
    "WHEEZING": "wheezing",
    "ALCOHOL CONSUMING": "alcohol",
    "COUGHING": "coughing",
    "SHORTNESS OF BREATH": "shortnessOfBreath",
    "SWALLOWING DIFFICULTY": "swallowingDifficulty",
    "CHEST PAIN": "chestPain",
}


def named(raw: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "sex": raw["GENDER"].map({"M": "male", "F": "female"}),
        "age": raw["AGE"],
        # 2 is yes, 1 is no.
        **{name: raw[column] == 2 for column, name in QUESTIONS.items()},
    })


def encode(rows: pd.DataFrame) -> np.ndarray:
    """What encoder.ts does, row for row: yes and male are 1."""
    return pd.DataFrame({**rows, "sex": rows["sex"] == "male"}).to_numpy(np.float32)


class RiskModule(tf.Module):
    """The net as a SavedModel signature that takes raw answers."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = {name: tf.constant(value, tf.float32) for name, value in vars(net).items()}
        self.serve = tf.function(
            self._risk, input_signature=[tf.TensorSpec([None, len(net.mean)], tf.float32, "features")]
        )

    def _risk(self, features: tf.Tensor) -> dict[str, tf.Tensor]:
        scores = (features - self.net["mean"]) / self.net["std"]
        hidden = tf.nn.relu(scores @ self.net["hidden_weights"] + self.net["hidden_bias"])
        share = tf.sigmoid(hidden @ self.net["output_weights"] + self.net["output_bias"])
        return {"risk": self.net["low"] + (self.net["high"] - self.net["low"]) * share}


def rename_output(file: Path) -> None:
    """Freezing names the output node `Identity`, whatever the signature calls it. The node gets the signature's name,
    so that the model answers `risk` to those who ask by node and to those who ask by signature."""
    model = json.loads(file.read_text())
    [node] = [node for node in model["modelTopology"]["node"] if node["name"] == "Identity"]
    node["name"] = "risk"
    model["signature"]["outputs"]["risk"]["name"] = "risk:0"
    # Protobuf's maps come in any order: sorted, a second run writes the same bytes.
    file.write_text(json.dumps(model, sort_keys=True))


def main() -> None:
    raw = pd.read_csv(data_folder() / "survey_lung_cancer.csv").rename(columns=str.strip)
    table = prepare(raw, raw["LUNG_CANCER"] == "YES", named(raw))
    x = encode(table.features).astype(np.float64)
    rows, labels = x[table.train], table.labels[table.train]
    choice = choose_decay(rows, labels)
    net = fit_net(rows, labels, choice.decay)

    module = RiskModule(net)
    with tempfile.TemporaryDirectory() as saved:
        tf.saved_model.save(module, saved, signatures=module.serve)
        tfjs.converters.convert_tf_saved_model(saved, str(FOLDER))
    rename_output(FOLDER / "model.json")
    write_report(
        FOLDER,
        table,
        # TensorFlow cannot read a GraphModel back: this is the function it was converted from.
        predict=lambda rows: module.serve(tf.constant(encode(rows)))["risk"].numpy()[:, 0],
        files=["model.json", "group1-shard1of1.bin"],
        training=choice.summary(),
        x=x,
        fit=lambda x, y: fit_net(x, y, choice.decay).risks,
        packages=["scikit-learn", "tensorflow", "tensorflowjs"],
    )


if __name__ == "__main__":
    main()
