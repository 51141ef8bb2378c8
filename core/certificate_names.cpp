#include "core/certificate_names.h"

#include <openssl/x509v3.h>

#include "core/ascii.h"
#include "core/handle.h"

namespace core {

namespace {
using Names = Handle<GENERAL_NAMES, &GENERAL_NAMES_free>;
}

std::vector<std::string> dns_names(const X509* certificate) {
    std::vector<std::string> result;
    const Names names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
        if (type != GEN_DNS) continue;
        const auto* text = static_cast<const ASN1_STRING*>(value);
        result.push_back(ascii_lower({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                      static_cast<std::size_t>(ASN1_STRING_length(text))}));
    }
    return result;
}

std::string wildcard_for(std::string_view domain) {
    const std::size_t dot = domain.find('.');
    if (dot == 0 || dot == std::string_view::npos || dot + 1 == domain.size()) return {};
    return "*" + std::string(domain.substr(dot));
}

}  // namespace core
