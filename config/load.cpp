#include "config/load.hpp"

#include "config/config_file.hpp"
#include "config/option_table.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace pumpscope::config {

namespace {

constexpr auto prefix = std::string_view{"PUMPSCOPE_"};
constexpr size_t file_size_max = size_t{1} << 20;

class loader {
public:
  explicit loader(const file_reader& read) : read_(read) {
    // nop
  }

  void load_file(const std::string& path) {
    auto text = read_(path);
    if (!text) {
      refuse("--config-file " + path, text.error());
      return;
    }
    auto content = parse_file(*text);
    for (auto& problem : content.problems)
      result_.problems.push_back(path + ":" + problem);
    for (const auto& x : content.entries) {
      auto origin = path + ":" + std::to_string(x.line) + ": " + x.key;
      const auto* option = find_option(x.key);
      if (option == nullptr)
        refuse(origin, "there is no such option");
      else if (option->secret)
        refuse(origin, "a secret is set by " + environment_name(x.key) + " or "
                         + x.key + "-file");
      else
        assign(*option, origin, x.value);
    }
  }

  void load_environment(const std::vector<std::string>& environment) {
    for (const auto& option : option_table()) {
      auto start = environment_name(option.key) + "=";
      for (const auto& x : environment)
        if (x.starts_with(start))
          assign(option, start.substr(0, start.size() - 1),
                 std::string_view{x}.substr(start.size()));
    }
    for (const auto& x : environment)
      if (auto name = x.substr(0, x.find('=')); is_misspelled(name))
        refuse(name, "there is no such option");
  }

  void load_command_line(const assignments& xs) {
    for (const auto& [key, value] : xs) {
      if (const auto* option = find_option(key))
        assign(*option, std::string{option->flag}, value);
      else
        refuse(key, "there is no such option");
    }
  }

  /// Takes each secret from its file, where one is configured.
  void load_secrets() {
    auto& x = result_.options;
    load_source_secrets(x.source);
    load_secret("simulator.x-token", "--require-token-file",
                x.simulator.x_token_file, x.simulator.x_token);
    load_secret("webhook.secret", "--webhook-secret-file",
                x.webhook.secret_file, x.webhook.secret);
    load_secret("console.token", "--console-token-file", x.console.token_file,
                x.console.token);
    load_secret("redis.password", "--redis-password-file",
                x.redis.password_file, x.redis.password);
    load_api_keys(x.http);
  }

  loaded take() {
    for (auto& problem : validate(result_.options))
      result_.problems.push_back(std::move(problem));
    return std::move(result_);
  }

private:
  /// One file for all endpoints, or one for each.
  void load_source_secrets(source_options& x) {
    constexpr auto flag = "--x-token-file";
    const auto& files = x.x_token_files;
    if (files.size() == 1) {
      load_secret("source.x-token", flag,
                  files.front() == "none" ? "" : files.front(), x.x_token);
      return;
    }
    if (files.empty())
      return;
    if (files.size() != x.endpoints.size()) {
      refuse(flag, "there are " + std::to_string(files.size()) + " files for "
                     + std::to_string(x.endpoints.size())
                     + " endpoints: give one for all, or one for each");
      return;
    }
    if (!x.x_token.empty()) {
      refuse(flag, "the token is also set by "
                     + environment_name("source.x-token") + ": use one");
      return;
    }
    for (const auto& file : files)
      load_secret("source.x-token", flag, file == "none" ? "" : file,
                  x.x_tokens.emplace_back());
  }

  /// One key a line; empty lines are skipped.
  void load_api_keys(http_options& x) {
    constexpr auto flag = "--api-keys-file";
    if (x.api_keys_file.empty())
      return;
    auto text = read_(x.api_keys_file);
    if (!text) {
      refuse(std::string{flag} + " " + x.api_keys_file, text.error());
      return;
    }
    auto rest = std::string_view{*text};
    while (!rest.empty()) {
      auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (auto key = trim(line); !key.empty())
        x.api_keys.emplace_back(key);
    }
    if (x.api_keys.empty())
      refuse(std::string{flag} + " " + x.api_keys_file, "it holds no key");
  }

  void load_secret(const std::string& key, const std::string& flag,
                   const std::string& path, std::string& secret) {
    if (path.empty())
      return;
    if (!secret.empty()) {
      refuse(flag, "the secret is also set by " + environment_name(key)
                     + ": use one");
      return;
    }
    auto text = read_(path);
    if (!text) {
      refuse(flag + " " + path, text.error());
      return;
    }
    secret = trim(std::string_view{*text}.substr(0, text->find('\n')));
    if (secret.empty())
      refuse(flag + " " + path, "its first line is empty");
  }

  void refuse(std::string_view origin, std::string_view why) {
    result_.problems.push_back(std::string{origin} + ": " + std::string{why});
  }

  void assign(const option& x, const std::string& origin,
              std::string_view value) {
    if (auto problem = x.assign(result_.options, value); !problem.empty())
      refuse(origin, problem);
  }

  /// A variable of ours that names a section but no option of it. Others that
  /// start with PUMPSCOPE_ belong to scripts and tests.
  static bool is_misspelled(std::string_view name) {
    if (!name.starts_with(prefix))
      return false;
    auto in_section = false;
    for (const auto& option : option_table()) {
      auto known = environment_name(option.key);
      if (known == name)
        return false;
      auto section = option.key.substr(0, option.key.find('.'));
      in_section |= name.starts_with(environment_name(section) + "_");
    }
    return in_section;
  }

  const file_reader& read_;
  loaded result_;
};

} // namespace

const std::string& token_of(const source_options& x, size_t endpoint) {
  return endpoint < x.x_tokens.size() ? x.x_tokens[endpoint] : x.x_token;
}

