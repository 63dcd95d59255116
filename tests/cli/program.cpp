#include "tests/cli/program.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace pumpscope::test {

namespace {

using clock = std::chrono::steady_clock;

void checked(int result) {
  if (result < 0)
    throw std::system_error(errno, std::generic_category());
}

/// The environment of a child: ours without PUMPSCOPE_*, plus what is asked.
std::vector<std::string> child_environment(std::vector<std::string> result) {
  for (auto** i = environ; *i != nullptr; ++i)
    if (!std::string_view{*i}.starts_with("PUMPSCOPE_"))
      result.emplace_back(*i);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& xs) {
  auto result = std::vector<char*>{};
  for (auto& x : xs)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

} // namespace

program::program(const std::vector<std::string>& arguments,
                 const std::filesystem::path& folder,
                 const std::vector<std::string>& environment) {
  auto words = std::vector<std::string>{binary()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  start(std::move(words), folder, child_environment(environment));
}

program::program(const shell_line& line, const std::filesystem::path& folder) {
  start({"/bin/sh", "-c", line.text}, folder,
        child_environment({"PROGRAM=" + binary()}));
}

void program::start(std::vector<std::string> words,
                    const std::filesystem::path& folder,
                    std::vector<std::string> variables) {
  int out[2] = {};
  int err[2] = {};
  checked(pipe(out));
  checked(pipe(err));
  auto argv = pointers(words);
  auto envp = pointers(variables);
  pid_ = fork();
  checked(pid_);
  if (pid_ == 0) {
    if (chdir(folder.c_str()) != 0 || dup2(out[1], STDOUT_FILENO) < 0
        || dup2(err[1], STDERR_FILENO) < 0)
      _exit(126);
    for (auto file : {out[0], out[1], err[0], err[1]})
      close(file);
    execve(words.front().c_str(), argv.data(), envp.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

program::~program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (auto file : {out_, err_})
    if (file >= 0)
      close(file);
}

bool program::pump(std::chrono::milliseconds timeout) {
  // poll leaves negative descriptors alone.
  pollfd files[] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  if (poll(files, 2, static_cast<int>(timeout.count())) > 0) {
    drain(out_, files[0].revents, result_.out);
    drain(err_, files[1].revents, result_.err);
  }
  return out_ >= 0 || err_ >= 0;
}

void program::drain(int& file, int ready, std::string& text) {
  if (ready == 0)
    return;
  char buffer[65'536];
  auto count = read(file, buffer, sizeof(buffer));
  if (count > 0) {
    text.append(buffer, static_cast<size_t>(count));
    return;
  }
  close(file);
  file = -1;
}

std::string program::wait_for_line(const std::string& text,
                                   std::chrono::seconds patience) {
  auto deadline = clock::now() + patience;
  while (true) {
    auto at = result_.err.find(text);
    auto end = at == std::string::npos ? at : result_.err.find('\n', at);
    if (end != std::string::npos) {
      auto begin = result_.err.rfind('\n', at);
      begin = begin == std::string::npos ? 0 : begin + 1;
      return result_.err.substr(begin, end - begin);
    }
    if (clock::now() > deadline || !pump(std::chrono::milliseconds{100}))
      return {};
  }
}

void program::signal(int number) const {
  kill(pid_, number);
}

program_result program::wait(std::chrono::seconds patience) {
  auto deadline = clock::now() + patience;
  while (pump(std::chrono::milliseconds{100}))
    if (clock::now() > deadline) {
      kill(pid_, SIGKILL);
      deadline = clock::time_point::max();
      result_.err += "\n(killed by the test: it took too long)\n";
    }
  auto status = 0;
  checked(waitpid(pid_, &status, 0));
  pid_ = -1;
  result_.code = WIFEXITED(status) ? WEXITSTATUS(status)
                                   : 128 + WTERMSIG(status);
  return result_;
}

program_result run_program(const std::vector<std::string>& arguments,
                           const std::filesystem::path& folder,
                           const std::vector<std::string>& environment) {
  auto child = program{arguments, folder, environment};
  return child.wait();
}

temporary_folder::temporary_folder() {
  auto name
    = (std::filesystem::temp_directory_path() / "pumpscope-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
}

temporary_folder::~temporary_folder() {
  auto ignored = std::error_code{};
  std::filesystem::remove_all(path_, ignored);
}

} // namespace pumpscope::test
