#include "runtime/commands.hpp"

#include "runtime/command_audit.hpp"
#include "runtime/command_cert.hpp"
#include "runtime/command_console.hpp"
#include "runtime/command_decode.hpp"
#include "runtime/command_dlq.hpp"
#include "runtime/command_dump.hpp"
#include "runtime/command_gaps.hpp"
#include "runtime/command_inspect.hpp"
#include "runtime/command_migrate.hpp"
#include "runtime/command_node.hpp"
#include "runtime/command_record.hpp"
#include "runtime/command_replay.hpp"
#include "runtime/command_run.hpp"
#include "runtime/command_simulate.hpp"
#include "runtime/command_verify.hpp"

namespace pumpscope::runtime {

std::vector<command_ptr> all_commands() {
  auto result = std::vector<command_ptr>{};
  result.push_back(make_run_command());
  result.push_back(make_replay_command());
  result.push_back(make_decode_command());
  result.push_back(make_record_command());
  result.push_back(make_simulate_command());
  result.push_back(make_dump_command());
  result.push_back(make_verify_command());
  result.push_back(make_inspect_command());
  result.push_back(make_audit_command());
  result.push_back(make_gaps_command());
  result.push_back(make_dlq_command());
  result.push_back(make_console_command());
  result.push_back(make_node_command());
  result.push_back(make_migrate_command());
  result.push_back(make_cert_command());
  return result;
}

} // namespace pumpscope::runtime
