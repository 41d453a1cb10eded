"""What a conversion of a large HDF5 file takes."""

import h5py
import numpy as np
from test_memory import expect_bounded, noise


def test_hdf5_file(tmp_path):
    array = noise(np.float32, 4, 1024, -1)
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file["contiguous"] = array[0]
        file["big_endian"] = array[1].astype(">f4")
        file.create_dataset("chunked", data=array[2], chunks=(64, 4096))
        file.create_dataset("packed", data=array[3], chunks=(256, 1024), compression=1, shuffle=True)
    expect_bounded(tmp_path / "model.h5", tmp_path)
