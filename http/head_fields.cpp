#include "http/head_fields.h"

#include "http/field_text.h"

namespace http {

std::size_t HeadFields::count(std::string_view name) const {
    std::size_t count = 0;
    for (const HeadField& field : *this) count += same_word(field.name, name) ? 1 : 0;
    return count;
}

std::optional<std::string_view> HeadFields::find(std::string_view name) const {
    for (const HeadField& field : *this)
        if (same_word(field.name, name)) return field.value;
    return std::nullopt;
}

std::optional<std::string_view> HeadFields::only(std::string_view name) const {
    return count(name) == 1 ? find(name) : std::nullopt;
}

bool HeadFields::has_in_list(std::string_view name, std::string_view token) const {
    bool has = false;
    for (const HeadField& field : *this) {
        if (!same_word(field.name, name)) continue;
        for_each_in_list(field.value,
                         [&](std::string_view element) { has = has || same_word(element, token); });
    }
    return has;
}

}  // namespace http
