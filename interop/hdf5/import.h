// HDF5 files, described.
#pragma once

#include <filesystem>

#include "statestone/import.h"

namespace statestone::hdf5 {

/// An HDF5 file as Keras and h5py write them, parsed by the HDF5 library. Three entries. "tensors":
/// a dict of all datasets of numbers, named by their groups with dots between them, in the order of
/// the file's links. "metadata": a map from the dotted name of an object, "." for the root, to a
/// map of its attributes; a group with neither attributes nor members has an empty one. "values": a
/// map of the datasets of texts, and of those that are empty by declaration, by dotted name.
///
/// A dataset under several names is read for each of them. Soft links and committed datatypes,
/// which hold nothing of their own, are left out and reported. With `skip_unknown` so is what would
/// be refused as unsupported.
///
/// The library is not made for hostile files, so all of it is done by a child process first, the
/// decoding of datasets that do not stand in the file as they are included.
/// Nothing but this file is opened: external links, external storage and virtual datasets are
/// refused, and no filter is loaded. Memory: a few hundred bytes for each object, attributes and
/// texts up to 64 MiB, and 16 MiB and two chunks of the file for the dataset that is being read.
/// Thread-safe; the HDF5 library is used by one thread at a time.
/// \throws Error corrupt, unsupported (what is named above; compounds, references, opaque data,
///     other filters than gzip, shuffle and Fletcher-32), unrepresentable (a name that is not
///     UTF-8, two objects of one dotted name, a group under two names), limit, io; unsupported for
///     all files if the library was built without HDF5
ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options);

}  // namespace statestone::hdf5
