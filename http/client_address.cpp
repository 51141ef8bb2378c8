#include "http/client_address.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "http/field_text.h"

namespace http {
namespace {

std::vector<std::string_view> all_in_lists(const HeadFields& fields, std::string_view name) {
    std::vector<std::string_view> elements;
    for (const HeadField field : fields)
        if (same_word(field.name, name))
            for_each_in_list(field.value,
                             [&](std::string_view element) { elements.push_back(element); });
    return elements;
}

/// Some proxies add the port.
std::optional<core::Endpoint> read_address(std::string_view text) {
    if (const auto endpoint = core::Endpoint::parse(text)) return endpoint;
    return core::Endpoint::from_address(text, 0);
}

}  // namespace

core::Endpoint client_behind(const HeadFields& fields, const core::Endpoint& peer,
                             const TrustsAddress& trusts) {
    core::Endpoint client = peer;
    if (!trusts(client)) return client;
    auto named = all_in_lists(fields, "X-Forwarded-For");
    std::ranges::reverse(named);
    for (const std::string_view text : named) {
        const auto address = read_address(text);
        if (!address) return client;
        client = *address;
        if (!trusts(client)) return client;
    }
    return client;
}

bool says_https(const HeadFields& fields) {
    const auto named = all_in_lists(fields, "X-Forwarded-Proto");
    return !named.empty() && (same_word(named.back(), "https") || same_word(named.back(), "wss"));
}

}  // namespace http
