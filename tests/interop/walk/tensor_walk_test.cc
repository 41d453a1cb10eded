#include "interop/walk/tensor_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <stdexcept>

#include "statestone/export.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"
#include "tests/interop/transform/described.h"

namespace statestone::walk {
namespace {

using faults::ErrorOf;

constexpr std::size_t kThreads[] = {1, 4};

template <typename Element>
std::vector<Element> Counting(std::size_t count) {
  std::vector<Element> elements(count);
  for (std::size_t i = 0; i < count; ++i) elements[i] = static_cast<Element>(i % 251);
  return elements;
}

// What a walk handed out for one item, put together again.
struct Joined {
  std::vector<std::byte> a;
  std::vector<std::byte> b;
  std::size_t pieces = 0;
};

class TensorWalkTest : public testing::Test {
 protected:
  std::unique_ptr<OpenedCheckpoint> Stone(const std::string& name,
                                          std::vector<TensorSource> tensors,
                                          std::uint8_t chunk_units_log2 = 10) {
    WriteOptions options;
    options.chunk_units_log2 = chunk_units_log2;
    SaveCheckpoint(Dict(std::move(tensors)), scratch_ / name, options);
    return OpenedCheckpoint::Open(scratch_ / name, {});
  }

  std::unique_ptr<OpenedCheckpoint> Other(const std::string& name, FileKind kind,
                                          std::vector<TensorSource> tensors) {
    ExportCheckpoint(Dict(std::move(tensors)), scratch_ / name, kind);
    return OpenedCheckpoint::Open(scratch_ / name, {});
  }

  // Walks, and checks that the pieces of each item come in order without a gap.
  static std::vector<Joined> Walk(const OpenedCheckpoint& a, const OpenedCheckpoint* b,
                                  const std::vector<WalkItem>& items,
                                  const WalkOptions& options = {}) {
    std::vector<Joined> joined(items.size());
    WalkTensors<int>(
        a, b, items, [](const WalkPiece&) { return 0; },
        [&](const WalkPiece& piece, int) {
          Joined& item = joined[piece.item];
          EXPECT_EQ(piece.first * ElementBytes(a.tensors()[items[piece.item].a].dtype),
                    item.a.size());
          item.a.insert(item.a.end(), piece.a.begin(), piece.a.end());
          item.b.insert(item.b.end(), piece.b.begin(), piece.b.end());
          ++item.pieces;
        },
        options);
    return joined;
  }

  template <typename Element>
  static std::vector<std::byte> BytesOf(const std::vector<Element>& elements) {
    const auto bytes = std::as_bytes(std::span(elements));
    return {bytes.begin(), bytes.end()};
  }

  static std::vector<WalkItem> All(const OpenedCheckpoint& file) {
    std::vector<WalkItem> items;
    for (std::uint32_t i = 0; i < file.tensors().size(); ++i) items.push_back({i, i});
    return items;
  }

  const faults::ScratchDirectory scratch_;

