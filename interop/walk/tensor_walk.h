// Goes through the bytes of many tensors, of one file or of two in step, on all cores and in
// bounded memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "interop/walk/opened_checkpoint.h"
#include "statestone/options.h"

namespace statestone::walk {

/// A tensor of the first file, and of the second if there are two. Two have equally many elements.
struct WalkItem {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};

/// Neighbouring elements of an item, in memory.
struct WalkPiece {
  std::size_t item = 0;     ///< its number in the list of items
  std::uint64_t first = 0;  ///< elements before it
  std::span<const std::byte> a;
  std::span<const std::byte> b;  ///< empty if there is one file
};

struct WalkOptions {
  std::size_t threads = 0;
  std::stop_token stop = {};
  Progress progress = {};  ///< of the bytes of all files
};

/// What is done with the pieces. `look` is called for different slots at the same time, `take` by
/// one thread at a time and in order: for each item its pieces from first to last, an item without
/// elements gives one empty piece.
struct WalkSteps {
  std::function<void(std::size_t slot, std::size_t number, const WalkPiece& piece)> look;
  std::function<void(std::size_t slot, std::size_t number, const WalkPiece& piece)> take;
};

/// Slots that WalkTensors uses with so many threads, and pieces at most in one.
std::size_t WalkSlots(std::size_t threads);
inline constexpr std::size_t kMostPieces = 4096;

/// Memory: for each slot and file about 1 MiB, or a chunk of a .stone file, or one whole strided
/// tensor if those are larger. \throws Error canceled, what reading throws, what the steps throw
void WalkTensorsInSlots(const OpenedCheckpoint& a, const OpenedCheckpoint* b,
                        std::span<const WalkItem> items, const WalkSteps& steps,
                        const WalkOptions& options);

/// The same with results: `look(piece)` makes one, `take(piece, result)` gets it.
template <typename Result, typename Look, typename Take>
void WalkTensors(const OpenedCheckpoint& a, const OpenedCheckpoint* b,
                 std::span<const WalkItem> items, const Look& look, const Take& take,
                 const WalkOptions& options) {
  std::vector<std::vector<Result>> results(WalkSlots(options.threads));
  WalkTensorsInSlots(
      a, b, items,
      {.look =
           [&](std::size_t slot, std::size_t number, const WalkPiece& piece) {
             if (results[slot].size() <= number) results[slot].resize(number + 1);
             results[slot][number] = look(piece);
           },
       .take = [&](std::size_t slot, std::size_t number,
                   const WalkPiece& piece) { take(piece, std::move(results[slot][number])); }},
      options);
}

}  // namespace statestone::walk
