#pragma once
// Which keys each table of a file may have, so that a message can say where a key in the wrong
// table belongs. Learned from the readers themselves (conf/table_reader) over a text that has each
// table once. Made once, then constant; any thread.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

/// A place for a key: "[[pool.NAME.backend]]" for "weight", or as a table of its own
/// "[pool.NAME.health]" for "health".
struct KeyHome {
    std::string header;  // of the table; "" is the top of the file
    std::string path;    // of the key, with the example's names
    bool is_table = false;
};

class KeyCatalogue {
public:
    /// Adds the keys that the table at `path` ("pool.NAME.backend[0]") may have.
    void add(std::string_view path, std::span<const std::string_view> keys);

    /// Every home of a key.
    std::vector<KeyHome> homes_of(std::string_view key) const;
    /// All keys, each once.
    std::vector<std::string_view> keys() const;

private:
    struct Table {
        std::string path;
        std::vector<std::string> keys;
    };

    std::string header_of(std::string_view path) const;

    std::vector<Table> tables_;
};

}  // namespace conf
