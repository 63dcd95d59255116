#include "adapters/postgres/postgres_membership.hpp"

#include "adapters/postgres/call.hpp"
#include "adapters/postgres/columns.hpp"
#include "adapters/postgres/schema.hpp"

#include <string>
#include <utility>

namespace pumpscope::adapters {

namespace {

using messages::cluster_view;
using messages::store_result;
using postgres::call;
using std::chrono::milliseconds;

std::string interval_of(milliseconds x) {
  return std::to_string(x.count()) + " milliseconds";
}

class postgres_membership : public messages::membership {
public:
  postgres_membership(const postgres_options& options, milliseconds ttl,
                      const messages::store_identity& store)
    : session_(options), ttl_(interval_of(ttl)), store_(store) {
  }

  [[nodiscard]] messages::store_identity store() const override {
    return store_;
  }

  store_result<messages::beat_answer> beat(const messages::member& self,
                                           uint32_t partitions) override {
    return call([&] {
      return session_.write([&](pqxx::work& tx) {
        auto row = tx.exec_params1(
          "SELECT node_beat($1, $2, $3, $4, $5, $6::integer, $7::interval)",
          self.name, messages::saturated(self.id), self.http, self.peer,
          self.build, partitions, ttl_);
        return messages::beat_answer{!row[0].as<bool>(), read(tx)};
      });
    });
  }

  store_result<cluster_view> view() override {
    return call([&] {
      return session_.read(
        [&](pqxx::transaction_base& tx) { return read(tx); });
    });
  }

  store_result<uint64_t> claim_sequencer(uint64_t id,
                                         milliseconds silence) override {
    return call([&] {
      auto claim = postgres::random_claim();
      return session_.write([&](pqxx::work& tx) {
        auto row = tx.exec_params1("SELECT sequencer_claim($1, $2, "
                                   "$3::interval)",
                                   messages::saturated(id), claim,
                                   interval_of(silence));
        return postgres::unsigned_at(row, 0);
      });
    });
  }

  store_result<void> leave(uint64_t id) override {
    return call([&] {
      session_.write([&](pqxx::work& tx) {
        tx.exec_params("SELECT node_leave($1)", messages::saturated(id));
      });
    });
  }

  store_result<bool> drain(std::string_view name) override {
    return call([&] {
      return session_.write([&](pqxx::work& tx) {
        return tx
          .exec_params1("SELECT node_drain($1, $2::interval)",
                        std::string{name}, ttl_)[0]
          .as<bool>();
      });
    });
  }

private:
  cluster_view read(pqxx::transaction_base& tx) {
    auto result = cluster_view{};
    auto head = tx.exec1("SELECT owner, fence FROM head");
    result.sequencer = postgres::unsigned_at(head, 0);
    result.fence = postgres::unsigned_at(head, 1);
    auto age = [](const pqxx::row& from, int column) {
      return milliseconds{from[column].as<int64_t>()};
    };
    for (const auto& row :
         tx.exec_params("SELECT name, id, http, peer, build, draining, "
                        "beat_at >= clock_timestamp() - $1::interval, "
                        "floor(extract(epoch FROM clock_timestamp() - beat_at) "
                        "* 1000)::bigint, "
                        "(extract(epoch FROM clock_timestamp() - started_at) "
                        "* 1000)::bigint, partitions FROM node ORDER BY name",
                        ttl_)) {
      auto& x = result.members.emplace_back();
      x.self = {row[0].as<std::string>(), postgres::unsigned_at(row, 1),
                row[2].as<std::string>(), row[3].as<std::string>(),
                row[4].as<std::string>()};
      x.draining = row[5].as<bool>();
      x.alive = row[6].as<bool>();
      x.beat_age = age(row, 7);
      x.age = age(row, 8);
      x.partitions = x.alive ? row[9].as<uint32_t>() : 0;
    }
    return result;
  }

  postgres::session session_;
  std::string ttl_;
  messages::store_identity store_;
};

} // namespace

store_result<std::unique_ptr<messages::membership>>
open_membership(const postgres_options& options, milliseconds ttl) {
  return call([&]() -> std::unique_ptr<messages::membership> {
    auto brief = options;
    brief.patience = milliseconds{0};
    // Nobody waits longer for a node than it may be silent.
    brief.statement_timeout = std::min(options.statement_timeout, ttl);
    brief.lock_timeout = std::min(options.lock_timeout, ttl);
    brief.network_timeout = std::min(options.network_timeout, ttl);
    auto first = postgres::session{brief};
    auto store = postgres::read_identity(first, brief);
    return std::make_unique<postgres_membership>(brief, ttl, store);
  });
}

} // namespace pumpscope::adapters
