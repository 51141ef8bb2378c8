#include "core/certificate_loader.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/ascii.h"
#include "core/certificate_names.h"
#include "core/ocsp_response.h"
#include "core/small_file.h"
#include "core/tls_facts.h"

namespace core {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPemBytes = 1024 * 1024;
constexpr std::size_t kMaxChain = 16;
constexpr int kDaysOfWarning = 7;
constexpr std::string_view kSuffixes[] = {"", "-ecdsa", "-rsa"};
constexpr const char* kRenew = "renew it";

std::string not_pem(std::string_view content, std::string_view wanted, std::string_view command) {
    std::string what = "holds no " + std::string(wanted) + " in PEM form";
    if (content.find("-----BEGIN") != std::string_view::npos)
        return what + " (other PEM blocks only; are the two files swapped?)";
    if (!content.empty() && content.front() == 0x30)
        return what + "; it looks like DER: convert it with openssl " + std::string(command) +
               " -inform der -in FILE -out FILE.pem";
    return what;
}

Certificate shared(const Certificate& certificate) {
    X509_up_ref(certificate.get());
    return Certificate(certificate.get());
}

/// The key and the certificates themselves are immutable, so both pairs have the same ones.
KeyPair shared_copy(const KeyPair& pair) {
    KeyPair copy;
    EVP_PKEY_up_ref(pair.key.get());
    copy.key.reset(pair.key.get());
    copy.leaf = shared(pair.leaf);
    for (const Certificate& link : pair.chain) copy.chain.push_back(shared(link));
    copy.ocsp_response = pair.ocsp_response;
    copy.ocsp_expires = pair.ocsp_expires;
    copy.file = pair.file;
    return copy;
}

/// Refuses to ask for a passphrase on the terminal and remembers that one was wanted.
int note_passphrase(char*, int, int, void* wanted) {
    *static_cast<bool*>(wanted) = true;
    return -1;
}

bool is_plain_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string domain_of_folder(const fs::path& path) {
    std::string name = ascii_lower(path.filename().string());
    if (name.starts_with("_.")) name[0] = '*';
    return name;
}

CertificateLoader::CertificateLoader()
    : probe_(SSL_CTX_new(TLS_server_method())), now_(std::time(nullptr)) {}

void CertificateLoader::note(const fs::path& file, std::string what, std::string remedy) {
    notes_.push_back({file, std::move(what), std::move(remedy)});
}

Result<void, TlsProblem> CertificateLoader::read_certificates(KeyPair& pair) {
    const Result<std::string, std::string> content = read_small_file(pair.file, kMaxPemBytes);
    if (!content) return fail(TlsProblem{pair.file, content.error()});
    const Bio source(BIO_new_mem_buf(content->data(), static_cast<int>(content->size())));
    pair.leaf.reset(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (pair.leaf == nullptr)
        return fail(TlsProblem{pair.file, not_pem(*content, "certificate", "x509")});
    while (Certificate next{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)}) {
        if (pair.chain.size() == kMaxChain)
            return fail(TlsProblem{pair.file,
                                   "holds more than 17 certificates; keep the "
                                   "certificate and those that lead to its CA"});
        pair.chain.push_back(std::move(next));
    }
    // The end of the file is an error of this kind; any other is a block that cannot be read.
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!at_end)
        return fail(TlsProblem{pair.file, "holds a damaged certificate at place " +
                                              std::to_string(pair.chain.size() + 2)});
    // Fills the caches of the objects now, while only this thread has them.
    X509_check_purpose(pair.leaf.get(), -1, 0);
    for (const Certificate& link : pair.chain) X509_check_purpose(link.get(), -1, 0);
    return {};
}

Result<void, TlsProblem> CertificateLoader::read_key(const fs::path& file, KeyPair& pair) {
    Result<std::string, std::string> content = read_small_file(file, kMaxPemBytes);
    if (!content) return fail(TlsProblem{file, content.error()});
    const Bio source(BIO_new_mem_buf(content->data(), static_cast<int>(content->size())));
    bool wants_passphrase = false;
    pair.key.reset(
        PEM_read_bio_PrivateKey(source.get(), nullptr, note_passphrase, &wants_passphrase));
    ERR_clear_error();
    std::string wrong;
    if (wants_passphrase)
        wrong = "is encrypted; take the passphrase off with openssl pkey -in FILE -out FILE.new";
    else if (pair.key == nullptr)
        wrong = not_pem(*content, "private key", "pkey");
    OPENSSL_cleanse(content->data(), content->size());
    if (!wrong.empty()) return fail(TlsProblem{file, std::move(wrong)});
    if (others_can_read(file))
        return fail(TlsProblem{file, "can be read by every user of this machine; chmod o-r it"});
    return {};
}

