// What the program says and leaves when something around it is wrong
// (docs/reference/errors.md): one line that names the thing, the right exit
// code, and a store from which a later run goes on.

#include "tests/cli/cli_fixture.hpp"
#include "tests/cli/small_disk.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace pumpscope::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class errors : public served {
protected:
  using words = std::vector<std::string>;

  /// One line for people, about `named`, and nothing else.
  static void expect_failed(const program_result& x, int code,
                            const std::string& named) {
    EXPECT_EQ(x.code, code) << x.err;
    EXPECT_THAT(x.err,
                AllOf(StartsWith("pumpscope: error: "), HasSubstr(named)));
    EXPECT_EQ(std::count(x.err.begin(), x.err.end(), '\n'), 1) << x.err;
  }

  /// A replay into the store goes on, and then all states are those of the
  /// journal, and as many as in a store that nothing happened to.
  void expect_nothing_lost(const std::string& recording,
                           const std::string& store) {
    auto verified = [&](const std::string& name) {
      auto url = "sqlite:" + name;
      must({"replay", recording, "--store", url});
      return must({"verify", "--store", url, "--json"}).out;
    };
    if (expected_.empty())
      expected_ = verified("fresh.db");
    EXPECT_THAT(expected_, AllOf(HasSubstr("\"mismatches\":0"),
                                 HasSubstr("\"reserve_breaks\":0"),
                                 Not(HasSubstr("\"trades\":0,"))));
    EXPECT_EQ(verified(store), expected_);
  }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream{file(name), std::ios::binary} << bytes;
  }

  std::string expected_ = {};
};

TEST_F(errors, a_command_or_option_that_is_none_is_named) {
  for (const auto& x : std::vector<words>{{"nonsense"},
                                          {"--nonsense"},
                                          {"replay", "--nonsense", "a.geyser"},
                                          {"run", "--nonsense"},
                                          {"dump", "trades", "nonsense"}}) {
    auto result = run(x);
    expect_failed(result, 2, "nonsense");
    EXPECT_THAT(result.out, IsEmpty());
  }
  expect_failed(run({}), 2, "COMMAND");
}

TEST_F(errors, a_cluster_says_what_it_lacks) {
  auto postgres = std::string{"postgresql://127.0.0.1:1/none"};
  expect_failed(run({"run", "--cluster", "--store", "sqlite:a.db"}), 2,
                "cluster.enabled: nodes share a store in PostgreSQL; "
                "sqlite:a.db is for one node");
  expect_failed(run({"run", "--cluster", "--store", postgres, "--node-listen",
                     "0.0.0.0:7400"}),
                2, "cluster.listen: 0.0.0.0:7400 is reached from outside");
  expect_failed(run({"run", "--cluster", "--store", postgres, "--node-listen",
                     "127.0.0.1:0", "--node-cert", "a.crt"}),
                2, "cluster.cert: certificate, key and authority");
  expect_failed(run({"node", "list", "--store", "sqlite:a.db"}), 2,
                "nodes share a store in PostgreSQL");
  expect_failed(run({"node", "drain", "--store", postgres}), 1, "127.0.0.1");
}

TEST_F(errors, a_configuration_file_that_is_missing_or_wrong_is_named) {
  write("a.conf", "[store]\nurl\n");

  expect_failed(run({"run", "--config-file", "none.conf"}), 2, "none.conf");
  expect_failed(run({"run", "--config-file", "a.conf"}), 2, "a.conf:2");
  EXPECT_FALSE(std::filesystem::exists(file("pumpscope.db")));
}

