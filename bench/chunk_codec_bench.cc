// The chunk codec in memory, stored bytes hashed as files do it, beside what it is measured against
// in the same run: memcpy, XXH3, and simpler ways to use zstd. Buffers are reused throughout.
//
//   chunk_codec_bench --benchmark_filter=bf16 --benchmark_repetitions=5
#include <benchmark/benchmark.h>
#include <zstd.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "codec/bytes/hash.h"
#include "codec/chunk/chunk_codec.h"
#include "codec/chunk/planes.h"
#include "codec/chunk/zstd_frame.h"
#include "tests/codec/chunk/inputs.h"

namespace statestone::chunk {
namespace {

constexpr std::size_t kChunkUnits = std::size_t{1} << 18;
constexpr std::size_t kChunks = 48;

/// One way to code chunks. Each thread has its own.
class Way {
 public:
  virtual ~Way() = default;
  virtual std::span<const std::byte> Encode(std::span<const std::byte> raw) = 0;
  virtual void Decode(std::span<const std::byte> stored, std::span<std::byte> raw) = 0;
};

class Statestone : public Way {
 public:
  Statestone(Shape shape, bool verify) : shape_(shape), verify_(verify) {}

  std::span<const std::byte> Encode(std::span<const std::byte> raw) override {
    return encoder_.Encode(raw, shape_, verify_);
  }
  void Decode(std::span<const std::byte> stored, std::span<std::byte> raw) override {
    decoder_.Decode(stored, shape_, raw);
  }

 private:
  Shape shape_;
  bool verify_;
  Encoder encoder_;
  Decoder decoder_;
};

/// Each byte plane as one zstd frame: of a level, or of literals only (level 0) and then stored as
/// it is where that gains nothing. Stored: a u32 size for each plane, the planes.
class PlanesAndZstd : public Way {
 public:
  PlanesAndZstd(Shape shape, int level)
      : shape_(shape), level_(level), compress_(ZSTD_createCCtx()), decompress_(ZSTD_createDCtx()) {
    planes_.resize(shape.unit * kChunkUnits);
    stored_.resize(shape.unit * (4 + ZSTD_compressBound(kChunkUnits)));
  }
  ~PlanesAndZstd() override {
    ZSTD_freeCCtx(compress_);
    ZSTD_freeDCtx(decompress_);
  }

  std::span<const std::byte> Encode(std::span<const std::byte> raw) override {
    const std::size_t units = raw.size() / shape_.unit;
    Split(raw.data(), units, shape_, Planes(units));
    std::size_t at = 4u * shape_.unit;
    for (std::size_t k = 0; k < shape_.unit; ++k) {
      const std::byte* plane = planes_.data() + k * units;
      std::size_t size = level_ == 0 ? literals_.Compress({plane, units}, &stored_[at])
                                     : ZSTD_compressCCtx(compress_, &stored_[at],
                                                         stored_.size() - at, plane, units, level_);
      if (level_ == 0 && size >= units) {
        size = units;
        std::memcpy(&stored_[at], plane, units);
      }
      const auto stored_size = static_cast<std::uint32_t>(size);
      std::memcpy(&stored_[4 * k], &stored_size, 4);
      at += size;
    }
    return {stored_.data(), at};
  }

  void Decode(std::span<const std::byte> stored, std::span<std::byte> raw) override {
    const std::size_t units = raw.size() / shape_.unit;
    const PlanePointers scratch = Planes(units);
    ConstPlanePointers planes{};
    std::size_t at = 4u * shape_.unit;
    for (std::size_t k = 0; k < shape_.unit; ++k) {
      std::uint32_t size = 0;
      std::memcpy(&size, &stored[4 * k], 4);
      planes[k] = size == units ? &stored[at] : scratch[k];
      if (size != units) ZSTD_decompressDCtx(decompress_, scratch[k], units, &stored[at], size);
      at += size;
    }
    Merge(planes, units, shape_, raw.data());
  }

