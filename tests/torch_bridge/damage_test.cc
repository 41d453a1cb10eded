// Files that are damaged where no check of the index can see it: the module must not change.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <cstring>

#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

using faults::ReadWhole;
using faults::ScratchDirectory;
using faults::WriteWhole;
using testing::HasSubstr;

struct Damage {
  std::string name;
  Compression compression;
  Access access;
};

void PrintTo(const Damage& param, std::ostream* out) { *out << param.name; }

class DamageTest : public testing::TestWithParam<Damage> {
 protected:
  DamageTest() : saved_(Make()), restored_(Make()) {
    TorchCheckpoint checkpoint;
    checkpoint.AddModel("model", *saved_);
    checkpoint.Save(path_, {.compression = GetParam().compression, .chunk_units_log2 = 14});
  }

  // The last tensor is large, so that the end of the payload belongs to it.
  static torch::nn::Sequential Make() {
    return torch::nn::Sequential(torch::nn::Linear(200, 300), torch::nn::BatchNorm1d(300),
                                 torch::nn::Linear(torch::nn::LinearOptions(300, 300).bias(false)));
  }

  // Flips a bit in the last chunk: the tail says where the index starts.
  void DamageTheEndOfThePayload() {
    std::string file = ReadWhole(path_);
    std::uint64_t index_offset;
    std::memcpy(&index_offset, file.data() + file.size() - 128, sizeof(index_offset));
    file[index_offset - 1000] = static_cast<char>(file[index_offset - 1000] ^ 0x10);
    WriteWhole(path_, file);
  }

  StoredCheckpoint Open() const {
    return TorchCheckpoint::Open(path_, {.access = GetParam().access});
  }

  ScratchDirectory directory_;
  std::filesystem::path path_ = directory_ / "run.stone";
  torch::nn::Sequential saved_;
  torch::nn::Sequential restored_;
};

INSTANTIATE_TEST_SUITE_P(
    Files, DamageTest,
    testing::Values(Damage{"CodedMapped", Compression::kAuto, Access::kMap},
                    Damage{"CodedPositioned", Compression::kAuto, Access::kPositioned},
                    Damage{"RawMapped", Compression::kNone, Access::kMap},
                    Damage{"RawPositioned", Compression::kNone, Access::kPositioned}),
    [](const auto& damage) { return damage.param.name; });

TEST_P(DamageTest, WithoutItAllIsRestored) {
  Open().Restore("model", *restored_);
  EXPECT_EQ(BitsOf(*restored_), BitsOf(*saved_));
}

TEST_P(DamageTest, LeavesTheModuleUntouchedBitForBit) {
  DamageTheEndOfThePayload();
  const auto before = BitsOf(*restored_);
  const auto version = restored_->ptr<torch::nn::LinearImpl>(0)->weight._version();
  try {
    Open().Restore("model", *restored_);
    FAIL() << "restored a damaged file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.fields().path, path_.native());
    EXPECT_EQ(error.fields().entry, "model/2.weight");
    EXPECT_TRUE(error.fields().offset.has_value());
  }
  EXPECT_EQ(BitsOf(*restored_), before);
  EXPECT_EQ(restored_->ptr<torch::nn::LinearImpl>(0)->weight._version(), version);
}

TEST_P(DamageTest, InPlaceIsAnErrorThatSaysWhatItMeansForTheModule) {
  DamageTheEndOfThePayload();
  try {
    Open().Restore("model", *restored_, {.in_place = true});
    FAIL() << "restored a damaged file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_THAT(error.what(), HasSubstr("restored in place and may hold a part of the file"));
  }
}

TEST_P(DamageTest, ElsewhereInTheFileDoesNotKeepATensorFromBeingLoaded) {
  DamageTheEndOfThePayload();
  EXPECT_EQ(BitsOf(Open().LoadTensor("model/0.weight")),
            BitsOf(saved_->ptr<torch::nn::LinearImpl>(0)->weight));
  EXPECT_THROW(Open().LoadTensor("model/2.weight"), Error);
}

TEST_P(DamageTest, IsNoExcuseForMoreMemoryThanAllowed) {
  const auto before = BitsOf(*restored_);
  const auto run =
      TorchCheckpoint::Open(path_, {.access = GetParam().access, .max_bytes = 100'000});
  if (GetParam().compression == Compression::kNone && GetParam().access == Access::kMap) {
    run.Restore("model", *restored_);  // views hand out no bytes of their own
    EXPECT_EQ(BitsOf(*restored_), BitsOf(*saved_));
    return;
  }
  try {
    run.Restore("model", *restored_);
    FAIL() << "read more than max_bytes";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
  }
  EXPECT_EQ(BitsOf(*restored_), before);
}

}  // namespace
}  // namespace statestone
