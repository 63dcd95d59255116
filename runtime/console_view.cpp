#include "runtime/console_view.hpp"

#include "runtime/terminal.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

namespace pumpscope::runtime {

namespace {

namespace json = boost::json;

// -- texts --------------------------------------------------------------------

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Columns of a text: one for each character.
size_t columns_of(std::string_view x) {
  return static_cast<size_t>(std::count_if(
    x.begin(), x.end(), [](char c) { return !is_continuation(c); }));
}

/// Cuts a text between characters.
std::string cut(std::string_view x, size_t columns) {
  auto end = size_t{0};
  for (auto left = columns; end < x.size(); ++end)
    if (!is_continuation(x[end]) && left-- == 0)
      break;
  return std::string{x.substr(0, end)};
}

/// Replaces what a terminal would obey: control characters, those of two bytes
/// (U+0080 to U+009F) among them.
std::string harmless(std::string_view x) {
  auto result = std::string{};
  for (size_t i = 0; i < x.size(); ++i) {
    auto byte = static_cast<unsigned char>(x[i]);
    auto next = i + 1 < x.size() ? static_cast<unsigned char>(x[i + 1]) : 0U;
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      result += '?';
      ++i;
    } else {
      result += byte < 0x20 || byte == 0x7F ? '?' : x[i];
    }
  }
  return result;
}

std::string printed(const char* format, double x) {
  auto buffer = std::array<char, 32>{};
  std::snprintf(buffer.data(), buffer.size(), format, x);
  return buffer.data();
}

std::string duration_text(double seconds) {
  if (seconds < 1e-3)
    return printed("%.0f us", seconds * 1e6);
  if (seconds < 1)
    return printed("%.1f ms", seconds * 1e3);
  return printed("%.1f s", seconds);
}

/// What is shown of a value, by the ending of its name.
std::string shown(std::string_view name, const json::value& x) {
  if (x.is_null())
    return "-";
  if (x.is_bool())
    return x.get_bool() ? "yes" : "no";
  if (x.is_string())
    return harmless(x.get_string());
  if (x.is_int64() && x.get_int64() >= 0)
    return grouped(static_cast<uint64_t>(x.get_int64()));
  if (x.is_uint64())
    return grouped(x.get_uint64());
  if (!x.is_number())
    return "...";
  auto number = x.to_number<double>();
  if (name.ends_with("_seconds") || name == "seconds")
    return duration_text(number);
  if (name == "busy" || name == "busy_max")
    return printed("%.0f %%", number * 100);
  return printed(std::abs(number) < 10 ? "%.1f" : "%.0f", number);
}

// -- reading ------------------------------------------------------------------

const json::value& member(const json::object& x, std::string_view name) {
  static const auto nothing = json::value{};
  auto found = x.if_contains(name);
  return found ? *found : nothing;
}

const json::array& list(const json::object& x, std::string_view name) {
  static const auto nothing = json::array{};
  auto found = member(x, name).if_array();
  return found ? *found : nothing;
}

const json::object& object_of(const json::value& x) {
  static const auto nothing = json::object{};
  auto found = x.if_object();
  return found ? *found : nothing;
}

// -- drawing ------------------------------------------------------------------

/// A column: its title and the member that it shows.
struct column {
  const char* title = "";
  const char* name = "";
  bool is_text = false;
};

/// Lines of at most `width` columns.
class page {
public:
  explicit page(size_t width) : width_{width} {
    // nop
  }

  void line(std::string_view text) {
    text_ += cut(text, width_);
    text_ += '\n';
  }

  /// Pairs of a title and a value, as many in a line as fit.
  void facts(const json::object& of, const std::vector<column>& xs) {
    auto row = std::string{};
    for (auto& x : xs) {
      auto fact = std::string{x.title} + " "
                  + shown(x.name, member(of, x.name));
      if (!row.empty() && columns_of(row) + 3 + columns_of(fact) > width_) {
        line(row);
        row.clear();
      }
      row += (row.empty() ? "" : "   ") + fact;
    }
    line(row);
  }

  void table(const json::array& rows, const std::vector<column>& xs) {
    auto cells = std::vector<std::vector<std::string>>{};
    auto& titles = cells.emplace_back();
    for (auto& x : xs)
      titles.emplace_back(x.title);
    for (auto& row : rows) {
      auto& of = cells.emplace_back();
      for (auto& x : xs)
        of.push_back(shown(x.name, member(object_of(row), x.name)));
    }
    auto widths = std::vector<size_t>(xs.size());
    for (auto& row : cells)
      for (size_t i = 0; i < xs.size(); ++i)
        widths[i] = std::max(widths[i], columns_of(row[i]));
    for (auto& row : cells) {
      auto text = std::string{};
      for (size_t i = 0; i < xs.size(); ++i) {
        auto space = std::string(widths[i] - columns_of(row[i]), ' ');
        text += i == 0 ? "" : "  ";
        text += xs[i].is_text ? row[i] + space : space + row[i];
      }
      line(text);
    }
    if (rows.empty())
      line("(none)");
  }

