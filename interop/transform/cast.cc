#include "interop/transform/cast.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "codec/layout/strided.h"
#include "interop/transform/same_numbers.h"
#include "interop/transform/training_parts.h"

namespace statestone {
namespace {

using tensor_math::CastElements;
using tensor_math::IsCastable;

// Memory that tied tensors see, from the first byte to behind the last one.
struct TiedMemory {
  const std::byte* begin = nullptr;
  const std::byte* end = nullptr;
  DType dtype = DType::kFloat32;
  bool turned = false;
  std::shared_ptr<std::vector<std::byte>> made;
};

// Turns what is asked for. Pieces of the source may be cut in the middle of its elements only if
// those of the result are: they are read as whole elements, the first and last of them in part.
class TurnedTensor {
 public:
  TurnedTensor(std::shared_ptr<const Checkpoint> source, TensorRef tensor, DType to,
               std::shared_ptr<CastReport> report)
      : source_(std::move(source)), tensor_(tensor), to_(to), report_(std::move(report)) {}

  void operator()(std::uint64_t offset, std::span<std::byte> out) {
    const std::uint64_t to_bytes = ElementBytes(to_);
    // What is left of an element that the last piece took only the beginning of.
    while (!rest_.empty() && !out.empty()) {
      out.front() = rest_.front();
      rest_.erase(rest_.begin());
      out = out.subspan(1);
      ++offset;
    }
    if (out.empty()) return;
    const std::uint64_t first = offset / to_bytes;
    const std::uint64_t count = (out.size() + to_bytes - 1) / to_bytes;
    const DType from = source_->tensor(tensor_).dtype;
    before_.resize(count * ElementBytes(from));
    source_->Read(tensor_, first * ElementBytes(from), before_);
    const std::uint64_t whole = out.size() / to_bytes;
    const auto split = static_cast<std::size_t>(whole * ElementBytes(from));
    report_->loss.Add(CastElements(from, std::span(before_).first(split), to_,
                                   out.first(static_cast<std::size_t>(whole * to_bytes))));
    if (whole == count) return;
    std::vector<std::byte> last(to_bytes);
    report_->loss.Add(CastElements(from, std::span(before_).subspan(split), to_, last));
    const std::span<std::byte> tail = out.subspan(static_cast<std::size_t>(whole * to_bytes));
    std::copy_n(last.begin(), tail.size(), tail.begin());
    rest_.assign(last.begin() + static_cast<std::ptrdiff_t>(tail.size()), last.end());
  }

 private:
  std::shared_ptr<const Checkpoint> source_;
  TensorRef tensor_;
  DType to_;
  std::shared_ptr<CastReport> report_;
  std::vector<std::byte> before_;
  std::vector<std::byte> rest_;
};

class Caster {
 public:
  Caster(std::shared_ptr<const Checkpoint> source, DType dtype, CastCheckpoint& result,
         std::shared_ptr<CastReport> report)
      : source_(std::move(source)),
        dtype_(dtype),
        result_(result.checkpoint),
        report_(std::move(report)),
        paths_(source_->DisplayPaths()),
        ties_(source_->TieGroups()),
        optimizers_(OptimizerPaths(source_->entries())) {
    for (std::uint32_t i = 0; i < ties_.size(); ++i) {
      if (ties_[i] != 0) AddToGroup({i});
    }
  }

  void Run() {
    result_ = WithSameNumbers(*source_, [this](TensorRef tensor) { return Turn(tensor); });
    for (const Checkpoint::Entry& entry : source_->entries()) {
      if (const auto* value = std::get_if<Value>(&entry.body)) {
        result_.AddValue(entry.name, *value);
      } else if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
        result_.AddModel(entry.name, *model);
      } else {
        result_.AddAttachment(entry.name, std::get<AttachmentSource>(entry.body));
      }
    }
  }

