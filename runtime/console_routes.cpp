#include "runtime/console_routes.hpp"

#include "adapters/console_json/console_json.hpp"
#include "adapters/http/api_keys.hpp"
#include "config/log_level.hpp"
#include "domain/base58.hpp"
#include "runtime/json_text.hpp"
#include "runtime/log.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <optional>
#include <utility>

namespace pumpscope::runtime {

namespace {

using link_ptr = std::shared_ptr<console_link>;

/// Far above what an action needs.
constexpr size_t action_bytes_max = 4'096;

/// Entities of a sample.
constexpr uint32_t sample_max = 100;

constexpr std::string_view bearer = "Bearer ";

http::response json_answer(std::string body) {
  auto result = http::response{};
  result.body = std::move(body);
  result.headers.emplace_back("Cache-Control", "no-store");
  return result;
}

http::response unavailable(std::string_view why) {
  auto result = http::problem(503, "unavailable", why);
  result.headers.emplace_back("Retry-After", "1");
  return result;
}

http::response invalid(std::string_view detail) {
  return http::problem(400, "invalid_parameter", detail);
}

std::optional<std::string_view> parameter(const http::request& x,
                                          std::string_view name) {
  auto found = x.query.find(name);
  return found != nullptr ? std::optional<std::string_view>{*found}
                          : std::nullopt;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  auto result = T{0};
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result);
  return error == std::errc{} && stop == end ? std::optional{result}
                                             : std::nullopt;
}

std::optional<messages::projection> parse_kind(std::string_view text) {
  if (text == "wallet")
    return messages::projection::wallet;
  if (text == "token")
    return messages::projection::token;
  return std::nullopt;
}

/// Asks the node; `ask` gets it together with who takes its answer, and
/// `answer` turns that into JSON.
template <class Answer, class Ask, class F>
void ask_node(const link_ptr& link, const http::reply& done, Ask ask,
              F answer) {
  auto take = [done, answer](const outcome<Answer>& x) {
    done(x ? json_answer(answer(*x)) : unavailable(x.error().what));
  };
  if (!link->with([&](console_node& node) { ask(node, take); }))
    done(unavailable("the node is not running yet, or not any more"));
}

/// A route that shows a part of a look.
http::route look_route(const link_ptr& link, std::string path,
                       std::string (*answer)(const messages::console_look&)) {
  auto result = http::route{};
  result.path = std::move(path);
  result.handle = [link, answer](const http::request&,
                                 const http::reply& done) {
    ask_node<messages::console_look_ptr>(
      link, done,
      [](console_node& node, auto take) { node.look(std::move(take)); },
      [answer](const messages::console_look_ptr& x) { return answer(*x); });
  };
  return result;
}

/// A route that shows a part of what the store knows.
http::route trouble_route(const link_ptr& link, std::string path,
                          std::string (*answer)(const messages::troubles&)) {
  auto result = http::route{};
  result.path = std::move(path);
  result.handle = [link, answer](const http::request&,
                                 const http::reply& done) {
    ask_node<messages::troubles_ptr>(
      link, done,
      [](console_node& node, auto take) { node.troubles(std::move(take)); },
      [answer](const messages::troubles_ptr& x) { return answer(*x); });
  };
  return result;
}

void answer_actors(const link_ptr& link, const http::request& x,
                   const http::reply& done) {
  auto kind_text = parameter(x, "kind");
  auto partition_text = parameter(x, "partition");
  if (!kind_text && !partition_text) {
    ask_node<messages::console_look_ptr>(
      link, done,
      [](console_node& node, auto take) { node.look(std::move(take)); },
      [](const messages::console_look_ptr& look) {
        return console_json::actors_json(*look);
      });
    return;
  }
  auto kind = parse_kind(kind_text.value_or(""));
  auto partition = parse_number<uint32_t>(partition_text.value_or(""));
  auto count = parse_number<uint32_t>(parameter(x, "count").value_or("20"));
  if (!kind || !partition) {
    done(invalid("kind (wallet or token) and partition (a number) name whose "
                 "entities are shown"));
    return;
  }
  if (!count || *count == 0 || *count > sample_max) {
    done(invalid("count must be from 1 to 100"));
    return;
  }
  auto query = messages::get_sample{*kind, *partition, *count};
  ask_node<messages::entity_sample_ptr>(
    link, done,
    [query](console_node& node, auto take) {
      node.sample(query, std::move(take));
    },
    [](const messages::entity_sample_ptr& sample) {
      return console_json::sample_json(*sample);
    });
}

/// The look, with what the store tells if it does.
void answer_stores(const link_ptr& link, const http::reply& done) {
  auto with_look = [link, done](const outcome<messages::console_look_ptr>& x) {
    if (!x) {
      done(unavailable(x.error().what));
      return;
    }
    auto take = [look = *x,
                 done](const outcome<messages::troubles_ptr>& stored) {
      auto problem = stored ? std::string{} : stored.error().what;
      done(json_answer(console_json::stores_json(
        *look, stored ? stored->get() : nullptr, problem)));
    };
    if (!link->with([&](console_node& node) { node.troubles(take); }))
      done(unavailable("the node is not running any more"));
  };
  if (!link->with([&](console_node& node) { node.look(with_look); }))
    done(unavailable("the node is not running yet, or not any more"));
}

void answer_find(const link_ptr& link, const http::request& x,
                 const http::reply& done) {
  auto key = domain::parse_pubkey(parameter(x, "key").value_or(""));
  if (!key) {
    done(invalid("key must be the address of a wallet or mint in base58"));
    return;
  }
  ask_node<messages::found_key_ptr>(
    link, done,
    [query = messages::find_key{*key}](console_node& node, auto take) {
      node.find(query, std::move(take));
    },
    [](const messages::found_key_ptr& found) {
      return console_json::found_json(*found);
    });
}

void answer_trace(const link_ptr& link, const http::request& x,
                  const http::reply& done) {
  auto signature
    = domain::parse_signature(parameter(x, "signature").value_or(""));
  auto slot = parse_number<uint64_t>(parameter(x, "slot").value_or("0"));
  if (!signature || !slot) {
    done(invalid(!signature
                   ? "signature must be that of a transaction in base58"
                   : "slot must be a number"));
    return;
  }
  ask_node<messages::found_trace_ptr>(
    link, done,
    [query = messages::find_trace{*signature, *slot}](
      console_node& node, auto take) { node.trace(query, std::move(take)); },
    [](const messages::found_trace_ptr& found) {
      return console_json::trace_json(*found);
    });
}

// -- actions ------------------------------------------------------------------

http::response accepted(std::string_view action) {
  auto result = json_answer(
    json_object{}.text("action", action).flag("accepted", true).str());
  result.status = 202;
  return result;
}

/// A member of the body that is a text; empty when there is none.
std::string text_member(const boost::json::object& x, std::string_view name) {
  auto found = x.if_contains(name);
  auto text = found ? found->if_string() : nullptr;
  return text ? std::string{*text} : std::string{};
}

void refold(const link_ptr& link, const boost::json::object& body,
            const http::reply& done,
            const std::function<void(const std::string&)>& log) {
  auto kind = parse_kind(text_member(body, "kind"));
  auto key = domain::parse_pubkey(text_member(body, "key"));
  if (!kind || !key) {
    log("refused: refold without a kind (wallet or token) and a key");
    done(invalid("refold needs kind (wallet or token) and key (base58)"));
    return;
  }
  auto name = text_member(body, "kind") + " " + domain::to_string(*key);
  // A key that nobody knows would become an empty state.
  auto take = [link, done, log, name, kind = *kind,
               key = *key](const outcome<messages::found_key_ptr>& x) {
    if (!x) {
      done(unavailable(x.error().what));
      return;
    }
    auto& found = kind == messages::projection::wallet ? (*x)->wallet
                                                       : (*x)->token;
    if (!found.live && !found.stored) {
      log("refused: refold of " + name + ", which is not known");
      done(http::problem(404, "not_found", "there is no " + name));
      return;
    }
    log("refold of " + name);
    if (link->with([&](console_node& node) { node.refold(kind, key); }))
      done(accepted("refold"));
    else
      done(unavailable("the node is not running any more"));
  };
  if (!link->with(
        [&](console_node& node) { node.find(messages::find_key{*key}, take); }))
    done(unavailable("the node is not running yet, or not any more"));
}

void change_log_level(const boost::json::object& body, const http::reply& done,
                      const std::function<void(const std::string&)>& log) {
  auto level = config::parse_log_level(text_member(body, "level"));
  if (!level) {
    log("refused: a log level that there is not");
    done(invalid("level must be error, warning, info or debug"));
    return;
  }
  // Written while such lines still are.
  log("log level " + std::string{config::to_text(*level)});
  set_log_level(*level);
  done(accepted("log_level"));
}

void move_partition(const link_ptr& link, const boost::json::object& body,
                    const http::reply& done,
                    const std::function<void(const std::string&)>& log) {
  auto found = body.if_contains("partition");
  auto number = found ? found->if_int64() : nullptr;
  auto node = text_member(body, "node");
  if (number == nullptr || *number < 0 || *number > UINT32_MAX
      || node.empty()) {
    log("refused: move without a partition and a node");
    done(invalid("move needs partition (a number) and node (a name)"));
    return;
  }
  auto partition = static_cast<uint32_t>(*number);
  auto text = "move of partition " + std::to_string(partition) + " to " + node;
  auto refused = std::string{};
  auto asked
    = link->with([&](console_node& x) { refused = x.move(partition, node); });
  if (!asked) {
    done(unavailable("the node is not running yet, or not any more"));
  } else if (refused.empty()) {
    log(text);
    done(accepted("move"));
  } else {
    log("refused: " + text + ": " + refused);
    done(http::problem(409, "conflict", refused));
  }
}

void act(const link_ptr& link, const http::request& x, const http::reply& done,
         const std::function<void(const std::string&)>& log) {
  auto error = boost::system::error_code{};
  auto body = boost::json::parse(x.body, error);
  auto object = error ? nullptr : body.if_object();
  if (object == nullptr) {
    log("refused: no JSON object");
    done(invalid("the body must be a JSON object with the member action"));
    return;
  }
  auto action = text_member(*object, "action");
  if (action == "refold") {
    refold(link, *object, done, log);
  } else if (action == "drain") {
    log("drain: the node ends gracefully");
    if (link->with([](console_node& node) { node.drain(); }))
      done(accepted(action));
    else
      done(unavailable("the node is not running yet, or not any more"));
  } else if (action == "retry_dead_letters") {
    log("retry_dead_letters: the pipeline starts again with them");
    if (link->with([](console_node& node) { node.retry_letters(); }))
      done(accepted(action));
    else
      done(unavailable("the node is not running yet, or not any more"));
  } else if (action == "move") {
    move_partition(link, *object, done, log);
  } else if (action == "log_level") {
    change_log_level(*object, done, log);
  } else {
    log("refused: an unknown action");
    done(invalid("action must be refold, drain, move, retry_dead_letters or "
                 "log_level"));
  }
}

http::route action_route(const link_ptr& link, console_settings settings) {
  auto result = http::route{};
  result.method = "POST";
  result.path = "/console/api/actions";
  result.body_bytes_max = action_bytes_max;
  auto log_of = [log = settings.log](const http::request& x) {
    return [log, client = x.client](const std::string& what) {
      if (log)
        log("console: " + what + ", asked for by " + client);
    };
  };
  result.admit = [token = settings.token, log_of](
                   const http::request& x) -> std::optional<http::response> {
    if (token.empty())
      return http::problem(403, "actions_disabled",
                           "no admin token is configured: set "
                           "PUMPSCOPE_CONSOLE_TOKEN or --console-token-file "
                           "and start the node again");
    auto given = std::string_view{x.authorization};
    if (given.starts_with(bearer)
        && http::equal_secrets(given.substr(bearer.size()), token))
      return std::nullopt;
    log_of(x)("refused: an action with a wrong admin token");
    return http::problem(401, "unauthorized",
                         "the header Authorization is not `Bearer` and the "
                         "admin token");
  };
  result.handle = [link, log_of](const http::request& x,
                                 const http::reply& done) {
    act(link, x, done, log_of(x));
  };
  return result;
}

} // namespace

