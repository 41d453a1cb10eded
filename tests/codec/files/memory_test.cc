// What opening, reading and saving allocate, and every allocation of theirs failing once. This
// program replaces operator new; what zstd takes for its contexts is not counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "tests/codec/files/contents.h"
#include "tests/codec/files/example_data.h"
#include "tests/codec/files/forged_index.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

struct Heap {
  std::atomic<std::size_t> live{0};  // allocations not freed
  std::atomic<std::size_t> live_bytes{0};
  std::atomic<std::size_t> peak_bytes{0};  // of live_bytes
  std::atomic<std::size_t> count{0};       // allocations so far
  std::atomic<std::size_t> fail_at{0};     // the count that fails; 0: none
};
Heap heap;  // NOLINT: zero before any constructor runs

// The size stands before each block, so that freeing knows it without being told.
constexpr std::size_t kPrefix = 64;

void* Allocate(std::size_t size, std::size_t alignment) {
  const std::size_t number = ++heap.count;
  if (number == heap.fail_at) throw std::bad_alloc();
  const std::size_t prefix = std::max(kPrefix, alignment);
  void* block = nullptr;
  if (size > std::size_t{1} << 40 || ::posix_memalign(&block, prefix, size + prefix) != 0) {
    throw std::bad_alloc();
  }
  auto* start = static_cast<char*>(block) + prefix;
  std::memcpy(start - 2 * sizeof size, &size, sizeof size);
  std::memcpy(start - sizeof prefix, &prefix, sizeof prefix);
  ++heap.live;
  const std::size_t now = heap.live_bytes += size;
  std::size_t peak = heap.peak_bytes;
  while (now > peak && !heap.peak_bytes.compare_exchange_weak(peak, now)) {
  }
  return start;
}

void Free(void* start) noexcept {
  if (start == nullptr) return;
  std::size_t size = 0;
  std::size_t prefix = 0;
  std::memcpy(&size, static_cast<char*>(start) - 2 * sizeof size, sizeof size);
  std::memcpy(&prefix, static_cast<char*>(start) - sizeof prefix, sizeof prefix);
  --heap.live;
  heap.live_bytes -= size;
  std::free(static_cast<char*>(start) - prefix);
}

}  // namespace
}  // namespace statestone::testing

