#include "actors/store_inspector.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

namespace {

/// Reads all of `troubles`, one question after the other.
messages::store_result<messages::troubles>
read_troubles(messages::store& store) {
  constexpr auto rows_max = messages::get_troubles::rows_max;
  auto result = messages::troubles{};
  auto keep = [](auto& to) {
    return [&to](auto&& x) { to = std::forward<decltype(x)>(x); };
  };
  return store.read_head()
    .map(keep(result.head))
    .and_then([&] { return store.counts().map(keep(result.counts)); })
    .and_then([&] { return store.load_gaps(true).map(keep(result.gaps)); })
    .and_then([&] {
      return store.load_dead_letters(rows_max).map(keep(result.dead_letters));
    })
    .and_then(
      [&] { return store.load_audit(rows_max).map(keep(result.audits)); })
    .and_then(
      [&] { return store.read_retention().map(keep(result.retention)); })
    .map([&] {
      std::reverse(result.gaps.begin(), result.gaps.end());
      if (result.gaps.size() > rows_max)
        result.gaps.resize(rows_max);
      for (auto& letter : result.dead_letters)
        letter.raw.clear();
      return std::move(result);
    });
}

caf::error to_error(const messages::store_error& x) {
  return caf::make_error(x.code, x.what);
}

} // namespace

caf::result<messages::troubles_ptr> store_inspector_state::troubles() {
  auto measured = handlers.measure();
  ++requests_total;
  auto result = read_troubles(*store);
  if (!result) {
    ++failures_total;
    return to_error(result.error());
  }
  return messages::troubles_ptr{
    std::make_shared<messages::troubles>(std::move(*result))};
}

caf::result<messages::stored_key_ptr>
store_inspector_state::handle(const messages::load_stored& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto result = std::make_shared<messages::stored_key>();
  auto wallets = store->load_wallets({&x.key, 1});
  auto tokens = store->load_tokens({&x.key, 1});
  if (!wallets || !tokens) {
    ++failures_total;
    return to_error(!wallets ? wallets.error() : tokens.error());
  }
  result->wallet = std::move(wallets->front());
  result->token = std::move(tokens->front());
  return messages::stored_key_ptr{std::move(result)};
}

caf::result<messages::journal_rows_ptr>
store_inspector_state::handle(const messages::load_slot_rows& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto rows = store->load_slot(x.slot);
  if (!rows) {
    ++failures_total;
    return to_error(rows.error());
  }
  return messages::journal_rows_ptr{
    std::make_shared<messages::journal_rows>(std::move(*rows))};
}

caf::settings store_inspector_state::status() const {
  auto result = caf::settings{};
  put(result, "requests_total", requests_total);
  put(result, "failures_total", failures_total);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::store_inspector_actor::behavior_type store_inspector(
  messages::store_inspector_actor::stateful_pointer<store_inspector_state> self,
  std::shared_ptr<messages::store> store) {
  self->state.self = self;
  self->state.store = std::move(store);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::get_troubles&) { return self->state.troubles(); },
    [self](const messages::load_stored& x) { return self->state.handle(x); },
    [self](const messages::load_slot_rows& x) { return self->state.handle(x); },
  };
}

} // namespace pumpscope::actors
