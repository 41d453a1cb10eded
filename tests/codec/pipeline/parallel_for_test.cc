#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <latch>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "codec/pipeline/ordered_pipeline.h"
#include "tests/faults/error_of.h"

namespace statestone::pipeline {
namespace {

using faults::ErrorOf;

TEST(ParallelForTest, WorksOnEveryItemOnce) {
  for (const std::size_t threads : {0u, 1u, 2u, 7u}) {
    for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
      std::vector<std::atomic<int>> times(count);
      ParallelFor(threads, count, [&](std::size_t item, std::size_t) { ++times[item]; }, {});
      for (const auto& time : times) EXPECT_EQ(time, 1);
    }
  }
}

TEST(ParallelForTest, WorksInOrderInTheCallingThreadWithOneThread) {
  const std::thread::id caller = std::this_thread::get_id();
  std::size_t next = 0;
  ParallelFor(1, 100,
              [&](std::size_t item, std::size_t worker) {
                EXPECT_EQ(item, next++);
                EXPECT_EQ(worker, 0u);
                EXPECT_EQ(std::this_thread::get_id(), caller);
              },
              {});
  EXPECT_EQ(next, 100u);
}

TEST(ParallelForTest, WorksOnAsManyItemsAtOnceAsThereAreThreads) {
  std::latch all_at_work(4);
  ParallelFor(4, 4, [&](std::size_t, std::size_t) { all_at_work.arrive_and_wait(); }, {});
  EXPECT_TRUE(all_at_work.try_wait());
}

TEST(ParallelForTest, GivesEachWorkerOneItemAtATime) {
  constexpr std::size_t kThreads = 4;
  std::vector<std::atomic<int>> busy(kThreads);
  ParallelFor(kThreads, 500,
              [&](std::size_t, std::size_t worker) {
                ASSERT_LT(worker, kThreads);
                EXPECT_EQ(busy[worker].fetch_add(1), 0);
                std::this_thread::yield();
                busy[worker].fetch_sub(1);
              },
              {});
}

TEST(ParallelForTest, RethrowsTheLowestItemAndRunsEverythingBelowIt) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(0, 60);
    const auto failing =
        *rc::gen::container<std::set<std::size_t>>(rc::gen::inRange<std::size_t>(0, 80));
    const auto threads = *rc::gen::inRange<std::size_t>(1, 6);
    std::vector<std::atomic<bool>> ran(count);
    std::optional<std::size_t> thrown;
    try {
      ParallelFor(threads, count,
                  [&](std::size_t item, std::size_t) {
                    ran[item] = true;
                    if (failing.contains(item)) throw item;
                  },
                  {});
    } catch (const std::size_t item) {
      thrown = item;
    }
    std::optional<std::size_t> expected;
    if (!failing.empty() && *failing.begin() < count) expected = *failing.begin();
    RC_ASSERT(thrown == expected);
    for (std::size_t item = 0; item < expected.value_or(count); ++item) RC_ASSERT(ran[item]);
  }));
}

TEST(ParallelForTest, RethrowsTheLowestThoughAHigherOneFailedBefore) {
  std::latch higher_failed(1);
  try {
    ParallelFor(2, 2,
                [&](std::size_t item, std::size_t) {
                  if (item == 0) higher_failed.wait();
                  if (item == 1) higher_failed.count_down();
                  throw item;
                },
                {});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::size_t item) {
    EXPECT_EQ(item, 0u);
  }
}

TEST(ParallelForTest, RethrowsTheLowestThoughAHigherOneFailsAfterIt) {
  std::latch both_at_work(2);
  try {
    ParallelFor(2, 2,
                [&](std::size_t item, std::size_t) {
                  both_at_work.arrive_and_wait();
                  // Gives the lower one the chance to be recorded first; both orders must end the
                  // same.
                  for (int i = 0; item == 1 && i < 1000; ++i) std::this_thread::yield();
                  throw item;
                },
                {});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::size_t item) {
    EXPECT_EQ(item, 0u);
  }
}

TEST(ParallelForTest, LeavesOutWhatComesAfterAFailure) {
  std::size_t ran = 0;
  EXPECT_THROW(ParallelFor(1, 100,
                           [&](std::size_t item, std::size_t) {
                             ++ran;
                             if (item == 3) throw std::runtime_error("3");
                           },
                           {}),
               std::runtime_error);
  EXPECT_EQ(ran, 4u);
}

TEST(ParallelForTest, IsCanceledWhenAStopLeavesItemsOut) {
  for (const std::size_t threads : {1u, 3u}) {
    std::stop_source stop;
    std::atomic<std::size_t> ran = 0;
    const Error error = ErrorOf([&] {
      ParallelFor(
          threads, 100000,
          [&](std::size_t item, std::size_t) {
            ++ran;
            if (item == 10) stop.request_stop();
          },
          stop.get_token());
    });
    EXPECT_EQ(error.code(), ErrorCode::kCanceled);
    EXPECT_LT(ran, 100000u);
  }
}

TEST(ParallelForTest, DoesNothingWhenItIsStoppedAlready) {
  std::stop_source stop;
  stop.request_stop();
  const auto fail = [](std::size_t, std::size_t) { ADD_FAILURE() << "worked"; };
  EXPECT_EQ(ErrorOf([&] { ParallelFor(3, 10, fail, stop.get_token()); }).code(),
            ErrorCode::kCanceled);
  EXPECT_NO_THROW(ParallelFor(3, 0, fail, stop.get_token()));
}

TEST(ParallelForTest, IgnoresAStopThatLeavesNothingOut) {
  std::stop_source stop;
  std::size_t ran = 0;
  EXPECT_NO_THROW(ParallelFor(
      1, 10,
      [&](std::size_t item, std::size_t) {
        ++ran;
        if (item == 9) stop.request_stop();
      },
      stop.get_token()));
  EXPECT_EQ(ran, 10u);
}

}  // namespace
}  // namespace statestone::pipeline
