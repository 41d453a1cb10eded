#include "interop/pt/tensor_writer.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "codec/layout/strided.h"
#include "interop/pt/numpy.h"
#include "interop/pt/reachable_tensors.h"
#include "interop/zip/record_sum.h"
#include "statestone/limits.h"

namespace statestone::pt {
namespace {

using pickle::Kind;
using pickle::ObjectId;

// What all tensors together may view, in bytes: this many times the file, and some for small files.
// Whoever ties a few tensors stays far below; a million views of one large storage, or one tensor
// that crosses a storage in a thousand dimensions' steps, would keep a writer busy for years.
constexpr std::uint64_t kViewedTimes = 64;
constexpr std::uint64_t kViewedBytes = 1ull << 30;

// How many attributes of one tensor are named.
constexpr std::size_t kShownAttributes = 8;

layout::Layout LayoutOf(const TensorSpec& spec) {
  return {spec.shape, spec.strides, ElementBytes(spec.dtype)};
}

PieceReader ReadPieces(std::shared_ptr<const Record> record, const TensorSpec& spec, bool sum,
                       std::string path) {
  auto running = sum ? std::make_shared<zip::RunningSum>(*record) : nullptr;
  return [record = std::move(record), offset = spec.offset, running = std::move(running),
          path = std::move(path)](std::uint64_t at, std::span<std::byte> out) {
    try {
      record->positioned->Read(record->offset + offset + at, out);
      if (running != nullptr) running->Add(out);
    } catch (const Error& error) {
      throw error.WithPath(record->path).WithEntry(path);
    }
  };
}

// Looks at what the pieces of `source` bring, on their way.
PieceReader CheckedPieces(const TensorSource& source, const Record& record, const IndexRule& rule,
                          std::string path) {
  return [pieces = source.pieces, check = std::make_shared<IndexCheck>(source.dtype, rule),
          file = record.path, path = std::move(path)](std::uint64_t at, std::span<std::byte> out) {
    pieces(at, out);
    try {
      check->Take(at, out);
    } catch (const Error& error) {
      throw error.WithPath(file).WithEntry(path);
    }
  };
}

void CheckInPlace(const TensorSource& source, const IndexRule& rule) {
  constexpr std::uint64_t kElements = 8192;
  const layout::Layout layout = {source.shape, source.strides, ElementBytes(source.dtype)};
  const std::uint64_t count = layout::ElementCount(source.shape);
  if (source.data == nullptr) return;
  IndexCheck check(source.dtype, rule);
  std::vector<std::byte> elements(std::min(count, kElements) * layout.element_bytes);
  for (std::uint64_t first = 0; first < count; first += kElements) {
    const std::uint64_t taken = std::min(kElements, count - first);
    layout::GatherRowMajor(layout, static_cast<const std::byte*>(source.data), first, taken,
                           elements.data());
    check.Take(first * layout.element_bytes,
               std::span(elements).first(taken * layout.element_bytes));
  }
}

}  // namespace

TensorWriter::TensorWriter(const pickle::Pickle& pickle, Container& container,
                           Checkpoint& checkpoint, Budget& budget, const std::stop_token& stop)
    : pickle_(pickle),
      container_(container),
      checkpoint_(checkpoint),
      budget_(budget),
      storages_(pickle, container),
      views_left_(kViewedTimes * container.file_bytes() + kViewedBytes) {
  PlanTensors();
  PlanRecords();
  CheckRecords(stop);
}

void TensorWriter::PlanTensors() {
  for (const auto& [id, shared] : ReachableTensors(pickle_)) {
    try {
      Planned planned{.spec = ReadTensorCall(pickle_, storages_, id)};
      planned.in_place = shared || !layout::IsRowMajor(LayoutOf(planned.spec));
      planned_.emplace(id, std::move(planned));
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
      // It may stand in an entry that is left out; where it does not, Add says the same with a
      // path.
    }
  }
}

// Sorts the tensors by where their bytes are, and finds those that share some.
void TensorWriter::PlanRecords() {
  std::vector<Planned*> sorted;
  for (auto& [id, planned] : planned_) {
    if (planned.spec.bytes != 0) sorted.push_back(&planned);
  }
  std::ranges::sort(sorted, {}, [](const Planned* planned) {
    return std::tuple(planned->spec.record, planned->spec.offset, planned->spec.extent);
  });
  // A tensor that shares bytes with any before it also shares some with the one that reaches
  // furthest, or that other one was found to share bytes earlier.
  Planned* furthest = nullptr;
  for (Planned* planned : sorted) {
    const TensorSpec& spec = planned->spec;
    if (furthest == nullptr || furthest->spec.record != spec.record) {
      furthest = planned;
      continue;
    }
    const std::uint64_t end = furthest->spec.offset + furthest->spec.extent;
    if (spec.offset < end) planned->in_place = furthest->in_place = true;
    if (spec.offset + spec.extent > end) furthest = planned;
  }
}

void TensorWriter::CheckRecords(const std::stop_token& stop) {
  for (const std::size_t storage : storages_.records()) {
    records_.push_back(std::make_shared<const Record>(container_.Open(storage)));
  }
  container_.MapInflated();
  std::vector<bool> read_whole(records_.size(), false);
  std::vector<bool> used(records_.size(), false);
  for (auto& [id, planned] : planned_) {
    const TensorSpec& spec = planned.spec;
    used[spec.record] = true;
    planned.whole_record = !planned.in_place && spec.bytes == records_[spec.record]->bytes;
    if (planned.whole_record) read_whole[spec.record] = true;
    uses_map_ = uses_map_ || planned.in_place;
  }
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (used[i] && !read_whole[i]) zip::ReadAndCheckSum(*records_[i], stop);
  }
}

