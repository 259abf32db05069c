"""Makes the SavedModels that measure-memory.mjs measures: python make_saved_models.py FOLDER (tensorflow-cpu 2.21.0)."""

import pathlib
import sys

import tensorflow as tf


class Dense(tf.Module):
    def __init__(self, width, count):
        self.kernels = [tf.Variable(tf.random.normal([width, width])) for _ in range(count)]

    @tf.function
    def __call__(self, x):
        for kernel in self.kernels:
            x = tf.nn.relu(x @ kernel)
        return {"y": x}


class Convolutions(tf.Module):
    def __init__(self):
        self.kernels = [tf.Variable(tf.random.normal([3, 3, 512, 512])) for _ in range(4)]

    @tf.function
    def __call__(self, x):
        for kernel in self.kernels:
            x = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME"))
        return {"y": x}


for name, module, shape in [
    ("3 x Dense 16", Dense(16, 3), [None, 16]),
    ("300 x Dense 16", Dense(16, 300), [None, 16]),
    ("5 x Dense 1024", Dense(1024, 5), [None, 1024]),
    ("6 x Dense 2048", Dense(2048, 6), [None, 2048]),
    ("4 x Conv 3x3x512", Convolutions(), [None, 16, 16, 512]),
]:
    signature = module.__call__.get_concrete_function(tf.TensorSpec(shape, tf.float32, name="x"))
    tf.saved_model.save(module, str(pathlib.Path(sys.argv[1]) / name), signatures=signature)
