#include "tests/support/store_conformance.hpp"

#include "tests/adapters/postgres/test_schema.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

class postgres_subject : public store_under_test {
public:
  postgres_subject() {
    reopen();
  }

  messages::store& get() override {
    return *store_;
  }

  void reopen() override {
    store_.reset();
    auto opened = adapters::open_postgres(schema_.options());
    if (!opened)
      throw std::runtime_error(opened.error().what);
    store_ = std::move(*opened);
  }

private:
  test_schema schema_ = {};
  std::unique_ptr<messages::store> store_ = {};
};

const auto stores = testing::Values(
  store_factory{"postgres", []() -> std::unique_ptr<store_under_test> {
                  if (!test_server())
                    return nullptr;
                  return std::make_unique<postgres_subject>();
                }});

INSTANTIATE_TEST_SUITE_P(all, store_conformance, stores, name_of_factory);
INSTANTIATE_TEST_SUITE_P(all, store_queries, stores, name_of_factory);

} // namespace
