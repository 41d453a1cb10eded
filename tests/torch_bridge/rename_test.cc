#include "torch_bridge/rename.h"

#include <gmock/gmock.h>

namespace statestone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Mapped(const std::vector<Rename>& pairs, std::string_view name) {
  return NameMap(pairs).InModule(name);
}

TEST(NameMapTest, ChangesAPrefix) {
  EXPECT_EQ(Mapped({{"encoder.", "backbone."}}, "encoder.0.weight"), "backbone.0.weight");
  EXPECT_EQ(Mapped({{"encoder.", "backbone."}}, "my.encoder.0.weight"), "my.encoder.0.weight");
  EXPECT_EQ(Mapped({{"encoder.", "backbone."}}, "encoder"), "encoder");
}

TEST(NameMapTest, TakesAPrefixAwayOrAddsOne) {
  EXPECT_EQ(Mapped({{"module.", ""}}, "module.fc.weight"), "fc.weight");
  EXPECT_EQ(Mapped({{"", "backbone."}}, "fc.weight"), "backbone.fc.weight");
}

TEST(NameMapTest, ChangesAWholeNameOnly) {
  EXPECT_EQ(Mapped({{"fc.weight", "head.kernel"}}, "fc.weight"), "head.kernel");
  EXPECT_EQ(Mapped({{"fc.weight", "head.kernel"}}, "fc.weight_g"), "fc.weight_g");
  EXPECT_EQ(Mapped({{"fc", "head"}}, "fc.weight"), "fc.weight");
}

TEST(NameMapTest, UsesTheFirstPairThatFitsAndOnlyOnce) {
  const std::vector<Rename> pairs = {{"a.b.", "x."}, {"a.", "b."}, {"b.", "c."}};
  EXPECT_EQ(Mapped(pairs, "a.b.w"), "x.w");
  EXPECT_EQ(Mapped(pairs, "a.w"), "b.w");
}

TEST(NameMapTest, KnowsWhichPairsFittedNothing) {
  const std::vector<Rename> pairs = {{"a.", "b."}, {"c.", "d."}};
  NameMap names(pairs);
  names.InModule("a.weight");
  EXPECT_THAT(names.Unused(), ElementsAre(Rename{"c.", "d."}));
  names.InModule("c.weight");
  EXPECT_THAT(names.Unused(), IsEmpty());
}

TEST(NameMapTest, RefusesAPairOfAPrefixAndAName) {
  for (const Rename& pair :
       {Rename{"a.", "b"}, Rename{"a", "b."}, Rename{"", "b"}, Rename{"a", ""}}) {
    const std::vector<Rename> pairs = {pair};
    try {
      NameMap names(pairs);
      FAIL() << pair.in_file << " to " << pair.in_module;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.fields().found, HasSubstr("\"" + pair.in_file + "\""));
      EXPECT_THAT(error.what(), HasSubstr("end both in '.', or neither"));
    }
  }
}

}  // namespace
}  // namespace statestone
