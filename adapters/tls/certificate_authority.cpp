#include "adapters/tls/certificate_authority.hpp"

#include "adapters/tls/one_way.hpp"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <optional>
#include <utility>

namespace pumpscope::tls {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

using bignum_ptr = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using extension_ptr
  = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using text_ptr = std::unique_ptr<ASN1_STRING, freed_by<ASN1_STRING_free>>;
using name_ptr = std::unique_ptr<GENERAL_NAME, freed_by<GENERAL_NAME_free>>;
using names_ptr = std::unique_ptr<GENERAL_NAMES, freed_by<GENERAL_NAMES_free>>;

constexpr auto name_bytes_max = size_t{63};
constexpr auto host_bytes_max = size_t{253};
constexpr auto serial_bits = 128;

/// How much earlier than now a certificate begins.
constexpr auto clock_difference = std::chrono::hours{1};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c)
         || c == '.' || c == '_' || c == '-';
}

/// What failed, with the reason that OpenSSL has for it.
tl::unexpected<std::string> failed(const std::string& what) {
  auto code = ERR_peek_last_error();
  const auto* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return tl::unexpected{what + (reason == nullptr ? "" : ": ")
                        + (reason == nullptr ? "" : reason)};
}

tl::unexpected<std::string> refused(std::string what) {
  // Else a later failure would tell of this one.
  ERR_clear_error();
  return tl::unexpected{std::move(what)};
}

/// An address in the order of the network; nothing when it is a name.
std::optional<std::string> address_bytes(const std::string& host) {
  auto bytes = std::array<char, sizeof(in6_addr)>{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1)
    return std::string{bytes.data(), sizeof(in_addr)};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1)
    return std::string{bytes.data(), sizeof(in6_addr)};
  return std::nullopt;
}

bio_ptr reading(const std::string& text) {
  if (text.size() > size_t{std::numeric_limits<int>::max()})
    return nullptr;
  return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string{data, static_cast<size_t>(size)}
                  : std::string{};
}

/// Answers OpenSSL, which would ask the terminal for the password of a key.
int no_password(char*, int, int, void*) {
  return -1;
}

tl::expected<std::chrono::sys_seconds, std::string>
end_of(const X509* certificate) {
  auto parts = std::tm{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1)
    return failed("the certificate has no end");
  return std::chrono::sys_seconds{std::chrono::seconds{timegm(&parts)}};
}

tl::expected<std::chrono::sys_seconds, std::string> end_of(const validity& x) {
  if (x.days == 0 || x.days > days_max)
    return refused("a certificate is valid for 1 to " + std::to_string(days_max)
                   + " days, not " + std::to_string(x.days));
  return x.now + std::chrono::hours{24} * x.days;
}

bool set_serial(X509* x) {
  auto number = bignum_ptr{BN_new()};
  return number
         && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ANY,
                    BN_RAND_BOTTOM_ANY)
              == 1
         && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x))
              != nullptr;
}

bool set_times(X509* x, std::chrono::sys_seconds begin,
               std::chrono::sys_seconds end) {
  auto seconds = [](std::chrono::sys_seconds t) {
    return std::chrono::system_clock::to_time_t(t);
  };
  return ASN1_TIME_set(X509_getm_notBefore(x), seconds(begin)) != nullptr
         && ASN1_TIME_set(X509_getm_notAfter(x), seconds(end)) != nullptr;
}

bool set_common_name(X509* x, const std::string& text) {
  return X509_NAME_add_entry_by_NID(
           X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8,
           reinterpret_cast<const unsigned char*>(text.data()),
           static_cast<int>(text.size()), -1, 0)
         == 1;
}