bool TensorWriter::IsTensor(ObjectId id) const {
  return IsTensorCall(pickle_.objects, id) || IsNumpyArray(pickle_.objects, id);
}

bool TensorWriter::HasScopeLeft() const { return scopes_ < limits::kScopes; }

ScopeRef TensorWriter::AddScope() {
  ++scopes_;
  return checkpoint_.AddScope();
}

void TensorWriter::AddNamed(ScopeRef scope, std::string name, ObjectId id,
                            const std::string& path) {
  TensorSource source = MakeSource(id, path);
  source.name = std::move(name);
  added_.emplace(id, checkpoint_.AddTensor(scope, std::move(source)));
}

TensorRef TensorWriter::AddAnonymous(ObjectId id, const std::string& path) {
  const auto found = added_.find(id);
  if (found != added_.end()) return found->second;
  const TensorRef ref = checkpoint_.AddAnonymousTensor(MakeSource(id, path));
  added_.emplace(id, ref);
  return ref;
}

TensorRef TensorWriter::AddIndices(ObjectId id, const std::string& path, const IndexRule& rule) {
  const auto planned = planned_.find(id);
  const bool in_place = planned != planned_.end() && planned->second.in_place;
  if (in_place) {
    const TensorRef ref = AddAnonymous(id, path);
    try {
      CheckInPlace(checkpoint_.tensor(ref), rule);
    } catch (const Error& error) {
      throw error.WithEntry(path);
    }
    return ref;
  }
  // What is read piece by piece stands in one place alone, so its first rule is its only one.
  const auto found = added_.find(id);
  if (found != added_.end()) return found->second;
  TensorSource source = MakeSource(id, path);
  if (source.pieces) {
    const Record& record = *records_[planned->second.spec.record];
    source.pieces = CheckedPieces(source, record, rule, path);
  }
  const TensorRef ref = checkpoint_.AddAnonymousTensor(std::move(source));
  added_.emplace(id, ref);
  return ref;
}

TensorSpec TensorWriter::SpecOf(ObjectId id) {
  const auto planned = planned_.find(id);
  if (planned != planned_.end()) return planned->second.spec;
  return ReadTensorCall(pickle_, storages_, id);
}