 private:
  static Checkpoint Dict(std::vector<TensorSource> tensors) {
    Checkpoint checkpoint;
    const ScopeRef scope = checkpoint.AddScope();
    for (TensorSource& tensor : tensors) checkpoint.AddTensor(scope, std::move(tensor));
    checkpoint.AddValue("", Value::TensorDict(scope));
    return checkpoint;
  }
};

TEST_F(TensorWalkTest, GivesEveryByteOfLargeAndSmallTensorsInOrder) {
  const auto large = Counting<float>(300'001);
  const auto odd = Counting<std::uint8_t>(3);
  const std::vector<TensorSource> tensors = {
      Floats("large", large), Elements("odd", DType::kUInt8, odd), Floats("one", {5})};
  const auto stone = Stone("a.stone", tensors);
  const auto pt = Other("a.pt", FileKind::kPtZip, tensors);
  const auto safetensors = Other("a.safetensors", FileKind::kSafetensors, tensors);
  for (const auto* file : {stone.get(), pt.get(), safetensors.get()}) {
    for (const std::size_t threads : kThreads) {
      const auto joined = Walk(*file, nullptr, All(*file), {.threads = threads});
      for (std::size_t i = 0; i < joined.size(); ++i) {
        const std::string& name = file->tensors()[i].path;
        EXPECT_TRUE(joined[i].a == (name == "large" ? BytesOf(large)
                                    : name == "odd" ? BytesOf(odd)
                                                    : BytesOf(std::vector<float>{5})))
            << name << " of " << file->path();
        EXPECT_TRUE(joined[i].b.empty());
        EXPECT_EQ(joined[i].pieces > 1, name == "large") << "of about 1 MiB";
      }
    }
  }
}

TEST_F(TensorWalkTest, GoesThroughTwoFilesInStepWhateverTheirKindsAndChunks) {
  const auto floats = Counting<float>(300'001);
  const auto doubles = Counting<double>(300'001);
  const auto fine = Stone("fine.stone", {Floats("w", floats)}, 8);
  const auto coarse = Stone("coarse.stone", {Floats("w", floats)}, 21);
  const auto other =
      Other("other.safetensors", FileKind::kSafetensors, {Elements("w", DType::kFloat64, doubles)});
  const auto expected = [&](const OpenedCheckpoint* file) {
    return file == other.get() ? BytesOf(doubles) : BytesOf(floats);
  };
  for (const auto* a : {fine.get(), coarse.get(), other.get()}) {
    for (const auto* b : {fine.get(), coarse.get(), other.get()}) {
      for (const std::size_t threads : kThreads) {
        const auto joined = Walk(*a, b, {{0, 0}}, {.threads = threads});
        EXPECT_TRUE(joined[0].a == expected(a)) << a->path() << " beside " << b->path();
        EXPECT_TRUE(joined[0].b == expected(b)) << b->path() << " beside " << a->path();
      }
    }
  }
}

TEST_F(TensorWalkTest, PairsTensorsOfAnyTwoPlaces) {
  const auto a = Stone("a.stone", {Floats("x", {1}), Floats("y", {2})});
  const auto b = Other("b.npz", FileKind::kNumpyZip, {Floats("p", {3}), Floats("q", {4})});
  const auto joined = Walk(*a, b.get(), {{1, 0}, {0, 1}});
  EXPECT_EQ(joined[0].a, BytesOf(std::vector<float>{2}));
  EXPECT_EQ(joined[0].b, BytesOf(std::vector<float>{3}));
  EXPECT_EQ(joined[1].a, BytesOf(std::vector<float>{1}));
  EXPECT_EQ(joined[1].b, BytesOf(std::vector<float>{4}));
}

TEST_F(TensorWalkTest, ReadsAStridedTensorWholeBesideALargerOneInChunks) {
  const auto bytes = Counting<std::uint8_t>(1 << 20);
  const auto doubles = Counting<double>(1 << 20);
  TensorSource turned = Elements("w", DType::kUInt8, bytes);
  turned.shape = {1 << 12, 1 << 8};
  turned.strides = {1, 1 << 12};
  const auto strided = Stone("strided.stone", {turned}, 18);
  const auto large = Stone("large.stone", {Elements("w", DType::kFloat64, doubles)}, 18);
  ASSERT_LT(strided->tensors()[0].granule, large->tensors()[0].granule);
  std::vector<std::byte> expected;
  for (std::size_t row = 0; row < 1 << 12; ++row) {
    for (std::size_t column = 0; column < 1 << 8; ++column) {
      expected.push_back(std::byte{bytes[row + column * (1 << 12)]});
    }
  }
  const auto first = Walk(*strided, large.get(), {{0, 0}});
  EXPECT_TRUE(first[0].a == expected);
  EXPECT_TRUE(first[0].b == BytesOf(doubles));
  const auto second = Walk(*large, strided.get(), {{0, 0}});
  EXPECT_TRUE(second[0].b == expected);
}

TEST_F(TensorWalkTest, TensorsWithoutElementsGiveOneEmptyPiece) {
  const TensorSource none{.name = "none", .shape = {0, 4}};
  const auto a = Stone("a.stone", {none, Floats("w", {1}), {.name = "other", .shape = {0}}});
  const auto b = Other("b.pt", FileKind::kPtZip, {none, Floats("w", {1})});
  const auto alone = Walk(*a, nullptr, All(*a));
  EXPECT_EQ(alone[0].pieces, 1);
  EXPECT_EQ(alone[2].pieces, 1);
  const auto both = Walk(*a, b.get(), {{0, 0}, {1, 1}});
  EXPECT_EQ(both[0].pieces, 1);
  EXPECT_TRUE(both[0].a.empty() && both[0].b.empty());
  EXPECT_EQ(both[1].b, BytesOf(std::vector<float>{1}));
}

TEST_F(TensorWalkTest, PutsNoMoreThanItsMostPiecesIntoASlot) {
  std::vector<TensorSource> tensors;
  for (int i = 0; i < 10'000; ++i) {
    tensors.push_back(Floats(std::to_string(i), {static_cast<float>(i)}));
  }
  const auto file = Stone("many.stone", std::move(tensors));
  std::atomic<std::size_t> most = 0;
  std::atomic<std::size_t> looked = 0;
  std::vector<char> taken(10'000, 0);
  const std::vector<WalkItem> items = All(*file);
  WalkTensorsInSlots(
      *file, nullptr, items,
      {.look =
           [&](std::size_t slot, std::size_t number, const WalkPiece&) {
             EXPECT_LT(slot, WalkSlots(3));
             std::size_t before = most;
             while (before < number && !most.compare_exchange_weak(before, number)) {
             }
             ++looked;
           },
       .take = [&](std::size_t, std::size_t, const WalkPiece& piece) { taken[piece.item] += 1; }},
      {.threads = 3});
  EXPECT_EQ(most, kMostPieces - 1);
  EXPECT_EQ(looked, 10'000);
  EXPECT_EQ(std::count(taken.begin(), taken.end(), 1), 10'000);
}

TEST_F(TensorWalkTest, TakesWhatLookingMadeOfEachPiece) {
  const auto file = Stone("a.stone", {Floats("large", Counting<float>(300'001)),
                                      Floats("x", {1, 2, 3}), Floats("y", {4})});
  std::vector<std::uint64_t> bytes(3);
  WalkTensors<std::vector<std::uint64_t>>(
      *file, nullptr, All(*file),
      [](const WalkPiece& piece) {
        return std::vector<std::uint64_t>{piece.item, piece.first, piece.a.size()};
      },
      [&](const WalkPiece& piece, std::vector<std::uint64_t> result) {
        EXPECT_EQ(result, (std::vector<std::uint64_t>{piece.item, piece.first, piece.a.size()}));
        bytes[piece.item] += result[2];
      },
      {.threads = 4});
  EXPECT_EQ(bytes, (std::vector<std::uint64_t>{1'200'004, 12, 4}));
}

TEST_F(TensorWalkTest, WithoutItemsDoesNothing) {
  const auto file = Stone("a.stone", {Floats("x", {1})});
  EXPECT_TRUE(Walk(*file, nullptr, {}).empty());
}

TEST_F(TensorWalkTest, ProgressGrowsToTheBytesOfBothFiles) {
  const auto a = Stone("a.stone", {Floats("w", Counting<float>(300'001)), Floats("x", {1})});
  const auto b = Stone("b.stone", {Elements("w", DType::kFloat16, Counting<std::uint16_t>(300'001)),
                                   Floats("x", {1})});
  std::vector<std::uint64_t> done;
  std::set<std::uint64_t> totals;
  Walk(*a, b.get(), {{0, 0}, {1, 1}},
       {.threads = 2, .progress = [&](std::uint64_t now, std::uint64_t total) {
          done.push_back(now);
          totals.insert(total);
        }});
  const std::uint64_t total = 300'001 * 6 + 8;
  EXPECT_EQ(totals, std::set<std::uint64_t>{total});
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_GT(done.size(), 1);
  EXPECT_EQ(done.back(), total);
}

TEST_F(TensorWalkTest, EndsWithCanceledWhenStopped) {
  const auto file = Stone("a.stone", {Floats("w", Counting<float>(300'001))});
  std::stop_source stop;
  stop.request_stop();
  const Error error =
      ErrorOf([&] { Walk(*file, nullptr, All(*file), {.threads = 2, .stop = stop.get_token()}); });
  EXPECT_EQ(error.code(), ErrorCode::kCanceled);
}

TEST_F(TensorWalkTest, WhatItsStepsThrowPassesThrough) {
  const auto file = Stone("a.stone", {Floats("w", Counting<float>(300'001)), Floats("x", {1})});
  const auto fail = [](const WalkPiece& piece) {
    if (piece.item == 1) throw std::runtime_error("seen enough");
  };
  for (const std::size_t threads : kThreads) {
    const WalkOptions options{.threads = threads};
    EXPECT_THROW(
        WalkTensors<int>(
            *file, nullptr, All(*file), [&](const WalkPiece& piece) { return fail(piece), 0; },
            [](const WalkPiece&, int) {}, options),
        std::runtime_error);
    EXPECT_THROW(WalkTensors<int>(
                     *file, nullptr, All(*file), [](const WalkPiece&) { return 0; },
                     [&](const WalkPiece& piece, int) { fail(piece); }, options),
                 std::runtime_error);
  }
}

TEST_F(TensorWalkTest, ErrorsOfReadingNameFileAndTensor) {
  const auto good = Stone("good.stone", {Floats("w", Counting<float>(300'001))});
  std::string bytes = faults::ReadWhole(scratch_ / "good.stone");
  bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 1);
  faults::WriteWhole(scratch_ / "bad.stone", bytes);
  const auto bad = OpenedCheckpoint::Open(scratch_ / "bad.stone", {});
  for (const std::size_t threads : kThreads) {
    for (const auto& [a, b] : {std::pair(bad.get(), good.get()), {good.get(), bad.get()}}) {
      const Error error = ErrorOf([&, a = a, b = b] {
        Walk(*a, b, {{0, 0}}, {.threads = threads});
      });
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
      EXPECT_EQ(error.fields().path, bad->path());
      EXPECT_EQ(error.fields().entry, "w");
    }
  }
  const auto cut =
      Other("cut.safetensors", FileKind::kSafetensors, {Floats("w", Counting<float>(300'001))});
  std::filesystem::resize_file(scratch_ / "cut.safetensors", 800'000);
  const Error error = ErrorOf([&] { Walk(*good, cut.get(), {{0, 0}}); });
  EXPECT_EQ(error.code(), ErrorCode::kIncomplete) << error.what();
  EXPECT_EQ(error.fields().path, cut->path());
  EXPECT_EQ(error.fields().entry, "w");
}

}  // namespace
}  // namespace statestone::walk