void* operator new(std::size_t size) { return statestone::testing::Allocate(size, 16); }
void* operator new[](std::size_t size) { return statestone::testing::Allocate(size, 16); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return statestone::testing::Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return statestone::testing::Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return statestone::testing::Allocate(size, 16);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* p, const std::nothrow_t&) noexcept { statestone::testing::Free(p); }
void operator delete(void* p) noexcept { statestone::testing::Free(p); }
void operator delete[](void* p) noexcept { statestone::testing::Free(p); }
void operator delete(void* p, std::size_t) noexcept { statestone::testing::Free(p); }
void operator delete[](void* p, std::size_t) noexcept { statestone::testing::Free(p); }
void operator delete(void* p, std::align_val_t) noexcept { statestone::testing::Free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { statestone::testing::Free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  statestone::testing::Free(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
  statestone::testing::Free(p);
}

namespace statestone::testing {
namespace {

using faults::ErrorOf;

// The most bytes that were live at once while `body` ran, beyond those before.
std::size_t PeakOf(const std::function<void()>& body) {
  const std::size_t before = heap.live_bytes;
  heap.peak_bytes = before;
  body();
  return heap.peak_bytes - before;
}

std::size_t PeakOfOpening(const FileBytes& file) {
  return PeakOf([&] {
    try {
      OpenBytes(file);
    } catch (const Error&) {
    }
  });
}

// Texts of errors, and the sets of names that a check of unique names needs.
constexpr std::size_t kOpeningSlack = 16 << 10;

TEST(MemoryTest, OpeningAllocatesTheIndexAndLittleMore) {
  for (const SmallFile& file : SmallFiles()) {
    const StoneEditor editor(file.bytes);
    const auto raw = editor.Get<std::uint64_t>(editor.tail() + tail_field::kIndexRaw);
    EXPECT_LE(PeakOfOpening(file.bytes), file.bytes.size() + raw + kOpeningSlack) << file.name;
  }
  std::vector<float> weights(16, 1);
  WriteOptions options;
  options.threads = 1;
  const FileBytes many = Written(options, [&](Writer& writer) {
    const ScopeRef scope = writer.AddScope();
    for (int i = 0; i < 10'000; ++i) {
      writer.AddTensor(scope,
                       Source("tensor." + std::to_string(i), DType::kFloat32, {16}, weights));
    }
    writer.AddValue("", Value::TensorDict(scope));
  });
  StoneEditor editor(many);
  const std::size_t stored = editor.index().size();
  const std::size_t raw = editor.StoreIndexRaw().index().size();
  EXPECT_LE(PeakOfOpening(editor.bytes()), raw + kOpeningSlack);
  EXPECT_LT(stored * 4, raw);
  EXPECT_LE(PeakOfOpening(many), raw + stored + kOpeningSlack);
}

TEST(MemoryTest, HostileSizesInTheTailCostNothing) {
  for (const char* name : {"raw", "framed"}) {
    for (const std::size_t field : {tail_field::kIndexOffset, tail_field::kIndexStored,
                                    tail_field::kIndexRaw, tail_field::kPrevious}) {
      for (const std::uint64_t size : {std::uint64_t{512} << 20, std::uint64_t{1} << 31,
                                       std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
        StoneEditor editor(SmallFileBytes(name));
        editor.SetInTail(field, size).SignTail();
        EXPECT_LE(PeakOfOpening(editor.bytes()), kOpeningSlack) << field << " " << size;
      }
    }
    StoneEditor both(SmallFileBytes(name));
    const bool coded = both.Get<std::uint32_t>(both.tail() + tail_field::kCoding) == 1;
    both.SetInTail<std::uint64_t>(tail_field::kIndexStored, (512 << 20) - (coded ? 1 : 0));
    both.SetInTail<std::uint64_t>(tail_field::kIndexRaw, 512 << 20).SignTail();
    EXPECT_LE(PeakOfOpening(both.bytes()), kOpeningSlack);
  }
}

TEST(MemoryTest, AFrameThatClaimsALargeIndexCostsAtMost256TimesItsBytes) {
  StoneEditor editor(SmallFileBytes("framed"));
  const std::size_t most = editor.index().size() * 256;
  editor.SetInTail<std::uint64_t>(tail_field::kIndexRaw, most).SignTail();
  EXPECT_LE(PeakOfOpening(editor.bytes()), editor.index().size() + most + kOpeningSlack);
  editor.SetInTail<std::uint64_t>(tail_field::kIndexRaw, most + 1).SignTail();
  EXPECT_LE(PeakOfOpening(editor.bytes()), kOpeningSlack);
}

TEST(MemoryTest, HostileNumbersInTheIndexCostAtMostTheFileAgain) {
  const FileBytes& file = SmallFileBytes("state");
  StoneEditor original(file);
  const auto begin = original.Get<std::uint64_t>(original.tail());
  const std::size_t end = begin + original.index().size();
  for (std::size_t at = begin; at + 4 <= end; at += 4) {
    for (const std::uint32_t value : {0x7FFFFFFFu, 0xFFFFFFFFu, 0x00FFFFFFu}) {
      StoneEditor editor(file);
      editor.Set(at, value).SignIndex();
      ASSERT_LE(PeakOfOpening(editor.bytes()), file.size() + kOpeningSlack) << at;
    }
  }
}

TEST(MemoryTest, AReadAllocatesTheTensorAndWhatItsChunksNeed) {
  const std::vector<std::byte> noise = RandomBytes(3 << 20, 1);
  const std::vector<float> weights = WeightsFloat32(1 << 20, 2);
  const FileBytes file = Written({}, [&](Writer& writer) {
    const ScopeRef scope = writer.AddScope();
    writer.AddTensor(scope, Source("noise", DType::kUInt8, {noise.size()}, noise));
    writer.AddTensor(scope, Source("weights", DType::kFloat32, {weights.size()}, weights));
    writer.AddValue("", Value::TensorDict(scope));
  });
  ReadOptions options;
  options.threads = 1;
  const Reader reader = Reader::FromMemory(file, nullptr, options);
  const TensorRef raw = *reader.Find({0}, "noise");
  const TensorRef coded = *reader.Find({0}, "weights");
  EXPECT_LE(PeakOf([&] { reader.Read(raw); }), noise.size() + (32 << 10));
  // A coded chunk of 1 MiB, its planes and the tables of the coder.
  EXPECT_LE(PeakOf([&] { reader.Read(coded); }), weights.size() * 4 + (3 << 20));
  std::vector<std::byte> slice(4096);
  EXPECT_LE(PeakOf([&] { reader.ReadSlice(raw, 1000, 4096, slice); }), 32u << 10);
}

TEST(MemoryTest, RefusesReadsBeyondMaxBytesBeforeItAllocates) {
  ForgedIndex index;
  index.dims = {std::uint64_t{1} << 30};
  index.strides = {0};
  const FileBytes file = index.File();
  const Reader huge = OpenBytes(file);
  const std::uint64_t bytes = huge.tensor({0}).bytes;
  EXPECT_EQ(bytes, std::uint64_t{1} << 32);
  std::optional<Error> error;
  EXPECT_LE(PeakOf([&] { error = ErrorOf([&] { huge.Read(TensorRef{0}); }); }), 16u << 10);
  EXPECT_EQ(error->code(), ErrorCode::kLimit);
  EXPECT_EQ(error->fields().problem, "the read is larger than max_bytes allows");
  EXPECT_EQ(error->fields().expected, "at most 1048576");
  EXPECT_EQ(error->fields().found, std::to_string(bytes));

  const FileBytes& small = SmallFileBytes("raw");
  ReadOptions options;
  options.max_bytes = 699;
  const Reader reader = Reader::FromMemory(small, nullptr, options);
  const TensorRef noise = *reader.Find({0}, "noise");
  const TensorRef bias = *reader.Find({0}, "bias");
  std::vector<std::byte> out(700);
  std::vector<std::byte> other(400);
  const std::vector<ReadRequest> together = {{bias, other}, {noise, out}};
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { reader.Read(noise); }, [&] { reader.Read(noise, out); },
           [&] { reader.ReadMany(together); }, [&] { reader.ReadSlice(noise, 0, 7, out); },
           [&] { reader.ReadStorageRange(0, 0, out); }}) {
    EXPECT_EQ(ErrorOf(call).code(), ErrorCode::kLimit);
  }
  EXPECT_NO_THROW(reader.Read(bias, other));
}

TEST(MemoryTest, StoppingEndsTheDigestOfATensorFarLargerThanItsBytes) {
  ForgedIndex index;
  index.dims = {std::uint64_t{1} << 30};
  index.strides = {0};
  const FileBytes file = index.File();
  std::stop_source source;
  ReadOptions options;
  options.stop = source.get_token();
  const Reader reader = Reader::FromMemory(file, nullptr, options);
  const std::jthread stopper([&] { source.request_stop(); });
  EXPECT_EQ(ErrorOf([&] { reader.ContentDigest(); }).code(), ErrorCode::kCanceled);
}

// Runs `body` with its first, second, ... allocation failing until none does. `check` runs after
// each failure.
std::size_t FailEachAllocation(const std::function<void()>& body,
                               const std::function<void()>& check) {
  body();  // what is made once and kept is made now
  for (std::size_t n = 1;; ++n) {
    const std::size_t live = heap.live;
    heap.fail_at = heap.count + n;
    try {
      body();
    } catch (const std::bad_alloc&) {  // or it went through: sorting makes do without its buffer
    }
    const bool reached = heap.count >= heap.fail_at;
    heap.fail_at = 0;
    EXPECT_EQ(heap.live, live) << "allocation " << n;
    check();
    if (!reached || ::testing::Test::HasFailure()) return n - 1;
  }
}

TEST(MemoryTest, NothingLeaksWhenAnAllocationOfOpeningOrReadingFails) {
  for (const char* name : {"raw", "state", "framed"}) {
    const FileBytes& file = SmallFileBytes(name);
    const std::size_t failures = FailEachAllocation(
        [&] {
          const Reader reader = OpenBytes(file);
          for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) reader.Read(TensorRef{i});
          for (std::size_t i = 0; i < reader.entry_count(); ++i) {
            const EntryInfo entry = reader.entry(i);
            if (entry.kind == EntryKind::kValue) reader.ReadValue(entry.name);
            if (entry.kind == EntryKind::kModel) reader.ReadModel(entry.name);
          }
          reader.TieGroups();
          reader.DisplayPaths();
          reader.Verify();
          reader.ContentDigest();
        },
        [] {});
    EXPECT_GT(failures, 20u) << name;
  }
}

TEST(MemoryTest, ASaveThatRunsOutOfMemoryKeepsTheOldFileAndLeavesNoOther) {
  const faults::ScratchDirectory folder;
  const std::filesystem::path path = folder / "a.stone";
  const std::vector<float> weights = WeightsFloat32(2000, 1);
  const std::size_t descriptors = faults::OpenDescriptors();
  bool saved = false;
  const std::size_t failures = FailEachAllocation(
      [&] {
        faults::WriteWhole(path, "the old file");
        saved = false;
        WriteOptions options;
        options.threads = 1;
        options.chunk_units_log2 = 8;
        Writer writer(path, options);
        const ScopeRef scope = writer.AddScope();
        writer.AddTensor(scope, Source("w", DType::kFloat32, {2000}, weights));
        writer.AddTensor(scope, Source("v", DType::kFloat32, {100}, weights));
        writer.AddValue("m", Value::TensorDict(scope));
        writer.AddValue("c", Value{{"lr", 0.5}});
        writer.Finish();
        saved = true;
      },
      [&] {
        const std::string now = faults::ReadWhole(path);
        EXPECT_TRUE(saved || now == "the old file");
        EXPECT_EQ(folder.Names(), std::vector<std::string>{"a.stone"});
        EXPECT_EQ(faults::OpenDescriptors(), descriptors);
      });
  EXPECT_GT(failures, 50u);
}

}  // namespace
}  // namespace statestone::testing
