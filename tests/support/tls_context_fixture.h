#pragma once
// A TlsServerContext over certificates that the test adds.

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/tls_context.h"
#include "tests/support/certificates.h"
#include "tests/support/tls_pair.h"

namespace test {

class TlsContextTest : public testing::Test {
protected:
    static constexpr const char* kAlpn = "\x0bxmpp-client";

    std::filesystem::path folder(const std::string& name) const { return dir_.path() / name; }
    void add(const std::string& name, const std::string& dns_name) {
        write_pair(folder(name), issue({.dns_names = {dns_name}}));
    }
    std::unique_ptr<core::TlsServerContext> make(core::TlsServerSettings settings = {}) {
        auto store = core::CertificateStore::load(dir_.path());
        if (!store) throw std::runtime_error(store.error().what);
        auto context = core::TlsServerContext::create(*store, keys_, settings);
        if (!context) throw std::runtime_error(context.error().what);
        return std::move(*context);
    }

    TempDir dir_;
    std::shared_ptr<const core::TicketKeys> keys_ = core::TicketKeys::generate();
};

/// The first name of the certificate the client was shown.
inline std::string shown_name(const TlsPair& pair) {
    const core::Certificate certificate(SSL_get1_peer_certificate(pair.client.get()));
    if (certificate == nullptr) return "-";
    const core::Handle<GENERAL_NAMES, &GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    int type = 0;
    const auto* text = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), 0), &type));
    return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
}

inline std::string shown_for(core::TlsServerContext& context, const std::string& sni,
                             const std::string& fallback = "") {
    TlsPair pair(context.new_session(fallback), {.sni = sni});
    return pair.shake_hands() ? shown_name(pair) : "-";
}

}  // namespace test
