#pragma once

#include "adapters/api/answer_cache.hpp"
#include "adapters/api/backend.hpp"
#include "adapters/http/route.hpp"

#include <memory>
#include <vector>

namespace pumpscope::api {

/// Whom the routes ask, and what they share.
struct route_context {
  std::shared_ptr<backend> node = {};
  std::shared_ptr<answer_cache> cache = {};
};

/// The routes of the API (docs/reference/http.md): everything under /api/v1 but
/// the stream and the webhooks, /udf, /openapi.json and /api/health.
std::vector<http::route> make_routes(const route_context& x);

/// @copydoc make_routes
/// The parts of it, by what they are about.
void add_token_routes(std::vector<http::route>& to, const route_context& x);
void add_trade_routes(std::vector<http::route>& to, const route_context& x);
void add_wallet_routes(std::vector<http::route>& to, const route_context& x);
void add_board_routes(std::vector<http::route>& to, const route_context& x);
void add_node_routes(std::vector<http::route>& to, const route_context& x);
void add_chart_routes(std::vector<http::route>& to, const route_context& x);

} // namespace pumpscope::api
