// The class Reader: an open file. Bytes go to addresses that the package's Python code vouches for.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "python/src/open_reader.h"
#include "python/src/text.h"
#include "python/src/value_place.h"

namespace statestone::python {
namespace {

nb::tuple ToTuple(std::span<const std::uint64_t> numbers) {
  nb::list list;
  for (const std::uint64_t number : numbers) list.append(number);
  return nb::tuple(list);
}

std::string_view NameOf(TensorKind kind) {
  switch (kind) {
    case TensorKind::kParameter:
      return "parameter";
    case TensorKind::kBuffer:
      return "buffer";
    case TensorKind::kTensor:
      break;
  }
  return "tensor";
}

std::string_view NameOf(const EntryInfo& entry) {
  if (!entry.known) return "unknown";
  switch (entry.kind) {
    case EntryKind::kModel:
      return "model";
    case EntryKind::kAttachment:
      return "attachment";
    default:
      return "value";
  }
}

void BindTensorInfo(nb::module_& module) {
  nb::class_<TensorInfo>(module, "TensorInfo")
      .def_prop_ro("name", [](const TensorInfo& info) { return ToStr(info.name); })
      .def_prop_ro("dtype", [](const TensorInfo& info) { return ToStr(info.dtype_name); })
      .def_ro("itemsize", &TensorInfo::element_bytes)
      .def_prop_ro("shape", [](const TensorInfo& info) { return ToTuple(info.shape); })
      .def_prop_ro("strides",
                   [](const TensorInfo& info) -> nb::object {
                     if (info.strides.empty()) return nb::none();
                     return ToTuple(info.strides);
                   })
      .def_ro("nbytes", &TensorInfo::bytes)
      .def_prop_ro("kind", [](const TensorInfo& info) { return ToStr(NameOf(info.kind)); })
      .def_ro("requires_grad", &TensorInfo::requires_grad)
      .def_ro("storage", &TensorInfo::storage)
      .def_ro("offset", &TensorInfo::offset)
      .def_ro("extent_bytes", &TensorInfo::extent_bytes);
}

nb::list Entries(const OpenReader& open) {
  nb::list entries;
  for (std::size_t i = 0; i < open.reader().entry_count(); ++i) {
    const EntryInfo entry = open.reader().entry(i);
    entries.append(nb::make_tuple(ToStr(entry.name), ToStr(NameOf(entry))));
  }
  return entries;
}

nb::list Scope(const OpenReader& open, std::uint32_t scope) {
  nb::list tensors;
  for (const TensorRef tensor : open.reader().Tensors(ScopeRef{scope})) {
    tensors.append(nb::make_tuple(ToStr(open.reader().tensor(tensor).name), tensor.index));
  }
  return tensors;
}

std::optional<std::uint32_t> Find(const OpenReader& open, std::uint32_t scope,
                                  const std::string& name) {
  const auto found = open.reader().Find(ScopeRef{scope}, name);
  return found ? std::optional(found->index) : std::nullopt;
}

std::optional<std::uint32_t> FindTensor(const OpenReader& open, const std::string& path) {
  const auto found = open.reader().FindTensor(path);
  return found ? std::optional(found->index) : std::nullopt;
}

nb::dict Model(const OpenReader& open, const std::string& entry) {
  ModelInfo model = open.reader().ReadModel(entry);
  nb::dict result;
  result["scope"] = model.scope.index;
  result["architecture"] = ToStr(model.architecture);
  result["architecture_version"] = ToStr(model.architecture_version);
  result["config"] = ValuePlace(std::move(model.config));
  const bool known = model.training != TrainingMode::kUnknown;
  result["training"] =
      known ? nb::object(nb::bool_(model.training == TrainingMode::kTrain)) : nb::none();
  nb::list exceptions;
  for (const std::string& name : model.training_exceptions) exceptions.append(ToStr(name));
  result["training_exceptions"] = exceptions;
  result["metadata"] = ValuePlace(std::move(model.metadata));
  return result;
}

nb::tuple Attachment(const OpenReader& open, const std::string& entry) {
  const AttachmentInfo info = open.reader().attachment(entry);
  return nb::make_tuple(info.storage, info.bytes, ToStr(info.media_type));
}

nb::list Generations(const OpenReader& open) {
  nb::list generations;
  for (const GenerationInfo& info : open.reader().Generations()) {
    generations.append(nb::make_tuple(info.generation, info.begin_offset, info.end_offset));
  }
  return generations;
}

nb::dict Verify(const OpenReader& open) {
  VerifyReport report;
  open.Run([&](const Reader& reader) { report = reader.Verify(); });
  nb::dict result;
  result["file_bytes"] = report.file_bytes;
  result["chunks"] = report.chunks;
  result["generations"] = report.generations;
  result["undecoded_chunks"] = report.undecoded_chunks;
  return result;
}

nb::str ReadDigest(const OpenReader& open) {
  Digest digest;
  open.Run([&](const Reader& reader) { digest = reader.ContentDigest(); });
  return ToStr(ToHex(digest));
}

}  // namespace

void BindReader(nb::module_& module) {
  BindTensorInfo(module);
  nb::class_<OpenReader>(module, "Reader")
      .def_static("open", OpenReader::Open, nb::arg("path"), nb::arg("access"),
                  nb::arg("writable_views"), nb::arg("threads"), nb::arg("max_bytes").none(),
                  nb::arg("generation"), nb::arg("interruptible"))
      .def_static("from_bytes", OpenReader::FromBytes, nb::arg("file"), nb::arg("threads"))
      .def_prop_ro("file_bytes", [](const OpenReader& o) { return o.reader().file_bytes(); })
      .def_prop_ro("generation", [](const OpenReader& o) { return o.reader().generation(); })
      .def_prop_ro("writer", [](const OpenReader& o) { return ToStr(o.reader().writer()); })
      .def_prop_ro("tensor_count", [](const OpenReader& o) { return o.reader().tensor_count(); })
      .def_prop_ro("storage_count", [](const OpenReader& o) { return o.reader().storage_count(); })
      .def_prop_ro("chunk_count", [](const OpenReader& o) { return o.reader().chunk_count(); })
      .def("entries", Entries)
      .def(
          "tensor", [](const OpenReader& o, std::uint32_t i) { return o.reader().tensor({i}); },
          nb::keep_alive<0, 1>())
      .def("scope", Scope, nb::arg("scope"))
      .def("find", Find, nb::arg("scope"), nb::arg("name"))
      .def("find_tensor", FindTensor, nb::arg("path"))
      .def("display_path", [](const OpenReader& o,
                              std::uint32_t i) { return ToStr(o.reader().DisplayPaths().at(i)); })
      .def("tie_groups", [](const OpenReader& o) { return o.reader().TieGroups(); })
      .def("value",
           [](const OpenReader& o, const std::string& entry) {
             return ValuePlace(o.reader().ReadValue(entry));
           })
      .def("model", Model, nb::arg("entry"))
      .def("attachment", Attachment, nb::arg("entry"))
      .def("generations", Generations)
      .def("check_sums", &OpenReader::CheckSums, nb::arg("tensors"))
      .def("read", &OpenReader::Read, nb::arg("tensors"), nb::arg("ranges"))
      .def("read_slice", &OpenReader::ReadSlice, nb::arg("tensor"), nb::arg("first"),
           nb::arg("count"), nb::arg("address"), nb::arg("nbytes"))
      .def("view", &OpenReader::View, nb::arg("tensor"))
      .def("verify", Verify)
      .def("digest", ReadDigest);
}

}  // namespace statestone::python
