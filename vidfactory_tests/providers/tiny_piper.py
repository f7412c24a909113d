"""A voice of Piper as small as it gets: a real ONNX model and its configuration, made in a moment.

The model takes what Piper's voices take and answers with a tone and a little noise, as long as its phonemes ask
for. Its durations pass through a Ceil node, as in real voices, where Piper finds them for its alignments.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

RATE = 22_050
HOP = 256
FRAMES = 3
"""How long each phoneme lasts, in frames of `HOP` samples; there is a pad of the same length behind each."""


def make_voice(folder: Path, name: str, espeak: str = "en-us") -> Path:
    """Write NAME.onnx and NAME.onnx.json into `folder`; the path of the model."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    onnx.save(_model(), path)
    config = {
        "audio": {"sample_rate": RATE, "quality": "tiny"},
        "espeak": {"voice": espeak},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": 256,
        "num_speakers": 1,
        "speaker_id_map": {},
        "hop_length": HOP,
    }
    path.with_name(f"{name}.onnx.json").write_text(json.dumps(config))
    return path


def _model() -> onnx.ModelProto:
    numbers = {
        "zero": np.float32(0),
        "one": np.float32(1),
        "frames": np.float32(FRAMES),
        "hop": np.float32(HOP),
        "step": np.float32(2 * np.pi * 220 / RATE),
        "loud": np.float32(0.5),
        "hiss": np.float32(0.01),
        "first": np.array(0, np.int64),
        "second": np.array(1, np.int64),
        "shape": np.array([1, 1, -1], np.int64),
    }
    make = helper.make_node
    nodes = [
        make("Cast", ["input"], ["ids"], to=TensorProto.FLOAT),
        make("Mul", ["ids", "zero"], ["none"]),
        make("Gather", ["scales", "second"], ["length_scale"]),
        make("Gather", ["scales", "first"], ["noise_scale"]),
        make("Mul", ["frames", "length_scale"], ["wanted"]),
        make("Add", ["none", "wanted"], ["w"]),
        make("Ceil", ["w"], ["w_ceil"]),
        make("ReduceSum", ["w_ceil"], ["total"], keepdims=0),
        make("Mul", ["total", "hop"], ["samples"]),
        make("Range", ["zero", "samples", "one"], ["times"]),
        make("Mul", ["times", "step"], ["angles"]),
        make("Sin", ["angles"], ["tone"]),
        make("Mul", ["tone", "loud"], ["quiet_tone"]),
        make("RandomNormalLike", ["times"], ["random"]),
        make("Mul", ["random", "hiss"], ["soft"]),
        make("Mul", ["soft", "noise_scale"], ["noise"]),
        make("Add", ["quiet_tone", "noise"], ["both"]),
        make("Reshape", ["both", "shape"], ["output"]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1, "time"])]
    constants = [numpy_helper.from_array(np.asarray(value), name) for name, value in numbers.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
