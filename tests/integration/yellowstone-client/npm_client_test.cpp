// The published npm client against our simulated server. The server runs here,
// the client in a process of its own.

#include "tests/adapters/yellowstone/running_simulator.hpp"
#include "tests/support/source_folder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace pumpscope::yellowstone {

namespace {

/// Where script/test installs the packages of this folder.
std::filesystem::path packages_folder() {
  if (const auto* folder = std::getenv("PUMPSCOPE_YELLOWSTONE_CLIENT"))
    return folder;
  return test::source_folder() / "build" / "tests" / "integration"
         / "yellowstone-client";
}

struct outcome {
  int status = -1;
  std::string text = {};
};

outcome shell(const std::string& command) {
  auto result = outcome{};
  auto* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr)
    return result;
  auto buffer = std::array<char, 4'096>{};
  while (auto count = fread(buffer.data(), 1, buffer.size(), pipe))
    result.text.append(buffer.data(), count);
  result.status = pclose(pipe);
  return result;
}

} // namespace

TEST(npm_client, works_with_the_simulated_server) {
  auto folder = packages_folder();
  if (shell("node --version").status != 0)
    GTEST_SKIP() << "node is not installed";
  if (!std::filesystem::exists(folder / "node_modules" / "@triton-one"))
    GTEST_SKIP() << "@triton-one/yellowstone-grpc is not installed in "
                 << folder << ": run script/test";
  auto settings = simulator::simulate_settings{};
  settings.rate = 100;
  settings.x_token = "token-of-the-test";
  settings.ping_period = std::chrono::milliseconds{500};
  auto server = running_simulator{settings};
  auto script = test::source_folder() / "tests" / "integration"
                / "yellowstone-client" / "client.mjs";
  auto client = shell("node '" + script.string() + "' " + server.endpoint()
                      + " token-of-the-test '" + folder.string() + "'");
  EXPECT_EQ(client.status, 0) << client.text;
  EXPECT_NE(client.text.find("\"transactions\":"), std::string::npos)
    << client.text;
}

} // namespace pumpscope::yellowstone
