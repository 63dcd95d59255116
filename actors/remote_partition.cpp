#include "actors/remote_partition.hpp"

#include <memory>
#include <utility>
#include <variant>

namespace pumpscope::actors {

namespace {

using messages::host_answer_ptr;
using messages::host_question;
using messages::projection;

/// Asks the host; `take` makes the answer to who asked of the host's.
template <class Result, class Self, class Question, class Take>
caf::typed_response_promise<Result>
ask(Self self, const remote_partition_config& config,
    const messages::remote_host_actor& host, projection kind,
    const Question& what, Take take) {
  auto promise = self->template make_response_promise<Result>();
  auto question = std::make_shared<host_question>();
  question->kind = kind;
  question->partition = config.index;
  question->what = what;
  self
    ->request(host, config.timeout,
              messages::host_question_ptr{std::move(question)})
    .then(
      [promise, take](const host_answer_ptr& x) mutable {
        if (auto* failure = std::get_if<messages::host_failure>(x.get()))
          promise.deliver(caf::make_error(failure->code, failure->what));
        else
          take(promise, *x);
      },
      [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
  return promise;
}

caf::error wrong_answer() {
  return caf::make_error(domain::errc::malformed,
                         std::string{"the host answers something else"});
}

/// Asks for what the answer has as it is.
template <class Result, class Self, class Question>
auto ask_for(Self self, const remote_partition_config& config,
             const messages::remote_host_actor& host, projection kind,
             const Question& what) {
  return ask<Result>(self, config, host, kind, what,
                     [](auto& promise, const messages::host_answer& x) {
                       auto* found = std::get_if<Result>(&x);
                       if (found != nullptr && *found)
                         promise.deliver(*found);
                       else
                         promise.deliver(wrong_answer());
                     });
}

/// Asks for what must not get lost and may take longer than nodes wait for an
/// answer: again with the same question until there is one.
template <class Answer, class Self, class Result, class Take>
void ask_again(Self self, const remote_partition_config& config,
               const messages::remote_host_actor& host,
               const messages::host_question_ptr& question, uint32_t tries,
               caf::typed_response_promise<Result> promise, Take take) {
  self->request(host, config.timeout, question)
    .then(
      [=](const host_answer_ptr& x) mutable {
        auto* failure = std::get_if<messages::host_failure>(x.get());
        if (auto* found = std::get_if<Answer>(x.get()))
          take(promise, *found);
        else if (failure == nullptr)
          promise.deliver(wrong_answer());
        else if (failure->code == domain::errc::unknown_outcome && tries > 1)
          ask_again<Answer>(self, config, host, question, tries - 1, promise,
                            take);
        else if (failure->code == domain::errc::host_lost)
          // As of any child that dies: more is heard of it.
          promise.deliver(caf::make_error(caf::sec::request_receiver_down));
        else
          promise.deliver(caf::make_error(failure->code, failure->what));
      },
      [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
}

template <class Self>
auto flush(Self self, const remote_partition_config& config,
           const messages::remote_host_actor& host, projection kind) {
  auto promise = self->template make_response_promise<uint64_t>();
  auto question = std::make_shared<const host_question>(
    host_question{kind, config.index, 0, messages::flush_partition{}});
  ask_again<messages::host_flushed>(
    self, config, host, question, config.flushes_max, promise,
    [](auto& to, const messages::host_flushed& x) { to.deliver(x.jpos); });
  return promise;
}

template <class Self>
auto await_start(Self self, const remote_partition_config& config,
                 const messages::remote_host_actor& host, projection kind) {
  auto promise = self->template make_response_promise<atom::finished>();
  auto question = std::make_shared<const host_question>(
    host_question{kind, config.index, 0, messages::await_start{}});
  ask_again<messages::host_started>(
    self, config, host, question, config.flushes_max, promise,
    [](auto& to, const messages::host_started&) {
      to.deliver(atom::finished_v);
    });
  return promise;
}

/// Changes are told once.
template <class Changes, class Self>
auto changes(Self self, const remote_partition_config& config,
             const messages::remote_host_actor& host, projection kind,
             uint64_t number, const messages::get_changes& x) {
  auto promise = self->template make_response_promise<Changes>();
  auto question = std::make_shared<const host_question>(
    host_question{kind, config.index, number, x});
  ask_again<Changes>(self, config, host, question, config.changes_max, promise,
                     [](auto& to, const Changes& found) {
                       if (found)
                         to.deliver(found);
                       else
                         to.deliver(wrong_answer());
                     });
  return promise;
}

/// What an actor of the host told of itself, as one of ours would.
caf::settings settings_of(const messages::host_status& x,
                          const std::string& node) {
  auto result = caf::settings{};
  for (auto& [key, value] : x.numbers)
    put(result, key, value);
  for (auto& [key, value] : x.reals)
    put(result, key, value);
  for (auto& [key, value] : x.texts)
    put(result, key, value);
  put(result, "node", node);
  return result;
}

template <class Self>
auto status(Self self, const remote_partition_config& config,
            const messages::remote_host_actor& host, projection kind) {
  return ask<caf::settings>(
    self, config, host, kind, messages::get_partition_status{},
    [node = config.node](auto& promise, const messages::host_answer& x) {
      if (auto* found = std::get_if<messages::host_status>(&x))
        promise.deliver(settings_of(*found, node));
      else
        promise.deliver(wrong_answer());
    });
}

/// Its entities are no actors of this node: what they are asked for they told.
template <class Self>
auto find(Self self, const remote_partition_config& config,
          const messages::remote_host_actor& host, projection kind,
          const messages::get_entities& x) {
  using messages::entity_handles_ptr;
  return ask<entity_handles_ptr>(
    self, config, host, kind, x,
    [node = config.node](auto& promise, const messages::host_answer& answer) {
      auto* found = std::get_if<messages::host_entities>(&answer);
      if (found == nullptr) {
        promise.deliver(wrong_answer());
        return;
      }
      auto result = std::make_shared<messages::entity_handles>();
      for (auto& entity : found->entities) {
        auto& to = result->entities.emplace_back();
        to.key = entity.key;
        to.dirty = entity.dirty;
        if (entity.told)
          to.told = settings_of(*entity.told, node);
      }
      result->stored = found->stored;
      result->applied = found->applied;
      result->cursor = found->cursor;
      promise.deliver(entity_handles_ptr{std::move(result)});
    });
}

} // namespace

messages::wallet_partition_actor::behavior_type
remote_wallet_partition(messages::wallet_partition_actor::pointer self,
                        remote_partition_config config,
                        messages::remote_host_actor host) {
  constexpr auto kind = projection::wallet;
  return {
    [=](atom::status) { return status(self, config, host, kind); },
    [](atom::start, const messages::head_row&) {},
    [=](atom::start) { return await_start(self, config, host, kind); },
    [](const messages::routed_epoch_ptr&) {},
    [=](atom::flush) { return flush(self, config, host, kind); },
    [](atom::go) {},
    [](atom::finished) {},
    [](atom::collected) {},
    [](atom::tick) {},
    [=](const messages::get_entities& x) {
      return find(self, config, host, kind, x);
    },
    [=](const messages::get_board& x) {
      return ask_for<messages::board_ptr>(self, config, host, kind, x);
    },
    [=, number = uint64_t{config.serial}
                 << 32](const messages::get_changes& x) mutable {
      return changes<messages::wallet_changes_ptr>(self, config, host, kind,
                                                   ++number, x);
    },
    [=](const messages::get_totals& x) {
      return ask_for<messages::totals_by_wallet_ptr>(self, config, host, kind,
                                                     x);
    },
    [=](atom::get, const domain::pubkey& x) {
      return ask_for<messages::wallet_view_ptr>(self, config, host, kind,
                                                messages::get_key{x});
    },
  };
}

messages::token_partition_actor::behavior_type
remote_token_partition(messages::token_partition_actor::pointer self,
                       remote_partition_config config,
                       messages::remote_host_actor host) {
  constexpr auto kind = projection::token;
  return {
    [=](atom::status) { return status(self, config, host, kind); },
    [](atom::start, const messages::head_row&) {},
    [=](atom::start) { return await_start(self, config, host, kind); },
    [](const messages::routed_epoch_ptr&) {},
    [=](atom::flush) { return flush(self, config, host, kind); },
    [](atom::go) {},
    [](atom::finished) {},
    [](atom::collected) {},
    [](atom::tick) {},
    [=](const messages::get_entities& x) {
      return find(self, config, host, kind, x);
    },
    [=, number = uint64_t{config.serial}
                 << 32](const messages::get_changes& x) mutable {
      return changes<messages::token_changes_ptr>(self, config, host, kind,
                                                  ++number, x);
    },
    [=](atom::get) {
      return ask_for<messages::mint_breaks_ptr>(
        self, config, host, kind, messages::get_partition_breaks{});
    },
    [=](atom::get, const domain::pubkey& x) {
      return ask_for<messages::token_view_ptr>(self, config, host, kind,
                                               messages::get_key{x});
    },
    [=](const messages::get_market& x) {
      return ask_for<messages::market_ptr>(self, config, host, kind, x);
    },
  };
}

} // namespace pumpscope::actors
