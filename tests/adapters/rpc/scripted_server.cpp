#include "tests/adapters/rpc/scripted_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace pumpscope::test {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;

namespace {

struct identity {
  std::string certificate = {};
  std::string key = {};
};

std::string text_of(BIO* bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  auto result = std::string{data, static_cast<size_t>(size)};
  BIO_free(bio);
  return result;
}

/// A certificate for "localhost" that signs itself.
identity make_identity() {
  auto key = EVP_RSA_gen(2048);
  auto x = X509_new();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(x), 86'400);
  X509_set_pubkey(x, key);
  auto name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(
    name, "CN", MBSTRING_ASC,
    reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  auto add = [x](int kind, const char* value) {
    auto extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  };
  add(NID_subject_alt_name, "DNS:localhost");
  add(NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(x, key, EVP_sha256());
  auto result = identity{};
  auto bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, x);
  result.certificate = text_of(bio);
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  result.key = text_of(bio);
  X509_free(x);
  EVP_PKEY_free(key);
  return result;
}

size_t content_length(const std::string& head) {
  auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

} // namespace

struct scripted_server::impl {
  impl(script answer, bool with_tls)
    : answers(std::move(answer)),
      tls(with_tls),
      acceptor(io, {net::ip::address_v4::loopback(), 0}) {
    if (tls) {
      own = make_identity();
      context.use_certificate_chain(net::buffer(own.certificate));
      context.use_private_key(net::buffer(own.key), net::ssl::context::pem);
    }
    accepting = std::jthread{[this] { accept(); }};
  }

  ~impl() {
    stopping = true;
    // Wakes the thread that accepts.
    auto error = error_code{};
    auto knock = tcp::socket{io};
    knock.connect(acceptor.local_endpoint(), error);
    accepting = {};
    {
      auto lock = std::lock_guard{mutex};
      for (auto& x : sockets)
        if (auto socket = x.lock())
          socket->shutdown(tcp::socket::shutdown_both, error);
    }
    serving.clear();
  }

  void accept() {
    for (;;) {
      auto error = error_code{};
      auto socket = std::make_shared<tcp::socket>(io);
      acceptor.accept(*socket, error);
      if (stopping || error)
        return;
      ++accepted;
      auto lock = std::lock_guard{mutex};
      sockets.push_back(socket);
      serving.emplace_back([this, socket] {
        auto failed = error_code{};
        if (tls) {
          auto stream = net::ssl::stream<tcp::socket&>{*socket, context};
          stream.handshake(net::ssl::stream_base::server, failed);
          if (!failed)
            serve(stream);
        } else {
          serve(*socket);
        }
        socket->shutdown(tcp::socket::shutdown_both, failed);
        socket->close(failed);
      });
    }
  }

  template <class Stream>
  void serve(Stream& stream) {
    auto buffer = std::string{};
    for (;;) {
      auto error = error_code{};
      auto head_size = net::read_until(stream, net::dynamic_buffer(buffer),
                                       "\r\n\r\n", error);
      if (error)
        return;
      auto head = buffer.substr(0, head_size);
      auto whole = head_size + content_length(head);
      if (buffer.size() < whole)
        net::read(stream, net::dynamic_buffer(buffer),
                  net::transfer_exactly(whole - buffer.size()), error);
      if (error)
        return;
      auto reply = answers(head, buffer.substr(head_size, whole - head_size));
      buffer.erase(0, whole);
      if (!reply.bytes.empty())
        net::write(stream, net::buffer(reply.bytes), error);
      if (reply.hang) {
        auto rest = std::string{};
        net::read(stream, net::dynamic_buffer(rest), error);
      }
      if (error || reply.close || reply.hang)
        return;
    }
  }

  script answers;
  bool tls = false;
  identity own = {};
  net::io_context io;
  net::ssl::context context{net::ssl::context::tls_server};
  tcp::acceptor acceptor;
  std::atomic<bool> stopping = false;
  std::atomic<size_t> accepted = 0;
  std::mutex mutex;
  std::vector<std::weak_ptr<tcp::socket>> sockets = {};
  std::vector<std::jthread> serving = {};
  std::jthread accepting = {};
};

scripted_server::scripted_server(script x, bool tls)
  : impl_(std::make_unique<impl>(std::move(x), tls)) {
}

scripted_server::~scripted_server() = default;

uint16_t scripted_server::port() const {
  return impl_->acceptor.local_endpoint().port();
}

std::string scripted_server::authority() const {
  return impl_->own.certificate;
}

size_t scripted_server::connections() const {
  return impl_->accepted;
}

scripted_reply http_reply(const std::string& body, int status,
                          const std::string& more_headers) {
  return {"HTTP/1.1 " + std::to_string(status)
            + " x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"
            + more_headers + "\r\n" + body,
          false, false};
}

} // namespace pumpscope::test
