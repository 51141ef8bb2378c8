#include "proxy/session/session_name.h"

#include <chrono>
#include <string_view>

namespace proxy {
namespace {

/// So that names do not come again after a restart: the second at which it is asked first, the last
/// four digits in base 36.
std::string start_stamp() {
    constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
    const auto start = std::chrono::system_clock::now().time_since_epoch();
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(start).count();
    std::string stamp(4, '0');
    for (std::size_t i = stamp.size(); i-- > 0; seconds /= 36)
        stamp[i] = kDigits[static_cast<std::size_t>(seconds % 36)];
    return stamp;
}

}  // namespace

std::string session_name(unsigned worker, std::uint32_t number) {
    static const std::string stamp = start_stamp();
    return stamp + "-" + std::to_string(worker) + "-" + std::to_string(number);
}

}  // namespace proxy