TEST_F(errors, a_broken_file_is_named_and_the_store_takes_the_whole_one) {
  record("a.geyser");
  auto whole = read_text(file("a.geyser"));
  // The last update is longer than a byte: the cut is inside of it.
  write("torn.geyser", whole.substr(0, whole.size() - 1));
  write("garbage.geyser", std::string(64, '\xFF'));
  write("text.geyser", "no recording\n");
  write("plain.geyser.zst", whole);
  // The head of a zstd frame, then nothing.
  write("torn.geyser.zst", std::string{"\x28\xB5\x2F\xFD\x04\x58", 6});
  write("torn.json", R"({"result": [)");
  write("other.json", R"({"answer": 42})");
  std::filesystem::create_directory(file("folder.geyser"));

  for (const auto* name : {"torn.geyser", "garbage.geyser", "text.geyser",
                           "plain.geyser.zst", "torn.geyser.zst", "torn.json",
                           "other.json", "folder.geyser", "none.geyser"}) {
    expect_failed(run({"replay", name, "--store", "sqlite:a.db"}), 1, name);
  }
  for (const auto* name : {"torn.geyser", "torn.json", "none.geyser"})
    expect_failed(run({"decode", name}), 1, name);
  expect_nothing_lost("a.geyser", "a.db");
}

TEST_F(errors, a_damaged_store_is_named_and_left_as_it_is) {
  record("a.geyser");
  must({"replay", "a.geyser", "--store", "sqlite:a.db"});
  std::filesystem::resize_file(file("a.db"), 100'000);
  auto damaged = read_text(file("a.db"));

  for (auto x : std::vector<words>{{"verify"}, {"dump", "trades"}}) {
    x.insert(x.end(), {"--store", "sqlite:a.db"});
    auto result = run(x);
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("a.db"), HasSubstr("damaged")));
  }
  expect_failed(run({"replay", "a.geyser", "--store", "sqlite:a.db"}), 1,
                "a.db");
  EXPECT_EQ(read_text(file("a.db")), damaged);
}

TEST_F(errors, a_store_of_a_newer_version_keeps_all_it_has) {
  record("a.geyser");
  must({"replay", "a.geyser", "--store", "sqlite:a.db"});
  auto set_version = [this](const char* bytes) {
    // Bytes 60 to 63 of a SQLite file hold its user_version.
    auto patch = std::fstream{file("a.db"),
                              std::ios::in | std::ios::out | std::ios::binary};
    patch.seekp(60);
    patch.write(bytes, 4);
  };
  auto version = read_text(file("a.db")).substr(60, 4);
  set_version("\x7F\0\0\0");

  for (auto x : std::vector<words>{
         {"verify"}, {"replay", "a.geyser"}, {"run"}, {"dump", "trades"}}) {
    x.insert(x.end(), {"--store", "sqlite:a.db"});
    auto result = run(x);
    expect_failed(result, 1, "a.db");
    EXPECT_THAT(result.err, HasSubstr("version"));
  }
  set_version(version.c_str());
  expect_nothing_lost("a.geyser", "a.db");
}

TEST_F(errors, a_second_owner_of_a_store_is_refused_and_readers_are_not) {
  record("a.geyser");
  auto node = program{{"run", "--store", "sqlite:a.db", "--rate", "500"},
                      folder_.path()};
  node.wait_for_line("run: store");

  for (auto x : std::vector<words>{{"run"}, {"replay", "a.geyser"}}) {
    x.insert(x.end(), {"--store", "sqlite:a.db"});
    auto result = run(x);
    expect_failed(result, 1, "a.db");
    EXPECT_THAT(result.err, HasSubstr("process "));
  }
  EXPECT_EQ(run({"dump", "trades", "--store", "sqlite:a.db"}).code, 0);
  node.signal(SIGTERM);
  EXPECT_EQ(node.wait().code, 0);
  must({"verify", "--store", "sqlite:a.db"});
}

TEST_F(errors, a_port_that_is_taken_costs_no_recording) {
  auto url = serve();
  auto address = url.substr(url.find("127."));
  write("a.geyser", "precious");

  auto result = run(
    {"simulate", "--listen", address, "--slots", "1", "--record", "a.geyser"});

  expect_failed(result, 1, address);
  EXPECT_EQ(read_text(file("a.geyser")), "precious");
}

