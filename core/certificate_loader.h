#pragma once
// Reads the key pairs of a folder and tries each on a spare SSL_CTX, so that what is wrong shows at
// loading and not in a client's handshake. One thread.

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/handle.h"
#include "core/key_pair.h"
#include "core/result.h"
#include "core/tls_problem.h"

namespace core {

/// The folder for domains that no other one fits.
inline constexpr std::string_view kDefaultFolder = "default";

/// The domain a folder stands for: `_.example.org` is for operators who dislike `*` in file names.
std::string domain_of_folder(const std::filesystem::path& path);

/// Reads the folders of one cert_dir; errors end it, notes go along.
class CertificateLoader {
public:
    CertificateLoader();

    /// Nothing for a folder that stands for no domain; a note says why. Without pairs: it holds
    /// none.
    Result<std::optional<CertificateFolder>, TlsProblem> read_folder(
        const std::filesystem::path& path);
    /// A folder as it was read earlier; notes about its validity are made anew.
    CertificateFolder keep(const CertificateFolder& folder);
    void note(const std::filesystem::path& file, std::string what, std::string remedy);
    std::vector<CertificateNote> take_notes() { return std::move(notes_); }

private:
    Result<KeyPair, TlsProblem> read_pair(const std::filesystem::path& folder,
                                          std::string_view suffix);
    Result<void, TlsProblem> read_certificates(KeyPair& pair);
    Result<void, TlsProblem> read_key(const std::filesystem::path& file, KeyPair& pair);
    Result<void, TlsProblem> check_match(const std::filesystem::path& key_file,
                                         const KeyPair& pair);
    void note_validity(const KeyPair& pair);
    void note_names(const std::string& folder, const KeyPair& pair);
    void read_ocsp(const std::filesystem::path& folder, std::string_view suffix, KeyPair& pair);

    SslContext probe_;
    std::time_t now_;
    std::vector<CertificateNote> notes_;
};

}  // namespace core
