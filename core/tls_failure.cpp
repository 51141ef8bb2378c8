// OpenSSL's reasons in words for the operator.

#include "core/tls_failure.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <string_view>

namespace core {
namespace {

constexpr int kNoted = 100;  // the reason of note_tls_failure() in the library ERR_LIB_USER

constexpr std::string_view kNoVersion =
    "client and server have no TLS version in common; [tls] min_version is the oldest spoken here";
constexpr std::string_view kNoCipher =
    "client and server have no cipher suite in common that fits the certificate; for old clients "
    "put fullchain-rsa.pem and privkey-rsa.pem beside an ECDSA certificate";
constexpr std::string_view kNoSignature =
    "client and server have no signature algorithm in common that fits the certificate; for old "
    "clients put fullchain-rsa.pem and privkey-rsa.pem beside an ECDSA certificate";
constexpr std::string_view kNoGroup =
    "client and server have no group for the key exchange in common (X25519, P-256, P-384)";
constexpr std::string_view kNoTls =
    "what came is no TLS; a stream that begins in clear belongs at a listener of kind c2s";
constexpr std::string_view kHttp = "HTTP came instead of TLS";

struct Known {
    TlsFailure why = TlsFailure::other;
    std::string_view words;  // empty: OpenSSL's own will do
};

Known known(int reason, bool in_handshake) {
    switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_UNSUPPORTED_SSL_VERSION:
        case SSL_R_UNKNOWN_PROTOCOL: return {TlsFailure::no_version, kNoVersion};
        case SSL_R_NO_SHARED_CIPHER: return {TlsFailure::no_shared_cipher, kNoCipher};
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
            return {TlsFailure::no_shared_cipher, kNoSignature};
        case SSL_R_NO_SUITABLE_KEY_SHARE:
        case SSL_R_NO_SUITABLE_GROUPS:
        case SSL_R_NO_SHARED_GROUPS: return {TlsFailure::no_shared_cipher, kNoGroup};
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST: return {TlsFailure::not_tls, kHttp};
        case SSL_R_WRONG_VERSION_NUMBER:
            return in_handshake ? Known{TlsFailure::not_tls, kNoTls} : Known();
        case SSL_R_NO_APPLICATION_PROTOCOL:
            return {TlsFailure::other, "the client wants another protocol than xmpp-client (ALPN)"};
        case SSL_R_INAPPROPRIATE_FALLBACK:
            return {TlsFailure::no_version,
                    "the client has fallen back to an older TLS version than both speak"};
        default: return {};
    }
}

/// What a client's alert means for the count.
TlsFailure failure_of_alert(int alert) {
    switch (alert) {
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_REVOKED: return TlsFailure::bad_certificate;
        case SSL_AD_PROTOCOL_VERSION: return TlsFailure::no_version;
        default: return TlsFailure::alert;
    }
}

DescribedTlsFailure describe_failure_with_server(const SSL* ssl) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    const long verified = SSL_get_verify_result(ssl);
    ERR_clear_error();
    if (verified != X509_V_OK) return {.words = X509_verify_cert_error_string(verified)};
    return {.words = reason != nullptr ? reason : "unexpected end of the TLS stream"};
}

}  // namespace

/// "the client sent the alert "unknown CA"; ..."
std::string words_for_alert(int alert) {
    std::string words = "the client sent the alert \"";
    words.append(SSL_alert_desc_string_long(alert)).append("\"");
    switch (alert) {
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_UNKNOWN:
            return words.append(
                "; it refuses the certificate: is its chain whole in fullchain.pem, and its CA "
                "known to clients?");
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_REVOKED:
            return words.append("; it refuses the certificate: renew it");
        case SSL_AD_PROTOCOL_VERSION:
            return words.append("; [tls] min_version is the oldest version spoken here");
        default: return words;
    }
}

void note_tls_failure(const std::string& words) {
    ERR_raise_data(ERR_LIB_USER, kNoted, "%s", words.c_str());
}

DescribedTlsFailure describe_tls_failure(const SSL* ssl) {
    if (SSL_is_server(ssl) != 1) return describe_failure_with_server(ssl);
    DescribedTlsFailure failure;
    bool is_noted = false;
    bool is_known = false;
    const char* data = nullptr;
    int flags = 0;
    const bool in_handshake = SSL_is_init_finished(ssl) != 1;
    while (const unsigned long error =
               ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
        const int reason = ERR_GET_REASON(error);
        if (is_noted) continue;
        if (ERR_GET_LIB(error) == ERR_LIB_USER && reason == kNoted) {
            is_noted = true;
            failure = {TlsFailure::no_certificate, data};
        } else if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET) {
            const int alert = reason - SSL_AD_REASON_OFFSET;
            failure = {failure_of_alert(alert), words_for_alert(alert)};
            is_known = true;
        } else if (!is_known) {
            const Known ours =
                ERR_GET_LIB(error) == ERR_LIB_SSL ? known(reason, in_handshake) : Known();
            const char* theirs = ERR_reason_error_string(error);
            is_known = !ours.words.empty();
            failure.why = ours.why;
            if (is_known) {
                failure.words = ours.words;
            } else {
                failure.words = theirs != nullptr ? theirs : "error " + std::to_string(error);
            }
        }
    }
    if (failure.words.empty()) failure.words = "unexpected end of the TLS stream";
    return failure;
}

}  // namespace core
