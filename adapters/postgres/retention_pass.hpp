#pragma once

#include "adapters/postgres/hot_statements.hpp"

#include <functional>
#include <vector>

namespace pumpscope::adapters::postgres {

/// Does what `retain_postgres` promises; throws.
class retention_pass {
public:
  retention_pass(const postgres_options& options,
                 const retention_settings& settings);

  retention_report run(const std::function<bool()>& stopped);

private:
  /// Where the pass under way is; false when there is none.
  bool begin(retention_report& report);

  /// Makes the baselines of the next keys. False when the pass is not where it
  /// was: another owner, or nobody knows whether the last batch was written.
  bool make_batch(retention_report& report);

  [[nodiscard]] std::vector<domain::pubkey> next_keys();
  void fold_wallets(const std::vector<domain::pubkey>& keys,
                    baseline_batch& batch);
  void fold_tokens(const std::vector<domain::pubkey>& keys,
                   baseline_batch& batch);

  /// Hands the rows of the keys that go to `on_row`, by key in chain order, and
  /// what the history of each key with rows begins with to `on_key` before.
  template <class OnKey, class OnRow>
  void visit(messages::projection kind, const std::vector<domain::pubkey>& keys,
             OnKey on_key, OnRow on_row);

  /// The last transaction of a pass.
  void finish(retention_report& report);

  retention_settings settings_;
  session session_;
  hot_statements writer_;
  uint64_t pass_ = 0;
  uint64_t to_slot_ = 0;
  uint64_t up_to_ = 0;
  int64_t kind_ = 0;
  std::string key_ = {};
};

} // namespace pumpscope::adapters::postgres
