#include "interop/onnx/typed_data.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

#include "codec/check/require.h"
#include "schema/onnx.pb.h"

namespace statestone::onnx {
namespace {

constexpr std::uint64_t kWindow = 64u << 10;

// What one number becomes: those of less than a byte come packed, a byte to a number.
std::uint64_t BytesOfNumber(const DataType& type) { return type.bits < 8 ? 1 : type.bits / 8; }

Error Corrupt(std::uint64_t at, std::string problem, std::string expected = {},
              std::string found = {}) {
  return Error(ErrorCode::kCorrupt, {.offset = at,
                                     .problem = std::move(problem),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = "the file is damaged: copy it again"});
}

// The bytes of all ranges, one after the other.
class Bytes {
 public:
  explicit Bytes(const TypedData& data) : data_(data) {}

  // Up to `most` more; none at the end. Valid until the next call.
  std::span<const std::byte> Next(std::uint64_t most) {
    while (range_ < data_.ranges.size() && used_ == data_.ranges[range_].bytes()) {
      ++range_;
      used_ = 0;
    }
    if (range_ == data_.ranges.size()) return {};
    const Range& range = data_.ranges[range_];
    window_.resize(std::min({most, range.bytes() - used_, kWindow}));
    position_ = range.begin + used_;
    data_.source->Read(position_, window_);
    used_ += window_.size();
    return window_;
  }
  /// Of what Next gave, in the file.
  std::uint64_t position() const { return position_; }

 private:
  const TypedData& data_;
  std::size_t range_ = 0;
  std::uint64_t used_ = 0;
  std::uint64_t position_ = 0;
  std::vector<std::byte> window_;
};

std::uint64_t CountNumbers(const TypedData& data) {
  std::uint64_t numbers = 0;
  for (const Range& range : data.ranges) {
    if (range.bytes() == 0) continue;
    TypedData one{.source = data.source, .ranges = {range}};
    Bytes bytes(one);
    std::byte last{};
    for (auto window = bytes.Next(kWindow); !window.empty(); window = bytes.Next(kWindow)) {
      numbers += std::ranges::count_if(window, [](std::byte b) { return b < std::byte{0x80}; });
      last = window.back();
    }
    Require(CheckSite::kOnnxVarint, last < std::byte{0x80},
            [&] { return Corrupt(range.begin, "a number has no end"); });
  }
  return numbers;
}

// Numbers of variable length, as elements.
class NumberReader {
 public:
  explicit NumberReader(TypedData data) : data_(std::move(data)), bytes_(data_) {}
  NumberReader(const NumberReader&) = delete;
  NumberReader& operator=(const NumberReader&) = delete;

  void Read(std::span<std::byte> out) {
    while (!out.empty()) {
      if (ready_ == 0) Decode();
      const std::size_t taken = std::min<std::size_t>(ready_, out.size());
      const std::size_t width = BytesOfNumber(*data_.type);
      std::ranges::copy(std::span(element_).subspan(width - ready_, taken), out.begin());
      ready_ -= taken;
      out = out.subspan(taken);
    }
  }

 private:
  void Decode() {
    std::uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(TakeByte());
      Require(CheckSite::kOnnxVarint, shift < 70,
              [&] { return Corrupt(position_, "a number has no end"); });
      if (shift < 64) number |= (byte & 0x7F) << shift;
      if (byte < 0x80 || shift >= 70) break;
    }
    RequireElement(number);
    for (std::size_t i = 0; i < element_.size(); ++i) {
      element_[i] = static_cast<std::byte>(number >> (8 * i));
    }
    ready_ = BytesOfNumber(*data_.type);
  }

  std::byte TakeByte() {
    if (window_.empty()) {
      window_ = bytes_.Next(kWindow);
      position_ = bytes_.position();
      // The numbers were counted, but the file may have changed since.
      Require(CheckSite::kOnnxCut, !window_.empty(),
              [&] { return Corrupt(position_, "the numbers end early"); });
    }
    const std::byte byte = window_.front();
    window_ = window_.subspan(1);
    ++position_;
    return byte;
  }

  void RequireElement(std::uint64_t& number) const {
    const DataType& type = *data_.type;
    if (type.typed_field == wire::Tensor::kInt32DataFieldNumber) {
      // As protobuf reads an int32, whatever its writer made of the sign.
      number = static_cast<std::uint64_t>(
          static_cast<std::int64_t>(static_cast<std::int32_t>(static_cast<std::uint32_t>(number))));
    }
    const std::uint64_t bits = 8 * BytesOfNumber(type);
    if (bits == 64) return;
    const auto value = static_cast<std::int64_t>(number);
    const std::int64_t end =
        type.dtype == DType::kBool ? 2 : std::int64_t{1} << (type.is_signed ? bits - 1 : bits);
    const std::int64_t begin = type.is_signed ? -end : 0;
    Require(CheckSite::kOnnxElementRange, value >= begin && value < end, [&] {
      return Corrupt(position_, "a number is none of the tensor's type", std::string(type.name),
                     std::to_string(value));
    });
  }

  TypedData data_;
  Bytes bytes_;
  std::span<const std::byte> window_;
  std::uint64_t position_ = 0;
  std::array<std::byte, 8> element_{};
  std::size_t ready_ = 0;  // bytes of the element that were not taken yet
};

template <typename Reader>
PieceReader InOrder(std::shared_ptr<Reader> reader, std::string path, std::string entry) {
  return [reader, path = std::move(path), entry = std::move(entry)](std::uint64_t,
                                                                    std::span<std::byte> out) {
    try {
      reader->Read(out);
    } catch (const Error& error) {
      throw error.WithPath(path).WithEntry(entry);
    }
  };
}

// Floats, which stand in the file as they are but in pieces.
class FloatReader {
 public:
  explicit FloatReader(TypedData data) : data_(std::move(data)), bytes_(data_) {}
  FloatReader(const FloatReader&) = delete;
  FloatReader& operator=(const FloatReader&) = delete;

  void Read(std::span<std::byte> out) {
    while (!out.empty()) {
      const auto window = bytes_.Next(out.size());
      Require(CheckSite::kOnnxCut, !window.empty(),
              [&] { return Corrupt(bytes_.position(), "the floats end early"); });
      if (window.empty()) return;
      std::ranges::copy(window, out.begin());
      out = out.subspan(window.size());
    }
  }

 private:
  TypedData data_;
  Bytes bytes_;
};

}  // namespace

bool IsVariable(const DataType& type) noexcept {
  return type.typed_field != wire::Tensor::kFloatDataFieldNumber &&
         type.typed_field != wire::Tensor::kDoubleDataFieldNumber;
}

std::uint64_t DecodedBytes(const TypedData& data) {
  if (IsVariable(*data.type)) return CountNumbers(data) * BytesOfNumber(*data.type);
  std::uint64_t bytes = 0;
  for (const Range& range : data.ranges) bytes += range.bytes();
  return bytes;
}

PieceReader ReadTyped(TypedData data) {
  std::string path = data.path;
  std::string entry = data.entry;
  if (IsVariable(*data.type)) {
    return InOrder(std::make_shared<NumberReader>(std::move(data)), path, entry);
  }
  return InOrder(std::make_shared<FloatReader>(std::move(data)), path, entry);
}

}  // namespace statestone::onnx
