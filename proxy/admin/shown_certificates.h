#pragma once
// The certificates that clients see, as the operator is told of them. Values and their views; any
// thread.

#include <chrono>
#include <string>
#include <vector>

namespace proxy {

struct ShownCertificate {
    std::string folder;              // of cert_dir: "example.org", "*.example.org", "default"
    std::string file;                // fullchain.pem
    std::string key;                 // "ECDSA", "RSA", or OpenSSL's name of another kind
    std::vector<std::string> names;  // that it covers
    std::chrono::system_clock::time_point not_before;
    std::chrono::system_clock::time_point not_after;
    std::vector<std::string> domains;       // [domain]s whose clients see it
    bool is_for_nameless = false;           // clients with direct TLS that name no domain see it
    std::vector<std::string> unnamed = {};  // those of `domains` that it does not cover
    std::vector<std::string> problems;      // with what to do about them
};

struct ShownCertificates {
    std::vector<ShownCertificate> certificates;
    std::vector<std::string> without;   // [domain]s that have none: their clients are refused
    std::vector<std::string> unusable;  // folders that cannot be used, and why
};

/// In 80 columns; the days are those from `now` on.
std::string certificates_text(const ShownCertificates& shown,
                              std::chrono::system_clock::time_point now);
/// {certificates: [{folder, file, key, names: [text], not_before, not_after, days_left, domains:
/// [text], is_for_nameless, problems: [text]}], domains_without: [text], unusable: [text]}
std::string certificates_json(const ShownCertificates& shown,
                              std::chrono::system_clock::time_point now);

}  // namespace proxy
