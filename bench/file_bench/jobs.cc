#include "bench/file_bench/jobs.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <thread>

#include "bench/file_bench/model.h"
#include "codec/bytes/hash.h"

namespace statestone::bench {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

struct Piece {
  std::span<std::byte> from;
  std::byte* to;
};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// What all threads of this process have used so far.
struct ProcessorTime {
  double user = 0;
  double system = 0;

  static ProcessorTime Now() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {Seconds(usage.ru_utime), Seconds(usage.ru_stime)};
  }
};

/// The fields that every measured job answers with.
Json Measure(const std::function<void()>& job) {
  const ProcessorTime before = ProcessorTime::Now();
  const auto start = std::chrono::steady_clock::now();
  job();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const ProcessorTime after = ProcessorTime::Now();
  return {{"seconds", taken.count()},
          {"user_seconds", after.user - before.user},
          {"system_seconds", after.system - before.system}};
}

// Each thread takes every n-th piece.
void ForEachPiece(const std::vector<Piece>& pieces, std::size_t threads,
                  const std::function<void(const Piece&)>& body) {
  std::vector<std::jthread> workers;
  for (std::size_t worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      for (std::size_t i = worker; i < pieces.size(); i += threads) body(pieces[i]);
    });
  }
}

Json Find(const Json& job) {
  std::size_t names = 0;
  std::size_t bytes = 0;
  Json answer = Measure([&] {
    const Reader reader = Reader::Open(job.at("path").get<std::string>());
    const ScopeRef scope = reader.ReadValue("").AsScope();
    std::vector<std::string_view> all;
    for (TensorRef tensor : reader.Tensors(scope)) all.push_back(reader.tensor(tensor).name);
    names = all.size();
    bytes = reader.Read(reader.Find(scope, job.at("tensor").get<std::string>()).value()).size();
  });
  answer["tensors"] = names;
  answer["bytes"] = bytes;
  return answer;
}

}  // namespace

struct Jobs::State {
  std::vector<ModelTensor> model;
  std::vector<Buffer> copies;  // made for memcpy, then kept
  std::vector<Piece> pieces;

  void Take(std::vector<ModelTensor> tensors) {
    model = std::move(tensors);
    copies.clear();
    pieces.clear();
  }

  const std::vector<Piece>& Pieces() {
    if (pieces.empty()) {
      for (ModelTensor& tensor : model) {
        const auto bytes = tensor.buffer.bytes();
        std::byte* to = copies.emplace_back(bytes.size()).bytes().data();
        for (std::size_t offset = 0; offset < bytes.size(); offset += kPieceBytes) {
          const std::size_t size = std::min(kPieceBytes, bytes.size() - offset);
          pieces.push_back({bytes.subspan(offset, size), to + offset});
        }
      }
    }
    return pieces;
  }
};

Jobs::Jobs() : state_(std::make_unique<State>()) {}
Jobs::~Jobs() = default;

Json Jobs::Do(const Json& job) {
  const auto name = job.at("do").get<std::string>();
  const std::string path = job.value("path", "");
  const std::size_t threads = job.value("threads", std::size_t{2});
  Json answer;
  if (name == "find") return Find(job);
  if (name == "load") {
    state_->Take(LoadModel(path));
  } else if (name == "small") {
    state_->Take(MakeSmallTensors(job.at("count")));
  } else if (name == "save") {
    WriteOptions options;
    options.threads = threads;
    options.verify_encoding = job.value("verify", true);
    WriteSummary summary;
    answer = Measure([&] { summary = Save(path, options, state_->model); });
    answer["file_bytes"] = summary.file_bytes;
  } else if (name == "restore") {
    ReadOptions options;
    options.threads = threads;
    options.check_sums = job.value("check", true);
    options.access = job.value("access", "map") == "map" ? Access::kMap : Access::kPositioned;
    answer = Measure([&] { Restore(path, options, state_->model); });
  } else if (name == "memcpy") {
    const auto& pieces = state_->Pieces();
    answer = Measure([&] {
      ForEachPiece(pieces, threads, [](const Piece& piece) {
        std::memcpy(piece.to, piece.from.data(), piece.from.size());
      });
    });
  } else if (name == "hash") {
    const auto& pieces = state_->Pieces();
    std::atomic<std::uint64_t> sum = 0;
    answer = Measure([&] {
      ForEachPiece(pieces, threads, [&](const Piece& piece) { sum += bytes::Xxh3(piece.from); });
    });
    answer["sum"] = sum.load();
  } else {
    throw std::invalid_argument("there is no job " + name);
  }
  answer["bytes"] = TotalBytes(state_->model);
  return answer;
}

}  // namespace statestone::bench
