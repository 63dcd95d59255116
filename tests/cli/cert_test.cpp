// The certificates of a cluster, as an operator makes them.

#include "tests/cli/cli_fixture.hpp"
#include "tests/support/certificates.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace pumpscope::test {

namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class cert : public cli {
protected:
  /// One line for people, about `named`, and nothing else.
  void expect_failed(const std::vector<std::string>& arguments, int code,
                     const std::string& named) {
    auto x = run(arguments);
    EXPECT_EQ(x.code, code) << x.err;
    EXPECT_THAT(
      x.err, AllOf(StartsWith("pumpscope: error: cert: "), HasSubstr(named)));
    EXPECT_EQ(std::count(x.err.begin(), x.err.end(), '\n'), 1) << x.err;
    EXPECT_THAT(x.out, IsEmpty());
  }

  [[nodiscard]] fs::perms mode(const std::string& name) const {
    return fs::status(file(name)).permissions();
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream{file(name)} << text;
  }
};

TEST_F(cert, makes_an_authority_and_nodes_that_it_signed) {
  auto made = must({"cert", "ca", "--out", "authority"});
  EXPECT_THAT(made.out, StartsWith(R"({"certificate":"authority/ca.crt",)"
                                   R"("key":"authority/ca.key",)"
                                   R"("valid_until":"20)"));
  must({"cert", "node", "node-a", "--ca", "authority", "--out", "a", "--host",
        "10.0.0.7", "--host", "a.example", "--days", "30"});
  // The name may stand behind a host as well.
  must({"cert", "node", "--ca", "authority", "--out", "a", "--host",
        "2001:db8::7", "node-b"});

  auto authority = read_text(file("authority/ca.crt"));
  for (const auto* name : {"a/node-a.crt", "a/node-b.crt"})
    for (auto purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT})
      EXPECT_EQ(verified(read_text(file(name)), authority, purpose), "ok");
  auto a = parse_certificate(read_text(file("a/node-a.crt")));
  ASSERT_TRUE(a);
  EXPECT_EQ(X509_check_host(a.get(), "node-a", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(a.get(), "a.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(a.get(), "10.0.0.7", 0), 1);
  auto b = parse_certificate(read_text(file("a/node-b.crt")));
  ASSERT_TRUE(b);
  EXPECT_EQ(X509_check_ip_asc(b.get(), "2001:db8::7", 0), 1);
  auto key = parse_key(read_text(file("a/node-a.key")));
  ASSERT_TRUE(key);
  EXPECT_EQ(X509_check_private_key(a.get(), key.get()), 1);
  if (shell("command -v openssl").code == 0) {
    auto told = shell("openssl verify -x509_strict -CAfile authority/ca.crt "
                      "a/node-a.crt a/node-b.crt");
    EXPECT_EQ(told.code, 0) << told.err;
  }
}

TEST_F(cert, shows_keys_to_their_owner_alone) {
  auto made = shell("umask 0 && \"$PROGRAM\" cert ca --out c && "
                    "\"$PROGRAM\" cert node a --ca c --out c");
  ASSERT_EQ(made.code, 0) << made.err;

  EXPECT_EQ(mode("c"), fs::perms{0700});
  for (const auto* name : {"c/ca.key", "c/a.key"})
    EXPECT_EQ(mode(name), fs::perms{0600});
  for (const auto* name : {"c/ca.crt", "c/a.crt"})
    EXPECT_EQ(mode(name), fs::perms{0644});
}

TEST_F(cert, never_writes_over_a_file) {
  must({"cert", "ca", "--out", "c"});
  must({"cert", "node", "a", "--ca", "c", "--out", "c"});
  auto key = read_text(file("c/ca.key"));
  write("c/b.crt", "precious");

  expect_failed({"cert", "ca", "--out", "c"}, 1, "c/ca.key is there already");
  expect_failed({"cert", "node", "a", "--ca", "c", "--out", "c"}, 1,
                "c/a.key is there already");
  expect_failed({"cert", "node", "ca", "--ca", "c", "--out", "c"}, 1,
                "c/ca.key is there already");
  expect_failed({"cert", "node", "b", "--ca", "c", "--out", "c"}, 1,
                "c/b.crt is there already");
  EXPECT_EQ(read_text(file("c/ca.key")), key);
  EXPECT_EQ(read_text(file("c/b.crt")), "precious");
  EXPECT_FALSE(fs::exists(file("c/b.key")));
}

TEST_F(cert, names_what_is_wrong_with_an_authority) {
  must({"cert", "ca", "--out", "c"});
  must({"cert", "ca", "--out", "other"});
  must({"cert", "node", "a", "--ca", "c", "--out", "c"});
  auto node_of = [](const std::string& authority) {
    return std::vector<std::string>{"cert",    "node",  "b",   "--ca",
                                    authority, "--out", "made"};
  };

  expect_failed(node_of("none"), 1, "none/ca.crt: No such file");
  fs::create_directory(file("mixed"));
  write("mixed/ca.crt", read_text(file("c/ca.crt")));
  expect_failed(node_of("mixed"), 1, "mixed/ca.key: No such file");
  write("mixed/ca.key", read_text(file("other/ca.key")));
  expect_failed(node_of("mixed"), 1,
                "mixed/ca.crt: the key does not belong to the certificate");
  write("mixed/ca.key", "garbage");
  expect_failed(node_of("mixed"), 1, "mixed/ca.crt: its key is no private key");
  write("mixed/ca.crt", "garbage");
  expect_failed(node_of("mixed"), 1, "mixed/ca.crt: this is no certificate");
  write("mixed/ca.crt", read_text(file("c/a.crt")));
  write("mixed/ca.key", read_text(file("c/a.key")));
  expect_failed(node_of("mixed"), 1,
                "mixed/ca.crt: this is not the certificate of an authority");
  EXPECT_FALSE(fs::exists(file("made")));
}

TEST_F(cert, names_an_authority_that_has_expired) {
  must({"cert", "ca", "--out", "c"});
  auto x = parse_certificate(read_text(file("c/ca.crt")));
  auto key = parse_key(read_text(file("c/ca.key")));
  ASSERT_TRUE(x && key);
  // The same authority, which ended a second ago.
  X509_gmtime_adj(X509_getm_notAfter(x.get()), -1);
  ASSERT_NE(X509_sign(x.get(), key.get(), EVP_sha256()), 0);
  write("c/ca.crt", pem_of(x.get()));

  expect_failed({"cert", "node", "a", "--ca", "c", "--out", "made"}, 1,
                "c/ca.crt: the certificate of the authority has expired");
  EXPECT_FALSE(fs::exists(file("made")));
}

TEST_F(cert, names_a_folder_that_cannot_be) {
  expect_failed({"cert", "ca", "--out", "none/c"}, 1, "none/c: No such file");
  write("plain", "precious");
  expect_failed({"cert", "ca", "--out", "plain"}, 1, "Not a directory");
}

TEST_F(cert, names_what_is_wrong_with_its_arguments) {
  must({"cert", "ca", "--out", "c"});
  auto node = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"cert", "node"});
    more.insert(more.end(), {"--ca", "c", "--out", "made"});
    return more;
  };

  for (const auto* name : {"..", ".", "../a", "a/b", "a b"})
    expect_failed(node({name}), 2, name);
  for (const auto* host : {"a:80", "[::1]", "1.2.3", "a/b"})
    expect_failed(node({"a", "--host", host}), 2, host);
  for (const auto* days : {"0", "36501", "-1", "x"})
    expect_failed(node({"a", "--days", days}), 2, "--days");
  expect_failed(node({}), 2, "NAME");
  expect_failed({"cert", "node", "a", "--out", "made"}, 2, "--ca");
  expect_failed({"cert", "node", "a", "--ca", "c"}, 2, "--out");
  expect_failed({"cert", "ca", "--out", ""}, 2, "--out");
  expect_failed({"cert", "ca", "a", "--out", "made"}, 2, "NAME");
  expect_failed({"cert", "ca", "--ca", "c", "--out", "made"}, 2, "--ca");
  expect_failed({"cert", "both", "--out", "made"}, 2, "both");
  EXPECT_FALSE(fs::exists(file("made")));
}

} // namespace

} // namespace pumpscope::test
