#include "statestone/writer.h"

#include <utility>

#include "codec/writer/preflight.h"

namespace statestone {
namespace {

// Errors name the file.
template <typename Body>
auto WithPath(const std::filesystem::path& path, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw error.WithPath(path.string());
  }
}

}  // namespace

struct Writer::State {
  std::filesystem::path path;
  WriteOptions options;
  Checkpoint checkpoint;
  bool finished = false;

  void RequireOpen() const {
    if (!finished) return;
    throw Error(ErrorCode::kInvalidArgument, {.path = path.string(),
                                              .problem = "the Writer was used after Finish",
                                              .advice = "make a new one for each file"});
  }

  template <typename Body>
  auto Describe(Body&& body) {
    RequireOpen();
    return WithPath(path, [&] { return body(checkpoint); });
  }
};

Writer::Writer(std::filesystem::path path, WriteOptions options)
    : state_(std::make_unique<State>()) {
  writer::CheckOptions(options);
  state_->path = std::move(path);
  state_->options = std::move(options);
}

Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;

ScopeRef Writer::AddScope() {
  return state_->Describe([&](Checkpoint& checkpoint) { return checkpoint.AddScope(); });
}

TensorRef Writer::AddTensor(ScopeRef scope, TensorSource tensor) {
  return state_->Describe(
      [&](Checkpoint& checkpoint) { return checkpoint.AddTensor(scope, std::move(tensor)); });
}

TensorRef Writer::AddAnonymousTensor(TensorSource tensor) {
  return state_->Describe(
      [&](Checkpoint& checkpoint) { return checkpoint.AddAnonymousTensor(std::move(tensor)); });
}

void Writer::AddValue(std::string name, Value value) {
  state_->Describe(
      [&](Checkpoint& checkpoint) { checkpoint.AddValue(std::move(name), std::move(value)); });
}

void Writer::AddModel(std::string name, ModelSource model) {
  state_->Describe(
      [&](Checkpoint& checkpoint) { checkpoint.AddModel(std::move(name), std::move(model)); });
}

void Writer::AddAttachment(std::string name, std::span<const std::byte> data,
                           std::shared_ptr<const void> owner, std::string media_type) {
  state_->Describe([&](Checkpoint& checkpoint) {
    checkpoint.AddAttachment(std::move(name), {.bytes = data.size(),
                                               .data = data.data(),
                                               .owner = std::move(owner),
                                               .media_type = std::move(media_type)});
  });
}

void Writer::AddAttachment(std::string name, std::uint64_t size, PieceReader pieces,
                           std::string media_type) {
  state_->Describe([&](Checkpoint& checkpoint) {
    checkpoint.AddAttachment(
        std::move(name),
        {.bytes = size, .pieces = std::move(pieces), .media_type = std::move(media_type)});
  });
}

WriteSummary Writer::Finish() {
  state_->RequireOpen();
  state_->finished = true;
  const Checkpoint checkpoint = std::move(state_->checkpoint);
  return SaveCheckpoint(checkpoint, state_->path, state_->options);
}

}  // namespace statestone
