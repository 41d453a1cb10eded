// Something that may crash, tried in a process of its own first.
#pragma once

#include <functional>
#include <stop_token>

namespace statestone::hdf5 {

/// The HDF5 library parses hostile files with code that was not made for them: one byte changed is
/// enough to end the process. So everything that is asked of it is done by a child first, a copy of
/// this process with the calling thread alone, and again here only if the child got through.
/// `body` may throw Error, which is getting through: it will throw it here too. It should call
/// StillAlive once in a while.
/// Within a Session. Cost: a fork, and `body`. \throws Error corrupt (the child crashed, took more
///     than 4 GiB beside what the process had, or computed for ten seconds without calling
///     StillAlive), canceled, io (no child)
void RequireTrial(const std::function<void()>& body, const std::stop_token& stop);

/// Gives the child another ten seconds. Only within `body`, in the child.
void StillAlive();

}  // namespace statestone::hdf5
