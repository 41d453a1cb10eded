// A file of a model and what a run keeps beside it, to append to.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "statestone/append.h"
#include "statestone/reader.h"
#include "statestone/writer.h"
#include "tests/codec/files/example_data.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {

/// The parameters of one layer each, bf16, two chunks of 2^12 units.
inline constexpr std::uint64_t kLayerUnits = 8192;

WriteOptions SmallChunks(Compression compression = Compression::kAuto);

/// "model": layers.0.weight to layers.3.weight and a tied pair head.weight / embed.weight; "epoch":
/// 1; "notes": a map with an anonymous tensor; "tokenizer": an attachment.
void SaveRun(const std::filesystem::path& path,
             const std::vector<std::vector<std::uint16_t>>& layers,
             const WriteOptions& options = SmallChunks());

std::vector<std::vector<std::uint16_t>> Layers(std::uint64_t seed);

/// Adds a scope with the tensors of the model as SaveRun has them.
ScopeRef AddLayers(Appender& appender, const std::vector<std::vector<std::uint16_t>>& layers);

class AppendTest : public ::testing::Test {
 protected:
  AppendTest() { SaveRun(path_, layers_); }

  AppendOptions Options() const { return {.write = SmallChunks()}; }
  std::string Whole() const { return faults::ReadWhole(path_); }

  faults::ScratchDirectory scratch_;
  std::filesystem::path path_ = scratch_ / "run.stone";
  std::vector<std::vector<std::uint16_t>> layers_ = Layers(1);
};

}  // namespace statestone::testing