/// Adds an extension in the words of OpenSSL's configuration: constants only,
/// never text from outside.
bool add_extension(X509* subject, X509* issuer, int kind, const char* value) {
  auto context = X509V3_CTX{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
  auto extension
    = extension_ptr{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
  return extension && X509_add_ext(subject, extension.get(), -1) == 1;
}

bool add_name(GENERAL_NAMES* to, int kind, int type, std::string_view bytes) {
  auto value = text_ptr{ASN1_STRING_type_new(type)};
  auto name = name_ptr{GENERAL_NAME_new()};
  if (!value || !name
      || ASN1_STRING_set(value.get(), bytes.data(),
                         static_cast<int>(bytes.size()))
           != 1)
    return false;
  GENERAL_NAME_set0_value(name.get(), kind, value.release());
  if (sk_GENERAL_NAME_push(to, name.get()) <= 0)
    return false;
  // The list owns it now.
  (void)name.release();
  return true;
}

bool add_dns_name(GENERAL_NAMES* to, std::string_view name) {
  return add_name(to, GEN_DNS, V_ASN1_IA5STRING, name);
}

bool add_alternative_names(X509* x, const node_request& request) {
  auto names = names_ptr{GENERAL_NAMES_new()};
  if (!names || !add_dns_name(names.get(), request.name))
    return false;
  auto hosts = request.hosts;
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  for (const auto& host : hosts) {
    if (host == request.name)
      continue;
    auto address = address_bytes(host);
    if (!(address
            ? add_name(names.get(), GEN_IPADD, V_ASN1_OCTET_STRING, *address)
            : add_dns_name(names.get(), host)))
      return false;
  }
  return X509_add1_ext_i2d(x, NID_subject_alt_name, names.get(), 0,
                           X509V3_ADD_DEFAULT)
         == 1;
}

tl::expected<issued_identity, std::string>
as_text(X509* certificate, EVP_PKEY* key, std::chrono::sys_seconds end) {
  auto open = bio_ptr{BIO_new(BIO_s_mem())};
  // This memory is wiped when it is given back.
  auto secret = bio_ptr{BIO_new(BIO_s_secmem())};
  if (!open || !secret || PEM_write_bio_X509(open.get(), certificate) != 1
      || PEM_write_bio_PKCS8PrivateKey(secret.get(), key, nullptr, nullptr, 0,
                                       nullptr, nullptr)
           != 1)
    return failed("cannot write PEM");
  return issued_identity{{text_of(open.get()), text_of(secret.get())}, end};
}

/// The last eight digits of a number: tells authorities apart.
std::string last_digits(const bignum_ptr& number) {
  constexpr auto digits = size_t{8};
  if (!number)
    return {};
  auto* text = BN_bn2hex(number.get());
  if (text == nullptr)
    return {};
  auto result = std::string{text};
  OPENSSL_free(text);
  return result.size() > digits ? result.substr(result.size() - digits)
                                : result;
}

std::string short_serial(const X509* x) {
  return last_digits(
    bignum_ptr{ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), nullptr)});
}

std::string short_key(const EVP_PKEY* key) {
  auto bytes = one_way_bytes{};
  auto size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) != 1)
    return {};
  return last_digits(bignum_ptr{
    BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)});
}

/// What a signature by this key is made of; null = the key says it itself.
const EVP_MD* digest_of(const EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
}

/// What certificates of authorities and nodes have in common.
tl::expected<certificate_ptr, std::string>
begin_certificate(EVP_PKEY* key, const validity& x,
                  std::chrono::sys_seconds end) {
  auto result = certificate_ptr{X509_new()};
  if (!result || X509_set_version(result.get(), X509_VERSION_3) != 1
      || !set_serial(result.get())
      || !set_times(result.get(), x.now - clock_difference, end)
      || X509_set_pubkey(result.get(), key) != 1)
    return failed("cannot begin a certificate");
  return result;
}

/// Signs the certificate of an authority by its own key. OpenSSL finds issuers
/// by name: two authorities must not share one.
tl::expected<issued_identity, std::string>
finish_authority(X509* x, EVP_PKEY* key, const std::string& name,
                 std::chrono::sys_seconds end) {
  if (!set_common_name(x, name)
      || X509_set_issuer_name(x, X509_get_subject_name(x)) != 1
      || !add_extension(x, x, NID_basic_constraints,
                        "critical,CA:TRUE,pathlen:0")
      || !add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign")
      || !add_extension(x, x, NID_subject_key_identifier, "hash")
      || X509_sign(x, key, digest_of(key)) == 0)
    return failed("cannot make the certificate of the authority");
  return as_text(x, key, end);
}

} // namespace

struct certificate_authority::impl {
  certificate_ptr certificate;
  key_ptr key;
  std::chrono::sys_seconds valid_until = {};
};

tl::expected<void, std::string> check_node_name(std::string_view name) {
  if (name.empty() || name.size() > name_bytes_max
      || !std::all_of(name.begin(), name.end(), is_name_letter) || name == "."
      || name == ".." || name.front() == '-')
    return tl::unexpected{
      "\"" + std::string{name}
      + "\" is no name of a node: 1 to 63 letters, digits and . _ -"};
  return {};
}

tl::expected<void, std::string> check_host(std::string_view host) {
  auto text = std::string{host};
  // A zero byte would hide what follows it from inet_pton.
  if (text.find('\0') == std::string::npos && address_bytes(text))
    return {};
  auto last = host.substr(host.rfind('.') + 1);
  // A name that ends in a number is an address with a mistake.
  if (host.size() > host_bytes_max || last.empty() || host.front() == '.'
      || host.front() == '-' || host.find("..") != std::string_view::npos
      || !std::all_of(host.begin(), host.end(), is_name_letter)
      || std::all_of(last.begin(), last.end(), is_digit))
    return tl::unexpected{"\"" + text
                          + "\" is neither a name nor an IP address (without "
                            "a port or brackets)"};
  return {};
}

