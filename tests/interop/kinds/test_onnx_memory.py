"""What a conversion of a large ONNX file takes, its elements in it or beside it."""

import numpy as np
import onnx
from onnx import TensorProto, helper
from test_memory import expect_bounded, noise


def model(*initializers):
    return helper.make_model(helper.make_graph([], "graph", [], [], initializer=initializers))


def test_onnx_file(tmp_path):
    array = noise(np.float32, 4, 1024, -1)
    initializers = [TensorProto(name=f"w{i}", dims=part.shape, data_type=TensorProto.FLOAT,
                                raw_data=part.tobytes()) for i, part in enumerate(array[:3])]
    typed = TensorProto(name="typed", dims=array[3].shape, data_type=TensorProto.FLOAT)
    typed.float_data.extend(np.nan_to_num(array[3]).reshape(-1))
    onnx.save(model(*initializers, typed), tmp_path / "model.onnx")
    expect_bounded(tmp_path / "model.onnx", tmp_path)


def test_onnx_file_with_external_data(tmp_path):
    array = noise(np.float32, 1024, -1)
    (tmp_path / "model.data").write_bytes(array.tobytes())
    weight = TensorProto(name="w", dims=array.shape, data_type=TensorProto.FLOAT,
                         data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value="model.data")
    (tmp_path / "model.onnx").write_bytes(model(weight).SerializeToString())
    expect_bounded(tmp_path / "model.onnx", tmp_path)
