#include "tests/support/store_conformance.hpp"

#include "adapters/sqlite/sqlite_store.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

constexpr auto seed = uint64_t{0xFEED'FACE'0123'4567};

class memory_subject : public store_under_test {
public:
  messages::store& get() override {
    return *store_;
  }

  void reopen() override {
    store_ = std::make_unique<memory_store>(store_->disk());
  }

private:
  std::unique_ptr<memory_store> store_ = std::make_unique<memory_store>(
    messages::store_identity{.hash_seed = seed, .partitions = 4});
};

class sqlite_subject : public store_under_test {
public:
  explicit sqlite_subject(bool in_memory)
    : path_(in_memory ? ":memory:" : folder_.file("store.db")) {
    open();
  }

  messages::store& get() override {
    return *store_;
  }

  void reopen() override {
    if (path_ == ":memory:")
      return;
    store_.reset();
    open();
  }

private:
  void open() {
    auto options = adapters::sqlite_options{};
    options.partitions = 4;
    options.hash_seed = seed;
    auto opened = adapters::open_sqlite(path_, options);
    if (!opened)
      throw std::runtime_error(opened.error().what);
    store_ = std::move(*opened);
  }

  temporary_folder folder_ = {};
  std::string path_ = {};
  std::unique_ptr<messages::store> store_ = {};
};

const auto stores = testing::Values(
  store_factory{"memory_store",
                [] { return std::make_unique<memory_subject>(); }},
  store_factory{"sqlite_file",
                [] { return std::make_unique<sqlite_subject>(false); }},
  store_factory{"sqlite_memory",
                [] { return std::make_unique<sqlite_subject>(true); }});

INSTANTIATE_TEST_SUITE_P(all, store_conformance, stores, name_of_factory);
INSTANTIATE_TEST_SUITE_P(all, store_queries, stores, name_of_factory);

} // namespace