std::vector<http::route> console_routes(std::shared_ptr<console_link> link,
                                        console_settings settings) {
  using namespace console_json;
  auto result = std::vector<http::route>{};
  auto path = [](const char* name) {
    return std::string{"/console/api/"} + name;
  };
  result.push_back(look_route(link, path("overview"), overview_json));
  result.push_back(look_route(link, path("partitions"), partitions_json));
  result.push_back(look_route(link, path("streams"), streams_json));
  result.push_back(look_route(link, path("latency"), latency_json));
  result.push_back(trouble_route(link, path("gaps"), gaps_json));
  result.push_back(
    trouble_route(link, path("dead-letters"), dead_letters_json));
  result.push_back(trouble_route(link, path("audits"), audits_json));
  auto get = [&](const char* name, auto answer) {
    auto& x = result.emplace_back();
    x.path = path(name);
    x.handle = std::move(answer);
  };
  get("actors", [link](const http::request& x, const http::reply& done) {
    answer_actors(link, x, done);
  });
  get("stores", [link](const http::request&, const http::reply& done) {
    answer_stores(link, done);
  });
  get("find", [link](const http::request& x, const http::reply& done) {
    answer_find(link, x, done);
  });
  get("trace", [link](const http::request& x, const http::reply& done) {
    answer_trace(link, x, done);
  });
  result.push_back(action_route(link, std::move(settings)));
  return result;
}

} // namespace pumpscope::runtime
