#include "runtime/command_console.hpp"

#include "adapters/rpc/client.hpp"
#include "config/rpc_url.hpp"
#include "runtime/console_view.hpp"
#include "runtime/output.hpp"
#include "runtime/stop_signals.hpp"

#include <CLI/CLI.hpp>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <poll.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace pumpscope::runtime {

namespace {

using clock = std::chrono::steady_clock;

/// How often a view is asked for again.
constexpr auto period = std::chrono::milliseconds{1'000};

/// How long a wait for a key may last: a new size of the window, or a signal,
/// is noticed within it.
constexpr auto look_period = std::chrono::milliseconds{100};

/// Longest key that is typed: a signature and a slot.
constexpr size_t key_bytes_max = 120;

/// Answers are far below: 130 actors with all their counters are 200 KiB.
constexpr size_t answer_bytes_max = size_t{8} << 20;

/// Asks one node, with a connection for each question that is asked again and
/// again.
class console_client {
public:
  explicit console_client(const config::rpc_url& url) {
    settings_.host = url.server.server.host;
    settings_.port = url.server.server.port;
    settings_.tls = url.server.tls;
    settings_.request_timeout = std::chrono::seconds{12};
    settings_.body_bytes_max = answer_bytes_max;
    root_ = url.target.ends_with('/') ? url.target : url.target + "/";
  }

  outcome<std::string> ask(const std::string& question) {
    // Keys come and go; views stay.
    if (clients_.size() > console_views.size() * 2)
      clients_.clear();
    auto& client = clients_[question];
    if (!client) {
      auto settings = settings_;
      settings.target = root_ + "console/api/" + question;
      client = std::make_unique<rpc::client>(std::move(settings));
    }
    auto answer = client->fetch();
    if (!answer)
      return fail(rpc::shown_name(settings_) + ": " + answer.error().what);
    return std::move(*answer);
  }

private:
  rpc::client_settings settings_ = {};
  std::string root_ = {};
  std::map<std::string, std::unique_ptr<rpc::client>> clients_ = {};
};

/// The terminal as a page: keys come one by one and nothing is echoed, until
/// this goes away.
class full_screen {
public:
  full_screen() {
    is_terminal_ = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
                   && tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_terminal_)
      return;
    auto raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    // The other page of the terminal, without a cursor.
    write("\x1B[?1049h\x1B[?25l");
  }

  ~full_screen() {
    if (!is_terminal_)
      return;
    write("\x1B[?25h\x1B[?1049l");
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

  full_screen(const full_screen&) = delete;
  full_screen& operator=(const full_screen&) = delete;

  [[nodiscard]] bool is_terminal() const {
    return is_terminal_;
  }

  /// Columns and lines now.
  [[nodiscard]] static std::pair<size_t, size_t> size() {
    auto result = winsize{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &result) != 0 || result.ws_col == 0)
      return {80, 24};
    return {result.ws_col, result.ws_row};
  }

  /// Draws lines over the last ones; what does not fit below is left out.
  static void draw(std::string_view text, size_t lines) {
    auto out = std::string{"\x1B[H"};
    for (size_t i = 0; i < lines && !text.empty(); ++i) {
      auto end = std::min(text.find('\n'), text.size());
      out += text.substr(0, end);
      out += i + 1 < lines ? "\x1B[K\r\n" : "\x1B[K";
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    write(out + "\x1B[J");
  }

  /// The next key; 0 = none came in time.
  static char key() {
    auto wanted = pollfd{STDIN_FILENO, POLLIN, 0};
    auto byte = '\0';
    if (poll(&wanted, 1, static_cast<int>(look_period.count())) > 0
        && ::read(STDIN_FILENO, &byte, 1) != 1)
      // The terminal is gone.
      return 'q';
    return byte;
  }

private:
  static void write(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  bool is_terminal_ = false;
  termios before_ = {};
};

class console_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "console";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Show how the actors of a running node do.";
  }

  void declare(CLI::App& app) override {
    auto views = std::vector<std::string>{console_views.begin(),
                                          console_views.end()};
    app.add_option("--url", url_, "Where the node serves HTTP.")
      ->capture_default_str();
    app.add_flag("--once", once_, "Print one view as text and end.");
    app.add_option("--view", view_, "The view to begin with.")
      ->check(CLI::IsMember(views))
      ->capture_default_str();
    app.add_option("--key", key_,
                   "What to find (a wallet or mint) or trace (SIGNATURE, or "
                   "SIGNATURE:SLOT for an older one).");
    app.add_option("--width", width_, "Columns of the text of --once.")
      ->check(CLI::Range(size_t{20}, size_t{1'000}))
      ->capture_default_str();
  }

  outcome<void> run(const config::options&) override {
    auto url = config::parse_rpc_url(url_);
    if (!url)
      return refuse_usage("--url: " + url.error());
    if (!key_.empty() && view_ != "find" && view_ != "trace")
      return refuse_usage("--key belongs to --view find and --view trace");
    auto client = console_client{*url};
    if (once_)
      return print_once(client);
    auto signals = stop_signals{};
    auto screen = full_screen{};
    if (!screen.is_terminal())
      return refuse_usage("this is no terminal: --once prints one view");
    follow(client, signals.token());
    return {};
  }

private:
  [[nodiscard]] outcome<void> print_once(console_client& client) const {
    auto question = console_question(view_, key_);
    if (!question)
      return refuse_usage("--view " + view_ + " needs --key");
    auto answer = client.ask(*question);
    if (!answer)
      return tl::unexpected{std::move(answer.error())};
    // Rates are those since the look before: the first one has none.
    if (answer->find("\"period_seconds\":null") != std::string::npos) {
      std::this_thread::sleep_for(period);
      answer = client.ask(*question);
      if (!answer)
        return tl::unexpected{std::move(answer.error())};
    }
    auto text = render_console(view_, *answer, width_);
    if (!text)
      return tl::unexpected{std::move(text.error())};
    auto out = output{};
    out.write(*text);
    return out.finish();
  }

  /// The first line: views and what is asked.
  [[nodiscard]] std::string title() const {
    auto result = std::string{};
    for (size_t i = 0; i < console_views.size(); ++i) {
      auto current = console_views[i] == view_;
      result += (current ? "[" : " ") + std::to_string((i + 1) % 10) + " "
                + std::string{console_views[i]} + (current ? "]" : " ");
    }
    return result + " q";
  }

  void follow(console_client& client, const std::stop_token& stop) {
    auto body = std::string{};
    auto trouble = std::string{};
    auto due = clock::now();
    auto typing = false;
    while (!stop.stop_requested()) {
      auto question = console_question(view_, key_);
      if (clock::now() >= due && question) {
        due = clock::now() + period;
        auto answer = client.ask(*question);
        trouble = answer ? std::string{} : answer.error().what;
        // What was shown before stays, and is told to be old.
        if (answer)
          body = std::move(*answer);
      }
      draw(body, trouble, question.has_value(), typing);
      auto pressed = full_screen::key();
      if (typing) {
        typing = type(pressed);
        if (!typing)
          due = clock::now();
      } else if (pressed == 'q') {
        return;
      } else if (pressed == '/') {
        if (view_ != "trace")
          view_ = "find";
        key_.clear();
        body.clear();
        typing = true;
      } else if (pressed >= '0' && pressed <= '9') {
        // As on a keyboard, 0 is behind 9.
        view_ = console_views[static_cast<size_t>(pressed - '0' + 9) % 10];
        body.clear();
        trouble.clear();
        due = clock::now();
      }
    }
  }

  /// Takes a key of the line that is typed; false = it is done.
  bool type(char pressed) {
    if (pressed == '\n' || pressed == '\r' || pressed == '\x1B')
      return false;
    if ((pressed == '\x7F' || pressed == '\b') && !key_.empty())
      key_.pop_back();
    else if (pressed > ' ' && pressed < '\x7F' && key_.size() < key_bytes_max)
      key_ += pressed;
    return true;
  }

  void draw(const std::string& body, const std::string& trouble, bool asked,
            bool typing) const {
    auto [width, lines] = full_screen::size();
    auto text = title().substr(0, width) + "\n";
    if (view_ == "find" || view_ == "trace")
      text += (view_ + ": " + key_ + (typing ? "_" : "   (/ to type)"))
                .substr(0, width)
              + "\n";
    if (!trouble.empty())
      text += ("! " + trouble).substr(0, width) + "\n";
    if (!body.empty()) {
      auto drawn = render_console(view_, body, width);
      text += drawn ? *drawn : drawn.error().what + "\n";
    } else if (asked && trouble.empty()) {
      text += "asking...\n";
    }
    full_screen::draw(text, lines);
  }

  std::string url_ = "http://127.0.0.1:8080";
  bool once_ = false;
  std::string view_ = std::string{console_views.front()};
  std::string key_ = {};
  size_t width_ = 160;
};

} // namespace

command_ptr make_console_command() {
  return std::make_unique<console_command>();
}

} // namespace pumpscope::runtime
