#include "interop/zip/inflated_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <vector>

#include "codec/check/require.h"
#include "codec/file/file_system.h"

namespace statestone::zip {
namespace {

constexpr std::size_t kBuffer = 256u << 10;

constexpr int kNameAttempts = 100;

// A name that is free, taken and at once given up: only the descriptor keeps the file.
file::Descriptor CreateUnlinked(const std::string& directory) {
  file::FileSystem& system = file::FileSystem::Current();
  std::random_device random;
  for (int attempt = 0;; ++attempt) {
    const std::string path =
        directory + "/.statestone-" + std::to_string((std::uint64_t{random()} << 32) | random());
    const int fd = file::RetryInterrupted([&] {
      return system.Open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    });
    if (fd >= 0) {
      file::Descriptor descriptor(fd);
      if (system.Unlink(path.c_str()) != 0) file::ThrowSystemError("unlink", errno, path);
      return descriptor;
    }
    if (errno != EEXIST || attempt == kNameAttempts) {
      file::ThrowSystemError("open", errno, directory, " for a temporary file in it");
    }
  }
}

class Inflater {
 public:
  Inflater(const ZipEntry& entry, const file::ByteSource& zip) : entry_(entry), zip_(zip) {
    // Negative window bits: bare deflate data, as zip has it.
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // The next bytes, at most out.size() of them; none at the end.
  std::span<std::byte> Next(std::span<std::byte> out) {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    while (!done_ && stream_.avail_out != 0) {
      Feed();
      const int result = inflate(&stream_, Z_NO_FLUSH);
      done_ = result == Z_STREAM_END;
      const bool stuck = !done_ && stream_.avail_in == 0 && consumed_ == entry_.stored_bytes &&
                         stream_.avail_out != 0;
      Require(CheckSite::kZipInflate, done_ || (result == Z_OK && !stuck), [&] {
        return Error(ErrorCode::kCorrupt,
                     {.offset = entry_.offset,
                      .problem = "zip entry " + entry_.name + ": its deflated data is damaged",
                      .advice = "copy the file again"});
      });
      if (result != Z_OK) break;
    }
    return out.first(out.size() - stream_.avail_out);
  }

 private:
  void Feed() {
    if (stream_.avail_in != 0) return;
    const std::uint64_t piece =
        std::min<std::uint64_t>(input_.size(), entry_.stored_bytes - consumed_);
    zip_.Read(entry_.offset + consumed_, std::span(input_).first(piece));
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(piece);
    consumed_ += piece;
  }

  const ZipEntry& entry_;
  const file::ByteSource& zip_;
  std::vector<std::byte> input_ = std::vector<std::byte>(kBuffer);
  std::uint64_t consumed_ = 0;
  bool done_ = false;
  z_stream stream_{};
};

Error WrongResult(const ZipEntry& entry, std::string what, std::string expected,
                  std::string found) {
  return Error(ErrorCode::kCorrupt, {.offset = entry.offset,
                                     .problem = "zip entry " + entry.name + ": " + std::move(what),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = "copy the file again"});
}

}  // namespace

InflatedFile::InflatedFile(const std::filesystem::path& directory)
    : directory_(directory.empty() ? "." : directory.string()), file_(CreateUnlinked(directory_)) {}

InflatedFile::~InflatedFile() {
  for (const auto& map : maps_) {
    file::FileSystem::Current().Munmap(const_cast<std::byte*>(map.data()), map.size());
  }
}

std::uint64_t InflatedFile::Append(const ZipEntry& entry, const file::ByteSource& zip) {
  const std::uint64_t start = size_;
  Inflater inflater(entry, zip);
  std::vector<std::byte> buffer(kBuffer);
  std::uint64_t made = 0;
  uLong sum = crc32(0, nullptr, 0);
  for (;;) {
    const auto piece = inflater.Next(buffer);
    if (piece.empty()) break;
    made += piece.size();
    Require(CheckSite::kZipInflatedSize, made <= entry.bytes, [&] {
      return WrongResult(entry, "it inflates to more than it says", std::to_string(entry.bytes),
                         "at least " + std::to_string(made));
    });
    sum = crc32_z(sum, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
    file::WriteAll(file_.get(), piece, directory_);
    size_ += piece.size();
  }
  Require(CheckSite::kZipInflatedSize, made == entry.bytes, [&] {
    return WrongResult(entry, "it inflates to less than it says", std::to_string(entry.bytes),
                       std::to_string(made));
  });
  Require(CheckSite::kZipSum, entry.sum == 0 || entry.sum == sum, [&] {
    return WrongResult(entry, "CRC-32 mismatch", std::to_string(entry.sum), std::to_string(sum));
  });
  return start;
}

void InflatedFile::Map() {
  if (size_ == bytes().size()) return;
  file::FileSystem& system = file::FileSystem::Current();
  void* mapped = system.Mmap(size_, PROT_READ, MAP_PRIVATE, file_.get(), 0);
  if (mapped == MAP_FAILED) file::ThrowSystemError("mmap", errno, directory_);
  maps_.emplace_back(static_cast<const std::byte*>(mapped), size_);
}

void InflatedFile::Read(std::uint64_t offset, std::span<std::byte> out) const {
  file::ReadAll(file_.get(), offset, out, directory_);
}

std::span<const std::byte> InflatedFile::bytes() const {
  return maps_.empty() ? std::span<const std::byte>() : maps_.back();
}

}  // namespace statestone::zip
