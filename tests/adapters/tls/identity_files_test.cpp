#include "adapters/tls/identity_files.hpp"

#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <sstream>

namespace pumpscope::tls {

namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;

/// Puts the umask back.
class with_umask {
public:
  explicit with_umask(mode_t x) : before_(::umask(x)) {
    // nop
  }

  with_umask(const with_umask&) = delete;
  with_umask& operator=(const with_umask&) = delete;

  ~with_umask() {
    ::umask(before_);
  }

private:
  mode_t before_;
};

/// Lets no file of this process grow above a size.
class with_size_limit {
public:
  explicit with_size_limit(rlim_t bytes)
    : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

  with_size_limit(const with_size_limit&) = delete;
  with_size_limit& operator=(const with_size_limit&) = delete;

  ~with_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, handler_);
  }

private:
  void (*handler_)(int);
  rlimit before_ = {};
};

class identity_files_test : public ::testing::Test {
protected:
  [[nodiscard]] fs::path folder() const {
    return folder_.file("certs");
  }

  [[nodiscard]] identity_files files() const {
    return {folder(), "node-a"};
  }

  static mode_t mode(const fs::path& path) {
    struct stat found = {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 07777U;
  }

  static std::string text(const fs::path& path) {
    auto in = std::ifstream{path};
    auto result = std::ostringstream{};
    result << in.rdbuf();
    return result.str();
  }

  test::temporary_folder folder_;
  identity pair_ = {"certificate\n", "key\n"};
};

TEST_F(identity_files_test, come_back_as_they_were_written) {
  ASSERT_TRUE(write_identity(files(), pair_));
  auto x = read_identity(files());
  ASSERT_TRUE(x) << x.error();
  EXPECT_EQ(x->certificate, pair_.certificate);
  EXPECT_EQ(x->key, pair_.key);
  EXPECT_EQ(files().certificate, folder() / "node-a.crt");
  EXPECT_EQ(files().key, folder() / "node-a.key");
}

TEST_F(identity_files_test, show_the_key_to_its_owner_alone) {
  for (auto mask : {mode_t{0}, mode_t{022}, mode_t{077}}) {
    auto masked = with_umask{mask};
    ASSERT_TRUE(write_identity(files(), pair_));
    EXPECT_EQ(mode(files().key), 0600U);
    EXPECT_EQ(mode(files().certificate), 0644U);
    EXPECT_EQ(mode(folder()), 0700U);
    fs::remove_all(folder());
  }
}

TEST_F(identity_files_test, leave_a_folder_that_is_there_as_it_is) {
  fs::create_directory(folder());
  fs::permissions(folder(), fs::perms{0750});
  ASSERT_TRUE(write_identity(files(), pair_));
  EXPECT_EQ(mode(folder()), 0750U);
}

TEST_F(identity_files_test, never_write_over_others) {
  fs::create_directory(folder());
  for (const auto& path : {files().key, files().certificate}) {
    std::ofstream{path} << "precious";
    auto done = write_identity(files(), pair_);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error(), HasSubstr(path.string() + " is there already"));
    EXPECT_EQ(text(path), "precious");
    fs::remove(path);
    // The other one did not stay alone.
    EXPECT_TRUE(fs::is_empty(folder()));
  }
}

TEST_F(identity_files_test, follow_no_link) {
  fs::create_directory(folder());
  auto elsewhere = fs::path{folder_.file("elsewhere")};
  fs::create_symlink(elsewhere, files().key);
  EXPECT_FALSE(write_identity(files(), pair_));
  EXPECT_FALSE(fs::exists(elsewhere));
  EXPECT_TRUE(fs::is_symlink(files().key));
}

TEST_F(identity_files_test, leave_nothing_when_one_cannot_be_written) {
  // Room for the key and the half of a certificate, or for neither.
  pair_.certificate = std::string(1'000, 'c');
  for (auto bytes : {rlim_t{500}, rlim_t{2}}) {
    auto done = [&] {
      auto limited = with_size_limit{bytes};
      return write_identity(files(), pair_);
    }();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error(), HasSubstr("File too large"));
    EXPECT_TRUE(fs::is_empty(folder()));
  }
}

TEST_F(identity_files_test, name_what_is_missing) {
  EXPECT_THAT(read_identity(files()).error(), HasSubstr("node-a.crt: No such"));
  ASSERT_TRUE(write_identity(files(), pair_));
  fs::remove(files().key);
  EXPECT_THAT(read_identity(files()).error(), HasSubstr("node-a.key: No such"));
  auto deep = identity_files{folder() / "a" / "b", "node-a"};
  EXPECT_THAT(write_identity(deep, pair_).error(),
              HasSubstr((folder() / "a" / "b").string() + ": No such"));
  auto in_file = identity_files{files().certificate, "node-a"};
  EXPECT_THAT(write_identity(in_file, pair_).error(),
              HasSubstr("Not a directory"));
}

TEST_F(identity_files_test, are_read_up_to_64_kib) {
  pair_.certificate = std::string(size_t{64} << 10, 'c');
  ASSERT_TRUE(write_identity(files(), pair_));
  EXPECT_TRUE(read_identity(files()));
  std::ofstream{files().certificate, std::ios::app} << "c";
  EXPECT_THAT(read_identity(files()).error(), HasSubstr("node-a.crt"));
}

} // namespace

} // namespace pumpscope::tls
