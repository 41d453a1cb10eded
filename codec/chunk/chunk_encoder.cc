#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "codec/bytes/little_endian.h"
#include "codec/chunk/chunk_codec.h"
#include "codec/chunk/chunk_error.h"
#include "codec/chunk/plane_coding.h"
#include "codec/chunk/planes.h"

namespace statestone::chunk {
namespace {

struct StoredPlanes {
  std::array<std::uint32_t, kMaxPlanes> headers{};
  std::byte* end = nullptr;

  void Add(std::size_t plane, PlaneCoding coding, std::size_t size) {
    headers[plane] = PlaneHeader(coding, static_cast<std::uint32_t>(size));
    end += size;
  }
};

}  // namespace

struct Encoder::State {
  ChunkSampler sampler;
  PlaneCoder coder;
  ScratchBuffer stored;
  ScratchBuffer split;
  std::unique_ptr<Decoder> decoder;  // only verifying needs it

  bool CodeFloats(const std::byte* raw, std::size_t units, Shape shape,
                  std::span<const PlaneProfile> profiles, StoredPlanes& out);
  void CodePlanes(const std::byte* raw, std::size_t units, Shape shape,
                  std::span<const PlaneProfile> profiles, StoredPlanes& out);
  void Verify(std::span<const std::byte> raw, std::span<const std::byte> coded, Shape shape);
};

Encoder::Encoder() : state_(std::make_unique<State>()) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

// The common case, weights: all planes but that of the exponents are incompressible. One pass over
// the units then writes those straight to their place and packs the exponents' codes. Returns
// false, having written nothing that counts, if the chunk is not of that kind.
bool Encoder::State::CodeFloats(const std::byte* raw, std::size_t units, Shape shape,
                                std::span<const PlaneProfile> profiles, StoredPlanes& out) {
  if (!shape.rotate || (shape.unit != 2 && shape.unit != 4)) return false;
  const PlaneProfile& exponents = profiles.back();
  if (exponents.repeats || exponents.one_value || !exponents.few_exceptions) return false;
  for (const PlaneProfile& profile : profiles.first(profiles.size() - 1)) {
    if (!profile.Incompressible()) return false;
  }
  std::byte* rest = out.end;
  std::byte* packed = coder.Packed(units);
  const bool fits = shape.unit == 2
                        ? SplitAndPack2(raw, units, exponents.top, rest, packed, coder.exceptions())
                        : SplitAndPack4(raw, units, exponents.top, rest, rest + 2 * units, packed,
                                        coder.exceptions());
  if (!fits) return false;
  const std::size_t upper = shape.unit - 1u;
  const CodedPlane coded = coder.CodePacked(units, exponents.top, rest + upper * units);
  if (coded.size >= units) return false;
  if (shape.unit == 4) {
    out.Add(0, PlaneCoding::kJoined, 2 * units);
    out.Add(1, PlaneCoding::kWithPrevious, 0);
  }
  out.Add(upper - 1, PlaneCoding::kRaw, units);
  out.Add(upper, coded.coding, coded.size);
  return true;
}

void Encoder::State::CodePlanes(const std::byte* raw, std::size_t units, Shape shape,
                                std::span<const PlaneProfile> profiles, StoredPlanes& out) {
  PlanePointers planes{};
  std::byte* scratch = split.AtLeast(units * shape.unit);
  for (std::size_t k = 0; k < shape.unit; ++k) planes[k] = scratch + k * units;
  std::size_t next = 0;
  if (shape.unit == 4 && profiles[0].Incompressible() && profiles[1].Incompressible()) {
    SplitJoined(raw, units, shape.rotate, out.end, planes[2], planes[3]);
    out.Add(0, PlaneCoding::kJoined, 2 * units);
    out.Add(1, PlaneCoding::kWithPrevious, 0);
    next = 2;
  } else if (shape.unit > 1) {
    Split(raw, units, shape, planes);
  }
  const bool pairs = shape.rotate && (shape.unit == 2 || shape.unit == 4);
  for (std::size_t k = next; k < shape.unit; ++k) {
    const std::byte* plane = shape.unit == 1 ? raw : planes[k];
    const CodedPlane coded = coder.Code({plane, units}, profiles[k], pairs, out.end);
    out.Add(k, coded.coding, coded.size);
  }
}

void Encoder::State::Verify(std::span<const std::byte> raw, std::span<const std::byte> coded,
                            Shape shape) {
  if (decoder == nullptr) decoder = std::make_unique<Decoder>();
  const std::optional<std::size_t> difference = decoder->FirstDifference(coded, shape, raw);
  if (!difference) return;
  throw Error(ErrorCode::kCorrupt,
              {.problem = "a chunk does not decode to the bytes it was made from, first at byte " +
                          std::to_string(*difference),
               .advice = "nothing was damaged on disk: check this machine's memory"});
}

std::span<const std::byte> Encoder::Encode(std::span<const std::byte> raw, Shape shape,
                                           bool verify) {
  return Encode(raw, shape, verify, state_->stored);
}

std::span<const std::byte> Encoder::Encode(std::span<const std::byte> raw, Shape shape, bool verify,
                                           ScratchBuffer& target) {
  CheckShape(raw.size(), shape);
  State& state = *state_;
  const std::size_t units = raw.size() / shape.unit;
  const std::size_t rest = raw.size() % shape.unit;
  const std::size_t headers = kPlaneHeaderBytes * shape.unit;
  // While a plane is coded, what stands before it is at most its planes' bytes.
  std::byte* stored = target.AtLeast(EncodedBound(raw.size(), shape) + PlaneCoder::Room(units));

  StoredPlanes out;
  out.end = stored + headers;
  const std::span<const PlaneProfile> profiles = state.sampler.Sample(raw.data(), units, shape);
  if (!state.CodeFloats(raw.data(), units, shape, profiles, out)) {
    state.CodePlanes(raw.data(), units, shape, profiles, out);
  }
  for (std::size_t k = 0; k < shape.unit; ++k) {
    bytes::Store(stored + kPlaneHeaderBytes * k, out.headers[k]);
  }
  if (rest != 0) std::memcpy(out.end, raw.data() + raw.size() - rest, rest);
  const std::span<const std::byte> coded(stored, out.end + rest);
  if (verify) state.Verify(raw, coded, shape);
  return coded;
}

std::uint64_t EncodedBound(std::uint64_t raw_size, Shape shape) {
  return kPlaneHeaderBytes * shape.unit + raw_size;
}

}  // namespace statestone::chunk