TEST_F(errors, a_recording_is_never_written_over) {
  write("a.geyser", "precious");

  auto result
    = run({"record", "--endpoint", "http://127.0.0.1:1", "-o", "a.geyser"});

  expect_failed(result, 1, "a.geyser");
  EXPECT_EQ(read_text(file("a.geyser")), "precious");
}

TEST_F(errors, a_node_waits_for_an_endpoint_and_says_so) {
  // A port that was free a moment ago.
  auto url = serve();
  auto address = url.substr(url.find("127."));
  server_.reset();
  auto node = program{{"run", "--store", "sqlite:a.db", "--endpoint", url,
                       "--backoff-max", "300ms"},
                      folder_.path()};

  EXPECT_THAT(node.wait_for_line("cannot connect"), HasSubstr(url));
  server_.emplace(words{"simulate", "--listen", address, "--rate", "2000",
                        "--slots", "20", "--linger"},
                  folder_.path());
  EXPECT_THAT(node.wait_for_line("run: receiving"), HasSubstr(url));
  // The regular line comes every ten seconds.
  node.wait_for_line(" dead_letters=");
  node.signal(SIGTERM);
  auto ended = node.wait();

  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(
    must({"verify", "--store", "sqlite:a.db", "--json"}).out,
    AllOf(HasSubstr("\"mismatches\":0"), Not(HasSubstr("\"trades\":0,"))));
}

TEST_F(errors, a_token_that_is_refused_ends_a_node_and_is_not_shown) {
  auto url = serve({}, {"PUMPSCOPE_SIMULATOR_X_TOKEN=right-one"});

  auto result = run({"run", "--store", "sqlite:a.db", "--endpoint", url},
                    {"PUMPSCOPE_SOURCE_X_TOKEN=wrong-one"});

  EXPECT_EQ(result.code, 1);
  auto line = result.err.substr(result.err.find("pumpscope: error"));
  EXPECT_THAT(line, AllOf(HasSubstr(url), HasSubstr("UNAUTHENTICATED"),
                          Not(HasSubstr("wrong-one"))));
  // Named once, not by every layer.
  EXPECT_EQ(line.find(url), line.rfind(url)) << line;
  must({"verify", "--store", "sqlite:a.db"});
}

TEST_F(errors, a_folder_that_cannot_be_written_is_named) {
  record("a.geyser");
  must({"replay", "a.geyser", "--store", "sqlite:a.db"});
  auto disk = small_disk{file("locked"), "16m"};
  for (const auto* name : {"a.db", "a.geyser"})
    std::filesystem::copy_file(file(name), file("locked") / name);
  auto locked = disk.mounted()
                  ? disk.remount("16m", true)
                  : chmod(file("locked").c_str(), 0555) == 0 && geteuid() != 0;
  if (!locked)
    GTEST_SKIP() << "neither may we mount, nor does a mode bind root";

  for (const auto& x : std::vector<words>{
         {"replay", "a.geyser", "--store", "sqlite:locked/new.db"},
         {"run", "--store", "sqlite:locked/new.db"},
         {"simulate", "--slots", "2", "--record", "locked/new.geyser"},
         {"record", "--endpoint", "http://127.0.0.1:1", "-o",
          "locked/new.geyser"}})
    expect_failed(run(x), 1, "locked/new");
  if (disk.mounted()) {
    expect_failed(run({"replay", "a.geyser", "--store", "sqlite:locked/a.db"}),
                  1, "locked/a.db");
    // Reading needs no right to write.
    EXPECT_EQ(must({"verify", "--store", "sqlite:locked/a.db", "--json"}).out,
              must({"verify", "--store", "sqlite:a.db", "--json"}).out);
    EXPECT_TRUE(disk.remount("16m"));
  } else {
    chmod(file("locked").c_str(), 0755);
  }
  expect_nothing_lost("a.geyser", "locked/new.db");
}

