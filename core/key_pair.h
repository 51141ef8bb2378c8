#pragma once
// Keys with their certificates, as they were read from files.

#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "core/handle.h"

namespace core {

/// One private key with its chain, and the OCSP response that lies beside it, if any.
struct KeyPair {
    PrivateKey key;
    Certificate leaf;
    std::vector<Certificate> chain;  // without the leaf
    std::string ocsp_response;       // DER; empty when there is none to staple
    std::time_t ocsp_expires = 0;    // nextUpdate; 0: the response names none
    std::filesystem::path file;      // of the certificate
};

/// The key pairs of one folder: one, or one per key type (ECDSA and RSA side by side).
struct CertificateFolder {
    std::string name;  // "example.org", "*.example.org" or "default"
    std::vector<KeyPair> pairs;
};

/// Something about certificates that works, but not well, or not for long.
struct CertificateNote {
    std::filesystem::path file;  // or folder
    std::string what;
    std::string remedy;  // what the operator can do
};

}  // namespace core
