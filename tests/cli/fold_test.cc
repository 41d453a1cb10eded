#include "cli/inspect/fold.h"

#include <gtest/gtest.h>

#include <string>

namespace statestone::cli {
namespace {

std::unique_ptr<Node> Make(NodeKind kind, std::string label) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->label = std::move(label);
  node->joint = '.';
  return node;
}

std::unique_ptr<Node> Tensor(std::string label, std::string shape, std::uint64_t bytes = 8) {
  auto node = Make(NodeKind::kTensor, std::move(label));
  node->type = "float32";
  node->text = std::move(shape);
  node->tensors = 1;
  node->logical_bytes = bytes;
  return node;
}

std::unique_ptr<Node> Layer(std::string label, std::string shape) {
  auto node = Make(NodeKind::kModule, std::move(label));
  for (const char* name : {"a", "b", "c"}) node->children.push_back(Tensor(name, shape));
  return node;
}

Node Layers(const std::vector<std::string>& shapes, std::size_t first = 0) {
  Node parent;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    parent.children.push_back(Layer(std::to_string(first + i), shapes[i]));
  }
  AddUp(parent);
  return parent;
}

std::string Labels(const Node& node) {
  std::string text;
  for (const auto& child : node.children) {
    if (!text.empty()) text += ' ';
    text += child->label;
  }
  return text;
}

TEST(FoldTest, ShowsEqualLayersOnceWithTheSumsOfAll) {
  Node parent = Layers({"4", "4", "4"});
  FoldRepeats(parent);
  ASSERT_EQ(Labels(parent), "0..2");
  const Node& fold = *parent.children[0];
  EXPECT_EQ(fold.repeats, 3u);
  EXPECT_EQ(fold.tensors, 9u);
  EXPECT_EQ(fold.logical_bytes, 72u);
  EXPECT_EQ(fold.children[0]->logical_bytes, 24u);
  EXPECT_FALSE(fold.children[0]->various);
}

TEST(FoldTest, KeepsLayersApartThatDiffer) {
  Node parent = Layers({"4", "4", "8", "4"});
  FoldRepeats(parent);
  EXPECT_EQ(Labels(parent), "0..1 2 3");
}

TEST(FoldTest, FoldsOnlyConsecutiveNumbers) {
  Node parent = Layers({"4", "4"});
  parent.children.push_back(Layer("3", "4"));
  parent.children.push_back(Layer("four", "4"));
  parent.children.push_back(Layer("05", "4"));
  FoldRepeats(parent);
  EXPECT_EQ(Labels(parent), "0..1 3 four 05");
}

TEST(FoldTest, FoldsLongRunsThatDifferInShapesAsVarious) {
  Node parent = Layers({"1", "2", "3", "4", "5", "6", "7", "8"}, 10);
  FoldRepeats(parent);
  ASSERT_EQ(Labels(parent), "10..17");
  EXPECT_TRUE(parent.children[0]->children[0]->various);
}

TEST(FoldTest, FoldsWithinFolds) {
  Node parent;
  for (int i = 0; i < 2; ++i) {
    auto layer = Make(NodeKind::kModule, std::to_string(i));
    for (int j = 0; j < 4; ++j) layer->children.push_back(Layer(std::to_string(j), "4"));
    parent.children.push_back(std::move(layer));
  }
  AddUp(parent);
  FoldRepeats(parent);
  ASSERT_EQ(Labels(parent), "0..1");
  ASSERT_EQ(Labels(*parent.children[0]), "0..3");
  EXPECT_EQ(parent.children[0]->children[0]->tensors, 24u);
}

TEST(FoldTest, DoesNotFoldAwayATieOfOneLayer) {
  Node parent = Layers({"4", "4"});
  parent.children[1]->children[2]->tied = true;
  FoldRepeats(parent);
  EXPECT_EQ(Labels(parent), "0 1");
}

TEST(FoldTest, ReadsIntegerKeysAsNumbers) {
  Node parent;
  for (const char* label : {"\\#0", "\\#1", "\\#2"}) parent.children.push_back(Layer(label, "4"));
  FoldRepeats(parent);
  EXPECT_EQ(Labels(parent), "\\#0..2");
}

TEST(FoldTest, JoinsModulesThatHoldLittleWithTheirParent) {
  Node parent;
  auto encoder = Make(NodeKind::kModule, "encoder");
  auto small = Make(NodeKind::kModule, "fc");
  small->children.push_back(Tensor("weight", "4"));
  small->children.push_back(Tensor("bias", "4"));
  encoder->children.push_back(std::move(small));
  parent.children.push_back(std::move(encoder));
  parent.children.push_back(Layer("layer", "4"));
  JoinSmallModules(parent);
  EXPECT_EQ(Labels(parent), "encoder.fc.weight encoder.fc.bias layer");
}

TEST(FoldTest, KeepsTheNumberOfAFoldThatIsAnOnlyChild) {
  Node parent;
  auto layers = Make(NodeKind::kModule, "layers");
  for (int i = 0; i < 3; ++i) layers->children.push_back(Layer(std::to_string(i), "4"));
  parent.children.push_back(std::move(layers));
  FoldRepeats(parent);
  JoinSmallModules(parent);
  ASSERT_EQ(Labels(parent), "layers.0..2");
  EXPECT_EQ(parent.children[0]->repeats, 3u);
}

}  // namespace
}  // namespace statestone::cli
