// What the pickle's calls become.
#pragma once

#include <cstdint>

#include "interop/pickle/cursor.h"
#include "interop/pickle/object.h"
#include "interop/pickle/references.h"

namespace statestone::pickle {

/// Makes the object that stands for what `callable(*args)` would give: a container for the listed
/// classes of containers, a number for a complex, a record of the call for what else is listed, an
/// unlisted instance for all other names. Constant time and memory. \throws Error corrupt, limit
ObjectId MakeCall(ObjectStore& objects, const Cursor& cursor, ObjectId callable, ObjectId args);

/// The object for a class or function by its name: on the list or not.
ObjectId MakeGlobal(ObjectStore& objects, ObjectId module, ObjectId name);

/// Sets the state of an object, as the instruction BUILD does. \throws Error corrupt for an object
/// that has none
void SetState(ObjectStore& objects, const Cursor& cursor, ObjectId object, ObjectId state);

/// The object that a persistent id stands for: a storage, a numbered object, or the class that old
/// files of torch kept with its source. \throws Error corrupt for ids of another shape
ObjectId MakePersistent(ObjectStore& objects, const Cursor& cursor, References references,
                        ObjectId id);

}  // namespace statestone::pickle