  std::string take() {
    return std::move(text_);
  }

private:
  size_t width_;
  std::string text_ = {};
};

void draw_stages(page& to, const json::array& rows) {
  to.table(rows, {{"stage", "stage", true},
                  {"after", "from", true},
                  {"traced", "count"},
                  {"p50", "p50_seconds"},
                  {"p99", "p99_seconds"},
                  {"longest", "max_seconds"}});
}

void draw_actors_of(page& to, const json::array& rows) {
  to.table(rows, {{"actor", "role", true},
                  {"", "name", true},
                  {"answers", "answered"},
                  {"messages/s", "messages_per_second"},
                  {"waiting", "mailbox"},
                  {"busy", "busy"},
                  {"p50", "time_p50_seconds"},
                  {"p99", "time_p99_seconds"},
                  {"problem", "problem", true}});
}

void draw_overview(page& to, const json::object& x) {
  to.facts(x, {{"generation", "generation"},
               {"runs for", "generation_seconds"},
               {"restarts", "restarts_total"},
               {"entity restarts", "entity_restarts_total"}});
  to.facts(x, {{"sealed slot", "sealed_slot"},
               {"highest", "highest_slot"},
               {"behind", "lag_slots"},
               {"epochs in flight", "epochs_in_flight"}});
  to.facts(x, {{"trades", "trades_total"},
               {"trades/s", "trades_per_second"},
               {"updates/s", "updates_per_second"}});
  to.facts(x, {{"actors", "actors"},
               {"silent", "silent"},
               {"entities", "entities"},
               {"messages waiting", "mailbox"}});
  to.facts(x, {{"gaps", "gaps_total"},
               {"dead letters", "dead_letters_total"},
               {"mismatches", "mismatches_total"}});
  auto health = [&](const char* name, const json::value& of) {
    to.facts(object_of(of), {{name, "ready"}, {"", "problem"}});
  };
  health("store ready", member(x, "store"));
  health("sink ready", member(x, "sink"));
  to.line("");
  draw_stages(to, list(x, "latency"));
}

void draw_actors(page& to, const json::object& x) {
  if (x.contains("roles")) {
    to.table(list(x, "roles"), {{"role", "role", true},
                                {"parent", "parent", true},
                                {"actors", "actors"},
                                {"silent", "silent"},
                                {"messages/s", "messages_per_second"},
                                {"waiting", "mailbox"},
                                {"busiest", "busy_max"},
                                {"p50", "time_p50_seconds"},
                                {"p99", "time_p99_seconds"},
                                {"restarts", "restarts"}});
    to.line("");
  }
  draw_actors_of(to, list(x, "actors"));
}

void draw_partitions(page& to, const json::object& x) {
  to.facts(x, {{"journal position", "committed_jpos"}});
  to.table(list(x, "partitions"), {{"kind", "kind", true},
                                   {"", "partition"},
                                   {"node", "node", true},
                                   {"answers", "answered"},
                                   {"alive", "entities"},
                                   {"changed", "dirty"},
                                   {"applied", "applied"},
                                   {"lag", "lag_rows"},
                                   {"unstored", "unstored_rows"},
                                   {"waiting", "waiting"},
                                   {"fold p50", "fold_p50_seconds"},
                                   {"fold p99", "fold_p99_seconds"},
                                   {"restarts", "entity_restarts_total"}});
}

void draw_streams(page& to, const json::object& x) {
  to.facts(x, {{"sealed slot", "sealed_slot"}, {"highest", "highest_slot"}});
  to.table(list(x, "streams"), {{"kind", "kind", true},
                                {"name", "name", true},
                                {"reads", "reading"},
                                {"slot", "slot"},
                                {"lag", "lag_slots"},
                                {"credit", "credit"},
                                {"updates", "updates_total"},
                                {"retries", "retries_total"},
                                {"problem", "problem", true}});
}

void draw_latency(page& to, const json::object& x) {
  draw_stages(to, list(x, "stages"));
}

void draw_stores(page& to, const json::object& x) {
  to.facts(object_of(member(x, "head")), {{"fence", "fence"},
                                          {"epoch", "epoch"},
                                          {"journal position", "jpos"},
                                          {"chain time", "chain_time"}});
  to.facts(object_of(member(x, "counts")), {{"trades", "trades"},
                                            {"slots", "slots"},
                                            {"open gaps", "open_gaps"},
                                            {"dead letters", "dead_letters"},
                                            {"open re-folds", "repairs"}});
  to.facts(x, {{"problem", "problem"}});
  draw_actors_of(to, list(x, "actors"));
}

void draw_gaps(page& to, const json::object& x) {
  to.facts(x, {{"open gaps", "total"}});
  to.table(list(x, "gaps"), {{"from slot", "from_slot"},
                             {"to slot", "to_slot"},
                             {"reason", "reason", true},
                             {"opened at", "opened_at", true}});
}

const std::vector<column>& row_columns() {
  static const auto result = std::vector<column>{
    {"position", "jpos"},
    {"slot", "slot"},
    {"time", "block_time", true},
    {"what", "what", true},
    {"token units", "token_units"},
    {"quote units", "quote_units"},
    {"wallet", "wallet", true},
    {"mint", "mint", true},
    {"signature", "signature", true},
  };
  return result;
}

void draw_entity(page& to, const char* title, const json::object& x) {
  if (member(x, "known") != json::value(true))
    return;
  to.line(title);
  to.facts(x, {{"partition", "partition"},
               {"alive", "live"},
               {"stored", "stored"},
               {"changed since stored", "dirty"},
               {"folded up to", "applied"},
               {"stored up to", "cursor"},
               {"problem", "problem"},
               {"store", "stored_problem"}});
  to.table(list(x, "fields"), {{"field", "name", true},
                               {"live", "live"},
                               {"stored", "stored"},
                               {"differs", "differs"}});
  to.line("last messages");
  to.table(list(x, "rows"), row_columns());
}

void draw_found(page& to, const json::object& x) {
  auto& wallet = object_of(member(x, "wallet"));
  auto& token = object_of(member(x, "token"));
  draw_entity(to, "as a wallet", wallet);
  draw_entity(to, "as a token", token);
  if (member(wallet, "known") != json::value(true)
      && member(token, "known") != json::value(true))
    to.line("neither a wallet nor a token that this node knows");
}

void draw_trace(page& to, const json::object& x) {
  to.facts(x, {{"", "state"}});
  to.facts(x, {{"slot", "slot"}, {"index", "tx_index"}, {"epoch", "epoch"}});
  to.table(list(x, "stages"), {{"stage", "stage", true},
                               {"done at, unix ms", "at_unix_ms"},
                               {"after receive", "seconds"}});
  to.table(list(x, "rows"), row_columns());
}

void draw_nodes(page& to, const json::object& x) {
  to.facts(x, {{"asked", "self"}, {"fence", "fence"}});
  to.table(list(x, "nodes"), {{"node", "name", true},
                              {"role", "role", true},
                              {"partitions", "partitions"},
                              {"last beat, ms", "beat_age_ms"},
                              {"age, ms", "age_ms"},
                              {"build", "build", true},
                              {"API", "http", true}});
}

using drawing = void (*)(page&, const json::object&);

/// In the order of `console_views`.
constexpr auto drawings = std::array<drawing, console_views.size()>{
  draw_overview, draw_actors, draw_partitions, draw_streams, draw_latency,
  draw_stores,   draw_gaps,   draw_found,      draw_trace,   draw_nodes};

} // namespace

std::optional<std::string> console_question(std::string_view view,
                                            std::string_view key) {
  auto is_plain = std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == ':';
  });
  if (view != "find" && view != "trace")
    return std::string{view};
  if (key.empty() || !is_plain)
    return std::nullopt;
  if (view == "find")
    return "find?key=" + std::string{key};
  auto colon = key.find(':');
  auto result = "trace?signature=" + std::string{key.substr(0, colon)};
  if (colon != std::string_view::npos)
    result += "&slot=" + std::string{key.substr(colon + 1)};
  return result;
}

outcome<std::string> render_console(std::string_view view,
                                    std::string_view text, size_t width) {
  auto error = boost::system::error_code{};
  auto body = json::parse({text.data(), text.size()}, error);
  auto object = error ? nullptr : body.if_object();
  if (object == nullptr)
    return fail("the console answered with something that is no JSON object");
  auto i = std::find(console_views.begin(), console_views.end(), view);
  if (i == console_views.end())
    return fail("there is no view " + std::string{view});
  auto to = page{width};
  drawings[static_cast<size_t>(i - console_views.begin())](to, *object);
  return to.take();
}

} // namespace pumpscope::runtime
