#include "runtime/node_credentials.hpp"

#include "adapters/tls/certificate_authority.hpp"
#include "adapters/tls/memory_file.hpp"

#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace pumpscope::runtime {

namespace {

/// For as long as any process lives.
tls::validity always() {
  return {
    std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
    tls::days_max};
}

tl::expected<peer::credentials, std::string>
in_memory(const std::array<std::string, 3>& texts) {
  auto files = std::make_shared<std::vector<tls::memory_file>>();
  for (const auto& text : texts) {
    auto made = tls::memory_file::make(text);
    if (!made)
      return tl::unexpected{std::move(made.error())};
    files->push_back(std::move(*made));
  }
  return peer::credentials{(*files)[0].path(), (*files)[1].path(),
                           (*files)[2].path(), files};
}

tl::expected<peer::credentials, std::string> derived_from(uint64_t seed) {
  auto time = always();
  auto authority = tls::certificate_authority::derive(std::to_string(seed),
                                                      time);
  if (!authority)
    return tl::unexpected{std::move(authority.error())};
  auto signs = tls::certificate_authority::load(authority->value);
  if (!signs)
    return tl::unexpected{std::move(signs.error())};
  auto own = signs->issue({"node", {}}, time);
  if (!own)
    return tl::unexpected{std::move(own.error())};
  return in_memory(
    {own->value.certificate, own->value.key, authority->value.certificate});
}

} // namespace

tl::expected<peer::credentials, std::string>
node_credentials(const config::cluster_options& options,
                 const messages::store_identity& store) {
  if (!options.certificate_file.empty())
    return peer::credentials{
      options.certificate_file, options.key_file, options.ca_file, {}};
  return derived_from(store.hash_seed);
}

} // namespace pumpscope::runtime
