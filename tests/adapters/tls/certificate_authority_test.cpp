#include "adapters/tls/certificate_authority.hpp"

#include "tests/support/certificates.hpp"

#include <gmock/gmock.h>

#include <set>

namespace pumpscope::tls {

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using hours = std::chrono::hours;

/// date -u -d 2026-03-01 +%s
constexpr auto now
  = std::chrono::sys_seconds{std::chrono::seconds{1'772'323'200}};

time_t at(std::chrono::sys_seconds x) {
  return std::chrono::system_clock::to_time_t(x);
}

issued_identity make_authority(uint32_t days = 3'650) {
  auto made = certificate_authority::create({now, days});
  EXPECT_TRUE(made) << made.error();
  return made.value_or(issued_identity{});
}

issued_identity make_node(const identity& authority,
                          const node_request& request = {"node-a", {}},
                          const validity& time = {now, 825}) {
  auto sut = certificate_authority::load(authority);
  EXPECT_TRUE(sut) << sut.error();
  if (!sut)
    return {};
  auto made = sut->issue(request, time);
  EXPECT_TRUE(made) << made.error();
  return made.value_or(issued_identity{});
}

/// The words of OpenSSL for an extension; empty when there is none.
std::string extension(const std::string& certificate, int kind) {
  auto x = test::parse_certificate(certificate);
  auto index = X509_get_ext_by_NID(x.get(), kind, -1);
  if (index < 0)
    return {};
  auto* found = X509_get_ext(x.get(), index);
  auto* bio = BIO_new(BIO_s_mem());
  X509V3_EXT_print(bio, found, 0, 0);
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  auto result = std::string{data, static_cast<size_t>(size)};
  BIO_free(bio);
  return (X509_EXTENSION_get_critical(found) == 1 ? "critical " : "") + result;
}

std::string common_name(X509_NAME* name) {
  char text[100] = {};
  X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text));
  return text;
}

TEST(certificate_authority, makes_pairs_that_verify_for_both_ends) {
  auto authority = make_authority().value;
  auto node = make_node(authority).value;

  auto x = test::parse_certificate(node.certificate);
  auto key = test::parse_key(node.key);
  auto issuer = test::parse_certificate(authority.certificate);
  ASSERT_TRUE(x && key && issuer);
  EXPECT_EQ(X509_verify(x.get(), X509_get0_pubkey(issuer.get())), 1);
  EXPECT_EQ(X509_check_private_key(x.get(), key.get()), 1);
  EXPECT_EQ(X509_check_issued(issuer.get(), x.get()), X509_V_OK);
  for (auto purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT})
    EXPECT_EQ(
      test::verified(node.certificate, authority.certificate, purpose, at(now)),
      "ok");
  EXPECT_EQ(X509_get_signature_nid(x.get()), NID_ecdsa_with_SHA256);
  EXPECT_THAT(node.key, StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  char group[20] = {};
  EVP_PKEY_get_group_name(key.get(), group, sizeof(group), nullptr);
  EXPECT_STREQ(group, "prime256v1");
}

TEST(certificate_authority, is_not_mistaken_for_another_one) {
  auto authority = make_authority().value;
  auto other = make_authority().value;
  auto node = make_node(authority).value;

  auto x = test::parse_certificate(node.certificate);
  auto stranger = test::parse_certificate(other.certificate);
  EXPECT_NE(X509_verify(x.get(), X509_get0_pubkey(stranger.get())), 1);
  EXPECT_NE(test::verified(node.certificate, other.certificate,
                           X509_PURPOSE_SSL_SERVER, at(now)),
            "ok");
  auto first = test::parse_certificate(authority.certificate);
  EXPECT_NE(common_name(X509_get_subject_name(first.get())),
            common_name(X509_get_subject_name(stranger.get())));
}

TEST(certificate_authority, says_what_its_own_certificate_is_for) {
  auto pem = make_authority().value.certificate;

  EXPECT_EQ(extension(pem, NID_basic_constraints),
            "critical CA:TRUE, pathlen:0");
  EXPECT_EQ(extension(pem, NID_key_usage),
            "critical Certificate Sign, CRL Sign");
  EXPECT_NE(extension(pem, NID_subject_key_identifier), "");
}

TEST(certificate_authority, says_what_a_certificate_is_for) {
  auto authority = make_authority().value;
  auto pem = make_node(authority).value.certificate;

  EXPECT_EQ(extension(pem, NID_basic_constraints), "critical CA:FALSE");
  EXPECT_EQ(extension(pem, NID_key_usage), "critical Digital Signature");
  EXPECT_EQ(extension(pem, NID_ext_key_usage),
            "TLS Web Server Authentication, TLS Web Client Authentication");
  EXPECT_NE(extension(pem, NID_subject_key_identifier), "");
  EXPECT_THAT(
    extension(pem, NID_authority_key_identifier),
    HasSubstr(extension(authority.certificate, NID_subject_key_identifier)));
  auto x = test::parse_certificate(pem);
  EXPECT_EQ(common_name(X509_get_subject_name(x.get())), "node-a");
}

TEST(certificate_authority, names_a_node_and_its_hosts_once) {
  auto authority = make_authority().value;
  auto hosts = std::vector<std::string>{"node-a", "10.1.2.3", "b.example",
                                        "2001:db8::7", "10.1.2.3"};

  auto pem = make_node(authority, {"node-a", hosts}).value.certificate;

  EXPECT_EQ(extension(pem, NID_subject_alt_name),
            "DNS:node-a, IP Address:10.1.2.3, "
            "IP Address:2001:DB8:0:0:0:0:0:7, DNS:b.example");
  auto x = test::parse_certificate(pem);
  EXPECT_EQ(X509_check_host(x.get(), "b.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(x.get(), "2001:db8::7", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(x.get(), "10.1.2.4", 0), 0);
}

TEST(certificate_authority, begins_an_hour_early_and_ends_in_time) {
  auto authority = make_authority().value;
  auto node = make_node(authority, {"node-a", {}}, {now, 2});

  EXPECT_EQ(node.valid_until, now + hours{48});
  auto told = [&](std::chrono::sys_seconds time) {
    return test::verified(node.value.certificate, authority.certificate,
                          X509_PURPOSE_SSL_SERVER, at(time));
  };
  EXPECT_EQ(told(now - hours{1}), "ok");
  EXPECT_NE(told(now - hours{1} - std::chrono::seconds{1}), "ok");
  EXPECT_EQ(told(now + hours{48} - std::chrono::seconds{1}), "ok");
  EXPECT_NE(told(now + hours{48} + std::chrono::seconds{1}), "ok");
}

TEST(certificate_authority, lets_no_certificate_outlive_its_own) {
  auto authority = make_authority(10);

  auto node = make_node(authority.value, {"node-a", {}}, {now + hours{24}, 10});

  EXPECT_EQ(node.valid_until, authority.valid_until);
  auto sut = certificate_authority::load(authority.value);
  ASSERT_TRUE(sut);
  auto last = authority.valid_until - std::chrono::seconds{1};
  EXPECT_TRUE(sut->issue({"node-a", {}}, {last, 1}));
  auto late = sut->issue({"node-a", {}}, {authority.valid_until, 1});
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error(), HasSubstr("expired"));
}

TEST(certificate_authority, takes_from_one_day_to_a_hundred_years) {
  EXPECT_TRUE(certificate_authority::create({now, 1}));
  EXPECT_FALSE(certificate_authority::create({now, 0}));
  EXPECT_FALSE(certificate_authority::create({now, days_max + 1}));
  // The years from 2050 on are written in another way.
  auto authority = make_authority(days_max).value;
  auto node
    = make_node(authority, {"node-a", {}}, {now, days_max}).value.certificate;
  EXPECT_EQ(test::verified(node, authority.certificate, X509_PURPOSE_SSL_SERVER,
                           at(now + hours{24} * (days_max - 1))),
            "ok");
}

TEST(certificate_authority, never_repeats_a_serial_number) {
  auto sut = certificate_authority::load(make_authority().value);
  ASSERT_TRUE(sut);
  auto seen = std::set<std::string>{};
  auto longest = size_t{0};
  constexpr auto count = size_t{50};
  for (size_t i = 0; i < count; ++i) {
    auto made = sut->issue({"node-a", {}}, {now, 1});
    ASSERT_TRUE(made);
    auto x = test::parse_certificate(made->value.certificate);
    auto* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x.get()), nullptr);
    auto* text = BN_bn2hex(number);
    EXPECT_EQ(BN_is_negative(number), 0);
    longest = std::max(longest, std::string{text}.size());
    seen.insert(text);
    OPENSSL_free(text);
    BN_free(number);
  }
  EXPECT_EQ(seen.size(), count);
  // 128 bits; all fifty of them being shorter has a chance of 256^-50.
  EXPECT_EQ(longest, 32U);
}

