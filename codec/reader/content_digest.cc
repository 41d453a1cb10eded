#include "codec/reader/content_digest.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "codec/bytes/little_endian.h"
#include "codec/bytes/sha256.h"
#include "codec/reader/storage_hashes.h"
#include "codec/reader/ties.h"
#include "statestone/value.h"

namespace statestone::reader {
namespace {

// What the walk writes: numbers, texts and hashes. The first pass only collects what it refers to.
class Sink {
 public:
  explicit Sink(bytes::Sha256* sha) : sha_(sha) {}

  void Byte(std::uint8_t value) { Raw(std::as_bytes(std::span(&value, 1))); }

  void U64(std::uint64_t value) {
    std::array<std::byte, 8> out;
    bytes::Store(out.data(), value);
    Raw(out);
  }

  void Text(std::string_view text) {
    U64(text.size());
    Raw(std::as_bytes(std::span(text)));
  }

  void Raw(std::span<const std::byte> data) {
    if (sha_ != nullptr) sha_->Update(data);
  }

 private:
  bytes::Sha256* sha_;
};

std::string_view BytesOf(const schema::Value& value) {
  if (value.bytes() == nullptr) return {};
  return {reinterpret_cast<const char*>(value.bytes()->data()), value.bytes()->size()};
}

std::string_view TextOf(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view() : text->string_view();
}

Error OfTheFuture(const char* what, unsigned number) {
  return {ErrorCode::kUnsupported,
          {.problem = std::string("there is no digest of ") + what + " of an unknown kind",
           .found = "kind " + std::to_string(number),
           .advice = "it was written by a newer version of Statestone: update this program"}};
}

// The canonical walk. Run twice: first to learn which tensors and attachments it meets, in order,
// then with their hashes and tie groups to feed the digest.
class Walk {
 public:
  explicit Walk(const container::Index& index) : index_(index) {}

  std::vector<std::uint32_t> tensors;      // references, in order
  std::vector<std::uint32_t> attachments;  // storages, in order

  void Run(bytes::Sha256* sha, const ContentHashes* hashes,
           const std::vector<std::uint32_t>* ties) {
    Sink sink(sha);
    sink_ = &sink;
    hashes_ = hashes;
    ties_ = ties;
    tensors.clear();
    attachments.clear();
    sink.Text("statestone content 1");
    sink.U64(index_.entry_count());
    for (std::size_t i = 0; i < index_.entry_count(); ++i) WalkEntry(index_.entry(i));
  }

 private:
  void WalkEntry(const schema::Entry& entry) {
    sink_->Text(entry.name()->string_view());
    sink_->Byte(static_cast<std::uint8_t>(entry.kind()));
    switch (entry.kind()) {
      case schema::EntryKind::value:
        return WalkValue(*entry.value());
      case schema::EntryKind::model:
        return WalkModel(*entry.model());
      case schema::EntryKind::attachment:
        return WalkAttachment(*entry.attachment());
      default:
        throw OfTheFuture("an entry", static_cast<unsigned>(entry.kind()));
    }
  }

  void WalkModel(const schema::Model& model) {
    WalkScope(model.scope());
    sink_->Text(TextOf(model.architecture()));
    sink_->Text(TextOf(model.architecture_version()));
    WalkOptional(model.config());
    sink_->Byte(static_cast<std::uint8_t>(model.training()));
    const auto* exceptions = model.training_exceptions();
    sink_->U64(exceptions == nullptr ? 0 : exceptions->size());
    if (exceptions != nullptr) {
      for (const auto* name : *exceptions) sink_->Text(BytesOf(*name));
    }
    WalkOptional(model.metadata());
  }

  void WalkAttachment(const schema::Attachment& attachment) {
    sink_->Text(TextOf(attachment.media_type()));
    sink_->U64(index_.storages[attachment.storage()].bytes());
    if (hashes_ != nullptr) sink_->Raw(hashes_->storages[attachment.storage()]);
    attachments.push_back(attachment.storage());
  }

  void WalkOptional(const schema::Value* value) {
    sink_->Byte(value == nullptr ? 0 : 1);
    if (value != nullptr) WalkValue(*value);
  }

