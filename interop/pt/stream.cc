#include "interop/pt/stream.h"

#include <array>
#include <string>
#include <utility>

#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "interop/pt/refusal.h"

namespace statestone::pt {
namespace {

using pickle::Kind;
using pickle::ObjectId;

// These pickles are no values, in which an entry could be left out: everything in them counts.
void RequirePlain(const pickle::Pickle& pickle, std::string_view what) {
  for (ObjectId id = 0; id < pickle.objects.size(); ++id) {
    const bool plain =
        !pickle.objects.Is(id, Kind::kUnlisted) && !pickle.objects.Is(id, Kind::kInstance);
    Require(CheckSite::kPtPlain, plain, [&] {
      return Error(ErrorCode::kUnsafe,
                   {.offset = pickle.file_offset,
                    .problem = "the pickle of " + std::string(what) + ": " +
                               UnlistedReason(pickle.objects, id) +
                               " of classes and functions that a checkpoint may name",
                    .advice = "torch never writes it there: do not trust this file"});
    });
  }
}

}  // namespace

Stream::Stream(std::shared_ptr<const file::ByteSource> mapped,
               std::shared_ptr<const file::ByteSource> positioned, std::uint64_t begin,
               std::uint64_t end)
    : mapped_(std::move(mapped)), positioned_(std::move(positioned)), position_(begin), end_(end) {}

pickle::Pickle Stream::TakePickle(pickle::References references) {
  pickle::Pickle pickle =
      pickle::Read(mapped_->bytes().subspan(position_, remaining()), position_, references);
  position_ += pickle.bytes;
  return pickle;
}

pickle::Pickle Stream::TakePlain(std::string_view what) {
  pickle::Pickle pickle = TakePickle(pickle::References::kNone);
  RequirePlain(pickle, what);
  return pickle;
}

template <typename T>
T Stream::Take(std::string_view what) {
  Require(CheckSite::kPtStreamEnd, remaining() >= sizeof(T), [&] {
    return Corrupt("the file ends inside " + std::string(what),
                   std::to_string(sizeof(T)) + " more bytes", std::to_string(remaining()));
  });
  std::array<std::byte, sizeof(T)> bytes;
  positioned_->Read(position_, bytes);
  position_ += sizeof(T);
  return bytes::Load<T>(bytes.data());
}

std::int64_t Stream::TakeInt64(std::string_view what) {
  return static_cast<std::int64_t>(Take<std::uint64_t>(what));
}

std::int32_t Stream::TakeInt32(std::string_view what) {
  return static_cast<std::int32_t>(Take<std::uint32_t>(what));
}

Error Stream::Corrupt(std::string problem, std::string expected, std::string found) const {
  return Error(ErrorCode::kCorrupt, {.offset = position_,
                                     .problem = std::move(problem),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = "the file is damaged or cut off: copy it again"});
}

}  // namespace statestone::pt