TEST(certificate_authority, is_refused_without_its_own_key) {
  auto authority = make_authority().value;
  auto other = make_authority().value;
  auto node = make_node(authority).value;
  auto told = [](const std::string& certificate, const std::string& key) {
    auto x = certificate_authority::load({certificate, key});
    return x ? "" : x.error();
  };

  EXPECT_THAT(told(authority.certificate, other.key),
              HasSubstr("does not belong"));
  EXPECT_THAT(told(node.certificate, node.key),
              HasSubstr("not the certificate of an authority"));
  EXPECT_THAT(told("", authority.key), HasSubstr("no certificate"));
  EXPECT_THAT(told(authority.key, authority.key), HasSubstr("no certificate"));
  EXPECT_THAT(told(authority.certificate, "-----BEGIN"),
              HasSubstr("no private key"));
  EXPECT_EQ(told(authority.certificate, authority.key), "");
}

TEST(certificate_authority, never_asks_for_the_password_of_a_key) {
  auto authority = make_authority().value;
  auto key = test::parse_key(authority.key);
  auto* bio = BIO_new(BIO_s_mem());
  char password[] = "password";
  PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_128_cbc(), password,
                                sizeof(password) - 1, nullptr, nullptr);
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  auto locked = std::string{data, static_cast<size_t>(size)};
  BIO_free(bio);
  ASSERT_THAT(locked, StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY"));

  auto sut = certificate_authority::load({authority.certificate, locked});

  ASSERT_FALSE(sut);
  EXPECT_THAT(sut.error(), HasSubstr("without a password"));
}

