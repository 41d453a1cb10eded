#include "tests/codec/files/stone_editor.h"

#include "codec/bytes/checked.h"
#include "codec/bytes/hash.h"
#include "codec/container/index_coding.h"

namespace statestone::testing {
namespace {

void Append(FileBytes& file, std::span<const std::byte> bytes) {
  file.insert(file.end(), bytes.begin(), bytes.end());
}

void Pad(FileBytes& file) { file.resize(bytes::AlignUp(file.size(), container::kAlignment)); }

void AppendGeneration(FileBytes& file, std::string_view payload, const BuildIndexTable& build,
                      container::Tail tail) {
  Append(file, std::as_bytes(std::span(payload)));
  Pad(file);
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishIndexBuffer(builder, build(builder));
  const std::span index(reinterpret_cast<const std::byte*>(builder.GetBufferPointer()),
                        builder.GetSize());
  tail.index_offset = file.size();
  tail.index_stored_bytes = tail.index_raw_bytes = index.size();
  tail.index_sum = bytes::Xxh3Wide(index);
  Append(file, index);
  Pad(file);
  tail.end_offset = file.size() + container::kTailBytes;
  Append(file, container::EncodeTail(tail));
}

}  // namespace

std::span<std::byte> StoneEditor::index() {
  return std::span(bytes_).subspan(Get<std::uint64_t>(tail() + tail_field::kIndexOffset),
                                   Get<std::uint64_t>(tail() + tail_field::kIndexStored));
}

StoneEditor& StoneEditor::SetIndex(std::span<const std::byte> stored) {
  const FileBytes old_tail(bytes_.begin() + static_cast<std::ptrdiff_t>(tail()), bytes_.end());
  const FileBytes index(stored.begin(), stored.end());
  bytes_.resize(Get<std::uint64_t>(tail() + tail_field::kIndexOffset));
  Append(bytes_, index);
  Pad(bytes_);
  Append(bytes_, old_tail);
  SetInTail<std::uint64_t>(tail_field::kIndexStored, index.size());
  SetInTail<std::uint64_t>(tail_field::kEnd, bytes_.size());
  return SignIndex();
}

StoneEditor& StoneEditor::StoreIndexRaw() {
  if (Get<std::uint32_t>(tail() + tail_field::kCoding) == container::kIndexRaw) return *this;
  FileBytes raw(Get<std::uint64_t>(tail() + tail_field::kIndexRaw));
  container::DecodeIndex(index(), 0, raw);
  SetIndex(raw);
  return SetInTail<std::uint32_t>(tail_field::kCoding, container::kIndexRaw).SignTail();
}

schema::Index& StoneEditor::root() {
  return *flatbuffers::GetMutableRoot<schema::Index>(index().data());
}

StoneEditor& StoneEditor::SignHead() {
  return Set(head_field::kSum, bytes::Xxh3(std::span(bytes_).first(head_field::kSum)));
}

StoneEditor& StoneEditor::SignTail() {
  const auto signed_part = std::span(bytes_).subspan(tail(), tail_field::kSum);
  return SetInTail(tail_field::kSum, bytes::Xxh3(signed_part));
}

StoneEditor& StoneEditor::SignIndex() {
  const bytes::Hash128 sum = bytes::Xxh3Wide(index());
  SetInTail(tail_field::kIndexSum, sum.low);
  SetInTail(tail_field::kIndexSum + 8, sum.high);
  return SignTail();
}

StoneEditor& StoneEditor::SignChunk(std::uint32_t chunk) {
  auto* row = const_cast<schema::Chunk*>(root().chunks()->Get(chunk));
  const auto stored = std::span(bytes_).subspan(row->offset(), row->stored_bytes());
  const bool raw = row->stored_sum() == row->decoded_sum();
  row->mutate_stored_sum(bytes::Xxh3(stored));
  if (raw) row->mutate_decoded_sum(row->stored_sum());
  return SignIndex();
}

FileBytes ForgedFile(std::string_view payload, const BuildIndexTable& build) {
  FileBytes file;
  Append(file, container::EncodeHead());
  AppendGeneration(file, payload, build, {});
  return file;
}

FileBytes WithGeneration(FileBytes file, std::string_view payload, const BuildIndexTable& build) {
  const std::size_t previous = file.size() - container::kTailBytes;
  container::Tail tail;
  tail.previous = previous;
  tail.previous_sum = bytes::Load<std::uint64_t>(&file[previous + tail_field::kSum]);
  tail.generation = bytes::Load<std::uint64_t>(&file[previous + tail_field::kGeneration]) + 1;
  AppendGeneration(file, payload, build, tail);
  return file;
}

}  // namespace statestone::testing