tl::expected<issued_identity, std::string>
certificate_authority::create(const validity& x) {
  auto end = end_of(x);
  if (!end)
    return tl::unexpected{std::move(end.error())};
  auto key = key_ptr{EVP_EC_gen("prime256v1")};
  if (!key)
    return failed("cannot make a key");
  auto certificate = begin_certificate(key.get(), x, *end);
  if (!certificate)
    return tl::unexpected{std::move(certificate.error())};
  auto name = "pumpscope CA " + short_serial(certificate->get());
  return finish_authority(certificate->get(), key.get(), name, *end);
}

tl::expected<issued_identity, std::string>
certificate_authority::derive(std::string_view secret, const validity& x) {
  auto end = end_of(x);
  if (!end)
    return tl::unexpected{std::move(end.error())};
  auto bytes = one_way("pumpscope authority of nodes", secret);
  if (!bytes)
    return tl::unexpected{std::move(bytes.error())};
  auto key = key_ptr{EVP_PKEY_new_raw_private_key(
    EVP_PKEY_ED25519, nullptr, bytes->data(), bytes->size())};
  OPENSSL_cleanse(bytes->data(), bytes->size());
  if (!key)
    return failed("cannot make a key");
  auto certificate = begin_certificate(key.get(), x, *end);
  if (!certificate)
    return tl::unexpected{std::move(certificate.error())};
  auto name = "pumpscope store " + short_key(key.get());
  return finish_authority(certificate->get(), key.get(), name, *end);
}

tl::expected<certificate_authority, std::string>
certificate_authority::load(const identity& x) {
  auto result = std::make_unique<impl>();
  if (auto bio = reading(x.certificate))
    result->certificate.reset(
      PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  if (!result->certificate)
    return refused("this is no certificate in PEM");
  if (auto bio = reading(x.key))
    result->key.reset(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!result->key)
    return refused("its key is no private key in PEM without a password");
  if (X509_check_private_key(result->certificate.get(), result->key.get()) != 1)
    return refused("the key does not belong to the certificate");
  if (X509_check_ca(result->certificate.get()) != 1)
    return refused("this is not the certificate of an authority");
  auto end = end_of(result->certificate.get());
  if (!end)
    return tl::unexpected{std::move(end.error())};
  result->valid_until = *end;
  return certificate_authority{std::move(result)};
}

certificate_authority::certificate_authority(std::unique_ptr<impl> x)
  : impl_{std::move(x)} {
}

certificate_authority::certificate_authority(
  certificate_authority&&) noexcept = default;

certificate_authority&
certificate_authority::operator=(certificate_authority&&) noexcept = default;

certificate_authority::~certificate_authority() = default;

tl::expected<issued_identity, std::string>
certificate_authority::issue(const node_request& request,
                             const validity& x) const {
  if (auto checked = check_node_name(request.name); !checked)
    return tl::unexpected{std::move(checked.error())};
  if (request.hosts.size() > hosts_max)
    return refused("more than " + std::to_string(hosts_max) + " hosts");
  for (const auto& host : request.hosts)
    if (auto checked = check_host(host); !checked)
      return tl::unexpected{std::move(checked.error())};
  auto end = end_of(x);
  if (!end)
    return tl::unexpected{std::move(end.error())};
  if (impl_->valid_until <= x.now)
    return refused("the certificate of the authority has expired");
  *end = std::min(*end, impl_->valid_until);
  auto key = key_ptr{EVP_EC_gen("prime256v1")};
  if (!key)
    return failed("cannot make a key");
  auto certificate = begin_certificate(key.get(), x, *end);
  if (!certificate)
    return tl::unexpected{std::move(certificate.error())};
  auto* made = certificate->get();
  auto* issuer = impl_->certificate.get();
  if (!set_common_name(made, request.name)
      || X509_set_issuer_name(made, X509_get_subject_name(issuer)) != 1
      || !add_extension(made, issuer, NID_basic_constraints,
                        "critical,CA:FALSE")
      || !add_extension(made, issuer, NID_key_usage,
                        "critical,digitalSignature")
      || !add_extension(made, issuer, NID_ext_key_usage,
                        "serverAuth,clientAuth")
      || !add_alternative_names(made, request)
      || !add_extension(made, issuer, NID_subject_key_identifier, "hash")
      || !add_extension(made, issuer, NID_authority_key_identifier,
                        "keyid:always")
      || X509_sign(made, impl_->key.get(), digest_of(impl_->key.get())) == 0)
    return failed("cannot make the certificate of " + request.name);
  return as_text(made, key.get(), *end);
}

} // namespace pumpscope::tls
