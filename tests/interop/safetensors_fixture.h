// What the tests of hand-made safetensors files share.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "statestone/import.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {

class HandMadeSafetensorsTest : public testing::Test {
 protected:
  /// A length, the header, the data.
  static std::string File(const std::string& header, const std::string& data = {}) {
    return Length(header.size()) + header + data;
  }

  static std::string Length(std::uint64_t length) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes;
  }

  /// `"name":{"dtype":..,"shape":..,"data_offsets":..}`
  static std::string Tensor(const std::string& name, const std::string& dtype,
                            const std::string& shape, const std::string& offsets) {
    return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape +
           R"(,"data_offsets":)" + offsets + '}';
  }

  ImportedCheckpoint Import(const std::string& file, const std::string& name = "in.safetensors") {
    faults::WriteWhole(scratch_ / name, file);
    return ImportCheckpoint(scratch_ / name);
  }

  void ExpectRefused(const std::string& file, ErrorCode code, const std::string& entry,
                     const std::string& text) {
    const Error error = faults::ErrorOf([&] { Import(file); });
    EXPECT_EQ(Name(error.code()), Name(code)) << error.what();
    EXPECT_EQ(error.fields().entry, entry) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    EXPECT_EQ(error.fields().path, (scratch_ / "in.safetensors").string());
  }

  static std::string BytesOf(const Checkpoint& checkpoint, TensorRef tensor) {
    std::string bytes(checkpoint.tensor_bytes(tensor), '\0');
    checkpoint.Read(tensor, 0, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  }

  const faults::ScratchDirectory scratch_;
};

}  // namespace statestone
