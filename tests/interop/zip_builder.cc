#include "tests/interop/zip_builder.h"

#include <zlib.h>

#include <algorithm>

#include "tests/interop/pickle_builder.h"

namespace statestone {
namespace {

constexpr std::uint32_t kFull = 0xFFFFFFFF;

std::string U16(std::uint64_t value) { return Bytes(static_cast<std::uint16_t>(value)); }
std::string U32(std::uint64_t value) { return Bytes(static_cast<std::uint32_t>(value)); }
std::string U64(std::uint64_t value) { return Bytes(value); }

std::string Deflated(const std::string& data) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Fields {
  std::uint64_t stored;
  std::uint64_t size;
  std::uint32_t sum;
  std::uint16_t method;
  std::uint16_t flags;
};

Fields FieldsOf(const ZipPart& part, const std::string& stored) {
  const auto* data = reinterpret_cast<const Bytef*>(part.data.data());
  const auto sum = static_cast<std::uint32_t>(crc32(0, data, static_cast<uInt>(part.data.size())));
  return {stored.size(), part.declared_size.value_or(part.data.size()), part.sum.value_or(sum),
          part.method.value_or(part.deflate ? 8 : 0),
          static_cast<std::uint16_t>(part.flags | (part.descriptor ? 8 : 0))};
}

std::string LocalHeader(const ZipPart& part, const Fields& fields) {
  const std::string& name = part.local_name.empty() ? part.name : part.local_name;
  const bool later = part.descriptor;
  const bool wide = part.zip64 && !later;
  const std::string extra = wide ? U16(1) + U16(16) + U64(fields.size) + U64(fields.stored) : "";
  return "PK\x03\x04" + U16(20) + U16(fields.flags) + U16(fields.method) + U32(0) +
         U32(later ? 0 : fields.sum) +
         U32(later  ? 0
             : wide ? kFull
                    : fields.stored) +
         U32(later  ? 0
             : wide ? kFull
                    : fields.size) +
         U16(name.size()) + U16(extra.size()) + name + extra;
}

std::string DirectoryEntry(const ZipPart& part, const Fields& fields, std::uint64_t offset) {
  const std::uint64_t at = part.local_offset.value_or(offset);
  const std::string extra =
      part.zip64 ? U16(1) + U16(24) + U64(fields.size) + U64(fields.stored) + U64(at) : "";
  return "PK\x01\x02" + U16(20) + U16(20) + U16(fields.flags) + U16(fields.method) + U32(0) +
         U32(fields.sum) + U32(part.zip64 ? kFull : fields.stored) +
         U32(part.zip64 ? kFull : fields.size) + U16(part.name.size()) + U16(extra.size()) +
         U16(0) + U16(part.disk) + U16(0) + U32(0) + U32(part.zip64 ? kFull : at) + part.name +
         extra;
}

}  // namespace

std::string BuildZip(const std::vector<ZipPart>& parts, bool reversed, bool zip64_end) {
  std::string file;
  std::vector<std::string> entries;
  for (const ZipPart& part : parts) {
    const std::string stored = part.deflate ? Deflated(part.data) : part.data;
    const Fields fields = FieldsOf(part, stored);
    if (!part.hidden) entries.push_back(DirectoryEntry(part, fields, file.size()));
    file += LocalHeader(part, fields) + stored;
    if (part.descriptor) {
      file += "PK\x07\x08" + U32(fields.sum) + U32(fields.stored) + U32(fields.size);
    }
  }
  if (reversed) std::ranges::reverse(entries);
  const std::uint64_t start = file.size();
  for (const std::string& entry : entries) file += entry;
  const std::uint64_t size = file.size() - start;
  if (zip64_end) {
    const std::uint64_t end = file.size();
    file += "PK\x06\x06" + U64(44) + U16(45) + U16(45) + U32(0) + U32(0) + U64(entries.size()) +
            U64(entries.size()) + U64(size) + U64(start);
    file += "PK\x06\x07" + U32(0) + U64(end) + U32(1);
    return file + "PK\x05\x06" + U32(0) + U16(0xFFFF) + U16(0xFFFF) + U32(kFull) + U32(kFull) +
           U16(0);
  }
  return file + "PK\x05\x06" + U32(0) + U16(entries.size()) + U16(entries.size()) + U32(size) +
         U32(start) + U16(0);
}

std::vector<ZipPart> CheckpointParts(const std::string& pickle, const std::string& folder) {
  return {{.name = folder + "data.pkl", .data = pickle},
          {.name = folder + "byteorder", .data = "little"},
          {.name = folder + "data/0", .data = std::string("0123456789abcdef")},
          {.name = folder + "version", .data = "3\n"}};
}

}  // namespace statestone