loaded load(const sources& from, const file_reader& read) {
  auto work = loader{read};
  if (!from.config_file.empty())
    work.load_file(from.config_file);
  work.load_environment(from.environment);
  work.load_command_line(from.command_line);
  work.load_secrets();
  return work.take();
}

parsed<std::string> read_file(const std::string& path) {
  errno = 0;
  auto in = std::ifstream{path, std::ios::binary};
  auto result = std::string(file_size_max + 1, '\0');
  if (in)
    in.read(result.data(), static_cast<std::streamsize>(result.size()));
  if (!in.is_open() || in.bad() || (in.gcount() == 0 && errno != 0))
    return tl::unexpected{std::string{"cannot read the file: "}
                          + std::strerror(errno == 0 ? EIO : errno)};
  if (static_cast<size_t>(in.gcount()) > file_size_max)
    return tl::unexpected{std::string{"the file is larger than 1 MiB"}};
  result.resize(static_cast<size_t>(in.gcount()));
  return result;
}

namespace {

void find_webhook_problems(const options& x, std::vector<std::string>& out) {
  if (x.source.webhook == webhook_mode::off)
    return;
  if (!x.http.listen)
    out.emplace_back("source.webhook: webhooks come by HTTP: --http ADDR:PORT "
                     "says where");
  else if (x.webhook.secret.empty() && !is_loopback(x.http.listen->host))
    out.push_back("http.listen: whoever reaches " + to_text(*x.http.listen)
                  + " may post webhooks: set a secret "
                    "(PUMPSCOPE_WEBHOOK_SECRET or --webhook-secret-file)");
  auto odd = [](char c) { return c < 0x20 || c > 0x7E; };
  if (std::any_of(x.webhook.secret.begin(), x.webhook.secret.end(), odd))
    out.emplace_back("webhook.secret: holds characters that no header has");
  auto streams = !x.source.endpoints.empty();
  if (x.source.webhook == webhook_mode::only && streams)
    out.emplace_back("source.webhook: \"only\" has no stream: leave "
                     "source.endpoint empty, or say hint");
  if (x.source.webhook == webhook_mode::hint && !streams)
    out.emplace_back("source.webhook: \"hint\" belongs to the chain of an "
                     "--endpoint: the built-in simulator has a chain of its "
                     "own");
}

/// Names stand in lines of logs and in tables.
void find_cluster_problems(const options& x, std::vector<std::string>& out) {
  if (x.cluster.enabled && x.store.url.kind != store_kind::postgres)
    out.push_back("cluster.enabled: nodes share a store in PostgreSQL; "
                  + to_text(x.store.url) + " is for one node");
  auto& y = x.cluster;
  auto files = {&y.certificate_file, &y.key_file, &y.ca_file};
  auto given = std::count_if(files.begin(), files.end(),
                             [](auto* file) { return !file->empty(); });
  if (given != 0 && given != 3)
    out.emplace_back("cluster.cert: certificate, key and authority belong "
                     "together: name all three");
  if (y.listen && given == 0 && !is_loopback(y.listen->host))
    out.push_back("cluster.listen: " + to_text(*y.listen)
                  + " is reached from outside: that needs --node-cert, "
                    "--node-key and --node-ca (`pumpscope cert` makes them)");
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':'
           || c == '-';
  };
  if (!std::all_of(x.cluster.name.begin(), x.cluster.name.end(), plain)
      || x.cluster.name.size() > node_name_bytes_max)
    out.emplace_back("cluster.name: up to 63 letters, digits and . _ : -");
}

} // namespace

std::vector<std::string> validate(const options& x) {
  auto result = std::vector<std::string>{};
  if (x.source.backoff_min > x.source.backoff_max)
    result.emplace_back(
      "source.backoff-min: must not be above source.backoff-max");
  for (size_t i = 0; i < x.source.endpoints.size(); ++i) {
    const auto& endpoint = x.source.endpoints[i];
    if (!endpoint.tls && !token_of(x.source, i).empty()
        && !is_loopback(endpoint.server.host))
      result.push_back("source.endpoint: a token goes over https only, or to "
                       "this machine; "
                       + to_text(endpoint) + " is neither");
  }
  if (x.source.rpc && !x.source.rpc->server.tls && x.source.rpc->target != "/"
      && !is_loopback(x.source.rpc->server.server.host))
    result.push_back("source.rpc: a path or query may hold a key, which goes "
                     "over https only, or to this machine; "
                     + to_text(*x.source.rpc) + " is neither");
  if (x.retention.trade_days != 0 && x.store.url.kind != store_kind::postgres)
    result.push_back("retention.trades: only a store in PostgreSQL drops old "
                     "rows; "
                     + to_text(x.store.url) + " keeps all: set it to never");
  find_webhook_problems(x, result);
  find_cluster_problems(x, result);
  auto unheard = [](char c) { return c < 0x21 || c > 0x7E; };
  if (std::any_of(x.console.token.begin(), x.console.token.end(), unheard))
    result.emplace_back("console.token: holds characters that no token has");
  if (auto price = parse_price(x.price.source);
      price && !price->redis_key.empty() && !price->redis && !x.redis.url)
    result.emplace_back("price.source: redis:KEY is a key of the Redis that "
                        "redis.url names, and none is named; or use "
                        "redis://HOST:PORT#KEY");
  auto odd = [](char c) { return c < 0x21 || c > 0x7E; };
  auto tokens = x.source.x_tokens;
  tokens.push_back(x.source.x_token);
  tokens.push_back(x.simulator.x_token);
  for (const auto& token : tokens)
    if (std::any_of(token.begin(), token.end(), odd))
      result.emplace_back("x-token: holds characters that no token has");
  return result;
}

} // namespace pumpscope::config
