#pragma once
// One window of a relay's direction while its tokens are being looked at. Lives for one call.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/legs/byte_sink.h"
#include "proxy/session/relay_step.h"

namespace proxy {

/// Forwards the tokens of one window in one send, for what arrived with one read shall leave with
/// one write (and as one TLS record). Untouched tokens go straight from the window; only what
/// stands around an edit is copied together, up to a bound.
class TokenRun {
public:
    TokenRun(std::string_view window, ByteSink& sink) : window_(window), sink_(sink) {}

    std::string_view rest() const { return window_.substr(done_); }
    void take(std::uint32_t size) {
        if (run_end_ != done_) {
            // What lies between is left out.
            gather_run();
            run_start_ = done_;
        }
        done_ += size;
        run_end_ = done_;
    }
    /// `replacement` may be empty: the token is left out.
    void replace(std::uint32_t size, std::string_view replacement) {
        if (!replacement.empty()) {
            gather_run();
            gather(replacement);
        }
        done_ += size;
    }
    /// A stanza of this name.
    void note_stanza(std::string_view name) {
        // Three names of three lengths.
        constexpr std::string_view kMessage = "message";
        constexpr std::string_view kIq = "iq";
        ++(name.size() == kMessage.size() ? stanzas_.messages
           : name.size() == kIq.size()    ? stanzas_.iqs
                                          : stanzas_.presences);
    }
    /// Everything accepted is sent; the step that has come of it.
    RelayStep finish(std::optional<RelayEnd> end = {}) {
        flush();
        return {.consumed = done_,
                .sent = sent_,
                .sink_is_full = full_,
                .end = std::move(end),
                .stanzas = stanzas_};
    }
    /// The same, when the token of `size` goes nowhere and its sender gets `reply`.
    RelayStep finish_with_reply(std::uint32_t size, std::string_view reply) {
        flush();
        done_ += size;
        return {.consumed = done_,
                .sent = sent_,
                .sink_is_full = full_,
                .end = {},
                .stanzas = stanzas_,
                .reply = reply};
    }
    /// The same, and nothing behind it is looked at.
    RelayStep finish_and_drop_rest() {
        flush();
        return {.consumed = window_.size(),
                .sent = sent_,
                .sink_is_full = full_,
                .end = {},
                .stanzas = stanzas_};
    }

private:
    /// One read (core::Scratch); a larger element would only be copied for nothing.
    static constexpr std::size_t kGatheredMost = 64 * 1024;

    std::string_view run() const { return window_.substr(run_start_, run_end_ - run_start_); }
    void gather_run() {
        gather(run());
        run_start_ = run_end_;
    }
    void gather(std::string_view bytes) {
        if (gathered_.size() + bytes.size() > kGatheredMost) {
            send(gathered_);
            gathered_.clear();
            if (bytes.size() > kGatheredMost) return send(bytes);
        }
        gathered_ += bytes;
    }
    void flush() {
        if (!gathered_.empty()) {
            gather_run();
            send(gathered_);
        } else {
            send(run());
        }
        run_start_ = run_end_;
    }
    void send(std::string_view bytes) {
        sent_ += bytes.size();
        if (!bytes.empty() && !sink_.send(bytes)) full_ = true;
    }

    std::string_view window_;
    ByteSink& sink_;
    std::string gathered_;       // goes before the run; empty until there is an edit
    std::size_t run_start_ = 0;  // of the untouched tokens that are not sent yet
    std::size_t run_end_ = 0;
    std::size_t done_ = 0;  // what has been looked at
    std::size_t sent_ = 0;
    StanzaCounts stanzas_;
    bool full_ = false;
};

}  // namespace proxy
