// Tar files by hand, with every field open to be wrong.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/interop/pickle_builder.h"

namespace statestone {

struct TarPart {
  std::string name;
  std::string data;
  char kind = '0';
  std::optional<std::string> size = std::nullopt;  ///< the field, instead of the true size
  std::string link = {};
  bool wrong_sum = false;
};

inline std::string Octal(std::uint64_t number, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(number));
  return text;
}

inline std::string TarHeader(const TarPart& part) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  put(0, part.name.substr(0, 100));
  put(100, "0000644");
  put(124, part.size.value_or(Octal(part.data.size(), 11)));
  put(136, Octal(1480000000, 11));
  put(148, "        ");
  header[156] = part.kind;
  put(157, part.link);
  put(257, std::string("ustar\0"
                       "00",
                       8));
  std::uint64_t sum = part.wrong_sum ? 1 : 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, Octal(sum, 6) + std::string("\0 ", 2));
  return header;
}

/// The members one behind the other, and the end mark of two blocks of zeros.
inline std::string BuildTar(const std::vector<TarPart>& parts) {
  std::string file;
  for (const TarPart& part : parts) {
    file += TarHeader(part) + part.data;
    file.resize((file.size() + 511) / 512 * 512);
  }
  return file + std::string(1024, '\0');
}

/// An extended header of pax with one record.
inline TarPart PaxHeader(const std::string& key, const std::string& value) {
  const std::string record = " " + key + "=" + value + "\n";
  std::size_t size = record.size();
  while (std::to_string(size).size() + record.size() != size) ++size;
  return {"././@PaxHeader", std::to_string(size) + record, 'x'};
}

/// What the members of a checkpoint say, each part open to be wrong.
struct TarCheckpoint {
  std::string system = pk::Done(pk::Dict(pk::Text("little_endian") + "\x88"));
  std::string storage_count = pk::Done(pk::Int(1));
  std::string storage =
      pk::Done(pk::Tuple(pk::Int(5) + pk::Text("cpu") + pk::Global("torch", "FloatStorage")));
  std::int64_t elements = 4;
  std::string data = "0123456789ABCDEF";
  std::string views = pk::Done(pk::List(""));
  std::string tensor_count = pk::Done(pk::Int(1));
  std::string tensor =
      pk::Done(pk::Tuple(pk::Int(1) + pk::Int(5) + pk::Global("torch", "FloatTensor")));
  std::int32_t dims = 1;
  std::string geometry = Bytes(std::int64_t{4}) + Bytes(std::int64_t{1}) + Bytes(std::int64_t{0});
  std::string value = pk::Done(pk::Dict(pk::Text("a") + pk::List(pk::Int(7) + pk::Int(1) + "Q")));

  std::vector<TarPart> Parts() const {
    return {{"sys_info", system},
            {"pickle", value},
            {"tensors", tensor_count + tensor + Bytes(dims) + Bytes(std::int32_t{0}) + geometry},
            {"storages", storage_count + storage + Bytes(elements) + data + views}};
  }
};

}  // namespace statestone
