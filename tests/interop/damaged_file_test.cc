// A small checkpoint with every damage of a kind: an error or the same content, never anything
// else.
#include "tests/interop/hostile_fixture.h"

namespace statestone {
namespace {

class DamagedPtTest : public HandMadePtTest {
 protected:
  DamagedPtTest() {
    const std::string list = pk::List(pk::Int(7) + pk::Text("text") + pk::SmallTensor());
    good_ = BuildZip(CheckpointParts(pk::Done(pk::Dict(pk::Text("a") + list))));
    digest_ = DigestOf(good_);
  }

  // The digest of what it becomes, or nothing when it is refused with an error of its own kind.
  std::optional<Digest> DigestOf(const std::string& file) {
    try {
      Convert(file);
    } catch (const Error& error) {
      EXPECT_FALSE(error.fields().problem.empty());
      EXPECT_NE(error.code(), ErrorCode::kIo) << error.what();
      EXPECT_FALSE(std::filesystem::exists(scratch_ / "out.stone")) << error.what();
      return std::nullopt;
    }
    const Digest digest = Reader::Open(scratch_ / "out.stone").ContentDigest();
    std::filesystem::remove(scratch_ / "out.stone");
    return digest;
  }

  std::string good_;
  std::optional<Digest> digest_;
};

TEST_F(DamagedPtTest, IsRefusedWhenCutAnywhere) {
  ASSERT_TRUE(digest_.has_value());
  for (std::size_t size = 0; size < good_.size(); ++size) {
    EXPECT_FALSE(DigestOf(good_.substr(0, size)).has_value()) << size;
  }
}

TEST_F(DamagedPtTest, NeverGivesOtherContentForAFlippedBit) {
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * good_.size(); ++bit) {
    std::string damaged = good_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const auto digest = DigestOf(damaged);
    refused += !digest.has_value();
    EXPECT_TRUE(!digest || digest == digest_) << "bit " << bit;
  }
  EXPECT_GT(refused, static_cast<int>(4 * good_.size()));
}

TEST_F(DamagedPtTest, SurvivesEveryCutOfItsPickle) {
  const std::string pickle = pk::Done(pk::Dict(pk::Text("a") + pk::SmallTensor()));
  for (std::size_t size = 0; size < pickle.size(); ++size) {
    EXPECT_FALSE(DigestOf(BuildZip(CheckpointParts(pickle.substr(0, size)))).has_value()) << size;
  }
}

TEST_F(DamagedPtTest, SurvivesEveryByteOfItsPickle) {
  const std::string pickle = pk::Done(pk::Dict(pk::Text("a") + pk::SmallTensor()));
  for (std::size_t i = 0; i < pickle.size(); ++i) {
    for (const int value : {0x00, 0x28, 0x52, 0x62, 0x65, 0x7F, 0x80, 0x93, 0xFF}) {
      std::string damaged = pickle;
      damaged[i] = static_cast<char>(value);
      DigestOf(BuildZip(CheckpointParts(damaged)));
    }
  }
}

}  // namespace
}  // namespace statestone
