#pragma once
// One window of a relay's direction while its tokens are being looked at. Lives for one call.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/relay.h"

namespace proxy {

/// Forwards the longest runs of untouched tokens: one send for all that came with one read.
class TokenRun {
public:
    TokenRun(std::string_view window, ByteSink& sink) : window_(window), sink_(sink) {}

    std::string_view rest() const { return window_.substr(end_); }
    void take(std::uint32_t size) { end_ += size; }
    void replace(std::uint32_t size, std::string_view replacement) {
        flush();
        keep(sink_.send(replacement));
        end_ += size;
        start_ = end_;
    }
    /// Everything accepted is sent; the step that has come of it.
    RelayStep finish(std::optional<RelayEnd> end = {}) {
        flush();
        return {.consumed = end_, .sink_is_full = full_, .end = end};
    }
    /// The same, when the token of `size` goes nowhere and its sender gets `reply`.
    RelayStep finish_with_reply(std::uint32_t size, std::string_view reply) {
        flush();
        end_ += size;
        return {.consumed = end_, .sink_is_full = full_, .end = {}, .reply = reply};
    }
    /// The same, and nothing behind it is looked at.
    RelayStep finish_and_drop_rest() {
        flush();
        return {.consumed = window_.size(), .sink_is_full = full_, .end = {}};
    }

private:
    void flush() {
        if (end_ != start_) keep(sink_.send(window_.substr(start_, end_ - start_)));
        start_ = end_;
    }
    void keep(bool has_room) { full_ = full_ || !has_room; }

    std::string_view window_;
    ByteSink& sink_;
    std::size_t start_ = 0;  // of the run that is not sent yet
    std::size_t end_ = 0;
    bool full_ = false;
};

}  // namespace proxy