 private:
  PlanePointers Planes(std::size_t units) {
    PlanePointers planes{};
    for (std::size_t k = 0; k < shape_.unit; ++k) planes[k] = planes_.data() + k * units;
    return planes;
  }

  Shape shape_;
  int level_;
  FrameCompressor literals_{Redundancy::kSymbols};
  ZSTD_CCtx* compress_;
  ZSTD_DCtx* decompress_;
  Bytes planes_;
  Bytes stored_;
};

/// zstd level 1 on the bytes as they are.
class RawZstd : public Way {
 public:
  RawZstd() : compress_(ZSTD_createCCtx()), decompress_(ZSTD_createDCtx()) {}
  ~RawZstd() override {
    ZSTD_freeCCtx(compress_);
    ZSTD_freeDCtx(decompress_);
  }
  std::span<const std::byte> Encode(std::span<const std::byte> raw) override {
    stored_.resize(ZSTD_compressBound(raw.size()));
    return {stored_.data(), ZSTD_compressCCtx(compress_, stored_.data(), stored_.size(), raw.data(),
                                              raw.size(), 1)};
  }
  void Decode(std::span<const std::byte> stored, std::span<std::byte> raw) override {
    ZSTD_decompressDCtx(decompress_, raw.data(), raw.size(), stored.data(), stored.size());
  }

 private:
  ZSTD_CCtx* compress_;
  ZSTD_DCtx* decompress_;
  Bytes stored_;
};

enum class WayKind { kStatestone, kStatestoneVerified, kPlainPlanes, kPlanes1, kPlanes3, kRaw1 };

std::unique_ptr<Way> MakeWay(WayKind kind, Shape shape) {
  const Shape plain{shape.unit, false};
  switch (kind) {
    case WayKind::kPlainPlanes:
      return std::make_unique<PlanesAndZstd>(shape, 0);
    case WayKind::kPlanes1:
      return std::make_unique<PlanesAndZstd>(plain, 1);
    case WayKind::kPlanes3:
      return std::make_unique<PlanesAndZstd>(plain, 3);
    case WayKind::kRaw1:
      return std::make_unique<RawZstd>();
    default:
      return std::make_unique<Statestone>(shape, kind == WayKind::kStatestoneVerified);
  }
}

/// One kind of tensor, its chunks and the memory that decoding fills, touched beforehand.
struct Tensor {
  explicit Tensor(const Input& from)
      : input(from),
        chunk_bytes(kChunkUnits * from.shape.unit),
        raw(Make(from, kChunks * kChunkUnits)),
        target(raw.size(), std::byte{1}) {}

  std::span<const std::byte> Chunk(std::size_t index) const {
    return std::span(raw).subspan(index * chunk_bytes, chunk_bytes);
  }
  std::span<std::byte> Target(std::size_t index) {
    return std::span(target).subspan(index * chunk_bytes, chunk_bytes);
  }