  void WalkScope(std::uint32_t scope) {
    const std::size_t begin = index_.first_tensor(scope);
    const std::size_t end = index_.scopes[scope].tensors_end();
    sink_->U64(end - begin);
    for (std::size_t place = begin; place < end; ++place) {
      const auto i = index_.order.empty() ? static_cast<std::uint32_t>(place) : index_.order[place];
      sink_->Text(index_.name(i));
      WalkTensor(i);
    }
  }

  void WalkTensor(std::uint32_t i) {
    const schema::Tensor& tensor = index_.tensors[i];
    sink_->Text(index_.dtype_name(i));
    sink_->Byte(tensor.kind());
    sink_->Byte(static_cast<std::uint8_t>(tensor.flags() & 1));
    const auto shape = index_.shape(i);
    sink_->U64(shape.size());
    for (const std::uint64_t dimension : shape) sink_->U64(dimension);
    sink_->U64(ties_ == nullptr ? 0 : (*ties_)[tensors.size()]);
    if (hashes_ != nullptr) sink_->Raw(hashes_->tensors[i]);
    tensors.push_back(i);
  }

  void WalkValue(const schema::Value& value) {  // NOLINT(misc-no-recursion): at most 64 deep
    const auto kind = static_cast<ValueKind>(value.kind());
    sink_->Byte(static_cast<std::uint8_t>(kind));
    switch (kind) {
      case ValueKind::kNull:
        return;
      case ValueKind::kBool:
      case ValueKind::kInt64:
      case ValueKind::kUInt64:
      case ValueKind::kFloat64:
        return sink_->U64(value.number());
      case ValueKind::kComplex128:
        sink_->U64(value.number());
        return sink_->U64(value.imaginary());
      case ValueKind::kBigInt:
      case ValueKind::kString:
      case ValueKind::kBytes:
      case ValueKind::kByteArray:
      case ValueKind::kDType:
      case ValueKind::kDevice:
        return sink_->Text(BytesOf(value));
      case ValueKind::kList:
      case ValueKind::kTuple:
      case ValueKind::kSet:
      case ValueKind::kFrozenSet:
      case ValueKind::kSize:
        return WalkItems(value);
      case ValueKind::kMap:
        return WalkPairs(value);
      case ValueKind::kOrderedMap:
        WalkPairs(value);
        return WalkOptional(value.attributes());
      case ValueKind::kTensor:
        return WalkTensor(value.tensor());
      case ValueKind::kTensorDict:
        return WalkScope(value.scope());
      case ValueKind::kOrderedTensorDict:
        WalkScope(value.scope());
        return WalkOptional(value.attributes());
      case ValueKind::kTypedScalar: {
        const DTypeInfo* info = FindDType(static_cast<std::uint8_t>(value.number()));
        if (info == nullptr) throw OfTheFuture("a typed scalar", value.number() & 255);
        sink_->Text(info->name);
        return sink_->Text(BytesOf(value));
      }
    }
    throw OfTheFuture("a value", static_cast<unsigned>(kind));
  }

  void WalkItems(const schema::Value& value) {  // NOLINT(misc-no-recursion)
    sink_->U64(value.items() == nullptr ? 0 : value.items()->size());
    if (value.items() == nullptr) return;
    for (const auto* item : *value.items()) WalkValue(*item);
  }

  void WalkPairs(const schema::Value& value) {  // NOLINT(misc-no-recursion)
    sink_->U64(value.items() == nullptr ? 0 : value.items()->size());
    if (value.items() == nullptr) return;
    for (flatbuffers::uoffset_t i = 0; i < value.items()->size(); ++i) {
      WalkValue(*value.keys()->Get(i));
      WalkValue(*value.items()->Get(i));
    }
  }

  const container::Index& index_;
  Sink* sink_ = nullptr;
  const ContentHashes* hashes_ = nullptr;
  const std::vector<std::uint32_t>* ties_ = nullptr;
};

std::vector<std::uint32_t> Unique(std::vector<std::uint32_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace

Digest ContentDigest(const file::ByteSource& source, const container::Index& index,
                     const ReadOptions& options) {
  Walk walk(index);
  walk.Run(nullptr, nullptr, nullptr);
  const std::vector<std::uint32_t> ties = FindTieGroups(index, walk.tensors);
  const ContentHashes hashes =
      HashContent(source, index, options, Unique(walk.tensors), Unique(walk.attachments));
  bytes::Sha256 sha;
  walk.Run(&sha, &hashes, &ties);
  return sha.Finish();
}

}  // namespace statestone::reader
