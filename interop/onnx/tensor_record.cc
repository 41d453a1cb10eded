#include "interop/onnx/tensor_record.h"

#include "codec/check/require.h"
#include "statestone/display.h"

namespace statestone::onnx {
namespace {

Error TooMuch(std::string expected) {
  return Error(ErrorCode::kLimit, {.problem = "names, texts and pieces of the model are too many",
                                   .expected = std::move(expected)});
}

Error Corrupt(const Field& field, std::string problem) {
  return Error(ErrorCode::kCorrupt, {.offset = field.value.begin,
                                     .problem = std::move(problem),
                                     .advice = "the file is damaged: copy it again"});
}

// The wire type of a typed field's single elements; packed ones have a length.
WireType SingleType(int number) {
  if (number == wire::Tensor::kFloatDataFieldNumber) return WireType::kFixed32;
  if (number == wire::Tensor::kDoubleDataFieldNumber) return WireType::kFixed64;
  return WireType::kVarint;
}

void AddTyped(TensorRecord& record, const Field& field, Allowance& allowance) {
  Require(CheckSite::kOnnxDataField,
          field.type == WireType::kLength || field.type == SingleType(field.number), [&] {
            return Corrupt(field, "elements of a tensor are of another type than their field");
          });
  Require(CheckSite::kOnnxDataTwice, record.typed.empty() || record.typed_field == field.number,
          [&] { return Corrupt(field, "a tensor has its elements in two fields"); });
  allowance.SpendRange();
  record.typed_field = field.number;
  record.typed.push_back(field.value);
}

}  // namespace

void Allowance::SpendText(std::uint64_t bytes) {
  Require(CheckSite::kOnnxMetadata, bytes <= text_bytes,
          [] { return TooMuch("at most " + HumanBytes(kMostTextBytes)); });
  text_bytes -= std::min(bytes, text_bytes);
}

void Allowance::SpendRange() {
  Require(CheckSite::kOnnxRanges, ranges != 0,
          [] { return TooMuch("at most " + std::to_string(kMostRanges) + " pieces"); });
  if (ranges != 0) --ranges;
}

TensorRecord ReadTensor(FieldWalk& walk, const Field& field, Allowance& allowance) {
  TensorRecord record;
  std::string fields;
  walk.Enter(field);
  for (Field member; walk.Next(member);) {
    switch (member.number) {
      case wire::Tensor::kRawDataFieldNumber:
        Require(CheckSite::kOnnxDataField, member.type == WireType::kLength,
                [&] { return Corrupt(member, "raw data of a tensor is no row of bytes"); });
        Require(CheckSite::kOnnxDataTwice, !record.raw,
                [&] { return Corrupt(member, "a tensor has its raw data twice"); });
        record.raw = member.value;
        break;
      case wire::Tensor::kStringDataFieldNumber:
        record.has_texts = true;
        break;
      case wire::Tensor::kFloatDataFieldNumber:
      case wire::Tensor::kInt32DataFieldNumber:
      case wire::Tensor::kInt64DataFieldNumber:
      case wire::Tensor::kDoubleDataFieldNumber:
      case wire::Tensor::kUint64DataFieldNumber:
        AddTyped(record, member, allowance);
        break;
      case wire::Tensor::kDimsFieldNumber:
      case wire::Tensor::kDataTypeFieldNumber:
      case wire::Tensor::kSegmentFieldNumber:
      case wire::Tensor::kNameFieldNumber:
      case wire::Tensor::kExternalDataFieldNumber:
      case wire::Tensor::kDataLocationFieldNumber:
        allowance.SpendText(member.value.bytes() + 2);
        walk.Copy(member, fields);
        break;
      default:
        break;
    }
  }
  walk.Leave();
  Require(CheckSite::kOnnxWire, record.fields.ParseFromString(fields),
          [&] { return Corrupt(field, "a tensor is not as the format has it"); });
  return record;
}

}  // namespace statestone::onnx