  Input input;
  std::size_t chunk_bytes;
  Bytes raw;
  Bytes target;
};

/// `stored_bytes` are this thread's. Every row has the counter: the CSV reporter insists on it.
void Report(benchmark::State& state, const Tensor& tensor, double stored_bytes) {
  const double bytes = static_cast<double>(tensor.raw.size()) / state.threads();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
  state.counters["size_percent"] =
      benchmark::Counter(100 * stored_bytes / bytes, benchmark::Counter::kAvgThreads);
}

/// Calls `body(index)` for each chunk that is this thread's.
template <typename Body>
void ForOwnChunks(const benchmark::State& state, Body body) {
  for (std::size_t i = state.thread_index(); i < kChunks; i += state.threads()) body(i);
}

void Copy(benchmark::State& state, Tensor& tensor) {
  for (auto _ : state) {
    ForOwnChunks(state, [&](std::size_t i) {
      std::memcpy(tensor.Target(i).data(), tensor.Chunk(i).data(), tensor.chunk_bytes);
      benchmark::ClobberMemory();
    });
  }
  Report(state, tensor, static_cast<double>(tensor.raw.size()) / state.threads());
}

void Hash(benchmark::State& state, Tensor& tensor) {
  for (auto _ : state) {
    ForOwnChunks(state,
                 [&](std::size_t i) { benchmark::DoNotOptimize(bytes::Xxh3(tensor.Chunk(i))); });
  }
  Report(state, tensor, static_cast<double>(tensor.raw.size()) / state.threads());
}

void Encode(benchmark::State& state, Tensor& tensor, WayKind kind) {
  const auto way = MakeWay(kind, tensor.input.shape);
  double stored_bytes = 0;
  for (auto _ : state) {
    stored_bytes = 0;
    ForOwnChunks(state, [&](std::size_t i) {
      const auto stored = way->Encode(tensor.Chunk(i));
      benchmark::DoNotOptimize(bytes::Xxh3(stored));
      stored_bytes += static_cast<double>(stored.size());
    });
  }
  Report(state, tensor, stored_bytes);
}

void Decode(benchmark::State& state, Tensor& tensor, WayKind kind) {
  const auto way = MakeWay(kind, tensor.input.shape);
  std::vector<Bytes> chunks(kChunks);
  double stored_bytes = 0;
  ForOwnChunks(state, [&](std::size_t i) {
    const auto stored = way->Encode(tensor.Chunk(i));
    chunks[i].assign(stored.begin(), stored.end());
    stored_bytes += static_cast<double>(stored.size());
  });
  for (auto _ : state) {
    ForOwnChunks(state, [&](std::size_t i) {
      benchmark::DoNotOptimize(bytes::Xxh3(chunks[i]));
      way->Decode(chunks[i], tensor.Target(i));
      benchmark::ClobberMemory();
    });
  }
  ForOwnChunks(state, [&](std::size_t i) {
    const auto decoded = tensor.Target(i);
    if (std::memcmp(decoded.data(), tensor.Chunk(i).data(), decoded.size()) != 0) {
      state.SkipWithError("decoded bytes differ");
    }
  });
  Report(state, tensor, stored_bytes);
}

void Register(const std::string& name, auto body) {
  for (const int threads : {1, 2}) {
    benchmark::RegisterBenchmark(name.c_str(), body)
        ->Threads(threads)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
}

void RegisterTensor(Tensor& tensor, const std::string& name) {
  Register(name + "/memcpy", [&](benchmark::State& state) { Copy(state, tensor); });
  Register(name + "/xxh3", [&](benchmark::State& state) { Hash(state, tensor); });
  const struct {
    const char* name;
    WayKind kind;
  } ways[] = {{"statestone", WayKind::kStatestone},
              {"rotated_planes_huffman", WayKind::kPlainPlanes},
              {"byte_planes_zstd1", WayKind::kPlanes1},
              {"byte_planes_zstd3", WayKind::kPlanes3},
              {"raw_zstd1", WayKind::kRaw1}};
  Register(name + "/encode_verify/statestone",
           [&](benchmark::State& state) { Encode(state, tensor, WayKind::kStatestoneVerified); });
  for (const auto& way : ways) {
    const WayKind kind = way.kind;
    Register(name + "/encode/" + way.name,
             [&tensor, kind](benchmark::State& state) { Encode(state, tensor, kind); });
    Register(name + "/decode/" + way.name,
             [&tensor, kind](benchmark::State& state) { Decode(state, tensor, kind); });
  }
}

}  // namespace
}  // namespace statestone::chunk

int main(int argc, char** argv) {
  using statestone::chunk::Kind;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  std::vector<std::unique_ptr<statestone::chunk::Tensor>> tensors;
  for (const auto& input : statestone::chunk::AllInputs()) {
    const char* name = input.kind == Kind::kGaussianBf16   ? "bf16"
                       : input.kind == Kind::kGaussianFp32 ? "fp32"
                       : input.kind == Kind::kGaussianFp16 ? "fp16"
                                                           : nullptr;
    if (name == nullptr) continue;
    tensors.push_back(std::make_unique<statestone::chunk::Tensor>(input));
    statestone::chunk::RegisterTensor(*tensors.back(), name);
  }
  benchmark::RunSpecifiedBenchmarks();
}
