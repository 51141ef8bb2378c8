#pragma once
// A value of toml11 as a node, by what both generations have in common. For the two readers alone.

#include <algorithm>
#include <string>
#include <string_view>

#include "conf/toml_node.h"
#include "conf/toml_text.h"

namespace conf {

/// `place_of(value)` is where a value stands: for tables the [header] or the dotted key that named
/// them first. toml11 keeps neither places nor the order of keys, so keys are found by walking back
/// from their values, and children are sorted by place.
template <typename Value, typename PlaceOf>
TomlNode to_node(const Value& value, std::string_view text, const PlaceOf& place_of) {
    using Type = decltype(value.type());
    TomlNode node;
    node.place = place_of(value);
    node.key_place = node.place;
    switch (value.type()) {
        case Type::table:
            node.kind = TomlNode::Kind::table;
            for (const auto& [key, child] : value.as_table()) {
                TomlNode& made = node.children.emplace_back(to_node(child, text, place_of));
                made.key = key;
                made.key_place = key_place(text, made.place, key);
            }
            std::stable_sort(node.children.begin(), node.children.end(),
                             [](const TomlNode& a, const TomlNode& b) {
                                 return a.key_place.at < b.key_place.at;
                             });
            break;
        case Type::array:
            node.kind = TomlNode::Kind::array;
            for (const Value& child : value.as_array())
                node.children.push_back(to_node(child, text, place_of));
            break;
        case Type::string:
            node.kind = TomlNode::Kind::string;
            node.text = static_cast<const std::string&>(value.as_string());
            break;
        case Type::integer:
            node.kind = TomlNode::Kind::integer;
            node.integer = value.as_integer();
            break;
        case Type::boolean:
            node.kind = TomlNode::Kind::boolean;
            node.boolean = value.as_boolean();
            break;
        case Type::floating: node.kind = TomlNode::Kind::floating; break;
        default: node.kind = TomlNode::Kind::date; break;
    }
    return node;
}

}  // namespace conf