TEST_F(errors, a_full_disk_is_named_and_with_space_the_work_goes_on) {
  record("a.geyser");
  auto disk = small_disk{file("small"), "400k"};
  if (!disk.mounted())
    GTEST_SKIP() << "we may not mount a small disk";

  for (const auto& x : std::vector<words>{
         {"replay", "a.geyser", "--store", "sqlite:small/a.db"},
         {"simulate", "--rate", "0", "--trades", "500", "--record",
          "small/b.geyser"}}) {
    auto result = run(x);
    expect_failed(result, 1, "small/");
    EXPECT_THAT(result.err,
                ::testing::AnyOf(HasSubstr("full"), HasSubstr("No space")));
  }
  EXPECT_TRUE(disk.remount("64m"));
  expect_nothing_lost("a.geyser", "small/a.db");
}

TEST_F(errors, a_limit_on_the_size_of_files_is_an_error_and_no_crash) {
  record("a.geyser");

  // Blocks of 512 bytes.
  auto stored = shell("ulimit -f 1200; exec \"$PROGRAM\" replay a.geyser "
                      "--store sqlite:a.db");
  auto recorded = shell("ulimit -f 600; exec \"$PROGRAM\" simulate --record "
                        "b.geyser --rate 0 --trades 500");

  // First why it stands still, then that it gave up.
  auto told = stored.err.find('\n') + 1;
  EXPECT_THAT(stored.err.substr(0, told),
              AllOf(StartsWith("pumpscope: warning: store: "),
                    HasSubstr("a.db"), HasSubstr("; trying again")));
  stored.err.erase(0, told);
  expect_failed(stored, 1, "a.db");
  expect_failed(recorded, 1, "b.geyser");
  expect_nothing_lost("a.geyser", "a.db");
}

TEST_F(errors, a_closed_output_is_named_and_never_mixed_with_files) {
  auto recorded = shell("exec \"$PROGRAM\" simulate --record a.geyser --rate 0 "
                        "--trades 500 --wallets 100 --tokens 10 >&-");
  record("b.geyser");
  auto stored = shell("exec \"$PROGRAM\" replay a.geyser --store sqlite:a.db "
                      "--json >&-");
  auto silent = shell("exec \"$PROGRAM\" replay a.geyser --store sqlite:c.db "
                      ">&- 2>&- <&-");

  expect_failed(recorded, 1, "standard output");
  EXPECT_EQ(read_text(file("a.geyser")), read_text(file("b.geyser")));
  expect_failed(stored, 1, "standard output");
  EXPECT_EQ(silent.code, 1);
  expect_nothing_lost("a.geyser", "a.db");
  expect_nothing_lost("a.geyser", "c.db");
}

TEST_F(errors, a_reader_that_has_seen_enough_ends_a_filter_quietly) {
  record("a.geyser");
  must({"replay", "a.geyser", "--store", "sqlite:a.db"});

  auto decoded = shell("\"$PROGRAM\" decode a.geyser | head -n 1");
  auto dumped
    = shell("\"$PROGRAM\" dump trades --store sqlite:a.db | head -n 1");
  // Of those that own something, nobody listens to the result.
  auto replayed = shell("{ \"$PROGRAM\" replay a.geyser --store sqlite:b.db "
                        "--json; echo code=$? >&2; } | true");

  for (const auto& x : {decoded, dumped}) {
    EXPECT_EQ(x.code, 0);
    EXPECT_EQ(std::count(x.out.begin(), x.out.end(), '\n'), 1);
    EXPECT_THAT(x.err, IsEmpty());
  }
  EXPECT_THAT(replayed.err, AllOf(HasSubstr("standard output: Broken pipe"),
                                  HasSubstr("code=1")));
  expect_nothing_lost("a.geyser", "b.db");
}

} // namespace

} // namespace pumpscope::test
