#include "interop/pickle/machine.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "interop/pickle/calls.h"
#include "interop/pickle/cursor.h"
#include "interop/pickle/opcode.h"
#include "interop/pickle/scalars.h"
#include "interop/pickle/stack.h"

namespace statestone::pickle {
namespace {

constexpr std::uint8_t kNewestProtocol = 5;

class Machine {
 public:
  Machine(std::span<const std::byte> pickle, std::uint64_t file_offset, References references)
      : references_(references),
        cursor_(pickle, file_offset),
        objects_(pickle),
        scalars_(cursor_, objects_),
        stack_(cursor_),
        memo_(cursor_) {}

  Pickle Run() {
    for (;;) {
      start_ = cursor_.position();
      const auto opcode = static_cast<Opcode>(cursor_.Take<std::uint8_t>());
      if (opcode == Opcode::kStop) break;
      if (const auto scalar = scalars_.Read(opcode)) {
        Push(*scalar);
      } else if (!Structure(opcode) && !Naming(opcode)) {
        Unknown(opcode);
      }
    }
    const ObjectId root = stack_.Pop();
    Require(CheckSite::kPickleStack, stack_.height() == 0 && !stack_.HasMark(),
            [&] { return cursor_.Corrupt("the pickle ends with objects that it did not use"); });
    return {std::move(objects_), root, cursor_.file_offset(), cursor_.position()};
  }

 private:
  // Each of these does an instruction if it is one of its own.
  bool Structure(Opcode opcode);
  bool Naming(Opcode opcode);

  void Push(ObjectId id) { stack_.Push(id); }
  void PushMarked(Kind kind);
  void PushTuple(std::size_t count);
  void TakeMarked();
  void TakeLast(std::size_t count);
  void AddItems(bool pairs, Kind first, Kind second);
  void Call(ObjectId callable, ObjectId args);
  ObjectId Persistent(ObjectId id);
  ObjectId Line(std::string_view text);
  std::uint64_t DecimalNumber();
  void TakeFrame();
  void TakeProtocol();
  void Unknown(Opcode opcode) const;

  References references_;
  Cursor cursor_;
  ObjectStore objects_;
  ScalarReader scalars_;
  Stack stack_;
  Memo memo_;
  std::unordered_map<std::int64_t, ObjectId> numbered_;
  std::vector<ObjectId> added_;  // what AddItems moves, kept for its memory
  std::uint64_t start_ = 0;      // of the instruction at work
};

void Machine::Unknown(Opcode opcode) const {
  Require(CheckSite::kPickleOpcode, false, [&] {
    return cursor_.CorruptAt(start_, "the pickle holds an instruction that does not exist", {},
                             "byte " + std::to_string(static_cast<int>(opcode)));
  });
}

std::uint64_t Machine::DecimalNumber() {
  const std::string_view line = cursor_.TakeLine();
  std::uint64_t number = 0;
  bool valid = !line.empty() && line.size() <= 10;
  for (const char c : line) {
    valid = valid && c >= '0' && c <= '9';
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  Require(CheckSite::kPickleLiteral, valid, [&] {
    return cursor_.CorruptAt(start_, "the pickle numbers an object with something else", {},
                             std::string(line.substr(0, 20)));
  });
  return number;
}

void Machine::PushMarked(Kind kind) {
  const auto items = stack_.AboveMark();
  Require(CheckSite::kPicklePairs, kind != Kind::kDict || items.size() % 2 == 0,
          [&] { return cursor_.CorruptAt(start_, "the pickle gives a dict a key without value"); });
  const ObjectId made = objects_.AddContainer(kind, items);
  stack_.DropToMark();
  Push(made);
}

void Machine::PushTuple(std::size_t count) {
  const ObjectId made = objects_.AddContainer(Kind::kTuple, stack_.Last(count));
  stack_.DropLast(count);
  Push(made);
}

void Machine::TakeMarked() {
  const auto items = stack_.AboveMark();
  added_.assign(items.begin(), items.end());
  stack_.DropToMark();
}

void Machine::TakeLast(std::size_t count) {
  const auto items = stack_.Last(count);
  added_.assign(items.begin(), items.end());
  stack_.DropLast(count);
}

// Adds what was taken to the container on top, which is of one of two kinds. What is done to an
// object of a class that is not on the list has no meaning here: it is refused as a whole where it
// stands.
void Machine::AddItems(bool pairs, Kind first, Kind second) {
  Require(CheckSite::kPicklePairs, !pairs || added_.size() % 2 == 0,
          [&] { return cursor_.CorruptAt(start_, "the pickle gives a dict a key without value"); });
  const ObjectId container = stack_.Top();
  const Kind kind = objects_[container].kind;
  if (kind == Kind::kInstance) return;
  Require(CheckSite::kPickleTarget, kind == first || kind == second, [&] {
    return cursor_.CorruptAt(start_, "the pickle adds members to an object that takes none");
  });
  objects_.Append(container, added_);
}

void Machine::TakeFrame() {
  const auto size = cursor_.Take<std::uint64_t>();
  cursor_.RequireThere(size, "a frame of the pickle is longer than the pickle");
}

void Machine::TakeProtocol() {
  const auto protocol = cursor_.Take<std::uint8_t>();
  Require(CheckSite::kPickleProtocol, protocol <= kNewestProtocol, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.problem = "the pickle is of a newer protocol than this library reads",
                  .expected = "at most " + std::to_string(kNewestProtocol),
                  .found = std::to_string(protocol),
                  .advice = "save it with torch.save(..., pickle_protocol=2)"});
  });
}

