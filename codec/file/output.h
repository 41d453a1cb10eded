// Bytes on their way to a file, one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace statestone::file {

/// What writing a whole file and appending to one have in common. Costs one buffer of 1 MiB. Not
/// thread-safe.
class Output {
 public:
  virtual ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Writes behind what was written before. Small pieces are gathered, so that each costs a copy
  /// and not a call. \throws Error io: all is then as it was, and this can only be destroyed
  void Write(std::span<const std::byte> data);

  /// Writes `count` zero bytes. Errors as Write.
  void WriteZeros(std::uint64_t count);

  /// Where the next byte will stand in the file, those that are still gathered counted.
  std::uint64_t position() const { return position_; }

 protected:
  Output() = default;

  /// Where the first byte written will stand, if not at 0.
  void StartAt(std::uint64_t position) { position_ = position; }

  /// Hands what is gathered to the system. \throws Error io
  void FlushGathered();

  /// Whether anything was handed to the system.
  bool has_written() const { return has_written_; }

  virtual int descriptor() const = 0;
  /// The file as the caller named it, for errors.
  virtual const std::string& shown() const = 0;
  /// \throws Error invalid_argument when it is finished or has failed
  virtual void RequireOpen() const = 0;
  /// Undoes everything, after an error.
  virtual void Abandon() noexcept = 0;

 private:
  std::vector<std::byte> gathered_;
  bool has_written_ = false;
  std::uint64_t position_ = 0;
};

}  // namespace statestone::file
