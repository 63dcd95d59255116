#pragma once

#include "messages/actors.hpp"

#include <caf/error.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <string>

namespace pumpscope::test {

/// What a partition that folds nothing answers; empty = an error.
struct wallet_answers {
  std::function<messages::board_ptr(const messages::get_board&)> board = {};
  std::function<messages::wallet_changes_ptr(const messages::get_changes&)>
    changes = {};
  std::function<messages::totals_by_wallet_ptr(const messages::get_totals&)>
    totals = {};
};

/// @copydoc wallet_answers
struct token_answers {
  std::function<messages::market_ptr(const messages::get_market&)> list = {};
  std::function<messages::token_changes_ptr(const messages::get_changes&)>
    changes = {};
};

/// Calls `f` with `x`; an error when there is no `f` or it gives nothing.
template <class Answer, class Request>
caf::result<Answer>
answer_with(const std::function<Answer(const Request&)>& f, const Request& x) {
  auto answer = f ? f(x) : nullptr;
  if (!answer)
    return caf::make_error(domain::errc::internal, std::string{"no answer"});
  return answer;
}

inline messages::wallet_partition_actor::behavior_type
fake_wallet_partition(messages::wallet_partition_actor::pointer,
                      wallet_answers answers) {
  return {
    [](atom::status) { return caf::settings{}; },
    [](atom::start, const messages::head_row&) {},
    [](atom::start) { return atom::finished_v; },
    [](const messages::routed_epoch_ptr&) {},
    [](atom::flush) { return uint64_t{0}; },
    [](atom::go) {},
    [](atom::finished) {},
    [](atom::collected) {},
    [](atom::tick) {},
    [](const messages::get_entities&) {
      return messages::entity_handles_ptr{};
    },
    [answers](const messages::get_board& x) {
      return answer_with(answers.board, x);
    },
    [answers](const messages::get_changes& x) {
      return answer_with(answers.changes, x);
    },
    [answers](const messages::get_totals& x) {
      return answer_with(answers.totals, x);
    },
    [](atom::get, const domain::pubkey&) {
      return messages::wallet_view_ptr{};
    },
  };
}

inline messages::token_partition_actor::behavior_type
fake_token_partition(messages::token_partition_actor::pointer,
                     token_answers answers) {
  return {
    [](atom::status) { return caf::settings{}; },
    [](atom::start, const messages::head_row&) {},
    [](atom::start) { return atom::finished_v; },
    [](const messages::routed_epoch_ptr&) {},
    [](atom::flush) { return uint64_t{0}; },
    [](atom::go) {},
    [](atom::finished) {},
    [](atom::collected) {},
    [](atom::tick) {},
    [](const messages::get_entities&) {
      return messages::entity_handles_ptr{};
    },
    [answers](const messages::get_changes& x) {
      return answer_with(answers.changes, x);
    },
    [](atom::get) { return messages::mint_breaks_ptr{}; },
    [](atom::get, const domain::pubkey&) { return messages::token_view_ptr{}; },
    [answers](const messages::get_market& x) {
      return answer_with(answers.list, x);
    },
  };
}

} // namespace pumpscope::test
