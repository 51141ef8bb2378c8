#include "backend/stream/sm_counters.h"

#include <cassert>

namespace backend {

namespace {

/// How far back the serial comparison of 32 bits sees (RFC 1982 section 3.2).
constexpr std::uint64_t kFurthestBack = std::uint64_t{1} << 31;

}  // namespace

SmCounters::SmCounters(std::uint32_t handled, std::uint64_t counted_from,
                       std::uint64_t last_acknowledged, std::uint64_t last_queued)
    : counted_from_(counted_from),
      sent_number_(last_queued),
      received_(handled),
      confirmed_(handled),
      sent_(static_cast<std::uint32_t>(last_queued - counted_from)),
      acked_(static_cast<std::uint32_t>(last_acknowledged - counted_from)) {
    assert(counted_from <= last_acknowledged && last_acknowledged <= last_queued);
}

void SmCounters::on_confirmed(std::size_t count) {
    assert(count <= received_ - confirmed_);
    confirmed_ += static_cast<std::uint32_t>(count);
}

void SmCounters::on_sent(std::uint64_t number, std::size_t bytes) {
    bytes_since_acked_ += bytes;
    // After a resumption the queue comes again; it is counted already.
    if (number <= sent_number_) return;
    sent_number_ = number;
    ++sent_;
}

bool SmCounters::on_acknowledged(std::uint32_t h) {
    // Modulo 2^32, as all here.
    const std::uint32_t news = h - acked_;
    if (news > sent_ - acked_) {
        // Not among the counts that may come next: one that was said before, or one of nothing.
        const std::uint64_t back = acked_ - h;
        if (back >= kFurthestBack || back > acked_number() - counted_from_) return false;
        is_asked_ = false;  // it has answered, late
        return true;
    }
    acked_ = h;
    is_asked_ = false;
    bytes_since_acked_ = 0;
    return true;
}

void SmCounters::on_request() {
    owes_ack_ = true;
    owed_ = received_;
}

void SmCounters::on_ack_sent() {
    // confirmed_ runs behind received_ by less than 2^31.
    if (static_cast<std::int32_t>(confirmed_ - owed_) >= 0) owes_ack_ = false;
}

bool SmCounters::should_ask(const AckPace& pace) const {
    return may_ask() && (sent_ - acked_ >= pace.stanzas || bytes_since_acked_ >= pace.bytes);
}

}  // namespace backend
