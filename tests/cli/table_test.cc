#include "cli/terminal/table.h"

#include <gtest/gtest.h>

namespace statestone::cli {
namespace {

std::vector<Column> Columns() {
  return {{.title = "NAME", .cut = Cut::kMiddle, .least = 8},
          {.title = "SIZE", .right = true, .rank = 1},
          {.title = "CODING", .rank = 2}};
}

Row RowOf(std::string name, std::string size, std::string coding) {
  Row row;
  row.cells[0].text = std::move(name);
  row.cells[1].text = std::move(size);
  row.cells[2].text = std::move(coding);
  return row;
}

std::string Render(const std::vector<Row>& rows, std::optional<std::size_t> columns) {
  Table table(Columns(), {.unicode = true, .columns = columns});
  for (const Row& row : rows) table.Measure(row);
  table.Settle();
  std::string text = table.Header();
  for (const Row& row : rows) text += table.Line(row);
  return text;
}

TEST(TableTest, AlignsColumnsAndLeavesNoSpacesAtLineEnds) {
  EXPECT_EQ(Render({RowOf("weight", "12 B", "raw"), RowOf("b", "1024 B", "")}, std::nullopt),
            "NAME      SIZE  CODING\n"
            "weight    12 B  raw\n"
            "b       1024 B\n");
}

TEST(TableTest, DropsTheColumnOfTheHighestRankFirst) {
  EXPECT_EQ(Render({RowOf("weight", "12 B", "raw")}, 19),
            "NAME    SIZE\n"
            "weight  12 B\n");
}

TEST(TableTest, CutsNamesWhenDroppingIsNotEnough) {
  EXPECT_EQ(Render({RowOf("encoder.layers.weight", "12 B", "raw")}, 15),
            "NAME       SIZE\n"
            "enco…ight  12 B\n");
}

TEST(TableTest, ShowsNoColumnThatIsEmptyInAllRows) {
  EXPECT_EQ(Render({RowOf("a", "", "raw")}, std::nullopt),
            "NAME  CODING\n"
            "a     raw\n");
}

TEST(TableTest, LetsAValueRunOnOverTheColumnsBehindIt) {
  Row value = RowOf("config", "a long text that needs room", "");
  value.running = 1;
  EXPECT_EQ(Render({RowOf("weight", "12 B", "raw"), value}, 40),
            "NAME    SIZE  CODING\n"
            "weight  12 B  raw\n"
            "config  a long text that needs room\n");
  EXPECT_EQ(Render({RowOf("weight", "12 B", "raw"), value}, 24),
            "NAME    SIZE  CODING\n"
            "weight  12 B  raw\n"
            "config  a long text tha…\n");
}

TEST(TableTest, IsNeverWiderThanTheScreen) {
  Row deep = RowOf("a-name-that-is-long", "123456 B", "planes");
  deep.lead = "│  │  │  │  └─ ";
  for (std::size_t columns = 4; columns < 60; ++columns) {
    const std::string text = Render({deep}, columns);
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      EXPECT_LE(TextWidth(text.substr(begin, end - begin)), columns) << columns << '\n' << text;
    }
  }
}

}  // namespace
}  // namespace statestone::cli
