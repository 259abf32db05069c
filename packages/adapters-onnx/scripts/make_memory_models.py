"""Makes the models whose memory measure-memory.mjs measures: random weights, shapes as in practice.

    pip install onnx==1.23.2 numpy && python make_memory_models.py /tmp/memory-models
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

OUT = Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(1)
ONNX_TYPE = {np.float32: T.FLOAT, np.float16: T.FLOAT16}


def save(name, nodes, inputs, outputs, initializers=(), **options):
    graph = h.make_graph(nodes, name, inputs, outputs, initializers)
    imports = [h.make_opsetid("", 17), h.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(h.make_model(graph, opset_imports=imports, ir_version=8), OUT / f"{name}.onnx", **options)


def weights(name, shape, dtype=np.float32):
    return nh.from_array((random.standard_normal(shape) / 30).astype(dtype), name)


def mlp(name, dtype=np.float32, width=2432, layers=6, **options):
    nodes, initializers, x = [], [], "x"
    sizes = [13] + [width] * (layers + 1) + [1]
    for i, (n, m) in enumerate(zip(sizes, sizes[1:])):
        initializers += [weights(f"w{i}", (n, m), dtype), weights(f"b{i}", (m,), dtype)]
        nodes.append(h.make_node("Gemm", [x, f"w{i}", f"b{i}"], [f"h{i}"]))
        nodes.append(h.make_node("Relu", [f"h{i}"], [f"r{i}"]))
        x = f"r{i}"
    t = ONNX_TYPE[dtype]
    ends = [h.make_tensor_value_info("x", t, ["N", 13])], [h.make_tensor_value_info(x, t, ["N", 1])]
    save(name, nodes, *ends, initializers, **options)


def conv(name, dtype=np.float32, channels=512, layers=12):
    nodes, initializers, x = [], [], "x"
    sizes = [3] + [channels] * layers
    for i, (n, m) in enumerate(zip(sizes, sizes[1:])):
        initializers.append(weights(f"w{i}", (m, n, 3, 3), dtype))
        strides = [2, 2] if i < 4 else [1, 1]
        nodes.append(h.make_node("Conv", [x, f"w{i}"], [f"h{i}"], pads=[1, 1, 1, 1], strides=strides))
        nodes.append(h.make_node("Relu", [f"h{i}"], [f"r{i}"]))
        x = f"r{i}"
    t = ONNX_TYPE[dtype]
    ends = [h.make_tensor_value_info("x", t, ["N", 3, 64, 64])], [h.make_tensor_value_info(x, t, ["N", channels, 4, 4])]
    save(name, nodes, *ends, initializers)


def embedding(name, rows=100_000, width=350):
    save(
        name, [h.make_node("Gather", ["e", "x"], ["y"])],
        [h.make_tensor_value_info("x", T.INT64, ["N"])], [h.make_tensor_value_info("y", T.FLOAT, ["N", width])],
        [weights("e", (rows, width))],
    )


def lstm(name, hidden=1536, layers=4):
    nodes, initializers, x, n = [], [nh.from_array(np.array([1]), "axes")], "x", 64
    for i in range(layers):
        initializers += [weights(f"w{i}", (1, 4 * hidden, n)), weights(f"r{i}", (1, 4 * hidden, hidden))]
        nodes.append(h.make_node("LSTM", [x, f"w{i}", f"r{i}"], [f"y{i}"], hidden_size=hidden))
        nodes.append(h.make_node("Squeeze", [f"y{i}", "axes"], [f"h{i}"]))
        x, n = f"h{i}", hidden
    ends = [h.make_tensor_value_info("x", T.FLOAT, ["S", "N", 64])], [h.make_tensor_value_info(x, T.FLOAT, ["S", "N", hidden])]
    save(name, nodes, *ends, initializers)


def transformer(name, width=512, layers=12, inner=2048):
    nodes, initializers, x = [], [], "x"

    def matmul(a, w, shape, out):
        initializers.append(weights(w, shape))
        nodes.append(h.make_node("MatMul", [a, w], [out]))

    for i in range(layers):
        for part in "qkv":
            matmul(x, f"w{part}{i}", (width, width), f"{part}{i}")
        nodes += [
            h.make_node("Transpose", [f"k{i}"], [f"kt{i}"], perm=[0, 2, 1]),
            h.make_node("MatMul", [f"q{i}", f"kt{i}"], [f"s{i}"]),
            h.make_node("Softmax", [f"s{i}"], [f"p{i}"], axis=-1),
            h.make_node("MatMul", [f"p{i}", f"v{i}"], [f"a{i}"]),
        ]
        matmul(f"a{i}", f"wo{i}", (width, width), f"o{i}")
        nodes.append(h.make_node("Add", [f"o{i}", x], [f"r{i}"]))
        matmul(f"r{i}", f"w1{i}", (width, inner), f"f{i}")
        nodes.append(h.make_node("Relu", [f"f{i}"], [f"g{i}"]))
        matmul(f"g{i}", f"w2{i}", (inner, width), f"d{i}")
        nodes.append(h.make_node("Add", [f"d{i}", f"r{i}"], [f"x{i}"]))
        x = f"x{i}"
    ends = [h.make_tensor_value_info("x", T.FLOAT, ["N", "S", width])], [h.make_tensor_value_info(x, T.FLOAT, ["N", "S", width])]
    save(name, nodes, *ends, initializers)


def trees(name, count, depth=8, features=13):
    columns = ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")
    nodes = {f"nodes_{c}": [] for c in columns}
    targets = {f"target_{c}": [] for c in ("treeids", "nodeids", "ids", "weights")}
    inner = 2**depth - 1
    for tree in range(count):
        for node in range(2 ** (depth + 1) - 1):
            leaf = node >= inner
            row = (tree, node, 0 if leaf else int(random.integers(features)), "LEAF" if leaf else "BRANCH_LEQ",
                   0.0 if leaf else float(random.standard_normal()), 0 if leaf else 2 * node + 1, 0 if leaf else 2 * node + 2)
            for column, value in zip(nodes.values(), row):
                column.append(value)
            if leaf:
                for column, value in zip(targets.values(), (tree, node, 0, float(random.standard_normal()))):
                    column.append(value)
    node = h.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1, **nodes, **targets)
    ends = [h.make_tensor_value_info("x", T.FLOAT, ["N", features])], [h.make_tensor_value_info("y", T.FLOAT, ["N", 1])]
    save(name, [node], *ends)


def labels(name, count=200_000):
    node = h.make_node(
        "LabelEncoder", ["x"], ["y"], domain="ai.onnx.ml",
        keys_int64s=list(range(count)), values_strings=[f"label-{i}" for i in range(count)],
    )
    save(name, [node], [h.make_tensor_value_info("x", T.INT64, ["N"])], [h.make_tensor_value_info("y", T.STRING, ["N"])])


def chain(name, count=5000):
    nodes, initializers, x = [], [], "x"
    for i in range(count):
        initializers.append(nh.from_array(np.float32([i]), f"c{i}"))
        nodes += [h.make_node("Sin", [x], [f"s{i}"]), h.make_node("Mul", [f"s{i}", f"c{i}"], [f"h{i}"])]
        x = f"h{i}"
    save(name, nodes, [h.make_tensor_value_info("x", T.FLOAT, ["N"])], [h.make_tensor_value_info(x, T.FLOAT, ["N"])], initializers)


mlp("mlp")
mlp("mlp-external", save_as_external_data=True, location="mlp-external.bin")
mlp("mlp-float16", np.float16)
mlp("mlp-small", width=64, layers=2)
conv("conv")
conv("conv-float16", np.float16)
conv("conv-single", channels=832, layers=2)
embedding("embedding")
lstm("lstm")
transformer("transformer")
trees("trees-100", 100)
trees("trees-1000", 1000)
labels("labels")
chain("chain")
