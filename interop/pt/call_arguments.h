// Arguments of a call that a pickle records, with their types checked as they are taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "interop/pickle/globals.h"
#include "interop/pickle/machine.h"
#include "statestone/error.h"

namespace statestone::pt {

/// Which listed name an object is, or nothing. For an object of kind kCall use its `source`.
std::optional<pickle::Listed> ListedAs(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// What a call calls, or nothing when the object is no call.
std::optional<pickle::Listed> Callee(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// A view: the pickle must outlive it. Every accessor throws Error corrupt, with the offset of the
/// call, when the argument is not there or of another type.
class CallArguments {
 public:
  /// `name` is what is called, for errors.
  CallArguments(const pickle::Pickle& pickle, pickle::ObjectId args, std::uint64_t call_offset,
                std::string_view name);
  /// The arguments of a call object.
  CallArguments(const pickle::Pickle& pickle, pickle::ObjectId call);

  std::size_t size() const { return items_.size(); }
  std::uint64_t call_offset() const { return call_offset_; }

  void RequireCount(std::size_t least, std::size_t most) const;
  pickle::ObjectId at(std::size_t i) const;
  std::uint64_t Unsigned(std::size_t i, std::string_view what) const;
  bool Bool(std::size_t i) const;
  std::string_view String(std::size_t i) const;
  /// A tuple, list or torch.Size of integers that are not negative.
  std::vector<std::uint64_t> Sizes(std::size_t i, std::string_view what) const;
  pickle::Listed Global(std::size_t i) const;

  Error Corrupt(std::string problem, std::string expected = {}, std::string found = {}) const;

 private:
  void RequireArgument(bool holds, std::size_t i, std::string_view expected) const;
  std::uint64_t UnsignedOf(pickle::ObjectId id, std::string_view what) const;

  const pickle::Pickle& pickle_;
  std::span<const pickle::ObjectId> items_;
  std::uint64_t call_offset_;
  std::string_view name_;
};

}  // namespace statestone::pt
