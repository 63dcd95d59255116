#pragma once

#include "adapters/api/answer_writer.hpp"
#include "adapters/api/parameters.hpp"
#include "adapters/api/routes.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// What the files of routes share.
namespace pumpscope::api {

/// Answers a request, now or later.
using handler = std::function<void(const http::request&, http::reply)>;

/// Adds a route of GET that needs a key where keys are needed.
void add_get(std::vector<http::route>& to, std::string path, handler handle);

/// The same, with answers that may be as old as `age_max`.
void add_cached(std::vector<http::route>& to, const route_context& x,
                std::string path, std::chrono::milliseconds age_max,
                handler handle);

/// Has a read make the answer on a thread of the store.
void answer_by_read(backend& of, http::reply done,
                    std::function<http::response(messages::store&)> make);

/// What a store refused, for somebody who has nothing to do with it.
http::response store_problem(const messages::store_error& x);

/// The time that answers of live lists and boards are used again for.
inline constexpr auto live_age_max = std::chrono::milliseconds{500};

} // namespace pumpscope::api