TensorSource TensorWriter::MakeSource(ObjectId id, const std::string& path) {
  if (IsNumpyArray(pickle_.objects, id)) return NumpySource(id);
  const auto planned = planned_.find(id);
  if (planned != planned_.end()) return TorchSource(planned->second, path);
  ReadTensorCall(pickle_, storages_, id);  // throws what kept it from being planned
  throw Error(ErrorCode::kCorrupt, {.problem = "a tensor stands where none was found before"});
}

TensorSource TensorWriter::TorchSource(const Planned& planned, const std::string& path) {
  const TensorSpec& spec = planned.spec;
  NoteAttributes(spec, path);
  SpendView(spec);
  TensorSource source{.dtype = spec.dtype,
                      .shape = spec.shape,
                      .kind = spec.kind,
                      .requires_grad = spec.requires_grad};
  const auto& record = records_[spec.record];
  if (spec.bytes == 0) return source;
  if (planned.in_place) {
    source.strides = spec.strides;
    source.data = record->in_place().data() + spec.offset;
    source.owner = record->mapped;
  } else {
    source.pieces = ReadPieces(record, spec, planned.whole_record, path);
  }
  return source;
}

TensorSource TensorWriter::NumpySource(ObjectId id) {
  const NumpyArray array = ReadNumpyArray(pickle_, id);
  budget_.SpendBytes(BytesBound(pickle_.objects, array.data));
  const auto bytes = std::make_shared<const std::string>(BytesOf(pickle_, array.data));
  TensorSource source{.dtype = array.dtype, .shape = array.shape};
  std::optional<std::uint64_t> size = ElementBytes(array.dtype);
  for (const std::uint64_t dim : array.shape) {
    if (size) size = bytes::CheckedMultiply(*size, dim);
  }
  if (std::ranges::count(array.shape, 0) != 0) size = 0;
  Require(CheckSite::kPtNumpyData, size == bytes->size(), [&] {
    return Error(ErrorCode::kCorrupt,
                 {.problem = "a NumPy array is not of the size of its shape",
                  .expected = size ? std::to_string(*size) + " bytes" : "",
                  .found = std::to_string(bytes->size()),
                  .advice = "the pickle of this checkpoint is damaged: copy the file again"});
  });
  if (bytes->empty()) return source;
  if (array.fortran) {
    source.strides.assign(array.shape.size(), 1);
    for (std::size_t k = 1; k < array.shape.size(); ++k) {
      source.strides[k] = source.strides[k - 1] * array.shape[k - 1];
    }
  }
  source.data = bytes->data();
  source.owner = bytes;
  return source;
}

void TensorWriter::NoteAttributes(const TensorSpec& spec, const std::string& path) {
  if (spec.attributes == pickle::kNoObject) return;
  std::string names;
  if (pickle_.objects.Is(spec.attributes, Kind::kDict)) {
    const auto items = pickle_.objects.Items(spec.attributes);
    for (std::size_t i = 0; i < items.size() && i < 2 * kShownAttributes; i += 2) {
      if (!pickle_.objects.Is(items[i], Kind::kString)) continue;
      names += names.empty() ? " " : ", ";
      names += pickle_.objects.Text(items[i]).substr(0, 100);
    }
  }
  dropped_.push_back({.path = path,
                      .reason = "attributes" + names +
                                " of the tensor: a .stone file keeps tensors without attributes"});
}

// A dimension of stride 0, as expand() makes it, costs nothing.
void TensorWriter::SpendView(const TensorSpec& spec) {
  std::uint64_t bytes = spec.bytes;
  for (std::size_t k = 0; k < spec.shape.size(); ++k) {
    if (spec.strides[k] == 0 && spec.shape[k] != 0) bytes /= spec.shape[k];
  }
  Require(CheckSite::kPtViews, bytes <= views_left_, [&] {
    return Error(ErrorCode::kLimit,
                 {.problem = "the tensors view their storages too many times over",
                  .expected = "at most " + std::to_string(views_left_) + " bytes more",
                  .found = std::to_string(bytes),
                  .advice = "save x.clone() of views that are many"});
  });
  views_left_ -= std::min(views_left_, bytes);
}

}  // namespace statestone::pt
