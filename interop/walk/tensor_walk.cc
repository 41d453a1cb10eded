#include "interop/walk/tensor_walk.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "codec/pipeline/ordered_pipeline.h"

namespace statestone::walk {
namespace {

// Large enough to make little of what a job costs besides its bytes, small enough for the caches
// that cores have of their own.
constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;

struct Part {
  std::size_t item = 0;
  std::uint64_t first = 0;  // in elements, as `count`
  std::uint64_t count = 0;
};

// Memory that is kept from piece to piece and never filled with zeros.
class Buffer {
 public:
  std::byte* Resize(std::uint64_t bytes) {
    if (bytes > capacity_) {
      memory_.reset();
      memory_ = std::make_unique_for_overwrite<std::byte[]>(bytes);
      capacity_ = bytes;
    }
    return memory_.get();
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::uint64_t capacity_ = 0;
};

struct Side {
  Buffer buffer;
  std::vector<TensorPiece> early;  // read in order, by the thread that fills slots
  std::vector<TensorPiece> late;   // read by the worker
  std::vector<std::span<const std::byte>> spans;
};

struct Slot {
  std::vector<Part> parts;
  Side a;
  Side b;
  std::uint64_t bytes = 0;
};

class Walk {
 public:
  Walk(const OpenedCheckpoint& a, const OpenedCheckpoint* b, std::span<const WalkItem> items,
       const WalkSteps& steps, const WalkOptions& options)
      : a_(a),
        b_(b),
        items_(items),
        steps_(steps),
        options_(options),
        order_(items.size()),
        slots_(WalkSlots(options.threads)) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t x, std::size_t y) {
      return TensorA(x).position < TensorA(y).position;
    });
    for (const WalkItem& item : items) {
      total_ += a.tensors()[item.a].bytes + (b == nullptr ? 0 : b->tensors()[item.b].bytes);
    }
  }

  void Run() {
    pipeline::RunOrdered(options_.threads, slots_.size(),
                         {.fill = [this](std::size_t slot) { return Fill(slots_[slot]); },
                          .work = [this](std::size_t slot, std::size_t) { Work(slot); },
                          .commit = [this](std::size_t slot) { Commit(slot); }},
                         options_.stop);
  }

 private:
  const OpenedTensor& TensorA(std::size_t item) const { return a_.tensors()[items_[item].a]; }
  const OpenedTensor& TensorB(std::size_t item) const { return b_->tensors()[items_[item].b]; }

  static std::uint64_t Elements(const OpenedTensor& tensor) {
    return tensor.bytes / ElementBytes(tensor.dtype);
  }

  static bool IsOneGranule(const OpenedTensor& tensor) { return tensor.granule >= tensor.bytes; }

  // Elements of the item that the piece from `first` on has: up to a border of granules, so that
  // nothing is decoded twice. A tensor within one granule is read whole, beside a larger one too:
  // rows of a strided one lie in no order.
  std::uint64_t PieceElements(std::size_t item, std::uint64_t first) const {
    const OpenedTensor* tensor = &TensorA(item);
    if (b_ != nullptr && TensorB(item).granule > tensor->granule) tensor = &TensorB(item);
    const std::uint64_t element = ElementBytes(tensor->dtype);
    const std::uint64_t left = Elements(*tensor) - first;
    if (IsOneGranule(TensorA(item)) || (b_ != nullptr && IsOneGranule(TensorB(item))) ||
        tensor->granule >= left * element) {
      return left;
    }
    const std::uint64_t step =
        std::max<std::uint64_t>(1, kPieceBytes / tensor->granule) * tensor->granule;
    const std::uint64_t begin = first * element;
    const std::uint64_t shift = tensor->first_granule;
    std::uint64_t end = begin < shift ? shift : shift + ((begin - shift) / step + 1) * step;
    if (end - begin < element) end += step;
    return std::min(left, (end - begin) / element);
  }

