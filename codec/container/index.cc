#include "codec/container/index.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "codec/bytes/checked.h"
#include "codec/bytes/hash.h"
#include "codec/check/require.h"
#include "codec/container/index_coding.h"
#include "codec/container/index_error.h"
#include "codec/layout/strided.h"

namespace statestone::container {
namespace {

// FlatBuffers counts alignment from the start of the buffer, so the buffer itself must be aligned.
constexpr std::align_val_t kBufferAlignment{64};
constexpr flatbuffers::uoffset_t kTableDepth = 80;

template <typename Struct>
std::span<const Struct> StructColumn(const flatbuffers::Vector<const Struct*>* vector) {
  if (vector == nullptr) return {};
  return {reinterpret_cast<const Struct*>(vector->Data()), vector->size()};
}

template <typename Number>
std::span<const Number> NumberColumn(const flatbuffers::Vector<Number>* vector) {
  if (vector == nullptr) return {};
  return {reinterpret_cast<const Number*>(vector->Data()), vector->size()};
}

template <typename Element>
bool IsAligned(std::span<const Element> column) {
  return reinterpret_cast<std::uintptr_t>(column.data()) % alignof(Element) == 0;
}

// Damaged bytes reach no decoder.
void ReadStored(const file::ByteSource& source, const Tail& tail, std::span<std::byte> stored) {
  source.Read(tail.index_offset, stored);
  Require(CheckSite::kIndexSum, bytes::Xxh3Wide(stored) == tail.index_sum, [&] {
    return Error(ErrorCode::kCorrupt,
                 {.offset = tail.index_offset,
                  .problem = std::string(kIndexSumProblem),
                  .advice = "the file is damaged, copy it again from where it is whole"});
  });
}

}  // namespace

void Index::AlignedDelete::operator()(std::byte* bytes) const {
  ::operator delete[](bytes, kBufferAlignment);
}

Index::Index(std::uint64_t size)
    : buffer_(static_cast<std::byte*>(::operator new[](size == 0 ? 1 : size, kBufferAlignment))),
      size_(size) {}

Index Index::ReadRaw(const file::ByteSource& source, const Tail& tail) {
  Index index(tail.index_raw_bytes);
  ReadStored(source, tail, {index.buffer_.get(), index.size_});
  return index;
}

Index Index::ReadFrame(const file::ByteSource& source, const Tail& tail) {
  const auto stored = std::make_unique_for_overwrite<std::byte[]>(tail.index_stored_bytes);
  const std::span<std::byte> frame(stored.get(), tail.index_stored_bytes);
  ReadStored(source, tail, frame);
  Index index(tail.index_raw_bytes);
  DecodeIndex(frame, tail.index_offset, {index.buffer_.get(), index.size_});
  return index;
}

Index Index::Load(const file::ByteSource& source, const Tail& tail) {
  Index index = tail.index_coding == kIndexFrame ? ReadFrame(source, tail) : ReadRaw(source, tail);
  index.Check(tail.index_offset);
  return index;
}

Index Index::FromBytes(std::span<const std::byte> raw, std::uint64_t index_offset) {
  Index index(raw.size());
  std::memcpy(index.buffer_.get(), raw.data(), raw.size());
  index.Check(index_offset);
  return index;
}

void Index::CheckBuffer() {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer_.get());
  flatbuffers::Verifier verifier(bytes, size_, kTableDepth,
                                 static_cast<flatbuffers::uoffset_t>(size_ / 8 + 16));
  Require(CheckSite::kIndexBuffer, size_ >= 16 && schema::VerifyIndexBuffer(verifier),
          [&] { return IndexCorrupt("it is not a well-formed FlatBuffer of this format"); });
  root_ = schema::GetIndex(bytes);
}

void Index::ReadColumns() {
  scopes = StructColumn(root_->scopes());
  tensors = StructColumn(root_->tensors());
  names = NumberColumn(root_->names());
  dims = NumberColumn(root_->dims());
  order = NumberColumn(root_->order());
  strided = StructColumn(root_->strided());
  strides = NumberColumn(root_->strides());
  storages = StructColumn(root_->storages());
  chunks = StructColumn(root_->chunks());
  // FlatBuffers 2.0's verifier lets a vector of structs start anywhere.
  Require(CheckSite::kIndexAlignment,
          IsAligned(scopes) && IsAligned(tensors) && IsAligned(dims) && IsAligned(order) &&
              IsAligned(strided) && IsAligned(strides) && IsAligned(storages) && IsAligned(chunks),
          [&] { return IndexCorrupt("a column is not aligned"); });
}

