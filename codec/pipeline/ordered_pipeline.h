// A bounded pipeline over a ring of slots: filled in order, worked on in parallel, committed in
// order. The slots keep their buffers from one round to the next, so memory is slots x slot size.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace statestone::pipeline {

/// The three steps, each told which slot it is about: item number i uses slot i modulo the number
/// of slots. `fill` returns false when there is no more work (that slot is then not used).
///
/// fill and commit run in the thread that called RunOrdered, one call at a time, each in the order
/// 0, 1, 2, ...; work calls of different slots run at the same time, each started after those of
/// all earlier items. So a work call may wait for what an earlier item's work call decides, as long
/// as that call decides also when it throws. A slot is not filled again before its commit returned.
struct Steps {
  std::function<bool(std::size_t slot)> fill;
  /// In any of the threads. `worker` is below ResolveThreads(threads), and no two calls of one
  /// worker overlap.
  std::function<void(std::size_t slot, std::size_t worker)> work;
  std::function<void(std::size_t slot)> commit;
};

/// Runs the steps with `threads` workers (0: one for each core), of which the calling thread is
/// one, over `slots` slots (at least one) until fill returns false and everything filled is
/// committed. The calling thread commits and fills before it works. Threads are spawned as there
/// are items for them; where the system grants fewer than asked for, those do the work.
/// If a step throws, no later item is committed, the workers end, and the exception of the item
/// first in order is rethrown, so that errors do not depend on the number of threads.
/// \throws Error canceled when `stop` is requested before everything is committed, besides what the
///     steps throw
void RunOrdered(std::size_t threads, std::size_t slots, const Steps& steps,
                const std::stop_token& stop);

/// Calls work(item, worker) for every item below `count`, on `threads` workers (0: one for each
/// core), of which the calling thread is one. If calls throw, the exception of the lowest item is
/// rethrown: items above a failed one may be left out, items below it are always run.
/// \throws Error canceled when `stop` is requested and items were left out, besides what `work`
///     throws
void ParallelFor(std::size_t threads, std::size_t count,
                 const std::function<void(std::size_t item, std::size_t worker)>& work,
                 const std::stop_token& stop);

/// `threads`, or the number of cores for 0, at least 1.
std::size_t ResolveThreads(std::size_t threads);

}  // namespace statestone::pipeline