bool Machine::Structure(Opcode opcode) {
  switch (opcode) {
    case Opcode::kMark:
      stack_.Mark();
      return true;
    case Opcode::kPop:
      if (stack_.height() == 0 && stack_.HasMark()) {
        stack_.DropToMark();
      } else {
        stack_.Pop();
      }
      return true;
    case Opcode::kPopMark:
      stack_.AboveMark();
      stack_.DropToMark();
      return true;
    case Opcode::kDup:
      Push(stack_.Top());
      return true;
    case Opcode::kEmptyList:
      Push(objects_.AddContainer(Kind::kList, {}));
      return true;
    case Opcode::kEmptyTuple:
      Push(objects_.AddContainer(Kind::kTuple, {}));
      return true;
    case Opcode::kEmptyDict:
      Push(objects_.AddContainer(Kind::kDict, {}));
      return true;
    case Opcode::kEmptySet:
      Push(objects_.AddContainer(Kind::kSet, {}));
      return true;
    case Opcode::kList:
      PushMarked(Kind::kList);
      return true;
    case Opcode::kTuple:
      PushMarked(Kind::kTuple);
      return true;
    case Opcode::kDict:
      PushMarked(Kind::kDict);
      return true;
    case Opcode::kFrozenSet:
      PushMarked(Kind::kFrozenSet);
      return true;
    case Opcode::kTuple1:
    case Opcode::kTuple2:
    case Opcode::kTuple3:
      PushTuple(1 + static_cast<std::size_t>(opcode) - static_cast<std::size_t>(Opcode::kTuple1));
      return true;
    case Opcode::kAppend:
      TakeLast(1);
      AddItems(false, Kind::kList, Kind::kList);
      return true;
    case Opcode::kAppends:
      TakeMarked();
      AddItems(false, Kind::kList, Kind::kList);
      return true;
    case Opcode::kAddItems:
      TakeMarked();
      AddItems(false, Kind::kSet, Kind::kSet);
      return true;
    case Opcode::kSetItem:
      TakeLast(2);
      AddItems(true, Kind::kDict, Kind::kOrderedDict);
      return true;
    case Opcode::kSetItems:
      TakeMarked();
      AddItems(true, Kind::kDict, Kind::kOrderedDict);
      return true;
    case Opcode::kPut:
      memo_.Put(DecimalNumber(), stack_.Top());
      return true;
    case Opcode::kBinPut:
      memo_.Put(cursor_.Take<std::uint8_t>(), stack_.Top());
      return true;
    case Opcode::kLongBinPut:
      memo_.Put(cursor_.Take<std::uint32_t>(), stack_.Top());
      return true;
    case Opcode::kMemoize:
      memo_.PutNext(stack_.Top());
      return true;
    case Opcode::kGet:
      Push(memo_.Get(DecimalNumber()));
      return true;
    case Opcode::kBinGet:
      Push(memo_.Get(cursor_.Take<std::uint8_t>()));
      return true;
    case Opcode::kLongBinGet:
      Push(memo_.Get(cursor_.Take<std::uint32_t>()));
      return true;
    case Opcode::kFrame:
      TakeFrame();
      return true;
    case Opcode::kProto:
      TakeProtocol();
      return true;
    default:
      return false;
  }
}

