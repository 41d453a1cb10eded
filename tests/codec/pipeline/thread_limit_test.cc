#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <string>

#include "codec/pipeline/ordered_pipeline.h"
#include "tests/faults/child_process.h"

namespace statestone::pipeline {
namespace {

// An ordinary user who may not start a single thread more.
void ForbidThreads() {
  const rlimit none = {0, 0};
  EXPECT_EQ(::setrlimit(RLIMIT_NPROC, &none), 0);
  faults::BecomeOrdinaryUser();
}

TEST(ThreadLimitTest, RunsThePipelineInTheCallingThreadWhenTheSystemGrantsNone) {
  EXPECT_EQ(faults::InChild([] {
              ForbidThreads();
              std::size_t next = 0;
              std::string committed;
              const Steps steps = {[&](std::size_t) { return next++ < 5; },
                                   [](std::size_t, std::size_t worker) { EXPECT_EQ(worker, 0u); },
                                   [&](std::size_t slot) { committed += std::to_string(slot); }};
              RunOrdered(4, 3, steps, {});
              return committed;
            }),
            "01201");
}

TEST(ThreadLimitTest, RunsTheLoopInTheCallingThreadWhenTheSystemGrantsNone) {
  EXPECT_EQ(faults::InChild([] {
              ForbidThreads();
              std::atomic<int> ran = 0;
              ParallelFor(4, 10, [&](std::size_t, std::size_t) { ++ran; }, {});
              return std::to_string(ran);
            }),
            "10");
}

}  // namespace
}  // namespace statestone::pipeline
