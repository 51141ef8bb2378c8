#pragma once
// Whom a certificate names. Pure; any thread.

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

namespace core {

/// The dNSNames of the subjectAltName (RFC 6125 section 6.4), in lower case; wildcards as they are.
std::vector<std::string> dns_names(const X509* certificate);

/// "*.example.org" for "im.example.org"; empty when there is no label in front of another.
std::string wildcard_for(std::string_view domain);

}  // namespace core
