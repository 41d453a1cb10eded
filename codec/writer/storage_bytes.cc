#include "codec/writer/storage_bytes.h"

#include <algorithm>
#include <cstring>

namespace statestone::writer {
namespace {

bool Overlaps(const Part& part, std::uint64_t begin, std::uint64_t end) {
  return part.offset < end && part.offset + part.bytes > begin;
}

// The first part that may reach into [begin, ...): parts other than overlays are disjoint and
// sorted, so only a few lie before the ones wanted. Overlays are looked at one and all.
std::span<const Part> PartsFrom(const PlannedStorage& storage, std::uint64_t begin) {
  const std::vector<Part>& parts = storage.parts;
  if (parts.empty() || parts.front().kind == Part::Kind::kOverlay) return parts;
  auto first =
      std::upper_bound(parts.begin(), parts.end(), begin,
                       [](std::uint64_t offset, const Part& part) { return offset < part.offset; });
  if (first != parts.begin()) --first;
  return {first, parts.end()};
}

template <typename Visit>
void ForEachPart(const PlannedStorage& storage, std::uint64_t begin, std::uint64_t end,
                 Visit&& visit) {
  for (const Part& part : PartsFrom(storage, begin)) {
    if (part.kind != Part::Kind::kOverlay && part.offset >= end) break;
    if (Overlaps(part, begin, end)) visit(part);
  }
}

}  // namespace

std::span<const std::byte> StorageBytes::Direct(const PlannedStorage& storage,
                                                const Part& part) const {
  if (storage.attachment) return {attachments_[part.tensor]->data, part.bytes};
  return {tensors_[part.tensor].data(), part.bytes};
}

bool StorageBytes::NeedsPieces(const PlannedStorage& storage, std::uint64_t begin,
                               std::uint64_t end) const {
  bool needs = false;
  ForEachPart(storage, begin, end,
              [&](const Part& part) { needs |= part.kind == Part::Kind::kPieces; });
  return needs;
}

void StorageBytes::ReadPieces(const PlannedStorage& storage, std::uint64_t begin, std::uint64_t end,
                              std::span<std::byte> scratch) const {
  ForEachPart(storage, begin, end, [&](const Part& part) {
    if (part.kind != Part::Kind::kPieces) return;
    const std::uint64_t from = std::max(part.offset, begin);
    const std::uint64_t to = std::min(part.offset + part.bytes, end);
    const PieceReader& pieces = storage.attachment ? attachments_[part.tensor]->pieces
                                                   : tensors_[part.tensor].source.pieces;
    pieces(from - part.offset, scratch.subspan(from - begin, to - from));
  });
}

void StorageBytes::CopyPart(const PlannedStorage& storage, const Part& part, std::uint64_t begin,
                            std::uint64_t end, std::byte* scratch) const {
  const std::uint64_t from = std::max(part.offset, begin);
  const std::uint64_t to = std::min(part.offset + part.bytes, end);
  switch (part.kind) {
    case Part::Kind::kDirect:
      std::memcpy(scratch + (from - begin), Direct(storage, part).data() + (from - part.offset),
                  to - from);
      return;
    case Part::Kind::kGather: {
      const TensorRecord& tensor = tensors_[part.tensor];
      const std::uint64_t element = ElementBytes(tensor.source.dtype);
      layout::GatherRowMajor(tensor.layout(), tensor.data(), (from - part.offset) / element,
                             (to - from) / element, scratch + (from - begin));
      return;
    }
    case Part::Kind::kOverlay: {
      const TensorRecord& tensor = tensors_[part.tensor];
      layout::ForEachRun(tensor.layout(), from - part.offset, to - part.offset,
                         [&](std::uint64_t offset, std::uint64_t size) {
                           std::memcpy(scratch + (part.offset + offset - begin),
                                       tensor.data() + offset, size);
                         });
      return;
    }
    case Part::Kind::kPieces:
      return;
  }
}

std::span<const std::byte> StorageBytes::Assemble(const PlannedStorage& storage,
                                                  std::uint64_t begin, std::uint64_t end,
                                                  std::vector<std::byte>& scratch) const {
  const Part* whole = nullptr;
  bool has_pieces = false;
  ForEachPart(storage, begin, end, [&](const Part& part) {
    has_pieces |= part.kind == Part::Kind::kPieces;
    const bool covers = part.offset <= begin && part.offset + part.bytes >= end;
    if (covers && part.kind == Part::Kind::kDirect) whole = &part;
  });
  if (whole != nullptr) {
    return Direct(storage, *whole).subspan(begin - whole->offset, end - begin);
  }
  // ReadPieces has made room and filled its parts; what no part covers must be zero.
  if (!has_pieces) scratch.assign(end - begin, std::byte{0});
  ForEachPart(storage, begin, end,
              [&](const Part& part) { CopyPart(storage, part, begin, end, scratch.data()); });
  return scratch;
}

}  // namespace statestone::writer
