// What is refused, by name: the code, the place, what was found and what to do.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/codec/files/contents.h"
#include "tests/codec/files/forged_index.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;
using namespace std::string_literals;  // NOLINT(google-build-using-namespace)

struct OtherFile {
  const char* name;
  std::string bytes;
  const char* seems;
};

class OtherFileTest : public ::testing::TestWithParam<OtherFile> {};

INSTANTIATE_TEST_SUITE_P(
    Kinds, OtherFileTest,
    ::testing::Values(
        OtherFile{"Zip", "PK\x03\x04\x14"s,
                  "a zip archive, perhaps a PyTorch checkpoint (.pt, .pth)"},
        OtherFile{"EmptyZip", "PK\x05\x06\x00\x00"s,
                  "a zip archive, perhaps a PyTorch checkpoint (.pt, .pth)"},
        OtherFile{"Safetensors", "\x40\0\0\0\0\0\0\0{\"__metadata__\":{}}"s, "a safetensors file"},
        OtherFile{"Gguf", "GGUF\x03\0\0\0"s, "a GGUF file"},
        OtherFile{"Hdf5", "\x89HDF\r\n\x1A\n\0\0"s, "an HDF5 file"},
        OtherFile{"Npy", "\x93NUMPY\x01\0v\0"s, "a NumPy .npy file"},
        OtherFile{"Gzip", "\x1F\x8B\x08\0"s, "gzip data"},
        OtherFile{"Zstd", "\x28\xB5\x2F\xFD\x04"s, "zstd data"},
        OtherFile{"OldTorch", "\x80\x02\x8A\nl\xFC"s,
                  "a pickle, perhaps a PyTorch checkpoint from before 1.6"},
        OtherFile{"Html", "<!DOCTYPE html><html>"s, "a web page"},
        OtherFile{"LowerCaseHtml", "\n<!doctype html>\n<html>"s, "a web page"},
        OtherFile{"HtmlWithAttributes", "<HTML lang=\"en\">"s, "a web page"},
        OtherFile{"Lfs", "version https://git-lfs.github.com/spec/v1\n"s, "a Git LFS pointer"},
        OtherFile{"TextMode", "\xD3STN\n\x1A\n"s,
                  "a .stone file changed by a transfer in text mode"},
        OtherFile{"MagicAsUtf8", "\xC3\x93STN\r\n\x1A\n"s,
                  "a .stone file changed by a transfer in text mode"},
        OtherFile{"Text", "epoch,loss\n1,0.5\n"s, "a text file"},
        OtherFile{"Noise", "\x01\x02\xFE\x00\x77"s, "a file of unknown kind"}),
    [](const auto& tried) { return tried.param.name; });

TEST_P(OtherFileTest, IsCalledWhatItSeemsToBe) {
  const Error error = ErrorOf([] { OpenBytes(faults::ToBytes(GetParam().bytes)); });
  EXPECT_EQ(error.code(), ErrorCode::kNotStatestone);
  EXPECT_EQ(error.fields().problem, "this is not a .stone file");
  EXPECT_EQ(error.fields().found, GetParam().seems);
  EXPECT_FALSE(error.fields().advice.empty());
}

TEST(RefusalTest, NamesADirectoryAndAFifoWithoutWaitingForThem) {
  const faults::ScratchDirectory folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const Access access : {Access::kMap, Access::kPositioned}) {
    for (const char* name : {"", "pipe"}) {
      const Error error = ErrorOf([&] { Reader::Open(folder / name, {.access = access}); });
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(error.fields().problem, "only a regular file can be read");
      EXPECT_EQ(error.fields().path, (folder / name).string());
      EXPECT_FALSE(error.fields().found.empty());
    }
  }
}

