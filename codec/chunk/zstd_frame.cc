#include "codec/chunk/zstd_frame.h"

// Only for the name of one parameter; everything called here is in the stable interface.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <new>
#include <string>

#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "codec/chunk/chunk_error.h"

namespace statestone::chunk {
namespace {

// The lowest bits of a frame's descriptor, its byte 4, say how long its dictionary ID is.
constexpr std::size_t kDescriptorAt = 4;
constexpr unsigned kDictionaryIdBits = 3;
constexpr std::size_t kSmallestHeader = 6;  // magic, descriptor, one byte of window or content size

bool Set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
  return ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) == 0;
}

// With this target length the search leaves out whole blocks, which then have literals only; the
// mode says to code them even so. It is an experimental parameter: not every libzstd has it.
bool SetLiteralsOnly(ZSTD_CCtx* context) {
#ifdef ZSTD_c_literalCompressionMode
  constexpr int kAlwaysCode = 1;  // the enumerator's name differs from version to version
  return Set(context, ZSTD_c_literalCompressionMode, kAlwaysCode) &&
         Set(context, ZSTD_c_strategy, ZSTD_fast) && Set(context, ZSTD_c_targetLength, 131072);
#else
  return (void)context, false;
#endif
}

// With stable parameters only: a search that finds next to nothing. 0.1 point of the size worse.
void SetFewMatches(ZSTD_CCtx* context) {
#ifdef ZSTD_c_literalCompressionMode
  Set(context, ZSTD_c_literalCompressionMode, 0);
#endif
  Set(context, ZSTD_c_strategy, ZSTD_fast);
  Set(context, ZSTD_c_hashLog, 6);
  Set(context, ZSTD_c_minMatch, 7);
  Set(context, ZSTD_c_targetLength, 0);
}

}  // namespace

void FrameCompressor::Free::operator()(ZSTD_CCtx_s* context) const noexcept {
  ZSTD_freeCCtx(context);
}

FrameCompressor::FrameCompressor(Redundancy redundancy) : context_(ZSTD_createCCtx()) {
  if (context_ == nullptr) throw std::bad_alloc();
  Set(context_.get(), ZSTD_c_compressionLevel, 1);
  Set(context_.get(), ZSTD_c_contentSizeFlag, 1);
  Set(context_.get(), ZSTD_c_checksumFlag, 0);  // the file has checksums of its own
  Set(context_.get(), ZSTD_c_dictIDFlag, 0);
  if (redundancy == Redundancy::kSymbols && !SetLiteralsOnly(context_.get())) {
    SetFewMatches(context_.get());
  }
}

std::size_t FrameCompressor::Bound(std::size_t size) { return ZSTD_compressBound(size); }

std::size_t FrameCompressor::Compress(std::span<const std::byte> source, std::byte* target) {
  const std::size_t size =
      ZSTD_compress2(context_.get(), target, Bound(source.size()), source.data(), source.size());
  // With room for the bound, running out of memory is the only way to fail.
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();
  return size;
}

void FrameDecompressor::Free::operator()(ZSTD_DCtx_s* context) const noexcept {
  ZSTD_freeDCtx(context);
}

FrameDecompressor::FrameDecompressor() : context_(ZSTD_createDCtx()) {
  if (context_ == nullptr) throw std::bad_alloc();
}

void FrameDecompressor::Decompress(std::span<const std::byte> frame, std::uint64_t offset,
                                   std::byte* target, std::size_t size) {
  Require(CheckSite::kChunkFrameHeader,
          frame.size() >= kSmallestHeader &&
              bytes::Load<std::uint32_t>(frame.data()) == ZSTD_MAGICNUMBER,
          [&] {
            return Corrupt(
                offset, "not a zstd frame", Hex(ZSTD_MAGICNUMBER) + " and at least 6 bytes",
                frame.size() < kSmallestHeader ? std::to_string(frame.size()) + " bytes"
                                               : Hex(bytes::Load<std::uint32_t>(frame.data())));
          });
  Require(CheckSite::kChunkFrameDictionary,
          (static_cast<unsigned>(frame[kDescriptorAt]) & kDictionaryIdBits) == 0, [&] {
            return Corrupt(offset, "a zstd frame has a dictionary ID", "none",
                           std::to_string(ZSTD_getDictID_fromFrame(frame.data(), frame.size())));
          });
  const unsigned long long content = ZSTD_getFrameContentSize(frame.data(), frame.size());
  Require(CheckSite::kChunkFrameSize, content == size, [&] {
    const bool known = content != ZSTD_CONTENTSIZE_UNKNOWN && content != ZSTD_CONTENTSIZE_ERROR;
    return Corrupt(offset, "a zstd frame has a wrong content size", std::to_string(size) + " bytes",
                   known ? std::to_string(content) + " bytes" : "no valid content size");
  });
  const std::size_t extent = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
  Require(CheckSite::kChunkFrameExtent, extent == frame.size(), [&] {
    return Corrupt(offset, "a zstd frame does not fill its place",
                   "a frame of " + std::to_string(frame.size()) + " bytes",
                   ZSTD_isError(extent) != 0 ? std::string(ZSTD_getErrorName(extent))
                                             : std::to_string(extent) + " bytes");
  });
  const std::size_t result =
      ZSTD_decompressDCtx(context_.get(), target, size, frame.data(), frame.size());
  Require(CheckSite::kChunkFrameDecode, result == size, [&] {
    return Corrupt(offset, "a zstd frame cannot be decompressed", std::to_string(size) + " bytes",
                   ZSTD_isError(result) != 0 ? std::string(ZSTD_getErrorName(result))
                                             : std::to_string(result) + " bytes");
  });
}

}  // namespace statestone::chunk
