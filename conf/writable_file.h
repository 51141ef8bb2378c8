#pragma once
// Whether a program could append to a file that a configuration names. It asks the file system and
// changes nothing. Any thread.

#include <filesystem>
#include <optional>
#include <string>

namespace conf {

/// What is in the way, as a rule broken and what to do about it.
struct Obstacle {
    std::string what;
    std::string hint;
};

/// What keeps this user from appending to the file, or from making it where there is none. Nothing
/// about pipes: whether somebody reads one cannot be asked without being its writer.
std::optional<Obstacle> obstacle_to_writing(const std::filesystem::path& file);

}  // namespace conf
