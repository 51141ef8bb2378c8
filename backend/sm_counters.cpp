#include "backend/sm_counters.h"

namespace backend {

SmCounters::SmCounters(std::uint32_t handled, std::uint32_t acknowledged,
                       std::uint64_t last_acknowledged, std::uint64_t last_queued)
    : sent_number_(last_queued),
      received_(handled),
      confirmed_(handled),
      sent_(acknowledged + static_cast<std::uint32_t>(last_queued - last_acknowledged)),
      acked_(acknowledged) {}

void SmCounters::on_sent(std::uint64_t number, std::size_t bytes) {
    bytes_since_acked_ += bytes;
    // After a resumption the queue comes again; it is counted already.
    if (number <= sent_number_) return;
    sent_number_ = number;
    ++sent_;
}

bool SmCounters::on_acknowledged(std::uint32_t h) {
    if (h - acked_ > sent_ - acked_) return false;  // modulo 2^32, as all here
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