TEST(RefusalTest, NamesAFileThatIsNotThere) {
  const Error error = ErrorOf([] { Reader::Open("/nowhere/a.stone"); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().system_error, ENOENT);
  EXPECT_EQ(error.fields().path, "/nowhere/a.stone");
}

// A change of the forged index, and the error it must lead to at opening.
struct IndexCase {
  const char* name;
  std::function<void(ForgedIndex&)> change;
  ErrorCode code;
  std::string problem;
  std::string entry = {};
};

class IndexRefusalTest : public ::testing::TestWithParam<IndexCase> {};

std::string Inconsistent(const std::string& problem) {
  return "the index is inconsistent: " + problem;
}

INSTANTIATE_TEST_SUITE_P(
    Changes, IndexRefusalTest,
    ::testing::Values(
        IndexCase{
            "ReadFeature", [](ForgedIndex& index) { index.read_features = {"sparse_tensors"}; },
            ErrorCode::kUnsupported, "the file needs a feature that this version does not have"},
        IndexCase{"WriteFeatureThatIsNoText",
                  [](ForgedIndex& index) { index.write_features = {"\xFF"}; }, ErrorCode::kCorrupt,
                  Inconsistent("a write feature is not UTF-8")},
        IndexCase{"WriterThatIsNoText", [](ForgedIndex& index) { index.writer = "\xC0\x80"; },
                  ErrorCode::kCorrupt, Inconsistent("the writer's name is not UTF-8")},
        IndexCase{"DtypeThatNothingDescribes", [](ForgedIndex& index) { index.dtype = 200; },
                  ErrorCode::kCorrupt, Inconsistent("a tensor has a dtype that nothing describes"),
                  "weight"},
        IndexCase{"ForeignDtypesThatShareOneName",
                  [](ForgedIndex& index) {
                    for (int number = 200; number < 255; ++number) {
                      index.foreign_dtypes.push_back(
                          {static_cast<std::uint8_t>(number), 8, std::string(400, 'x')});
                    }
                    index.share_foreign_names = true;
                  },
                  ErrorCode::kCorrupt, Inconsistent("its texts share bytes and would expand")},
        IndexCase{"TensorKind", [](ForgedIndex& index) { index.kind = 3; }, ErrorCode::kUnsupported,
                  "a tensor has an unknown kind or flags", "weight"},
        IndexCase{"TensorFlags", [](ForgedIndex& index) { index.flags = 0x8000; },
                  ErrorCode::kUnsupported, "a tensor has an unknown kind or flags", "weight"},
        IndexCase{"ShapeThatOverflows",
                  [](ForgedIndex& index) {
                    index.dims = {std::uint64_t{1} << 32, std::uint64_t{1} << 32, 4};
                  },
                  ErrorCode::kLimit, "a tensor's shape is too large", "weight"},
        IndexCase{"EmptyTensorWhoseOtherDimensionsOverflow",
                  [](ForgedIndex& index) {
                    index.dims = {std::uint64_t{1} << 40, 0, std::uint64_t{1} << 40};
                  },
                  ErrorCode::kLimit, "a tensor's shape is too large", "weight"},
        IndexCase{"ViewOutsideItsStorage", [](ForgedIndex& index) { index.dims = {17}; },
                  ErrorCode::kCorrupt, Inconsistent("a tensor reaches beyond its storage"),
                  "weight"},
        IndexCase{"OffsetInsideAnElement", [](ForgedIndex& index) { index.offset = 2; },
                  ErrorCode::kCorrupt, Inconsistent("a tensor starts in the middle of an element"),
                  "weight"},
        IndexCase{"StridesOutsideTheStorage",
                  [](ForgedIndex& index) {
                    index.strides = {9};
                    index.dims = {3};
                  },
                  ErrorCode::kCorrupt, Inconsistent("a tensor reaches beyond its storage"),
                  "weight"},
        IndexCase{"StridesThatWrapAround",
                  [](ForgedIndex& index) {
                    index.dims = {3, std::uint64_t{1} << 52};
                    index.strides = {std::uint64_t{1} << 55, std::uint64_t{1} << 55};
                  },
                  ErrorCode::kCorrupt, Inconsistent("a tensor reaches beyond its storage"),
                  "weight"},
        IndexCase{"StrideAboveTheLimit",
                  [](ForgedIndex& index) {
                    index.dims = {1};
                    index.strides = {(std::uint64_t{1} << 56) + 1};
                  },
                  ErrorCode::kLimit, "a stride is too large", "weight"},
        IndexCase{"ScopeWithoutAPlace", [](ForgedIndex& index) { index.root_kind = 0; },
                  ErrorCode::kCorrupt, Inconsistent("no entry or value uses scope 0")},
        IndexCase{"UnitOfThreeBytes", [](ForgedIndex& index) { index.storage_unit = 3; },
                  ErrorCode::kCorrupt, Inconsistent("storage 0 has no possible unit")},
        IndexCase{"LargeRawStorageThatStartsOffAPage",
                  [](ForgedIndex& index) { index.payload_bytes = 1 << 20; }, ErrorCode::kCorrupt,
                  Inconsistent("raw storage 0 does not start on a page")},
        IndexCase{"NameThatIsNoText", [](ForgedIndex& index) { index.name = "\xED\xA0\x80"; },
                  ErrorCode::kCorrupt, Inconsistent("a tensor's name is not UTF-8")},
        IndexCase{"EntryNameThatIsNoText", [](ForgedIndex& index) { index.entry_name = "\xF8"; },
                  ErrorCode::kCorrupt, Inconsistent("an entry's name is not UTF-8")}),
    [](const auto& tried) { return tried.param.name; });

TEST_P(IndexRefusalTest, IsNamedAtOpening) {
  ForgedIndex index;
  GetParam().change(index);
  const Error error = ErrorOf([&] { OpenBytes(index.File()); });
  EXPECT_EQ(error.code(), GetParam().code) << error.what();
  EXPECT_EQ(error.fields().problem, GetParam().problem);
  EXPECT_EQ(error.fields().entry, GetParam().entry);
  EXPECT_FALSE(error.fields().advice.empty());
}

TEST(RefusalTest, OpensTheForgedFileAsItIs) {
  const FileBytes file = ForgedIndex().File();
  const Reader reader = OpenBytes(file);
  EXPECT_EQ(reader.Verify().chunks, 1u);
  EXPECT_EQ(reader.DisplayPaths(), std::vector<std::string>{"model/weight"});
}

// Values of one entry, and what is wrong with them.
struct ValueCase {
  const char* name;
  std::function<flatbuffers::Offset<schema::Value>(flatbuffers::FlatBufferBuilder&)> build;
  std::string problem;
};

class ValueRefusalTest : public ::testing::TestWithParam<ValueCase> {};

flatbuffers::Offset<schema::Value> Text(flatbuffers::FlatBufferBuilder& builder,
                                        schema::ValueKind kind, const std::string& text) {
  const auto bytes =
      builder.CreateVector(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return schema::CreateValue(builder, kind, 0, 0, bytes);
}

flatbuffers::Offset<schema::Value> Sequence(flatbuffers::FlatBufferBuilder& builder,
                                            schema::ValueKind kind,
                                            std::vector<flatbuffers::Offset<schema::Value>> items) {
  return schema::CreateValue(builder, kind, 0, 0, 0, 0, builder.CreateVector(items));
}

flatbuffers::Offset<schema::Value> MapOf(flatbuffers::FlatBufferBuilder& builder,
                                         std::vector<flatbuffers::Offset<schema::Value>> keys) {
  std::vector<flatbuffers::Offset<schema::Value>> items;
  for (std::size_t i = 0; i < keys.size(); ++i) items.push_back(schema::CreateValue(builder));
  const auto key_vector = builder.CreateVector(keys);
  return schema::CreateValue(builder, schema::ValueKind::map, 0, 0, 0, key_vector,
                             builder.CreateVector(items));
}

INSTANTIATE_TEST_SUITE_P(
    Values, ValueRefusalTest,
    ::testing::Values(
        ValueCase{"KeyTwice",
                  [](auto& b) {
                    return MapOf(b, {Text(b, schema::ValueKind::string, "a"),
                                     Text(b, schema::ValueKind::string, "a")});
                  },
                  "a map with one key twice"},
        ValueCase{"ListDeepInAKey",
                  [](auto& b) {
                    const auto list = Sequence(b, schema::ValueKind::list, {});
                    const auto inner = Sequence(b, schema::ValueKind::tuple, {list});
                    return MapOf(b, {Sequence(b, schema::ValueKind::tuple, {inner})});
                  },
                  "a map with a key of a kind that cannot be one"},
        ValueCase{"StringWithItems",
                  [](auto& b) {
                    const auto text = Text(b, schema::ValueKind::string, "a");
                    return Sequence(b, schema::ValueKind::string, {text});
                  },
                  "a value has a field that its kind does not have"},
        ValueCase{"NullWithANumber",
                  [](auto& b) { return schema::CreateValue(b, schema::ValueKind::null, 7); },
                  "a value has a field that its kind does not have"},
        ValueCase{"ListWithATensor",
                  [](auto& b) {
                    return schema::CreateValue(b, schema::ValueKind::list, 0, 0, 0, 0, 0, 0);
                  },
                  "a value has a field that its kind does not have"},
        ValueCase{"BooleanOfTwo",
                  [](auto& b) { return schema::CreateValue(b, schema::ValueKind::boolean, 2); },
                  "a boolean that is neither true nor false"},
        ValueCase{"TextThatIsNone",
                  [](auto& b) { return Text(b, schema::ValueKind::device, "\xFF"); },
                  "a text that is not UTF-8"}),
    [](const auto& tried) { return tried.param.name; });

TEST_P(ValueRefusalTest, IsNamedAtOpening) {
  ForgedIndex index;
  index.extra_value = GetParam().build;
  const Error error = ErrorOf([&] { OpenBytes(index.File()); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
  EXPECT_EQ(error.fields().problem, Inconsistent(GetParam().problem));
  EXPECT_EQ(error.fields().entry, "value");
}

void ExpectLimit(const FileBytes& file, const std::string& problem, const std::string& expected,
                 const std::string& found) {
  const Error error = ErrorOf([&] { OpenBytes(file); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
  EXPECT_EQ(error.fields().problem, problem);
  EXPECT_EQ(error.fields().expected, expected);
  EXPECT_EQ(error.fields().found, found);
}

TEST(RefusalTest, RefusesWhatIsBeyondALimitOfTheFormat) {
  ForgedIndex index;
  index.name = std::string(65'537, 'n');
  ExpectLimit(index.File(), "a tensor's name is too long", "at most 65536", "65537");
  index = {};
  index.entry_name = std::string(65'537, 'n');
  ExpectLimit(index.File(), "an entry's name is too long", "at most 65536", "65537");
  index = {};
  index.dims.assign(65, 1);
  ExpectLimit(index.File(), "a tensor has too many dimensions", "at most 64", "65");
  index = {};
  index.more_scopes = 65'536;
  ExpectLimit(index.File(), "the file has too many scopes", "at most 65536", "65537");

  index = {};
  index.extra_value = [](auto& builder) {
    const auto text = [&](const std::string& key) {
      const auto bytes =
          builder.CreateVector(reinterpret_cast<const std::uint8_t*>(key.data()), key.size());
      return schema::CreateValue(builder, schema::ValueKind::string, 0, 0, bytes);
    };
    std::vector<flatbuffers::Offset<schema::Value>> tensors;
    for (int i = 0; i < 512; ++i) {
      tensors.push_back(
          schema::CreateValue(builder, schema::ValueKind::tensor, 0, 0, 0, 0, 0, /*tensor=*/0));
    }
    const auto list = schema::CreateValue(builder, schema::ValueKind::list, 0, 0, 0, 0,
                                          builder.CreateVector(tensors));
    const auto keys = builder.CreateVector(std::vector{text(std::string(1 << 20, 'k'))});
    const auto items = builder.CreateVector(std::vector{list});
    return schema::CreateValue(builder, schema::ValueKind::map, 0, 0, 0, keys, items);
  };
  // "value/", the key, "/" and the place, 512 times; 5 for the tensor of "model".
  ExpectLimit(index.File(), "the paths of the tensors are too long together", "at most 536870912",
              std::to_string(5 + 512 * (6 + (1 << 20) + 1) + 10 + 2 * 90 + 3 * 412));

  StoneEditor editor(ForgedIndex().File());
  const std::uint64_t huge = (std::uint64_t{1} << 56) + 1;
  const_cast<schema::Storage*>(editor.root().storages()->Get(0))->mutate_bytes(huge);
  ExpectLimit(editor.SignIndex().bytes(), "storage 0 is too large", "at most 72057594037927936",
              std::to_string(huge));
}

TEST(RefusalTest, ListsATensorOfAForeignDtypeAndRefusesToReadIt) {
  ForgedIndex index;
  index.dtype = 200;
  index.foreign_dtypes = {{200, 32, "float32_of_tomorrow"}};
  const FileBytes file = index.File();
  const Reader reader = OpenBytes(file);
  const TensorInfo info = reader.tensor({0});
  EXPECT_EQ(info.dtype, nullptr);
  EXPECT_EQ(info.dtype_name, "float32_of_tomorrow");
  EXPECT_EQ(info.element_bytes, 4u);
  EXPECT_EQ(info.bytes, 64u);
  const Error error = ErrorOf([&] { reader.Read(TensorRef{0}); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error.fields().entry, "model/weight");
  EXPECT_EQ(error.fields().problem, "the tensor has a dtype that this version does not have");
  EXPECT_EQ(error.fields().found, "float32_of_tomorrow");
  EXPECT_EQ(ErrorOf([&] { reader.ContentDigest(); }).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(reader.Verify().undecoded_chunks, 0u);
}

TEST(RefusalTest, ListsAStorageOfAnUnknownCodingAndRefusesToReadIt) {
  for (const bool filter : {true, false}) {
    ForgedIndex index;
    (filter ? index.storage_filter : index.storage_layout) = 9;
    const FileBytes file = index.File();
    const Reader reader = OpenBytes(file);
    EXPECT_FALSE(reader.storage(0).readable);
    EXPECT_EQ(reader.tensor({0}).bytes, 64u);
    for (const auto& read : std::vector<std::function<void()>>{[&] { reader.Read(TensorRef{0}); },
                                                               [&] { reader.ViewInPlace({0}); }}) {
      const Error error = ErrorOf(read);
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_EQ(error.fields().entry, "model/weight");
      EXPECT_EQ(error.fields().found, filter ? "filter 9, layout 0" : "filter 0, layout 9");
    }
    EXPECT_EQ(reader.Verify().undecoded_chunks, 1u);
  }
}

TEST(RefusalTest, ListsEntriesAndValuesOfUnknownKinds) {
  ForgedIndex index;
  index.extra_value = [](auto& b) {
    const auto inner = Text(b, static_cast<schema::ValueKind>(99), "kept");
    return Sequence(b, schema::ValueKind::list, {inner});
  };
  index.extra_kind = 77;
  const FileBytes file = index.File();
  const Reader reader = OpenBytes(file);
  EXPECT_FALSE(reader.entry(1).known);
  EXPECT_EQ(reader.entry(1).name, "value");
  const Error error = ErrorOf([&] { reader.ReadValue("value"); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error.fields().entry, "value");
  EXPECT_EQ(error.fields().found, "kind 77");
  EXPECT_EQ(ErrorOf([&] { reader.ContentDigest(); }).code(), ErrorCode::kUnsupported);

  index.extra_kind = 0;
  const FileBytes known_entry = index.File();
  const Value value = OpenBytes(known_entry).ReadValue("value");
  EXPECT_EQ(value.items()[0].kind(), static_cast<ValueKind>(99));
  EXPECT_EQ(value.items()[0].raw_bytes(), "kept");
}

TEST(RefusalTest, SaysWhichKindAnEntryHasInstead) {
  const Reader reader = OpenBytes(SmallFileBytes("state"));
  const Error value = ErrorOf([&] { reader.ReadValue("model"); });
  EXPECT_EQ(value.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(value.fields().expected, "a value");
  EXPECT_EQ(value.fields().found, "a model");
  EXPECT_EQ(ErrorOf([&] { reader.ReadModel("tokenizer"); }).fields().found, "an attachment");
  EXPECT_EQ(ErrorOf([&] { reader.attachment("epoch"); }).fields().found, "a value");
  const Error missing = ErrorOf([&] { reader.ReadValue("loss"); });
  EXPECT_EQ(missing.code(), ErrorCode::kNotFound);
  EXPECT_EQ(missing.fields().entry, "loss");
}

TEST(RefusalTest, KeepsToTheNumbersThatAreThere) {
  const Reader reader = OpenBytes(SmallFileBytes("raw"));
  std::vector<std::byte> out(4);
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { reader.entry(1); }, [&] { reader.tensor({2}); }, [&] { reader.storage(9); },
           [&] { reader.Tensors({1}); }, [&] { reader.Find({1}, "bias"); },
           [&] { reader.Read(TensorRef{2}); }, [&] { reader.ReadStorage(9, out); },
           [&] { reader.ViewStorageInPlace(9); }, [&] { reader.ViewInPlace({7}); }}) {
    EXPECT_EQ(ErrorOf(call).code(), ErrorCode::kNotFound);
  }
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { reader.Read(TensorRef{0}, out); }, [&] { reader.ReadStorage(0, out); },
           [&] { reader.ReadSlice({1}, 7, 1, out); },
           [&] { reader.ReadSlice({1}, ~std::uint64_t{0}, 2, out); },
           [&] { reader.ReadStorageRange(0, ~std::uint64_t{0}, out); }}) {
    EXPECT_EQ(ErrorOf(call).code(), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace statestone::testing
