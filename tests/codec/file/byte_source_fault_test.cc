#include <gtest/gtest.h>

#include "codec/file/byte_source.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::Call;
using faults::FaultOutcome;
using faults::FaultTally;
using faults::ScratchDirectory;

const std::string kContents(5000, 'w');

// Opens the file and reads it in two pieces; what was read stays in `text`.
FaultTally ReadUnderEveryFault(
    const std::function<std::shared_ptr<ByteSource>(const std::filesystem::path& path)>& open) {
  const ScratchDirectory scratch;
  faults::WriteWhole(scratch / "model.stone", kContents);
  std::string text;
  return faults::ForEachFault(
      [&] {
        text.assign(kContents.size(), '?');
        const auto source = open(scratch / "model.stone");
        const std::span<std::byte> out = std::as_writable_bytes(std::span(text));
        source->Read(0, out.first(3000));
        source->Read(3000, out.subspan(3000));
      },
      [&](const FaultOutcome& outcome) {
        const faults::Fault& fault = outcome.fault;
        const bool repeated = fault.number == EINTR && !fault.for_ever && fault.call != Call::kMmap;
        const bool goes_through = fault.is_short_count() || repeated ||
                                  fault.call == Call::kClose || fault.call == Call::kMunmap ||
                                  fault.call == Call::kFstatfs;
        EXPECT_EQ(outcome.error.has_value(), !goes_through);
        EXPECT_TRUE(outcome.error || text == kContents);
        EXPECT_TRUE(faults::ReadWhole(scratch / "model.stone") == kContents);
      });
}

bool Fired(const FaultTally& tally, Call call) { return tally[static_cast<std::size_t>(call)] > 0; }

TEST(ByteSourceFaultTest, PositionedReadsNameTheCallThatFailedAndLeakNothing) {
  const FaultTally tally =
      ReadUnderEveryFault([](const auto& path) { return OpenPositioned(path); });
  for (const Call call : {Call::kOpen, Call::kFstat, Call::kPread, Call::kClose}) {
    EXPECT_TRUE(Fired(tally, call)) << Name(call);
  }
}

TEST(ByteSourceFaultTest, SourcesThatAskTheFileSystemGoThroughWhenItDoesNotAnswer) {
  const FaultTally tally =
      ReadUnderEveryFault([](const auto& path) { return OpenSource(path, Access::kAuto, false); });
  for (const Call call : {Call::kOpen, Call::kFstat, Call::kFstatfs, Call::kPread, Call::kClose}) {
    EXPECT_TRUE(Fired(tally, call)) << Name(call);
  }
}

TEST(ByteSourceFaultTest, MapsNameTheCallThatFailedAndLeakNothing) {
  const FaultTally tally =
      ReadUnderEveryFault([](const auto& path) { return OpenMapped(path, false); });
  for (const Call call :
       {Call::kOpen, Call::kFstat, Call::kMmap, Call::kPread, Call::kMunmap, Call::kClose}) {
    EXPECT_TRUE(Fired(tally, call)) << Name(call);
  }
}

}  // namespace
}  // namespace statestone::file
