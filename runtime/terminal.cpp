#include "runtime/terminal.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <unistd.h>

namespace pumpscope::runtime {

namespace {

using std::chrono::milliseconds;

std::string duration_text(uint64_t seconds) {
  auto buffer = std::array<char, 48>{};
  if (seconds >= 3'600)
    std::snprintf(buffer.data(), buffer.size(), "%llu h %02llu m",
                  static_cast<unsigned long long>(seconds / 3'600),
                  static_cast<unsigned long long>(seconds / 60 % 60));
  else if (seconds >= 60)
    std::snprintf(buffer.data(), buffer.size(), "%llu m %02llu s",
                  static_cast<unsigned long long>(seconds / 60),
                  static_cast<unsigned long long>(seconds % 60));
  else
    std::snprintf(buffer.data(), buffer.size(), "%llu s",
                  static_cast<unsigned long long>(seconds));
  return buffer.data();
}

std::string bar(double share, size_t width) {
  auto full = static_cast<size_t>(share * static_cast<double>(width));
  auto result = std::string(std::min(full, width), '#');
  result.resize(width, '.');
  return "[" + result + "]";
}

/// Cuts a line to the width and ends it; texts from outside may be longer.
std::string fitted(std::string line, size_t width) {
  if (line.size() > width)
    line.resize(width);
  return line + "\n";
}

std::string padded(std::string text, size_t width, bool right) {
  if (text.size() < width)
    text.insert(right ? 0 : text.size(), width - text.size(), ' ');
  return text;
}

std::string endpoint_text(const messages::endpoint_report& x) {
  auto state = std::string{x.reading   ? "reading"
                           : x.standby ? "standby"
                                       : "not reading"};
  auto result = x.name + "  " + state + "  slot " + grouped(x.slot);
  if (x.slots_compared > 0)
    result += "  lacked " + grouped(x.missing_transactions)
              + " transactions in " + grouped(x.slots_differing) + " of "
              + grouped(x.slots_compared) + " slots";
  if (!x.last_error.empty())
    result += "  ! " + x.last_error;
  return result;
}

} // namespace

std::string grouped(uint64_t x) {
  auto result = std::to_string(x);
  for (auto i = result.size(); i > 3; i -= 3)
    result.insert(i - 3, 1, ',');
  return result;
}

std::string sol_text(std::string_view lamports) {
  auto negative = lamports.starts_with('-');
  auto digits = std::string{lamports.substr(negative ? 1 : 0)};
  if (digits.size() < 10)
    digits.insert(0, 10 - digits.size(), '0');
  digits.insert(digits.size() - 9, 1, '.');
  return (negative ? "-" : "") + digits;
}

std::string percent_text(double share) {
  auto text = std::array<char, 32>{};
  auto size = std::snprintf(text.data(), text.size(), "%+.1f %%",
                            std::clamp(share * 100, -1e9, 1e9));
  return {text.data(), static_cast<size_t>(size)};
}

std::string render_progress(const progress_view& x, size_t width) {
  auto seconds = static_cast<double>(x.elapsed.count()) / 1'000;
  auto rate = seconds > 0 ? static_cast<double>(x.trades) / seconds : 0;
  auto text = grouped(x.trades) + " trades  "
              + grouped(static_cast<uint64_t>(rate)) + "/s";
  if (x.bytes_total == 0)
    return text.substr(0, width);
  auto share = std::min(1.0, static_cast<double>(x.bytes_done)
                               / static_cast<double>(x.bytes_total));
  auto percent = std::to_string(static_cast<int>(share * 100));
  text = padded(percent, 3, true) + " %  " + text;
  // The first instants say nothing about the rate.
  if (share > 0 && share < 1 && seconds >= 1)
    text
      += "  ETA "
         + duration_text(static_cast<uint64_t>(seconds * (1 - share) / share));
  constexpr size_t bar_min = 10;
  constexpr size_t bar_max = 30;
  if (width >= text.size() + bar_min + 4)
    text = bar(share, std::min(bar_max, width - text.size() - 4)) + " " + text;
  return text.substr(0, width);
}

std::string render_live_line(const live_view& x) {
  auto result
    = std::string{x.simulated ? "SIMULATED " : ""} + x.source + " slot="
      + std::to_string(x.slot) + " lag_slots=" + std::to_string(x.lag_slots)
      + " trades=" + std::to_string(x.trades) + " trades_per_second="
      + std::to_string(static_cast<uint64_t>(x.trades_per_second)) + " wallets="
      + std::to_string(x.wallets) + " tokens=" + std::to_string(x.tokens)
      + " open_gaps=" + std::to_string(x.open_gaps)
      + " reserve_breaks=" + std::to_string(x.reserve_breaks) + " dead_letters="
      + std::to_string(x.dead_letters) + " audited=" + std::to_string(x.audited)
      + " audit_mismatches=" + std::to_string(x.audit_mismatches);
  if (!x.endpoints.empty()) {
    auto reading = std::count_if(x.endpoints.begin(), x.endpoints.end(),
                                 [](const auto& y) { return y.reading; });
    auto missing = uint64_t{0};
    for (const auto& endpoint : x.endpoints)
      missing += endpoint.missing_transactions;
    result += " endpoints_reading=" + std::to_string(reading) + "/"
              + std::to_string(x.endpoints.size())
              + " missing_transactions=" + std::to_string(missing);
  }
  if (!x.trouble.empty())
    result += " trouble=\"" + x.trouble + "\"";
  return result;
}

std::string render_live(const live_view& x, size_t width) {
  auto result = fitted((x.simulated ? "SIMULATED market  " : "") + x.source,
                       width);
  if (!x.trouble.empty())
    result += fitted("! " + x.trouble, width);
  for (const auto& endpoint : x.endpoints)
    result += fitted("  " + endpoint_text(endpoint), width);
  result += fitted("slot " + grouped(x.slot) + "  lag " + grouped(x.lag_slots)
                     + " slots  gaps " + grouped(x.open_gaps)
                     + "  reserve breaks " + grouped(x.reserve_breaks)
                     + "  dead letters " + grouped(x.dead_letters)
                     + "  incidents " + grouped(x.audit_mismatches),
                   width);
  result += fitted(grouped(x.trades) + " trades  "
                     + grouped(static_cast<uint64_t>(x.trades_per_second))
                     + "/s  " + grouped(x.wallets) + " wallets  "
                     + grouped(x.tokens) + " tokens",
                   width);
  if (!x.losers.empty())
    result += fitted("worst losers, 24 h, net", width);
  auto rank = 0;
  for (const auto& loser : x.losers)
    result += fitted(padded(std::to_string(++rank), 3, true) + "  "
                       + padded(loser.wallet, 44, false) + "  "
                       + padded(loser.pnl, 18, true) + " SOL  "
                       + padded(grouped(loser.trades), 7, true) + " trades",
                     width);
  if (!x.top_tokens.empty())
    result += fitted("most traded tokens, 24 h", width);
  rank = 0;
  for (const auto& token : x.top_tokens)
    result += fitted(padded(std::to_string(++rank), 3, true) + "  "
                       + padded(token.mint, 44, false) + "  "
                       + padded(token.volume, 18, true) + " SOL  "
                       + padded(grouped(token.trades), 7, true) + " trades  "
                       + (token.change ? percent_text(*token.change) : ""),
                     width);
  return result;
}

terminal::terminal() : interactive_(isatty(STDERR_FILENO) == 1) {
  // nop
}

terminal::~terminal() {
  clear();
}

size_t terminal::width() const {
  auto size = winsize{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 80;
  return size.ws_col;
}

void terminal::draw(std::string_view text) {
  if (!interactive_)
    return;
  clear();
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  lines_above_
    = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  drawn_ = true;
}

void terminal::clear() {
  if (!drawn_)
    return;
  if (lines_above_ > 0)
    std::fprintf(stderr, "\x1B[%zuA", lines_above_);
  std::fputs("\r\x1B[J", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

} // namespace pumpscope::runtime
