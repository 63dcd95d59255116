#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace pumpscope::test {

namespace detail {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

inline std::unique_ptr<BIO, freed_by<BIO_free>>
reading(const std::string& text) {
  return std::unique_ptr<BIO, freed_by<BIO_free>>{
    BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

} // namespace detail

using certificate_ptr = std::unique_ptr<X509, detail::freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, detail::freed_by<EVP_PKEY_free>>;

/// Reads a certificate in PEM; null when it is none.
inline certificate_ptr parse_certificate(const std::string& pem) {
  auto bio = detail::reading(pem);
  return certificate_ptr{
    PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
}

/// Writes a certificate as PEM.
inline std::string pem_of(X509* x) {
  auto bio
    = std::unique_ptr<BIO, detail::freed_by<BIO_free>>{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(bio.get(), x);
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

/// Reads a private key in PEM; null when it is none.
inline key_ptr parse_key(const std::string& pem) {
  auto bio = detail::reading(pem);
  return key_ptr{PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)};
}

/// Does what `openssl verify -x509_strict -purpose PURPOSE -CAfile` does, at
/// the time `now` in seconds (0: that of the machine). Returns "ok" or what is
/// wrong.
inline std::string verified(const std::string& certificate,
                            const std::string& authority, int purpose,
                            time_t now = 0) {
  auto store = std::unique_ptr<X509_STORE, detail::freed_by<X509_STORE_free>>{
    X509_STORE_new()};
  auto context
    = std::unique_ptr<X509_STORE_CTX, detail::freed_by<X509_STORE_CTX_free>>{
      X509_STORE_CTX_new()};
  auto x = parse_certificate(certificate);
  auto trusted = parse_certificate(authority);
  if (!x || !trusted)
    return "no certificate";
  if (X509_STORE_add_cert(store.get(), trusted.get()) != 1
      || X509_STORE_CTX_init(context.get(), store.get(), x.get(), nullptr) != 1
      || X509_STORE_CTX_set_purpose(context.get(), purpose) != 1)
    return "no context";
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
  if (now != 0)
    X509_STORE_CTX_set_time(context.get(), 0, now);
  if (X509_verify_cert(context.get()) == 1)
    return "ok";
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

} // namespace pumpscope::test
