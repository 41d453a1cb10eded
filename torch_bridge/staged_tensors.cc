#include "torch_bridge/staged_tensors.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <cstring>
#include <optional>
#include <set>

#include "codec/bytes/checked.h"
#include "statestone/torch_dtype.h"
#include "torch_bridge/stored_view.h"

namespace statestone {
namespace {

constexpr std::uint64_t kScratchAlignment = 64;  // what torch's own allocator gives
// Smaller tensors share chunks, which each view would check anew; ReadMany reads a chunk once.
constexpr std::uint64_t kSmallestView = 64 << 10;
constexpr std::int64_t kCopyGrain = 1 << 20;  // bytes; less is not worth a thread

bool FitsByteForByte(const RestoreItem& item) {
  return item.target.is_cpu() && item.target.is_contiguous() && !item.shares_memory &&
         item.info.dtype != nullptr && item.info.dtype->dtype == ToDType(item.target.scalar_type());
}

// An integer type of the same size, whose copies keep every bit and which every kernel knows.
at::Tensor AsIntegers(const at::Tensor& tensor) {
  switch (tensor.element_size()) {
    case 1:
      return tensor.view(at::kByte);
    case 2:
      return tensor.view(at::kShort);
    case 4:
      return tensor.view(at::kInt);
    case 8:
      return tensor.view(at::kLong);
    default:
      return tensor;
  }
}

void CopyBytes(void* target, const void* source, std::size_t bytes) {
  at::parallel_for(0, static_cast<std::int64_t>(bytes), kCopyGrain,
                   [=](std::int64_t begin, std::int64_t end) {
                     std::memcpy(static_cast<std::byte*>(target) + begin,
                                 static_cast<const std::byte*>(source) + begin,
                                 static_cast<std::size_t>(end - begin));
                   });
}

void CountAsChanged(const at::Tensor& target) {
  // Autograd notices writes by the version; tensors of the inference mode have none.
  if (!target.is_inference()) target.unsafeGetTensorImpl()->bump_version();
}

void CopyInto(const at::Tensor& target, const at::Tensor& source) {
  if (target.numel() == 0) return;
  if (target.is_cpu() && target.is_contiguous() && source.is_contiguous()) {
    CopyBytes(target.mutable_data_ptr(), source.const_data_ptr(), target.nbytes());
    CountAsChanged(target);
    return;
  }
  AsIntegers(target.detach()).copy_(AsIntegers(source));
}

}  // namespace

StagedTensors::StagedTensors(const Reader& reader, const RestorePlan& plan, bool in_place)
    : reader_(reader), items_(plan.items), sources_(items_.size()) {
  const at::NoGradGuard no_grad;
  std::set<std::size_t> compared;
  for (const TieToCompare& tie : plan.ties) compared.insert(tie.begin(), tie.end());
  std::vector<std::size_t> staged;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const bool direct = in_place && FitsByteForByte(items_[i]) && !compared.contains(i);
    if (!direct) staged.push_back(i);
  }
  StageViews(staged);
  std::erase_if(staged, [&](std::size_t i) { return sources_[i].defined(); });
  StageDecoded(staged);
  Convert();
}

void StagedTensors::StageViews(const std::vector<std::size_t>& items) {
  // A view hashes its bytes first: worth all cores.
  at::parallel_for(
      0, static_cast<std::int64_t>(items.size()), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k) {
          const std::size_t i = items[static_cast<std::size_t>(k)];
          const TensorInfo& info = items_[i].info;
          if (info.dtype == nullptr) continue;  // reading it will say so
          if (info.extent_bytes < kSmallestView) continue;
          const std::optional<View> view = reader_.ViewInPlace(items_[i].source);
          if (!view) continue;
          sources_[i] = TensorOver(view->bytes.data(), info, info.strides, view->owner);
        }
      });
}

void StagedTensors::StageDecoded(const std::vector<std::size_t>& items) {
  std::uint64_t bytes = 0;
  std::vector<std::uint64_t> places;
  for (const std::size_t i : items) {
    places.push_back(bytes);
    // Shapes are those of the module by now, so the sum is of the size of the module.
    bytes += bytes::AlignUp(items_[i].info.bytes, kScratchAlignment);
  }
  scratch_ = MakeScratch(bytes);
  std::byte* begin = scratch_.get();
  std::vector<ReadRequest> requests;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const RestoreItem& item = items_[items[i]];
    requests.push_back({item.source, std::span(begin + places[i], item.info.bytes)});
  }
  reader_.ReadMany(requests);
  for (std::size_t i = 0; i < items.size(); ++i) {
    sources_[items[i]] = TensorOver(begin + places[i], items_[items[i]].info, {});
  }
}

void StagedTensors::Convert() {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    at::Tensor& source = sources_[i];
    const at::Tensor& target = items_[i].target;
    if (!source.defined()) continue;
    try {
      // Here rather than in Commit: both may fail, for want of a conversion or of memory.
      if (source.scalar_type() != target.scalar_type()) source = source.to(target.scalar_type());
      if (!target.is_cpu()) source = source.to(target.device());
    } catch (const c10::Error& error) {
      throw Error(ErrorCode::kUnrepresentable,
                  {.entry = items_[i].name,
                   .problem = "torch cannot convert this tensor",
                   .expected = std::string(toString(target.scalar_type())),
                   .found = std::string(toString(source.scalar_type())) + ": " +
                            error.what_without_backtrace(),
                   .advice = "restore into a module of the file's element type"});
    }
  }
}

bool StagedTensors::Equal(std::size_t a, std::size_t b) const {
  if (sources_[a].scalar_type() != sources_[b].scalar_type()) return false;
  const at::Tensor first = sources_[a].contiguous();
  const at::Tensor second = sources_[b].contiguous();
  // Bits, not numbers: NaNs of equal bits are equal here and -0.0 is not 0.0.
  return std::memcmp(first.const_data_ptr(), second.const_data_ptr(), first.nbytes()) == 0;
}

void StagedTensors::Commit() {
  // Allows writes to tensors that were made in inference mode, and records nothing for autograd.
  const c10::InferenceMode inference_mode;
  std::vector<ReadRequest> requests;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (sources_[i].defined()) continue;
    const at::Tensor& target = items_[i].target;
    requests.push_back(
        {items_[i].source,
         std::span(static_cast<std::byte*>(target.mutable_data_ptr()), target.nbytes())});
    CountAsChanged(target);
  }
  reader_.ReadMany(requests);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (sources_[i].defined()) CopyInto(items_[i].target, sources_[i]);
  }
}

}  // namespace statestone
