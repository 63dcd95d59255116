#pragma once

#include "messages/source.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::runtime {

/// How far a replay is.
struct progress_view {
  /// Bytes of the input; a total of 0 = unknown.
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;
  uint64_t trades = 0;
  /// Since the start.
  std::chrono::milliseconds elapsed = std::chrono::milliseconds{0};
};

/// Returns one line of at most `width` columns: bar, percent, trades, rate over
/// the whole run and the time that is left at the mean byte rate.
std::string render_progress(const progress_view& x, size_t width);

/// A row of the worst losers.
struct loser_view {
  /// base58.
  std::string wallet = {};
  /// SOL with 9 decimals, as text.
  std::string pnl = {};
  uint64_t trades = 0;
};

/// A row of the most traded tokens.
struct token_line {
  /// base58.
  std::string mint = {};
  /// SOL with 9 decimals, as text.
  std::string volume = {};
  uint64_t trades = 0;
  /// Share by which the price changed; nothing = not known.
  std::optional<double> change = {};
};

/// What a running node shows.
struct live_view {
  /// Where updates come from, e.g. an endpoint.
  std::string source = {};
  /// The source makes its trades up.
  bool simulated = false;
  /// Why nothing arrives; empty = all is well.
  std::string trouble = {};
  /// How each of several endpoints does.
  std::vector<messages::endpoint_report> endpoints = {};
  /// Highest slot sealed and how many slots the stream is ahead of it.
  uint64_t slot = 0;
  uint64_t lag_slots = 0;
  uint64_t trades = 0;
  double trades_per_second = 0;
  uint64_t wallets = 0;
  uint64_t tokens = 0;
  uint64_t open_gaps = 0;
  /// Chains of reserves that do not join.
  uint64_t reserve_breaks = 0;
  uint64_t dead_letters = 0;
  /// Keys that the audit compared, and incidents, in this run.
  uint64_t audited = 0;
  uint64_t audit_mismatches = 0;
  /// Worst first, 24 h, by net.
  std::vector<loser_view> losers = {};
  /// Most volume first, 24 h.
  std::vector<token_line> top_tokens = {};
};

/// Returns the summary as lines of at most `width` columns, each ended by a
/// newline.
std::string render_live(const live_view& x, size_t width);

/// Returns the summary as one line, for logs.
std::string render_live_line(const live_view& x);

/// Returns lamports as SOL with all nine decimals, e.g. `-1.500000000`.
std::string sol_text(std::string_view lamports);

/// Returns a share as a signed percentage with one decimal: `+12.5 %`.
std::string percent_text(double share);

/// Returns a number with thousands separated: `1,234,567`.
std::string grouped(uint64_t x);

/// Standard error as a place that can be drawn over, when it is a terminal.
class terminal {
public:
  terminal();

  /// Clears what was drawn last and leaves the cursor at its start.
  ~terminal();

  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  /// False when standard error is a file or a pipe: draw nothing then.
  [[nodiscard]] bool interactive() const {
    return interactive_;
  }

  /// Columns of the window; 80 when it does not tell.
  [[nodiscard]] size_t width() const;

  /// Replaces what was drawn last. Pre: each line fits the width.
  void draw(std::string_view text);

  /// Removes what was drawn last.
  void clear();

private:
  bool interactive_ = false;
  bool drawn_ = false;
  /// Line ends of the last drawing: how far up its start is.
  size_t lines_above_ = 0;
};

} // namespace pumpscope::runtime