Result<void, TlsProblem> CertificateLoader::check_match(const fs::path& key_file,
                                                        const KeyPair& pair) {
    const auto belongs_to = [&](const Certificate& certificate) {
        return X509_check_private_key(certificate.get(), pair.key.get()) == 1;
    };
    const bool matches = belongs_to(pair.leaf);
    const bool is_misplaced =
        !matches && std::any_of(pair.chain.begin(), pair.chain.end(), belongs_to);
    ERR_clear_error();
    if (is_misplaced)
        return fail(TlsProblem{pair.file,
                               "has the server's own certificate behind others; put "
                               "it first, then its chain"});
    if (!matches)
        return fail(TlsProblem{key_file, "does not belong to the certificate in " +
                                             pair.file.filename().string() +
                                             "; both must come from the same order"});
    if (probe_ == nullptr ||
        SSL_CTX_use_cert_and_key(probe_.get(), pair.leaf.get(), pair.key.get(), nullptr, 1) != 1)
        return fail(TlsProblem{pair.file, "is refused by OpenSSL: " + take_tls_error()});
    return {};
}

void CertificateLoader::note_validity(const KeyPair& pair) {
    std::time_t soon = now_ + kDaysOfWarning * 24 * 3600;
    if (X509_cmp_time(X509_get0_notBefore(pair.leaf.get()), &now_) > 0)
        note(pair.file, "is not valid yet", "check that this machine's clock is right");
    if (X509_cmp_time(X509_get0_notAfter(pair.leaf.get()), &now_) < 0)
        note(pair.file, "has expired: clients refuse it", kRenew);
    else if (X509_cmp_time(X509_get0_notAfter(pair.leaf.get()), &soon) < 0)
        note(pair.file, "expires within 7 days", kRenew);
}

void CertificateLoader::note_names(const std::string& folder, const KeyPair& pair) {
    if (folder == kDefaultFolder) return;
    const std::vector<std::string> names = dns_names(pair.leaf.get());
    const auto has = [&](const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (!has(folder) && !has(wildcard_for(folder)))
        note(pair.file,
             "does not name " + folder + " (dNSName in subjectAltName): clients refuse it there",
             "order one that names it, or rename the folder");
}

void CertificateLoader::read_ocsp(const fs::path& folder, std::string_view suffix, KeyPair& pair) {
    for (const char* extension : {".der", ".resp"}) {
        const fs::path file = folder / ("ocsp" + std::string(suffix) + extension);
        std::error_code ignored;
        if (!fs::exists(file, ignored)) continue;
        Result<OcspResponse, std::string> response =
            read_ocsp_response(file, pair.leaf.get(), now_);
        if (!response) {
            note(file, response.error() + "; it is not stapled",
                 "fetch it anew from the issuer, or remove the file");
            continue;
        }
        if (response->is_revoked)
            note(file, "says that the certificate is revoked", "replace the certificate");
        pair.ocsp_response = std::move(response->der);
        pair.ocsp_expires = response->expires;
        return;
    }
}

Result<KeyPair, TlsProblem> CertificateLoader::read_pair(const fs::path& folder,
                                                         std::string_view suffix) {
    const fs::path key_file = folder / ("privkey" + std::string(suffix) + ".pem");
    KeyPair pair;
    pair.file = folder / ("fullchain" + std::string(suffix) + ".pem");
    if (Result<void, TlsProblem> read = read_certificates(pair); !read) return fail(read.error());
    if (Result<void, TlsProblem> read = read_key(key_file, pair); !read) return fail(read.error());
    if (Result<void, TlsProblem> fits = check_match(key_file, pair); !fits)
        return fail(fits.error());
    note_validity(pair);
    read_ocsp(folder, suffix, pair);
    return pair;
}

Result<std::optional<CertificateFolder>, TlsProblem> CertificateLoader::read_folder(
    const fs::path& path) {
    CertificateFolder folder{domain_of_folder(path), {}};
    if (folder.name.starts_with('.')) return std::optional<CertificateFolder>();
    if (!is_plain_ascii(folder.name)) {
        note(path, "is skipped: its name is not ASCII",
             "name the folder by the domain's A-label (xn--...), as idn prints it");
        return std::optional<CertificateFolder>();
    }
    for (const std::string_view suffix : kSuffixes) {
        std::error_code ignored;
        const std::string end = std::string(suffix) + ".pem";
        if (!fs::exists(path / ("fullchain" + end), ignored) &&
            !fs::exists(path / ("privkey" + end), ignored))
            continue;
        Result<KeyPair, TlsProblem> pair = read_pair(path, suffix);
        if (!pair) return fail(std::move(pair).error());
        for (const KeyPair& other : folder.pairs)
            if (EVP_PKEY_get_base_id(other.key.get()) == EVP_PKEY_get_base_id(pair->key.get()))
                return fail(TlsProblem{pair->file, "has the same type of key as " +
                                                       other.file.filename().string() +
                                                       "; keep one of the two"});
        note_names(folder.name, *pair);
        folder.pairs.push_back(std::move(*pair));
    }
    return std::optional<CertificateFolder>(std::move(folder));
}

CertificateFolder CertificateLoader::keep(const CertificateFolder& folder) {
    CertificateFolder kept{folder.name, {}};
    for (const KeyPair& pair : folder.pairs) {
        kept.pairs.push_back(shared_copy(pair));
        note_validity(pair);
    }
    return kept;
}

}  // namespace core
