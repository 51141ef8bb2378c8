// Aim: editing an element in passing (features, XEP-0198) leaves one well-formed element that
// needs no further edit, and never touches what it was not asked to.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/fuzz/one_element.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_management.h"
#include "xmpp/stream_scanner.h"

namespace {

using namespace xmpp;
using fuzz::is_one_element;
using fuzz::require;

constexpr FeatureEdits kEdits{.max_bytes = 1000, .bindings = HeldBindings::end_point};
// An edited limit declares its namespace itself, which may need one binding more than came in.
constexpr ScanLimits kLimits{.bytes = 1 << 20};
constexpr ScanLimits kWider{.bytes = 2 << 20, .depth = 200, .attributes = 128, .namespaces = 512};

/// An id goes out with something in front and comes back as it was.
void check_ids(std::string_view element) {
    std::string carried;
    const auto put = [&](SmCarrier, std::string_view id) {
        carried.append(id).append(1, '\0');
        return std::optional("T" + std::string(id));
    };
    const auto tagged = edit_stream_management(element, {.id = put});
    if (!tagged) return;
    require(is_one_element(*tagged, kWider));
    std::string came_back;
    const auto take = [&](SmCarrier, std::string_view id) {
        require(id.starts_with('T'));
        came_back.append(id.substr(1)).append(1, '\0');
        return std::optional(std::string(id.substr(1)));
    };
    const auto again = edit_stream_management(*tagged, {.id = take});
    require(again.has_value());
    require(is_one_element(*again, kWider));
    require(came_back == carried);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view element(reinterpret_cast<const char*>(data), size);
    if (!is_one_element(element, kLimits)) return 0;

    const auto before = read_features(element);
    if (const auto edited = edit_features(element, kEdits)) {
        require(is_one_element(*edited, kWider));
        require(!edit_features(*edited, kEdits));
        const auto after = read_features(*edited);
        require(before && after && !after->starttls);
        require(after->mechanisms == before->mechanisms);
        require(after->sasl2_mechanisms == before->sasl2_mechanisms);
        require(after->bindings == before->bindings);
        require(after->bind == before->bind && after->bind2 == before->bind2);
    }
    if (const auto edited = edit_stream_management(element, {.cuts_location = true})) {
        require(edited->size() < element.size());
        require(is_one_element(*edited, kWider));
        require(!edit_stream_management(*edited, {.cuts_location = true}));
    }
    check_ids(element);
    return 0;
}