void Index::Check(std::uint64_t index_offset) {
  CheckBuffer();
  if (root_->read_features() != nullptr) {
    for (const auto* feature : *root_->read_features()) {
      Require(CheckSite::kReadFeature, false, [&] {
        return IndexReserved("the file needs a feature that this version does not have",
                             feature->str());
      });
    }
  }
  ReadColumns();
  CheckColumns(*this, index_offset);
  CheckEntries(*this);
  CheckPaths(*this);
}

std::size_t Index::entry_count() const {
  return root_->entries() == nullptr ? 0 : root_->entries()->size();
}

const schema::Entry& Index::entry(std::size_t i) const {
  return *root_->entries()->Get(static_cast<flatbuffers::uoffset_t>(i));
}

std::string_view Index::name(std::size_t tensor) const {
  const std::size_t begin = tensor == 0 ? 0 : tensors[tensor - 1].name_end();
  const std::size_t end = tensors[tensor].name_end();
  return {reinterpret_cast<const char*>(names.data()) + begin, end - begin};
}

std::span<const std::uint64_t> Index::shape(std::size_t tensor) const {
  const std::size_t begin = tensor == 0 ? 0 : tensors[tensor - 1].dims_end();
  return dims.subspan(begin, tensors[tensor].dims_end() - begin);
}

std::span<const std::uint64_t> Index::stored_strides(std::size_t tensor) const {
  const auto row = std::lower_bound(
      strided.begin(), strided.end(), tensor,
      [](const schema::StridedTensor& a, std::size_t b) { return a.tensor() < b; });
  if (row == strided.end() || row->tensor() != tensor) return {};
  return strides.subspan(row->first_stride(), shape(tensor).size());
}

namespace {

const schema::ForeignDType* FindForeign(const schema::Index& root, std::uint8_t number) {
  if (root.foreign_dtypes() == nullptr) return nullptr;
  for (const auto* row : *root.foreign_dtypes()) {
    if (row->number() == number) return row;
  }
  return nullptr;
}

}  // namespace

std::uint32_t Index::dtype_bytes(std::uint8_t number) const {
  if (const DTypeInfo* info = FindDType(number)) return info->bytes;
  const auto* foreign = FindForeign(*root_, number);
  return foreign == nullptr ? 0 : foreign->bits() / 8u;
}

std::string_view Index::dtype_name(std::size_t tensor) const {
  const std::uint8_t number = tensors[tensor].dtype();
  if (const DTypeInfo* info = FindDType(number)) return info->name;
  const auto* foreign = FindForeign(*root_, number);
  return foreign == nullptr ? std::string_view() : foreign->name()->string_view();
}

std::size_t Index::first_tensor(std::size_t scope) const {
  return scope == 0 ? 0 : scopes[scope - 1].tensors_end();
}

std::uint32_t Index::scope_of(std::size_t tensor) const {
  const auto scope =
      std::upper_bound(scopes.begin(), scopes.end(), tensor,
                       [](std::size_t a, const schema::Scope& b) { return a < b.tensors_end(); });
  return static_cast<std::uint32_t>(scope - scopes.begin());
}

std::uint64_t Index::chunk_count(const schema::Storage& storage) const {
  return bytes::CeilDivide(storage.bytes(), chunk_bytes(storage));
}

StorageInfo Index::storage_info(std::uint32_t i) const {
  const schema::Storage& storage = storages[i];
  StorageInfo info;
  info.bytes = storage.bytes();
  info.first_chunk = storage.first_chunk();
  info.chunks = static_cast<std::uint32_t>(chunk_count(storage));
  info.chunk_bytes = chunk_bytes(storage);
  info.unit = storage.unit();
  info.rotate = storage.filter() == 1;
  info.layout = storage.layout() == 0 ? StorageLayout::kRaw : StorageLayout::kPlanes;
  info.readable = is_readable(storage);
  for (const schema::Chunk& chunk : chunks.subspan(info.first_chunk, info.chunks)) {
    info.stored_bytes += chunk.stored_bytes();
  }
  return info;
}

TensorInfo Index::tensor_info(std::uint32_t i) const {
  const schema::Tensor& tensor = tensors[i];
  TensorInfo info;
  info.scope = {scope_of(i)};
  info.name = name(i);
  info.dtype = FindDType(tensor.dtype());
  info.dtype_name = dtype_name(i);
  info.element_bytes = element_bytes(i);
  info.shape = shape(i);
  info.strides = stored_strides(i);
  info.elements = layout::ElementCount(info.shape);
  info.bytes = info.elements * info.element_bytes;
  info.kind = static_cast<TensorKind>(tensor.kind());
  info.requires_grad = (tensor.flags() & 1) != 0;
  info.storage = tensor.storage();
  info.offset = tensor.offset();
  info.extent_bytes = info.strides.empty()
                          ? info.bytes
                          : layout::ExtentBytes({info.shape, info.strides, info.element_bytes});
  return info;
}

}  // namespace statestone::container