ObjectId Machine::Line(std::string_view text) {
  return objects_.AddText(Kind::kString, cursor_.position() - text.size() - 1, text.size());
}

void Machine::Call(ObjectId callable, ObjectId args) {
  Push(MakeCall(objects_, cursor_, callable, args));
}

// A number stands for the same object wherever it is.
ObjectId Machine::Persistent(ObjectId id) {
  const ObjectId made = MakePersistent(objects_, cursor_, references_, id);
  if (!objects_.Is(made, Kind::kReference)) return made;
  return numbered_.emplace(objects_[id].integer, made).first->second;
}

bool Machine::Naming(Opcode opcode) {
  switch (opcode) {
    case Opcode::kGlobal: {
      const ObjectId module = Line(cursor_.TakeLine());
      const ObjectId name = Line(cursor_.TakeLine());
      Push(MakeGlobal(objects_, module, name));
      return true;
    }
    case Opcode::kStackGlobal: {
      const ObjectId name = stack_.Pop();
      const ObjectId module = stack_.Pop();
      const bool texts = objects_.Is(name, Kind::kString) && objects_.Is(module, Kind::kString);
      Require(CheckSite::kPickleTarget, texts, [&] {
        return cursor_.CorruptAt(start_, "the pickle names a class by something that is no text");
      });
      Push(MakeGlobal(objects_, module, name));
      return true;
    }
    case Opcode::kExt1:
    case Opcode::kExt2:
    case Opcode::kExt4: {
      const std::uint64_t code = opcode == Opcode::kExt1   ? cursor_.Take<std::uint8_t>()
                                 : opcode == Opcode::kExt2 ? cursor_.Take<std::uint16_t>()
                                                           : cursor_.Take<std::uint32_t>();
      const ObjectId module = objects_.AddOwnedText(Kind::kString, "copyreg");
      Push(MakeGlobal(objects_, module,
                      objects_.AddOwnedText(Kind::kString, "extension " + std::to_string(code))));
      return true;
    }
    case Opcode::kReduce:
    case Opcode::kNewObj: {
      const ObjectId args = stack_.Pop();
      Call(stack_.Pop(), args);
      return true;
    }
    case Opcode::kNewObjEx: {
      const ObjectId keywords = stack_.Pop();
      const ObjectId args = stack_.Pop();
      const bool plain = objects_.Is(keywords, Kind::kDict) && objects_.Items(keywords).empty();
      const ObjectId callable = stack_.Pop();
      Require(CheckSite::kPickleArguments, plain || !objects_.Is(callable, Kind::kGlobal), [&] {
        return cursor_.CorruptAt(start_, "the pickle calls a listed class with keyword arguments");
      });
      Call(callable, args);
      return true;
    }
    case Opcode::kInst: {
      const ObjectId module = Line(cursor_.TakeLine());
      const ObjectId callable = MakeGlobal(objects_, module, Line(cursor_.TakeLine()));
      PushMarked(Kind::kTuple);
      Call(callable, stack_.Pop());
      return true;
    }
    case Opcode::kObj: {
      TakeMarked();
      Require(CheckSite::kPickleStack, !added_.empty(), [&] {
        return cursor_.CorruptAt(start_, "the pickle makes an object without naming its class");
      });
      Call(added_.front(), objects_.AddContainer(Kind::kTuple, std::span(added_).subspan(1)));
      return true;
    }
    case Opcode::kBuild: {
      const ObjectId state = stack_.Pop();
      SetState(objects_, cursor_, stack_.Top(), state);
      return true;
    }
    case Opcode::kBinPersId:
      Push(Persistent(stack_.Pop()));
      return true;
    case Opcode::kPersId:
    case Opcode::kNextBuffer:
    case Opcode::kReadOnlyBuffer:
      Require(CheckSite::kPicklePersistent, false, [&] {
        return cursor_.CorruptAt(
            start_, "the pickle refers to data outside in a form that torch does not write");
      });
      return true;
    default:
      return false;
  }
}

}  // namespace

Pickle Read(std::span<const std::byte> pickle, std::uint64_t file_offset, References references) {
  return Machine(pickle, file_offset, references).Run();
}

}  // namespace statestone::pickle
