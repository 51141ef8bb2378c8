#pragma once
// A block of IP addresses as operators write it, "10.0.0.0/8" or one address (RFC 4632 section 3.1,
// RFC 4291 section 2.3). Standard library only; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/endpoint.h"

namespace core {

class AddressBlock {
public:
    /// An address alone is a block of one. Bits behind the prefix must be zero, for otherwise
    /// nobody can tell what was meant: nullopt, as for anything else that is no block.
    static std::optional<AddressBlock> parse(std::string_view text);
    /// The block around an address that is written with a prefix, "10.0.0.0/8" for "10.0.0.1/8":
    /// what may be meant by a text that parse() refuses.
    static std::optional<AddressBlock> around(std::string_view text);

    /// Whether the endpoint's address lies in the block; ports count nothing.
    bool contains(const Endpoint& endpoint) const noexcept;
    std::string to_string() const;

    friend bool operator==(const AddressBlock&, const AddressBlock&) = default;

private:
    AddressBlock(const Endpoint& first, unsigned bits)
        : first_(first), bits_(static_cast<std::uint8_t>(bits)) {}

    Endpoint first_;
    std::uint8_t bits_;  // of the prefix
};

}  // namespace core
