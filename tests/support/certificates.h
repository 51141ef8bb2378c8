#pragma once
// Makes keys, certificates and OCSP responses for tests, in memory and in folders that vanish with
// the test.

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/handle.h"
#include "tests/support/temp_dir.h"

namespace test {

inline void write_file(const std::filesystem::path& file, std::string_view content) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

enum class KeyType { ecdsa, rsa };

inline core::PrivateKey make_key(KeyType type) {
    return core::PrivateKey(type == KeyType::ecdsa ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
}

/// What a certificate says; times are seconds from now.
struct CertificateText {
    std::vector<std::string> dns_names = {};
    long not_before = -3600;
    long not_after = 90L * 24 * 3600;
    bool is_ca = false;
    long serial = 1;
};

struct Issued {
    core::PrivateKey key;
    core::Certificate certificate;
};

namespace detail {

inline void add_extension(X509* certificate, int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("bad extension " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace detail

/// A certificate for a fresh key, signed by `issuer` or, without one, by itself.
inline Issued issue(const CertificateText& text, KeyType type = KeyType::ecdsa,
                    const Issued* issuer = nullptr) {
    Issued made{make_key(type), core::Certificate(X509_new())};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), text.serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), text.not_before);
    X509_gmtime_adj(X509_getm_notAfter(certificate), text.not_after);
    const std::string common_name = text.is_ca ? "Test CA" : "Test";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(certificate,
                         X509_get_subject_name(issuer ? issuer->certificate.get() : certificate));
    X509_set_pubkey(certificate, made.key.get());
    if (text.is_ca) detail::add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    std::string names;
    for (const std::string& name : text.dns_names)
        names += (names.empty() ? "DNS:" : ",DNS:") + name;
    if (!names.empty()) detail::add_extension(certificate, NID_subject_alt_name, names);
    if (X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256()) == 0)
        throw std::runtime_error("cannot sign");
    return made;
}

inline std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<std::size_t>(length));
}

inline std::string pem_of(const X509* certificate) {
    const core::Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return text_of(bio.get());
}

inline std::string pem_of(const EVP_PKEY* key) {
    const core::Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio.get());
}

/// Writes fullchain and privkey as an operator has them.
inline void write_pair(const std::filesystem::path& folder, const Issued& issued,
                       const std::string& suffix = "", const std::string& chain_pem = "") {
    write_file(folder / ("fullchain" + suffix + ".pem"),
               pem_of(issued.certificate.get()) + chain_pem);
    write_file(folder / ("privkey" + suffix + ".pem"), pem_of(issued.key.get()));
}

/// An OCSP response (DER) that says "good" about `subject`; times are seconds from now.
inline std::string ocsp_response(const Issued& subject, const Issued& issuer,
                                 long this_update = -60, long next_update = 3600) {
    using Time = core::Handle<ASN1_TIME, &ASN1_TIME_free>;
    const core::Handle<OCSP_BASICRESP, &OCSP_BASICRESP_free> basic(OCSP_BASICRESP_new());
    const core::Handle<OCSP_CERTID, &OCSP_CERTID_free> id(
        OCSP_cert_to_id(EVP_sha1(), subject.certificate.get(), issuer.certificate.get()));
    const Time this_time(X509_gmtime_adj(nullptr, this_update));
    const Time next_time(X509_gmtime_adj(nullptr, next_update));
    OCSP_basic_add1_status(basic.get(), id.get(), V_OCSP_CERTSTATUS_GOOD, 0, nullptr,
                           this_time.get(), next_time.get());
    OCSP_basic_sign(basic.get(), issuer.certificate.get(), issuer.key.get(), EVP_sha256(), nullptr,
                    0);
    const core::Handle<OCSP_RESPONSE, &OCSP_RESPONSE_free> response(
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    unsigned char* der = nullptr;
    const int length = i2d_OCSP_RESPONSE(response.get(), &der);
    if (length <= 0) throw std::runtime_error("cannot encode the OCSP response");
    std::string result(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return result;
}

}  // namespace test
