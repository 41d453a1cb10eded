#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <latch>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec/pipeline/ordered_pipeline.h"
#include "tests/faults/error_of.h"

namespace statestone::pipeline {
namespace {

using faults::ErrorOf;

// A pipeline over numbered items of which some steps throw "<step> <item>".
struct Scenario {
  std::size_t items = 0;
  std::set<std::size_t> failing_fills;
  std::set<std::size_t> failing_works;
  std::set<std::size_t> failing_commits;
};

struct Outcome {
  std::string error;
  std::vector<std::size_t> committed;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void MaybeThrow(const std::set<std::size_t>& failing, const char* step, std::size_t item) {
  if (failing.contains(item)) throw std::runtime_error(step + std::to_string(item));
}

Outcome OutcomeOf(const Scenario& scenario, std::size_t threads, std::size_t slots) {
  Outcome outcome;
  std::vector<std::size_t> ring(slots);
  std::size_t next = 0;
  bool fill_failed = false;
  const Steps steps = {[&](std::size_t slot) {
                         EXPECT_FALSE(fill_failed) << "filled again after a fill that failed";
                         if (next == scenario.items) return false;
                         ring[slot] = next++;
                         fill_failed = scenario.failing_fills.contains(ring[slot]);
                         MaybeThrow(scenario.failing_fills, "fill ", ring[slot]);
                         return true;
                       },
                       [&](std::size_t slot, std::size_t) {
                         MaybeThrow(scenario.failing_works, "work ", ring[slot]);
                       },
                       [&](std::size_t slot) {
                         MaybeThrow(scenario.failing_commits, "commit ", ring[slot]);
                         outcome.committed.push_back(ring[slot]);
                       }};
  try {
    RunOrdered(threads, slots, steps, {});
  } catch (const std::runtime_error& error) {
    outcome.error = error.what();
  }
  return outcome;
}

// What a plain loop does.
Outcome Expected(const Scenario& scenario) {
  Outcome outcome;
  for (std::size_t item = 0; item < scenario.items; ++item) {
    const std::string number = std::to_string(item);
    if (scenario.failing_fills.contains(item))
      outcome.error = "fill " + number;
    else if (scenario.failing_works.contains(item))
      outcome.error = "work " + number;
    else if (scenario.failing_commits.contains(item))
      outcome.error = "commit " + number;
    if (!outcome.error.empty()) break;
    outcome.committed.push_back(item);
  }
  return outcome;
}

TEST(OrderedPipelineFailureTest, EndsAsAPlainLoopWouldWhateverFails) {
  EXPECT_TRUE(rc::check([] {
    const auto items = *rc::gen::inRange<std::size_t>(0, 40);
    const auto some =
        rc::gen::container<std::set<std::size_t>>(rc::gen::inRange<std::size_t>(0, 60));
    const Scenario scenario = {items, *some, *some, *some};
    const auto threads = *rc::gen::inRange<std::size_t>(1, 6);
    const auto slots = *rc::gen::inRange<std::size_t>(1, 12);
    RC_ASSERT(OutcomeOf(scenario, threads, slots) == Expected(scenario));
  }));
}

TEST(OrderedPipelineFailureTest, RethrowsTheFirstInOrderThoughALaterOneFailedBefore) {
  for (int round = 0; round < 20; ++round) {
    std::latch later_failed(1);
    std::vector<std::size_t> committed;
    std::size_t next = 0;
    const Steps steps = {[&](std::size_t) { return next++ < 100; },
                         [&](std::size_t slot, std::size_t) {
                           if (slot == 9) {
                             later_failed.count_down();
                             throw std::runtime_error("later");
                           }
                           if (slot == 5) {
                             later_failed.wait();
                             throw std::runtime_error("earlier");
                           }
                         },
                         [&](std::size_t slot) { committed.push_back(slot); }};
    try {
      RunOrdered(4, 10, steps, {});
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "earlier");
    }
    EXPECT_EQ(committed, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  }
}

TEST(OrderedPipelineFailureTest, WorksOnNothingMoreThanIsUnderWayOnceAnItemFailed) {
  std::atomic<std::size_t> worked = 0;
  std::size_t next = 0;
  EXPECT_THROW(RunOrdered(3, 8,
                          {[&](std::size_t) { return next++ < 100000; },
                           [&](std::size_t, std::size_t) {
                             if (worked.fetch_add(1) == 0) throw std::runtime_error("first");
                           },
                           [](std::size_t) {}},
                          {}),
               std::runtime_error);
  // At most what the slots held when the failing item ended, never the rest of the work.
  EXPECT_LE(next, 100u);
}

TEST(OrderedPipelineFailureTest, PassesOnWhatIsNoStandardException) {
  for (const std::size_t threads : {1u, 3u}) {
    std::size_t next = 0;
    EXPECT_THROW(RunOrdered(threads, 4,
                            {[&](std::size_t) { return next++ < 10; },
                             [](std::size_t, std::size_t) { throw 7; }, [](std::size_t) {}},
                            {}),
                 int);
  }
}

TEST(OrderedPipelineFailureTest, DoesNothingWhenItIsStoppedAlready) {
  for (const std::size_t threads : {1u, 3u}) {
    std::stop_source stop;
    stop.request_stop();
    const Error error = ErrorOf([&] {
      RunOrdered(threads, 4,
                 {[](std::size_t) { return ADD_FAILURE() << "filled", false; },
                  [](std::size_t, std::size_t) {}, [](std::size_t) {}},
                 stop.get_token());
    });
    EXPECT_EQ(error.code(), ErrorCode::kCanceled);
    EXPECT_EQ(error.fields().problem, "stopped on request");
  }
}

// Requests a stop in one step of item 10 out of endless ones.
void ExpectStopsFrom(const std::string& step, std::size_t threads) {
  SCOPED_TRACE(step + " with " + std::to_string(threads) + " threads");
  constexpr std::size_t kSlots = 4;
  std::stop_source stop;
  std::size_t filled = 0;
  std::size_t committed = 0;
  std::vector<std::size_t> ring(kSlots);
  const auto stop_at = [&](const char* here, std::size_t item) {
    if (step == here && item == 10) stop.request_stop();
  };
  const Error error = ErrorOf([&] {
    RunOrdered(threads, kSlots,
               {[&](std::size_t slot) {
                  stop_at("fill", filled);
                  ring[slot] = filled++;
                  return true;
                },
                [&](std::size_t slot, std::size_t) { stop_at("work", ring[slot]); },
                [&](std::size_t slot) {
                  stop_at("commit", ring[slot]);
                  committed = ring[slot] + 1;
                }},
               stop.get_token());
  });
  EXPECT_EQ(error.code(), ErrorCode::kCanceled);
  EXPECT_LE(filled, 11 + kSlots);
  EXPECT_LE(committed, 11u + kSlots);
  if (step == "commit") {
    EXPECT_EQ(committed, 11u);
  }
}

TEST(OrderedPipelineFailureTest, StopsSoonAfterARequestFromAnyStep) {
  for (const char* step : {"fill", "work", "commit"}) {
    for (const std::size_t threads : {1u, 2u, 4u}) ExpectStopsFrom(step, threads);
  }
}

TEST(OrderedPipelineFailureTest, IgnoresAStopThatLeavesNothingOut) {
  for (const std::size_t threads : {1u, 3u}) {
    std::stop_source stop;
    bool committed = false;
    // The last call of all: everything is committed when it says that there is no more work.
    const Steps steps = {[&](std::size_t) {
                           if (!committed) return true;
                           stop.request_stop();
                           return false;
                         },
                         [](std::size_t, std::size_t) {}, [&](std::size_t) { committed = true; }};
    EXPECT_NO_THROW(RunOrdered(threads, 1, steps, stop.get_token()));
    EXPECT_TRUE(committed);
  }
}

}  // namespace
}  // namespace statestone::pipeline
