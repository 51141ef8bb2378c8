#include "proxy/pools/eviction.h"

namespace proxy {

std::size_t Eviction::due(std::size_t left, core::TimePoint now) const {
    if (now >= end_) return left;
    const std::chrono::duration<double> remaining = end_ - now;
    const auto may_stay =
        static_cast<std::size_t>(static_cast<double>(total_) * (remaining / over_));
    return left > may_stay ? left - may_stay : 0;
}

std::string_view maintenance_effect(bool resume_anywhere) {
    return resume_anywhere ? "those that can resume are cut and go on at another backend, others "
                             "get system-shutdown"
                           : "they get system-shutdown and log in anew, for without "
                             "resume_anywhere none could be resumed elsewhere";
}

}  // namespace proxy
