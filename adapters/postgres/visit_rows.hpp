#pragma once

#include <pqxx/pqxx>

#include <string>

namespace pumpscope::adapters::postgres {

/// Hands all rows of a query to `f`, a few thousand in memory at a time. One
/// at a time per transaction.
template <class F>
void visit_rows(pqxx::transaction_base& tx, const std::string& sql, F&& f) {
  tx.exec0("DECLARE visit NO SCROLL CURSOR FOR " + sql);
  for (;;) {
    auto rows = tx.exec("FETCH 5000 FROM visit");
    for (const auto& row : rows)
      f(row);
    if (rows.empty())
      break;
  }
  tx.exec0("CLOSE visit");
}

} // namespace pumpscope::adapters::postgres
