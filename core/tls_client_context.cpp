// Verification towards backends rests on OpenSSL's own name check, set per SSL.

#include "core/tls_client_context.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cassert>
#include <utility>

#include "core/tls_facts.h"

namespace core {
namespace {

// Names come from subjectAltName alone (RFC 6125 section 6.4.4), and "f*.example.org" is no
// wildcard.
constexpr unsigned kHostFlags =
    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
constexpr const char* kClientCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

bool trust(SSL_CTX* context, const std::filesystem::path& ca_file) {
    if (ca_file.empty()) return SSL_CTX_set_default_verify_paths(context) == 1;
    return SSL_CTX_load_verify_file(context, ca_file.c_str()) == 1;
}

bool offer_alpn(SSL_CTX* context, const std::string& alpn) {
    if (alpn.empty()) return true;
    if (alpn.size() > 255) return false;
    const std::string list = static_cast<char>(alpn.size()) + alpn;
    // This one function of OpenSSL answers 0 for success.
    return SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(list.data()),
                                   static_cast<unsigned>(list.size())) == 0;
}

bool is_ip_address(const std::string& text) {
    const Handle<ASN1_OCTET_STRING, &ASN1_OCTET_STRING_free> address(a2i_IPADDRESS(text.c_str()));
    return address != nullptr;
}

/// What an operator can do about a verification error, for the errors that have an answer.
std::string_view remedy(long error) {
    switch (error) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "set ca_file to the CA (or to the certificate itself, if self-signed)";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the backend needs a certificate that names the domain in subjectAltName";
        case X509_V_ERR_CERT_HAS_EXPIRED: return "renew the backend's certificate";
        case X509_V_ERR_CERT_NOT_YET_VALID: return "compare the clocks of both machines";
        default: return {};
    }
}

}  // namespace

Result<std::unique_ptr<TlsClientContext>, TlsProblem> TlsClientContext::create(
    const TlsClientSettings& settings) {
    SslContext context(SSL_CTX_new(TLS_client_method()));
    if (context == nullptr) return fail(TlsProblem{{}, "OpenSSL has no memory left"});
    SSL_CTX_set_security_level(context.get(), settings.verify ? 2 : 1);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context.get(), settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context.get(), kClientCiphers12) != 1 ||
        !offer_alpn(context.get(), settings.alpn))
        return fail(TlsProblem{{}, "OpenSSL refuses the TLS settings: " + take_tls_error()});
    if (settings.verify && !trust(context.get(), settings.ca_file))
        return fail(TlsProblem{settings.ca_file, "holds no CA certificates that can be read (" +
                                                     take_tls_error() +
                                                     "); it must be a PEM file of certificates"});
    return std::unique_ptr<TlsClientContext>(
        new TlsClientContext(std::move(context), settings.verify));
}

TlsClientContext::TlsClientContext(SslContext context, bool verify)
    : context_(std::move(context)), verify_(verify) {}

Ssl TlsClientContext::new_session(std::string_view domain) {
    assert(!domain.empty());
    const std::string name(domain);
    const bool is_address = is_ip_address(name);
    Ssl ssl(SSL_new(context_.get()));
    if (ssl == nullptr) return nullptr;
    SSL_set_connect_state(ssl.get());
    if (!is_address && SSL_set_tlsext_host_name(ssl.get(), name.c_str()) != 1) return nullptr;
    if (!verify_) return ssl;
    X509_VERIFY_PARAM* expected = SSL_get0_param(ssl.get());
    X509_VERIFY_PARAM_set_hostflags(expected, kHostFlags);
    const int is_set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str())
                                  : X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size());
    if (is_set != 1) return nullptr;
    return ssl;
}

std::string describe_verify_failure(const SSL* ssl) {
    const long error = SSL_get_verify_result(ssl);
    if (error == X509_V_OK || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return {};
    std::string text = "certificate refused: ";
    text += X509_verify_cert_error_string(error);
    const char* domain = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (domain != nullptr) text.append(" for ").append(domain);
    if (const std::string_view advice = remedy(error); !advice.empty())
        text.append("; ").append(advice);
    return text;
}

}  // namespace core
