#include "proxy/admin/command_text.h"

#include <fmt/format.h>

namespace proxy {

namespace {

/// A word of a command as a shell takes it.
std::string shell_word(std::string_view word) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@%+,-";
    if (word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
    std::string quoted = "'";
    for (const char letter : word) {
        if (letter == '\'') {
            quoted += R"('\'')";
        } else {
            quoted += letter;
        }
    }
    return quoted + '\'';
}

}  // namespace

std::string weight_command(const MemberName& member, std::uint32_t weight) {
    return fmt::format("stanzagate weight {} {}", shell_word(member.text()), weight);
}

std::string state_command(const MemberName& member, balancer::AdminState state) {
    return fmt::format("stanzagate {} {}", balancer::to_string(state), shell_word(member.text()));
}

}  // namespace proxy