 private:
  bool IsTurned(TensorRef tensor) const {
    const DType from = source_->tensor(tensor).dtype;
    return IsCastable(from) && from != dtype_ && !LiesBelow(paths_[tensor.index], optimizers_);
  }

  // A group is turned as one piece of memory, so all of it must be of one kind.
  void AddToGroup(TensorRef ref) {
    const TensorSource& tensor = source_->tensor(ref);
    const std::uint64_t element = ElementBytes(tensor.dtype);
    const auto* begin = static_cast<const std::byte*>(tensor.data);
    const std::byte* end = begin + layout::ExtentBytes({tensor.shape, tensor.strides, element});
    const bool turned = IsTurned(ref);
    const auto [found, added] =
        tied_.try_emplace(ties_[ref.index], TiedMemory{begin, end, tensor.dtype, turned, nullptr});
    if (added) return;
    TiedMemory& memory = found->second;
    const std::uint64_t apart =
        std::bit_cast<std::uintptr_t>(begin) - std::bit_cast<std::uintptr_t>(memory.begin);
    const bool alike =
        tensor.dtype == memory.dtype && turned == memory.turned && apart % element == 0;
    if (!alike && (turned || memory.turned)) {
      throw Error(ErrorCode::kUnrepresentable,
                  {.entry = paths_[ref.index],
                   .problem = "it shares memory with a tensor that is read in another way, and "
                              "could not once one of them is turned into another dtype",
                   .advice = "leave one of them out with --drop"});
    }
    memory.begin = std::min(memory.begin, begin);
    memory.end = std::max(memory.end, end);
  }

  TensorSource Turn(TensorRef ref) {
    TensorSource tensor = source_->tensor(ref);
    if (!IsTurned(ref)) return tensor;
    ++report_->tensors;
    const DType from = tensor.dtype;
    tensor.dtype = dtype_;
    if (source_->tensor_bytes(ref) == 0) return tensor;
    if (ties_[ref.index] != 0) {
      TiedMemory& memory = tied_.at(ties_[ref.index]);
      const std::uint64_t before =
          static_cast<std::uint64_t>(static_cast<const std::byte*>(tensor.data) - memory.begin);
      if (!memory.made) memory.made = TurnMemory(memory, from);
      tensor.data = memory.made->data() + before / ElementBytes(from) * ElementBytes(dtype_);
      tensor.owner = memory.made;
      return tensor;
    }
    tensor.data = nullptr;
    tensor.owner = nullptr;
    tensor.strides.clear();
    tensor.pieces = TurnedTensor(source_, ref, dtype_, report_);
    return tensor;
  }

  std::shared_ptr<std::vector<std::byte>> TurnMemory(const TiedMemory& memory, DType from) {
    const std::span<const std::byte> before(memory.begin, memory.end);
    const std::uint64_t elements = before.size() / ElementBytes(from);
    auto made = std::make_shared<std::vector<std::byte>>(elements * ElementBytes(dtype_));
    report_->loss.Add(CastElements(from, before, dtype_, *made));
    return made;
  }

  const std::shared_ptr<const Checkpoint> source_;
  const DType dtype_;
  Checkpoint& result_;
  const std::shared_ptr<CastReport> report_;
  const std::vector<std::string> paths_;
  const std::vector<std::uint32_t> ties_;
  const std::vector<std::string> optimizers_;
  std::map<std::uint32_t, TiedMemory> tied_;
};

}  // namespace

CastCheckpoint Cast(std::shared_ptr<const Checkpoint> source, DType dtype) {
  if (!IsCastable(dtype)) {
    throw Error(ErrorCode::kInvalidArgument, {.problem = "tensors are not turned into this dtype",
                                              .expected = "float16, bfloat16, float32 or float64",
                                              .found = std::string(Name(dtype))});
  }
  CastCheckpoint result;
  auto report = std::make_shared<CastReport>();
  result.report = report;
  Caster(source, dtype, result, std::move(report)).Run();
  result.checkpoint.Keep(std::move(source));
  return result;
}

}  // namespace statestone
