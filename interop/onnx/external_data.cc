#include "interop/onnx/external_data.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "interop/file_tensor.h"

namespace statestone::onnx {
namespace {

// Whether a name of "/" between parts leads to nothing but this folder and those below.
bool LeadsInside(std::string_view location) {
  if (location.empty() || location.find_first_of(std::string_view("\\\0", 2)) != location.npos) {
    return false;
  }
  while (true) {
    const std::size_t slash = location.find('/');
    const std::string_view part = location.substr(0, slash);
    if (part.empty() || part == "..") return false;
    if (slash == location.npos) return part != ".";
    location.remove_prefix(slash + 1);
  }
}

Error OutsideOfFolder(const std::string& location) {
  return Error(ErrorCode::kCorrupt,
               {.problem = "external data is named outside of the model's folder",
                .expected = "a file beside the model or below",
                .found = location.substr(0, 200),
                .advice = "put the file itself beside the model, and no link"});
}

struct Place {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> bytes;
};

std::uint64_t ParseNumber(const std::string& key, const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  Require(CheckSite::kOnnxExternalKey, whole, [&] {
    return Error(ErrorCode::kCorrupt, {.problem = "the " + key + " of external data is no number",
                                       .found = text.substr(0, 60)});
  });
  return number;
}

Place ParsePlace(const ExternalPairs& pairs) {
  Place place;
  for (const auto& pair : pairs) {
    const std::string& key = pair.first;
    const std::string& value = pair.second;
    const bool once = std::ranges::count(pairs, key, &ExternalPairs::value_type::first) == 1;
    Require(CheckSite::kOnnxExternalKey, once, [&] {
      return Error(ErrorCode::kCorrupt,
                   {.problem = "external data has a key twice", .found = key.substr(0, 60)});
    });
    if (key == "location") place.location = value;
    if (key == "offset") place.offset = ParseNumber(key, value);
    if (key == "length") place.bytes = ParseNumber(key, value);
  }
  Require(CheckSite::kOnnxExternalName, LeadsInside(place.location),
          [&] { return OutsideOfFolder(place.location); });
  return place;
}

}  // namespace

const ExternalFiles::File& ExternalFiles::Open(const std::string& location,
                                               const std::string& entry) {
  const auto [found, fresh] = files_.try_emplace(location);
  if (!fresh) return found->second;
  const std::filesystem::path path = (folder_.empty() ? "." : folder_) / location;
  try {
    std::error_code failure;
    const std::filesystem::path real = std::filesystem::canonical(path, failure);
    const std::filesystem::path inside =
        std::filesystem::canonical(folder_.empty() ? "." : folder_, failure);
    // A file that is missing is refused where it is opened.
    const bool stays = real.empty() || std::ranges::mismatch(inside, real).in1 == inside.end();
    Require(CheckSite::kOnnxExternalName, stays, [&] { return OutsideOfFolder(real.string()); });
    found->second = {real.empty() ? path : real, file::OpenPositioned(path)->size()};
  } catch (const Error& error) {
    files_.erase(found);
    if (error.fields().system_error != ENOENT) throw error.WithPath(path.string());
    throw Error(ErrorCode::kNotFound, {.path = path.string(),
                                       .entry = entry,
                                       .problem = "a file of external data is missing",
                                       .advice = "put it beside the model"});
  }
  total_bytes_ += found->second.bytes;
  return found->second;
}

PieceReader ExternalFiles::Find(const ExternalPairs& pairs, std::uint64_t bytes,
                                const std::string& entry) {
  const Place place = ParsePlace(pairs);
  const File& file = Open(place.location, entry);
  Require(CheckSite::kOnnxDataSize, place.bytes.value_or(bytes) == bytes, [&] {
    return Error(ErrorCode::kCorrupt, {.problem = "external data is not of the size of its tensor",
                                       .expected = std::to_string(bytes) + " bytes",
                                       .found = std::to_string(*place.bytes)});
  });
  Require(CheckSite::kOnnxExternalPlace, bytes::RangeFits(place.offset, bytes, file.bytes), [&] {
    return Error(ErrorCode::kCorrupt,
                 {.path = file.path.string(),
                  .problem = "external data reaches past the end of its file",
                  .expected = "at most " + std::to_string(file.bytes) + " bytes",
                  .found = std::to_string(bytes) + " at " + std::to_string(place.offset),
                  .advice = "the file is cut off, or not that of this model: copy it again"});
  });
  return [path = file.path, offset = place.offset, bytes, entry,
          opened = std::shared_ptr<const file::ByteSource>()](std::uint64_t at,
                                                              std::span<std::byte> out) mutable {
    try {
      if (!opened) opened = file::OpenPositioned(path);
      opened->Read(offset + at, out);
      if (at + out.size() == bytes) opened.reset();
    } catch (const Error& error) {
      throw error.WithPath(path.string()).WithEntry(entry);
    }
  };
}

}  // namespace statestone::onnx