TEST(certificate_authority, refuses_names_that_are_no_file_names) {
  auto sut = certificate_authority::load(make_authority().value);
  ASSERT_TRUE(sut);
  for (const auto& name :
       {std::string{}, std::string{"."}, std::string{".."}, std::string{"a/b"},
        std::string{"../a"}, std::string{"a b"}, std::string{"a\n"},
        std::string{"a\0b", 3}, std::string{"\xC3\xA4"}, std::string{"-a"},
        std::string(64, 'a')}) {
    EXPECT_FALSE(check_node_name(name)) << name;
    EXPECT_FALSE(sut->issue({name, {}}, {now, 1})) << name;
  }
  for (const auto& name :
       {std::string{"a"}, std::string{"A.b_c-9"}, std::string{"..."},
        std::string{"10.0.0.1"}, std::string(63, 'a')})
    EXPECT_TRUE(sut->issue({name, {}}, {now, 1})) << name;
}

TEST(certificate_authority, refuses_hosts_that_are_none) {
  auto sut = certificate_authority::load(make_authority().value);
  ASSERT_TRUE(sut);
  for (const auto& host :
       {std::string{}, std::string{"a:80"}, std::string{"[::1]"},
        std::string{"1.2.3"}, std::string{"1.2.3.256"},
        std::string{"fe80::1%a"}, std::string{"a..b"}, std::string{".a"},
        std::string{"a."}, std::string{"-a"}, std::string{"a,IP:1.2.3.4"},
        std::string{"*.a"}, std::string{"10.0.0.1\0.a", 11},
        std::string(254, 'a')}) {
    EXPECT_FALSE(check_host(host)) << host;
    EXPECT_FALSE(sut->issue({"node-a", {host}}, {now, 1})) << host;
  }
  for (const auto& host : {std::string{"a"}, std::string{"a-1.b_c.example"},
                           std::string{"::ffff:1.2.3.4"}, std::string{"::"},
                           std::string{"0.0.0.0"}, std::string(253, 'a')})
    EXPECT_TRUE(sut->issue({"node-a", {host}}, {now, 1})) << host;
  auto many = std::vector<std::string>(hosts_max, "a");
  EXPECT_TRUE(sut->issue({"node-a", many}, {now, 1}));
  many.emplace_back("a");
  EXPECT_FALSE(sut->issue({"node-a", many}, {now, 1}));
}

issued_identity derive_authority(const std::string& secret) {
  auto made = certificate_authority::derive(secret, {now, 3'650});
  EXPECT_TRUE(made) << made.error();
  return made.value_or(issued_identity{});
}

TEST(certificate_authority, whoever_knows_its_secret_can_derive_it) {
  auto here = derive_authority("of the store").value;
  auto there = derive_authority("of the store").value;
  EXPECT_EQ(here.key, there.key);
  auto node = make_node(there).value;
  for (auto purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT})
    EXPECT_EQ(
      test::verified(node.certificate, here.certificate, purpose, at(now)),
      "ok");
}

TEST(certificate_authority, another_secret_is_another_authority) {
  auto ours = derive_authority("of the store").value;
  auto theirs = derive_authority("of another store").value;
  EXPECT_NE(ours.key, theirs.key);
  auto node = make_node(theirs).value;
  EXPECT_NE(test::verified(node.certificate, ours.certificate,
                           X509_PURPOSE_SSL_SERVER, at(now)),
            "ok");
  // OpenSSL looks for an issuer by its name.
  auto a = test::parse_certificate(ours.certificate);
  auto b = test::parse_certificate(theirs.certificate);
  EXPECT_NE(common_name(X509_get_subject_name(a.get())),
            common_name(X509_get_subject_name(b.get())));
}

} // namespace

} // namespace pumpscope::tls
