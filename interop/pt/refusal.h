// Why an object of a pickle is refused, and what its owner can do about it.
#pragma once

#include <string>
#include <string_view>

#include "interop/pickle/machine.h"
#include "statestone/error.h"

namespace statestone::pt {

/// Something that is known and has no place in the format.
Error Unrepresentable(std::string_view what, std::string_view advice);

/// The dotted name of the class or function behind an object of kind kUnlisted or kInstance.
/// "os.system" also where the pickle makes it through copyreg.
std::string UnlistedName(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// "os.system is not on the list".
std::string UnlistedReason(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// The refusal of such an object, with advice that fits it. The caller adds where it stands.
Error Unlisted(const pickle::ObjectStore& objects, pickle::ObjectId id);

}  // namespace statestone::pt
