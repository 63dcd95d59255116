// What decoding costs on top of receiving: our client with the decoder, our
// client alone, and a bare gRPC reader, all against the same server process.

#include "adapters/simulator/broadcast_log.hpp"
#include "adapters/simulator/generator.hpp"
#include "adapters/simulator/server.hpp"
#include "adapters/yellowstone/client.hpp"
#include "domain/update_decoder.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <geyser.pb.h>
#include <signal.h>
#include <string>
#include <unistd.h>
#include <variant>
#include <vector>

namespace {

using namespace pumpscope;

constexpr uint64_t first_slot = 450'000'000;

/// One pass over the whole stream.
struct pass {
  uint64_t messages = 0;
  uint64_t bytes = 0;
  uint64_t trades = 0;
  double wall = 0;
  double cpu = 0;

  [[nodiscard]] double rate() const {
    return static_cast<double>(messages) / wall;
  }

  [[nodiscard]] double cpu_us() const {
    return cpu * 1e6 / static_cast<double>(messages);
  }
};

double cpu_seconds() {
  auto x = timespec{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &x);
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) * 1e-9;
}

double wall_seconds() {
  return std::chrono::duration<double>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

/// The server process: makes the stream once, then replays it to whoever
/// comes, until it is killed. Writes its port and the number of messages that
/// a client gets.
[[noreturn]] void serve(int out, uint64_t trades) {
  auto settings = simulator::generator_settings{};
  settings.chain.first_slot = first_slot;
  settings.chain.trades = trades;
  settings.chain.truth = false;
  auto source = simulator::generator{settings};
  auto log = simulator::broadcast_log{~uint64_t{0} >> 8, size_t{4} << 30};
  auto update = simulator::generated_update{};
  auto count = uint64_t{0};
  while (source.next(update)) {
    log.append(update);
    count += update.failed ? 0 : 1;
  }
  auto server = simulator::server::start({}, log);
  if (!server)
    _exit(1);
  auto text = (*server)->address() + ' ' + std::to_string(count) + '\n';
  if (write(out, text.data(), text.size()) < 0)
    _exit(1);
  while (true)
    pause();
}

/// A reader that does nothing with what it receives.
pass receive_raw(const std::string& address, uint64_t expected) {
  auto arguments = grpc::ChannelArguments{};
  arguments.SetMaxReceiveMessageSize(64 << 20);
  auto channel = grpc::CreateCustomChannel(
    address, grpc::InsecureChannelCredentials(), arguments);
  auto stub = grpc::GenericStub{channel};
  auto queue = grpc::CompletionQueue{};
  auto context = grpc::ClientContext{};
  auto stream = stub.PrepareCall(&context, "/geyser.Geyser/Subscribe", &queue);
  void* tag = nullptr;
  auto ok = false;
  stream->StartCall(nullptr);
  queue.Next(&tag, &ok);
  auto slice = grpc::Slice{yellowstone::subscribe_request(first_slot)};
  stream->Write(grpc::ByteBuffer{&slice, 1}, nullptr);
  queue.Next(&tag, &ok);
  auto result = pass{};
  auto buffer = grpc::ByteBuffer{};
  auto wall = wall_seconds();
  auto cpu = cpu_seconds();
  while (result.messages < expected) {
    stream->Read(&buffer, nullptr);
    if (!queue.Next(&tag, &ok) || !ok)
      break;
    result.bytes += buffer.Length();
    ++result.messages;
  }
  result.wall = wall_seconds() - wall;
  result.cpu = cpu_seconds() - cpu;
  context.TryCancel();
  auto status = grpc::Status{};
  stream->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  return result;
}

/// Our client, with or without the decoder behind it.
pass receive(const std::string& address, uint64_t expected, bool decode) {
  auto settings = yellowstone::client_settings{};
  settings.endpoint = "http://" + address;
  auto client = yellowstone::client{settings};
  if (!client.open(first_slot))
    return {};
  auto decoder = domain::update_decoder{};
  auto batch = yellowstone::update_batch{};
  auto result = pass{};
  auto wall = wall_seconds();
  auto cpu = cpu_seconds();
  while (result.messages < expected && client.read(batch)) {
    result.messages += batch.size();
    result.bytes += batch.bytes();
    if (!decode)
      continue;
    for (size_t i = 0; i < batch.size(); ++i) {
      auto parsed = decoder.decode(
        {reinterpret_cast<const uint8_t*>(batch[i].data()), batch[i].size()});
      if (auto* tx = std::get_if<domain::parsed_transaction>(&parsed))
        result.trades += tx->trades.size();
    }
  }
  result.wall = wall_seconds() - wall;
  result.cpu = cpu_seconds() - cpu;
  return result;
}

/// The three readers one after the other, so that other work on the machine
/// hits them alike.
struct comparison {
  pass raw = {};
  pass client = {};
  pass decoded = {};

  [[nodiscard]] double ratio() const {
    return decoded.rate() / raw.rate();
  }
};

} // namespace

int main(int argc, char** argv) {
  auto smoke = argc > 1 && std::string_view{argv[1]} == "--smoke";
  auto trades = smoke      ? 2'000ULL
                : argc > 1 ? std::strtoull(argv[1], nullptr, 10)
                           : 100'000ULL;
  auto rounds_total = smoke ? 1 : argc > 2 ? std::atoi(argv[2]) : 9;
  int channel[2];
  if (pipe(channel) != 0)
    return 1;
  // Before gRPC starts threads here.
  auto child = fork();
  if (child == 0)
    serve(channel[1], trades);
  char text[128] = {};
  auto expected = 0ULL;
  char address[100] = {};
  if (read(channel[0], text, sizeof(text) - 1) <= 0
      || std::sscanf(text, "%99s %llu", address, &expected) != 2)
    return 1;
  auto rounds = std::vector<comparison>{};
  for (auto i = 0; i < rounds_total; ++i) {
    auto x = comparison{};
    x.raw = receive_raw(address, expected);
    x.client = receive(address, expected, false);
    x.decoded = receive(address, expected, true);
    rounds.push_back(x);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  // The round with the median ratio.
  std::sort(rounds.begin(), rounds.end(),
            [](const comparison& x, const comparison& y) {
              return x.ratio() < y.ratio();
            });
  const auto& [a, b, c] = rounds[rounds.size() / 2];
  std::printf(
    "{\"bench\":\"grpc_receive\",\"messages\":%llu,\"bytes_per_message\":%.0f,"
    "\"raw_per_second\":%.0f,\"client_per_second\":%.0f,"
    "\"client_and_decode_per_second\":%.0f,\"ratio\":%.3f,"
    "\"raw_cpu_us\":%.2f,\"client_cpu_us\":%.2f,"
    "\"client_and_decode_cpu_us\":%.2f,\"cpu_ratio\":%.3f,\"trades\":%llu}\n",
    expected, static_cast<double>(c.bytes) / static_cast<double>(c.messages),
    a.rate(), b.rate(), c.rate(), c.rate() / a.rate(), a.cpu_us(), b.cpu_us(),
    c.cpu_us(), a.cpu_us() / c.cpu_us(),
    static_cast<unsigned long long>(c.trades));
  return a.messages == expected && c.messages >= expected ? 0 : 1;
}
