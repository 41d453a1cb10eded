#include "interop/numpy/npy_dictionary.h"

#include <optional>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "statestone/limits.h"

namespace statestone::numpy {
namespace {

class Parser {
 public:
  Parser(std::string_view text, std::uint64_t offset) : text_(text), offset_(offset) {}

  NpyDictionary Parse() {
    Expect('{', "a dict");
    while (!Take('}')) {
      ParseItem();
      if (Take(',')) continue;
      Expect('}', "a comma or the end of the dict");
      break;
    }
    SkipSpace();
    Check(at_ == text_.size(), "nothing but white space behind the dict");
    Check(descriptor_ && order_ && shape_, "the keys descr, fortran_order and shape");
    return {std::move(*descriptor_), *order_, std::move(*shape_)};
  }

 private:
  void ParseItem() {
    const std::string key = ParseString();
    Expect(':', "a colon");
    if (key == "descr" && !descriptor_) {
      descriptor_ = ParseDescriptor();
    } else if (key == "fortran_order" && !order_) {
      order_ = ParseBool();
    } else if (key == "shape" && !shape_) {
      shape_ = ParseShape();
    } else {
      Check(false, "the keys descr, fortran_order and shape, once each");
    }
  }

  std::string ParseDescriptor() {
    SkipSpace();
    if (Peek() != '[' && Peek() != '(') return ParseString();
    SkipNested();
    return {};
  }

  // A structured dtype is refused whatever is in it, so that only its end is of interest.
  void SkipNested() {
    std::size_t depth = 0;
    do {
      SkipSpace();
      const char c = Peek();
      if (c == '\'' || c == '"') {
        ParseString();
        continue;
      }
      Check(c != '\0', "the end of the dtype");
      if (c == '[' || c == '(') ++depth;
      if (c == ']' || c == ')') --depth;
      ++at_;
    } while (depth != 0);
  }

  std::string ParseString() {
    SkipSpace();
    const char quote = Peek();
    Check(quote == '\'' || quote == '"', "a string");
    const std::size_t end = text_.find(quote, at_ + 1);
    Check(end != std::string_view::npos, "the end of the string");
    const std::string_view text = text_.substr(at_ + 1, end - at_ - 1);
    Check(text.find_first_of("\\\n") == std::string_view::npos, "a string without escapes");
    at_ = end + 1;
    return std::string(text);
  }

  bool ParseBool() {
    SkipSpace();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    Check(false, "True or False");
    return false;
  }

  std::vector<std::uint64_t> ParseShape() {
    std::vector<std::uint64_t> shape;
    Expect('(', "a tuple");
    while (!Take(')')) {
      Require(CheckSite::kNpyRank, shape.size() < limits::kRank, [&] {
        return Error(ErrorCode::kLimit, {.offset = offset_ + at_,
                                         .problem = "the array has too many dimensions",
                                         .expected = "at most " + std::to_string(limits::kRank)});
      });
      shape.push_back(ParseInteger());
      if (Take(',')) continue;
      // One number in parentheses is a number, not a tuple.
      Check(shape.size() != 1, "a comma behind the only dimension");
      Expect(')', "a comma or the end of the tuple");
      break;
    }
    return shape;
  }

  std::uint64_t ParseInteger() {
    SkipSpace();
    std::optional<std::uint64_t> value = 0;
    const std::size_t start = at_;
    for (; Peek() >= '0' && Peek() <= '9'; ++at_) {
      if (value) value = bytes::CheckedMultiply(*value, 10);
      if (value) value = bytes::CheckedAdd(*value, static_cast<std::uint64_t>(Peek() - '0'));
    }
    Check(at_ != start && value, "a number of at most 64 bits");
    Check(text_[start] != '0' || at_ == start + 1, "a number without leading zeros");
    if (Peek() == 'L') ++at_;
    return *value;
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  bool Take(char wanted) {
    SkipSpace();
    if (Peek() != wanted) return false;
    ++at_;
    return true;
  }

  void Expect(char wanted, const char* what) { Check(Take(wanted), what); }

  void Check(bool holds, const char* expected) const {
    Require(CheckSite::kNpyDictionary, holds, [&] {
      return Error(ErrorCode::kCorrupt,
                   {.offset = offset_ + at_,
                    .problem = "the header of the array does not make sense",
                    .expected = expected,
                    .found = at_ < text_.size() ? std::string(text_.substr(at_, 16)) : "its end",
                    .advice = "the file is damaged: copy it again"});
    });
  }

  std::string_view text_;
  std::uint64_t offset_;
  std::size_t at_ = 0;
  std::optional<std::string> descriptor_;
  std::optional<bool> order_;
  std::optional<std::vector<std::uint64_t>> shape_;
};

}  // namespace

NpyDictionary ParseNpyDictionary(std::string_view text, std::uint64_t offset) {
  return Parser(text, offset).Parse();
}

}  // namespace statestone::numpy
