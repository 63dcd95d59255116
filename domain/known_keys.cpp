#include "domain/known_keys.hpp"

#include <cstddef>

namespace pumpscope::domain::known_keys {

namespace {

/// Reads a key at compile time; a wrong text does not compile.
template <size_t N>
consteval pubkey key(const char (&text)[N]) {
  constexpr char alphabet[]
    = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  pubkey result;
  for (size_t i = 0; i + 1 < N; ++i) {
    uint32_t carry = 0;
    while (alphabet[carry] != text[i])
      ++carry;
    for (size_t at = result.bytes.size(); at-- > 0;) {
      carry += uint32_t{result.bytes[at]} * 58;
      result.bytes[at] = static_cast<uint8_t>(carry);
      carry >>= 8;
    }
    if (carry != 0)
      throw "more than 32 bytes";
  }
  return result;
}

} // namespace

constinit const pubkey pump_program
  = key("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P");
constinit const pubkey pump_amm_program
  = key("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA");
constinit const pubkey wsol_mint
  = key("So11111111111111111111111111111111111111112");
constinit const pubkey usdc_mint
  = key("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
constinit const pubkey usdt_mint
  = key("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB");
constinit const pubkey mayhem_vault
  = key("BwWK17cbHxwWBKZkUYvzxLcNQ1YVyaFezduWbtm2de6s");

bool is_money(const pubkey& mint) {
  return mint == wsol_mint || mint == usdc_mint || mint == usdt_mint;
}

} // namespace pumpscope::domain::known_keys
