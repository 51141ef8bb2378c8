#pragma once
// Why a request is refused: the status that tells its client, and a sentence for people. Values;
// any thread.

#include <cstdint>
#include <string_view>

namespace http {

struct Refusal {
    std::uint16_t status = 400;
    std::string_view reason;  // a literal: one sentence, shown to the client and to the log

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

}  // namespace http
