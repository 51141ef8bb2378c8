#include "proxy/admin/json_text.h"

#include "core/quoted_text.h"

namespace proxy {

JsonObject& JsonObject::text(std::string_view key, std::string_view value) {
    return raw(key, core::json_quoted(value));
}

JsonObject& JsonObject::text_or_null(std::string_view key, std::string_view value) {
    return raw(key, value.empty() ? "null" : core::json_quoted(value));
}

JsonObject& JsonObject::flag(std::string_view key, bool value) {
    return raw(key, value ? "true" : "false");
}

JsonObject& JsonObject::raw(std::string_view key, std::string_view value) {
    if (!members_.empty()) members_ += ',';
    members_ += core::json_quoted(key);
    members_ += ':';
    members_ += value;
    return *this;
}

std::string json_array(const std::vector<std::string>& items) {
    std::string result = "[";
    for (const std::string& item : items) {
        if (result.size() > 1) result += ',';
        result += item;
    }
    return result + ']';
}

std::string json_texts(const std::vector<std::string>& texts) {
    std::vector<std::string> items;
    items.reserve(texts.size());
    for (const std::string& text : texts) items.push_back(core::json_quoted(text));
    return json_array(items);
}

}  // namespace proxy
