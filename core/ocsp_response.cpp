// Finds the one answer for our certificate inside the response and looks at its dates.

#include "core/ocsp_response.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include <utility>

#include "core/small_file.h"

namespace core {
namespace {

using Response = Handle<OCSP_RESPONSE, &OCSP_RESPONSE_free>;
using BasicResponse = Handle<OCSP_BASICRESP, &OCSP_BASICRESP_free>;

constexpr std::size_t kMaxBytes = 64 * 1024;  // a response takes 0.3 to 4 KiB
constexpr long kClockSkewSeconds = 300;

std::time_t to_time(const ASN1_GENERALIZEDTIME* when) {
    std::tm parts{};
    if (when == nullptr || ASN1_TIME_to_tm(when, &parts) != 1) return 0;
    return timegm(&parts);
}

OCSP_SINGLERESP* answer_for(OCSP_BASICRESP* basic, const X509* leaf) {
    for (int i = 0; i < OCSP_resp_count(basic); ++i) {
        OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
        ASN1_INTEGER* serial = nullptr;
        // The accessor takes a mutable id but only reads from it.
        auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
        if (OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, id) == 1 &&
            ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)) == 0)
            return single;
    }
    return nullptr;
}

Result<OcspResponse, std::string> examine(std::string der, const X509* leaf, std::time_t now) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const Response response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
    if (response == nullptr) return fail(std::string("is no OCSP response in DER form"));
    if (OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return fail(std::string("holds a failed answer of the OCSP server; fetch it again"));
    const BasicResponse basic(OCSP_response_get1_basic(response.get()));
    if (basic == nullptr) return fail(std::string("holds no basic OCSP response"));
    OCSP_SINGLERESP* single = answer_for(basic.get(), leaf);
    if (single == nullptr)
        return fail(std::string("answers for another certificate; fetch it again"));

    ASN1_GENERALIZEDTIME* this_update = nullptr;
    ASN1_GENERALIZEDTIME* next_update = nullptr;
    const int status =
        OCSP_single_get0_status(single, nullptr, nullptr, &this_update, &next_update);
    const std::time_t expires = to_time(next_update);
    if (to_time(this_update) > now + kClockSkewSeconds)
        return fail(std::string("is not valid yet; is this machine's clock right?"));
    if (next_update != nullptr && expires <= now)
        return fail(std::string("has expired; fetch it again"));
    return OcspResponse{std::move(der), expires, status == V_OCSP_CERTSTATUS_REVOKED};
}

}  // namespace

Result<OcspResponse, std::string> read_ocsp_response(const std::filesystem::path& file,
                                                     const X509* leaf, std::time_t now) {
    Result<std::string, std::string> content = read_small_file(file, kMaxBytes);
    if (!content) return fail(std::move(content).error());
    Result<OcspResponse, std::string> examined = examine(std::move(*content), leaf, now);
    ERR_clear_error();
    return examined;
}

}  // namespace core
