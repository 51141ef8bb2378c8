#include "backend/rules/token.h"

#include <algorithm>

#include "core/random_bytes.h"
#include "xmpp/base64.h"

namespace backend {
namespace {

constexpr std::size_t kTokenBytes = 18;  // a multiple of 3, so there is no padding

}  // namespace

std::string make_token() {
    std::string text = xmpp::encode_base64(core::random_bytes(kTokenBytes));
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

}  // namespace backend
