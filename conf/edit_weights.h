#pragma once
// Writes weights of backends into the text of a configuration, and leaves all else of it, comments
// and layout, byte for byte. Pure; any thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace conf {

struct MemberWeight {
    std::string pool;
    std::string backend;  // its name
    std::uint32_t weight = 0;
};

/// The text with these weights. What comes of it has been read again: it says the same but for
/// them. The error is a sentence for the operator: which backend, and what to write by hand. `file`
/// is where the text stands; errors of the text itself are none of this.
core::Result<std::string, std::string> with_weights(std::string_view toml,
                                                    const std::filesystem::path& file,
                                                    const std::vector<MemberWeight>& weights);

}  // namespace conf
