// A value of an open file, written into another one as it is.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "statestone/reader.h"
#include "statestone/writer.h"

namespace statestone {

/// The same tree in terms of `writer`, to which its tensors are added; `kept` holds their memory,
/// and must live until the writer has finished. \throws Error as Reader::Read and the Writer
Value CarryValue(const Reader& reader, const Value& value, Writer& writer,
                 std::vector<at::Tensor>& kept);

}  // namespace statestone
