#include "codec/pipeline/ordered_pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <numeric>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace statestone::pipeline {
namespace {

class OrderedPipelineTest : public testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {
 protected:
  std::size_t threads() const { return std::get<0>(GetParam()); }
  std::size_t slots() const { return std::get<1>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(ThreadsAndSlots, OrderedPipelineTest,
                         testing::Combine(testing::Values(1, 2, 3, 8),
                                          testing::Values(1, 2, 5, 16)));

TEST_P(OrderedPipelineTest, CommitsEveryItemOnceAndInOrder) {
  constexpr std::size_t kItems = 500;
  std::vector<std::size_t> ring(slots());
  std::vector<std::size_t> committed;
  std::size_t next = 0;
  RunOrdered(threads(), slots(),
             {[&](std::size_t slot) {
                if (next == kItems) return false;
                ring[slot] = next++;
                return true;
              },
              [&](std::size_t slot, std::size_t) { ring[slot] = ring[slot] * 2 + 1; },
              [&](std::size_t slot) { committed.push_back(ring[slot]); }},
             {});
  std::vector<std::size_t> expected(kItems);
  std::iota(expected.begin(), expected.end(), 0);
  for (std::size_t& item : expected) item = item * 2 + 1;
  EXPECT_EQ(committed, expected);
}

TEST_P(OrderedPipelineTest, DoesNothingWithoutWork) {
  int fills = 0;
  RunOrdered(threads(), slots(),
             {[&](std::size_t slot) {
                EXPECT_EQ(slot, 0u);
                ++fills;
                return false;
              },
              [](std::size_t, std::size_t) { ADD_FAILURE() << "worked"; },
              [](std::size_t) { ADD_FAILURE() << "committed"; }},
             {});
  EXPECT_EQ(fills, 1);
}

TEST_P(OrderedPipelineTest, GivesItemsTheSlotsInTurnAndNeverRefillsOneThatIsInUse) {
  enum class Use { kFree, kFilled, kWorked };
  std::vector<Use> uses(slots(), Use::kFree);
  std::size_t filled = 0;
  std::size_t committed = 0;
  RunOrdered(threads(), slots(),
             {[&](std::size_t slot) {
                EXPECT_EQ(slot, filled % slots());
                EXPECT_EQ(uses[slot], Use::kFree);
                if (filled == 200) return false;
                uses[slot] = Use::kFilled;
                ++filled;
                return true;
              },
              [&](std::size_t slot, std::size_t) {
                EXPECT_EQ(uses[slot], Use::kFilled);
                uses[slot] = Use::kWorked;
              },
              [&](std::size_t slot) {
                EXPECT_EQ(slot, committed++ % slots());
                EXPECT_EQ(uses[slot], Use::kWorked);
                uses[slot] = Use::kFree;
              }},
             {});
  EXPECT_EQ(committed, 200u);
}

TEST_P(OrderedPipelineTest, FillsAndCommitsInTheCallingThread) {
  const std::thread::id caller = std::this_thread::get_id();
  int next = 0;
  RunOrdered(threads(), slots(),
             {[&](std::size_t) {
                EXPECT_EQ(std::this_thread::get_id(), caller);
                return next++ < 50;
              },
              [&](std::size_t, std::size_t worker) {
                EXPECT_EQ(std::this_thread::get_id() == caller, worker == 0);
              },
              [&](std::size_t) { EXPECT_EQ(std::this_thread::get_id(), caller); }},
             {});
}

TEST_P(OrderedPipelineTest, GivesEachWorkerOneItemAtATime) {
  std::vector<std::atomic<int>> busy(threads());
  int next = 0;
  RunOrdered(threads(), slots(),
             {[&](std::size_t) { return next++ < 300; },
              [&](std::size_t, std::size_t worker) {
                ASSERT_LT(worker, threads());
                EXPECT_EQ(busy[worker].fetch_add(1), 0);
                std::this_thread::yield();
                busy[worker].fetch_sub(1);
              },
              [](std::size_t) {}},
             {});
}

TEST_P(OrderedPipelineTest, LetsAnItemWaitForWhatAnEarlierOneDecides) {
  constexpr std::size_t kItems = 300;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t decided = 0;
  std::vector<std::size_t> ring(slots());
  std::size_t next = 0;
  RunOrdered(threads(), slots(),
             {[&](std::size_t slot) {
                if (next == kItems) return false;
                ring[slot] = next++;
                return true;
              },
              [&](std::size_t slot, std::size_t) {
                std::unique_lock lock(mutex);
                changed.wait(lock, [&] { return decided >= ring[slot]; });
                decided = ring[slot] + 1;
                changed.notify_all();
              },
              [](std::size_t) {}},
             {});
  EXPECT_EQ(decided, kItems);
}

TEST(OrderedPipelineParallelTest, WorksOnAsManyItemsAtOnceAsThereAreThreads) {
  constexpr std::size_t kThreads = 4;
  std::latch all_at_work(kThreads);
  std::size_t next = 0;
  std::size_t committed = 0;
  RunOrdered(kThreads, kThreads,
             {[&](std::size_t) { return next++ < kThreads; },
              [&](std::size_t, std::size_t) { all_at_work.arrive_and_wait(); },
              [&](std::size_t) { ++committed; }},
             {});
  EXPECT_EQ(committed, kThreads);
}

TEST(OrderedPipelineParallelTest, WorksInTheCallingThreadToo) {
  const std::thread::id caller = std::this_thread::get_id();
  std::latch both_at_work(2);
  std::atomic<bool> caller_worked = false;
  std::size_t next = 0;
  RunOrdered(2, 2,
             {[&](std::size_t) { return next++ < 2; },
              [&](std::size_t, std::size_t) {
                both_at_work.arrive_and_wait();
                if (std::this_thread::get_id() == caller) caller_worked = true;
              },
              [](std::size_t) {}},
             {});
  EXPECT_TRUE(caller_worked);
}

TEST(OrderedPipelineParallelTest, StartsNoThreadForASingleItem) {
  const std::thread::id caller = std::this_thread::get_id();
  bool filled = false;
  RunOrdered(8, 16,
             {[&](std::size_t) { return !std::exchange(filled, true); },
              [&](std::size_t, std::size_t) { EXPECT_EQ(std::this_thread::get_id(), caller); },
              [](std::size_t) {}},
             {});
  EXPECT_TRUE(filled);
}

TEST(OrderedPipelineParallelTest, FillsAheadWhileTheFirstItemIsStillAtWork) {
  constexpr std::size_t kSlots = 6;
  std::latch all_filled(kSlots);
  std::size_t next = 0;
  RunOrdered(2, kSlots,
             {[&](std::size_t) {
                if (next == kSlots) return false;
                ++next;
                all_filled.count_down();
                return true;
              },
              [&](std::size_t slot, std::size_t) {
                if (slot == 0) all_filled.wait();
              },
              [](std::size_t) {}},
             {});
  EXPECT_TRUE(all_filled.try_wait());
}

TEST(OrderedPipelineParallelTest, TakesNoSlotsForOne) {
  int next = 0;
  int committed = 0;
  RunOrdered(4, 0,
             {[&](std::size_t slot) {
                EXPECT_EQ(slot, 0u);
                return next++ < 10;
              },
              [](std::size_t, std::size_t) {}, [&](std::size_t) { ++committed; }},
             {});
  EXPECT_EQ(committed, 10);
}

TEST(ResolveThreadsTest, TakesZeroForOneThreadACore) {
  EXPECT_EQ(ResolveThreads(1), 1u);
  EXPECT_EQ(ResolveThreads(7), 7u);
  EXPECT_EQ(ResolveThreads(0), std::max(std::thread::hardware_concurrency(), 1u));
}

}  // namespace
}  // namespace statestone::pipeline