  bool Fill(Slot& slot) {
    slot.parts.clear();
    slot.bytes = 0;
    while (next_ < order_.size() && slot.parts.size() < kMostPieces && slot.bytes < kPieceBytes) {
      const std::size_t item = order_[next_];
      const std::uint64_t elements = Elements(TensorA(item));
      Part part{item, first_, PieceElements(item, first_)};
      const std::uint64_t bytes = part.count * ElementBytes(TensorA(item).dtype);
      // Small tensors go together; a large piece has its slot to itself.
      if (!slot.parts.empty() && slot.bytes + bytes > kPieceBytes) break;
      slot.bytes += bytes;
      first_ += part.count;
      if (first_ == elements) {
        first_ = 0;
        ++next_;
      }
      slot.parts.push_back(part);
    }
    if (slot.parts.empty()) return false;
    Plan(slot.parts, a_, slot.a, [this](const Part& part) { return items_[part.item].a; });
    if (b_ != nullptr) {
      Plan(slot.parts, *b_, slot.b, [this](const Part& part) { return items_[part.item].b; });
    }
    return true;
  }

  // Finds room for the parts of one side, and reads what must be read in order.
  template <typename TensorOf>
  static void Plan(const std::vector<Part>& parts, const OpenedCheckpoint& file, Side& side,
                   const TensorOf& tensor_of) {
    side.early.clear();
    side.late.clear();
    side.spans.clear();
    std::uint64_t room = 0;
    for (const Part& part : parts) {
      room += Align(part.count * ElementBytes(file.tensors()[tensor_of(part)].dtype));
    }
    std::byte* at = side.buffer.Resize(room);
    for (const Part& part : parts) {
      const std::uint32_t tensor = tensor_of(part);
      const std::uint64_t element = ElementBytes(file.tensors()[tensor].dtype);
      const std::uint64_t offset = part.first * element;
      const std::uint64_t bytes = part.count * element;
      if (const auto in_place = file.InPlace(tensor, offset, bytes)) {
        side.spans.push_back(*in_place);
        continue;
      }
      const std::span<std::byte> out(at, bytes);
      at += Align(bytes);
      side.spans.emplace_back(out);
      if (bytes == 0) continue;
      (file.ReadsAnywhere(tensor) ? side.late : side.early).push_back({tensor, offset, out});
    }
    if (!side.early.empty()) file.Read(side.early);
  }

  static std::uint64_t Align(std::uint64_t bytes) { return (bytes + 63) / 64 * 64; }

  WalkPiece PieceOf(const Slot& slot, std::size_t number) const {
    const Part& part = slot.parts[number];
    return {part.item, part.first, slot.a.spans[number],
            b_ == nullptr ? std::span<const std::byte>() : slot.b.spans[number]};
  }

  void Work(std::size_t number) {
    Slot& slot = slots_[number];
    if (!slot.a.late.empty()) a_.Read(slot.a.late);
    if (b_ != nullptr && !slot.b.late.empty()) b_->Read(slot.b.late);
    for (std::size_t i = 0; i < slot.parts.size(); ++i) steps_.look(number, i, PieceOf(slot, i));
  }

  void Commit(std::size_t number) {
    const Slot& slot = slots_[number];
    for (std::size_t i = 0; i < slot.parts.size(); ++i) {
      const WalkPiece piece = PieceOf(slot, i);
      steps_.take(number, i, piece);
      done_ += piece.a.size() + piece.b.size();
    }
    if (options_.progress) options_.progress(done_, total_);
  }

  const OpenedCheckpoint& a_;
  const OpenedCheckpoint* const b_;
  const std::span<const WalkItem> items_;
  const WalkSteps& steps_;
  const WalkOptions& options_;
  std::vector<std::size_t> order_;
  std::vector<Slot> slots_;
  std::size_t next_ = 0;     // in order_
  std::uint64_t first_ = 0;  // element of that item
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

std::size_t WalkSlots(std::size_t threads) { return pipeline::ResolveThreads(threads) + 2; }

void WalkTensorsInSlots(const OpenedCheckpoint& a, const OpenedCheckpoint* b,
                        std::span<const WalkItem> items, const WalkSteps& steps,
                        const WalkOptions& options) {
  Walk(a, b, items, steps, options).Run();
}

}  // namespace statestone::walk
