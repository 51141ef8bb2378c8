#pragma once
// An OCSP response read from a file, to be stapled to a certificate (RFC 6960, RFC 6066 section 8).

#include <ctime>
#include <filesystem>
#include <string>

#include "core/handle.h"
#include "core/result.h"

namespace core {

struct OcspResponse {
    std::string der;
    std::time_t expires = 0;  // nextUpdate; 0: none named
    bool is_revoked = false;
};

/// Reads a DER response that answers for `leaf` (by its serial number) and is valid at `now`. Its
/// signature is left to the clients, who must check it anyway. The error is the end of a sentence
/// that begins with the file's name.
Result<OcspResponse, std::string> read_ocsp_response(const std::filesystem::path& file,
                                                     const X509* leaf, std::time_t now);

}  // namespace core
