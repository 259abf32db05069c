"""Trains `liver.onnx`: a small neural net on the Indian Liver Patient Dataset.

From the repository's root, with Python 3.11 (versions: examples/models/_training/requirements.txt):

    python3 -m venv /tmp/train-venv
    /tmp/train-venv/bin/pip install -r examples/models/_training/requirements.txt
    /tmp/train-venv/bin/python examples/models/liver/train.py [data folder, default ../shared/data]

Reads `indian_liver_patient.csv`; writes `liver.onnx`, `samples.json` and the measured section of `model-card.md`.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
from _training.net import Net, choose_decay, fit_net  # noqa: E402
from _training.report import write_report  # noqa: E402
from _training.tables import data_folder, prepare  # noqa: E402

# Blood values that spread over two or three powers of ten: the net sees their logarithm.
LOGARITHMIC = {
    "totalBilirubin",
    "directBilirubin",
    "alkalinePhosphatase",
    "alanineAminotransferase",
    "aspartateAminotransferase",
}


def named(raw: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "age": raw["Age"],
        "sex": raw["Gender"].map({"Male": "male", "Female": "female"}),
        "totalBilirubin": raw["Total_Bilirubin"],
        "directBilirubin": raw["Direct_Bilirubin"],
        "alkalinePhosphatase": raw["Alkaline_Phosphotase"],
        "alanineAminotransferase": raw["Alamine_Aminotransferase"],
        "aspartateAminotransferase": raw["Aspartate_Aminotransferase"],
        "totalProteins": raw["Total_Protiens"],
        "albumin": raw["Albumin"],
        "albuminGlobulinRatio": raw["Albumin_and_Globulin_Ratio"],
    })


def encode(rows: pd.DataFrame) -> np.ndarray:
    """What encoder.ts does, row for row: the values as they are, NaN where missing."""
    return pd.DataFrame({**rows, "sex": rows["sex"] == "male"}).to_numpy(np.float32)


def to_onnx(net: Net, logarithmic: np.ndarray) -> onnx.ModelProto:
    """The whole way from raw blood values to a risk, so that no constant lives outside the file."""
    constants = {
        "logarithmic": logarithmic,
        "mean": net.mean.astype(np.float32),
        "std": net.std.astype(np.float32),
        "zero": np.float32(0),
        "hidden_weights": net.hidden_weights.astype(np.float32),
        "hidden_bias": net.hidden_bias.astype(np.float32),
        "output_weights": net.output_weights.astype(np.float32),
        "output_bias": net.output_bias.astype(np.float32),
        "low": np.float32(net.low),
        "span": np.float32(net.high - net.low),
    }
    nodes = [
        helper.make_node("Log", ["features"], ["logs"]),
        helper.make_node("Where", ["logarithmic", "logs", "features"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "std"], ["scores"]),
        # A missing value stands at the mean of the rows that have it.
        helper.make_node("IsNaN", ["scores"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "scores"], ["filled"]),
        helper.make_node("Gemm", ["filled", "hidden_weights", "hidden_bias"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "output_weights", "output_bias"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["share"]),
        helper.make_node("Mul", ["share", "span"], ["above_low"]),
        helper.make_node("Add", ["above_low", "low"], ["risk"]),
    ]
    graph = helper.make_graph(
        nodes,
        "liver",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", len(net.mean)])],
        [helper.make_tensor_value_info("risk", TensorProto.FLOAT, ["batch", 1])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, producer_name="warmset-examples", opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    raw = pd.read_csv(data_folder() / "indian_liver_patient.csv")
    table = prepare(raw, raw["Dataset"] == 1, named(raw))
    logarithmic = np.array([name in LOGARITHMIC for name in table.features])

    x = encode(table.features).astype(np.float64)
    x[:, logarithmic] = np.log(x[:, logarithmic])
    rows, labels = x[table.train], table.labels[table.train]
    choice = choose_decay(rows, labels)
    net = fit_net(rows, labels, choice.decay)

    file = FOLDER / "liver.onnx"
    file.write_bytes(to_onnx(net, logarithmic).SerializeToString())
    session = onnxruntime.InferenceSession(file)
    write_report(
        FOLDER,
        table,
        predict=lambda rows: session.run(["risk"], {"features": encode(rows)})[0][:, 0],
        files=["liver.onnx"],
        training=choice.summary(),
        x=x,
        fit=lambda x, y: fit_net(x, y, choice.decay).risks,
        packages=["scikit-learn", "onnx", "onnxruntime"],
    )


if __name__ == "__main__":
    main()
