#include "adapters/simulator/known_programs.hpp"

#include "adapters/simulator/random.hpp"
#include "domain/base58.hpp"

namespace pumpscope::simulator {

const known_programs& known_programs::get() {
  // The texts are constants of the chain: they always parse.
  auto key = [](std::string_view text) { return *domain::parse_pubkey(text); };
  static const auto instance = known_programs{
    {},
    key("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"),
    key("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"),
    key("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"),
    key("ComputeBudget111111111111111111111111111111"),
    key("pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ"),
    key("MAyhSmzXzV1pTf7LsNkrNwkWKTo4ougAJ1PPg47MD4e"),
    key("JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4"),
    key("MoonCVVNZFSYkqNXP6bxHLPL6QQJiMagDL3qcqUQTrG"),
    key("Ce6TQqeHC9p8KetsN6JsjHK7UTZk7nasjjnr7XxXp9F1"),
    key("GS4CU59F31iL7aR2Q8zVS8DRrcRnXX1yjQ66TqNVQnaR"),
    derived_key(0, key_kind::program_account, 30),
  };
  return instance;
}

} // namespace pumpscope::simulator
