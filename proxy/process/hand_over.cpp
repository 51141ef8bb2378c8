#include "proxy/process/hand_over.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <span>

namespace proxy {

namespace {

constexpr std::string_view kSocket = "socket ";
constexpr std::string_view kMonitor = "monitor ";
constexpr std::string_view kTickets = "tickets ";
constexpr std::string_view kTags = "tags ";
constexpr std::string_view kPseudonyms = "pseudonyms ";
constexpr std::string_view kUsers = "users";
constexpr std::string_view kLeft = "left ";
constexpr std::size_t kMostOldProcesses = 32;

/// Bytes that held keys.
class WipeBytes {
public:
    explicit WipeBytes(std::string& bytes) : bytes_(bytes) {}
    ~WipeBytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
    WipeBytes(const WipeBytes&) = delete;
    WipeBytes& operator=(const WipeBytes&) = delete;

private:
    std::string& bytes_;
};

core::Result<void, std::string> send_part(int socket, std::string_view bytes,
                                          std::span<const int> descriptors = {}) {
    auto sent = core::send_message(socket, bytes, descriptors);
    if (sent) return {};
    return core::fail(std::string("the new process cannot be told all: ") +
                      std::strerror(sent.error()));
}

core::Result<void, std::string> send_secret(int socket, std::string_view word,
                                            std::string_view secret) {
    std::string bytes;
    bytes.reserve(word.size() + secret.size());  // growing would leave copies behind
    const WipeBytes wipe(bytes.append(word).append(secret));
    return send_part(socket, bytes);
}

template <class Number>
std::optional<Number> next_number(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    Number number{};
    const auto [rest, error] = std::from_chars(line.data(), line.data() + end, number);
    if (error != std::errc{} || rest != line.data() + end) return std::nullopt;
    line.remove_prefix(std::min(line.size(), end + 1));
    return number;
}

std::optional<OldProcess> read_process(std::string_view line) {
    OldProcess read;
    const auto pid = next_number<std::int64_t>(line);
    const std::size_t blank = std::min(line.find(' '), line.size());
    read.version = line.substr(0, blank);
    line.remove_prefix(std::min(line.size(), blank + 1));
    const auto sessions = next_number<std::uint32_t>(line);
    const auto resumable = next_number<std::uint32_t>(line);
    if (!pid || !sessions || !resumable || read.version.empty() || !line.empty())
        return std::nullopt;
    read.pid = *pid;
    read.sessions = *sessions;
    read.resumable = *resumable;
    return read;
}

}  // namespace

core::Result<void, std::string> send_hand_over(int socket, const HandOver& what) {
    std::map<std::string, std::vector<int>> by_address;
    for (const HandedSocket& each : what.sockets)
        by_address[each.address.to_string()].push_back(each.socket.get());
    for (const auto& [address, all] : by_address) {
        for (std::span<const int> left = all; !left.empty();) {
            const auto some = left.first(std::min(left.size(), core::kMostDescriptors));
            const auto sent = send_part(socket, std::string(kSocket) + address, some);
            if (!sent) return sent;
            left = left.subspan(some.size());
        }
    }
    if (what.monitor) {
        const std::array fd{what.monitor->socket.get()};
        const std::string words = std::string(kMonitor) + what.monitor->address.to_string();
        if (auto sent = send_part(socket, words, fd); !sent) return sent;
    }
    const auto send_keys = [&](std::string_view name, const auto& keys) {
        if (keys == nullptr) return core::Result<void, std::string>();
        const core::TicketKeys::Bytes bytes = keys->bytes();
        return send_secret(socket, name, bytes.reveal());
    };
    if (auto sent = send_keys(kTickets, what.ticket_keys); !sent) return sent;
    if (auto sent = send_keys(kTags, what.resumption_keys); !sent) return sent;
    const std::string_view pseudonyms = what.pseudonym_key.reveal();
    if (auto sent = send_secret(socket, kPseudonyms, pseudonyms); !sent) return sent;
    if (what.users) {
        const std::array fd{what.users.get()};
        if (auto sent = send_part(socket, kUsers, fd); !sent) return sent;
    }
    return send_part(socket, kThatIsAll);
}

HandOverReader::State HandOverReader::feed(core::Message message) {
    const WipeBytes wipe(message.bytes);
    const std::string_view bytes = message.bytes;
    const auto rest_of = [&](std::string_view word) -> std::optional<std::string_view> {
        if (!bytes.starts_with(word)) return std::nullopt;
        return bytes.substr(word.size());
    };
    if (bytes == kThatIsAll) return State::complete;
    if (const auto address = rest_of(kSocket)) {
        const auto at = core::Endpoint::parse(*address);
        if (!at) return State::refused;
        for (core::Fd& fd : message.descriptors) read_.sockets.push_back({*at, std::move(fd)});
        return State::reading;
    }
    if (const auto address = rest_of(kMonitor)) {
        const auto at = core::Endpoint::parse(*address);
        if (!at || message.descriptors.size() != 1) return State::refused;
        read_.monitor = HandedSocket{*at, std::move(message.descriptors[0])};
        return State::reading;
    }
    if (const auto keys = rest_of(kTickets)) {
        read_.ticket_keys = core::TicketKeys::of_bytes(core::TicketKeys::Bytes(std::string(*keys)));
        return read_.ticket_keys ? State::reading : State::refused;
    }
    if (const auto keys = rest_of(kTags)) {
        read_.resumption_keys =
            core::TicketKeys::of_bytes(core::TicketKeys::Bytes(std::string(*keys)));
        return read_.resumption_keys ? State::reading : State::refused;
    }
    if (const auto key = rest_of(kPseudonyms)) {
        read_.pseudonym_key = PseudonymKey(std::string(*key));
        return State::reading;
    }
    if (bytes == kUsers && message.descriptors.size() == 1) {
        read_.users = std::move(message.descriptors[0]);
        return State::reading;
    }
    return State::refused;
}

std::string left_message(const std::vector<OldProcess>& processes) {
    std::string message(kLeft);
    for (std::size_t i = 0; i < std::min(processes.size(), kMostOldProcesses); ++i) {
        const OldProcess& each = processes[i];
        message += fmt::format("{}{} {} {} {}", i == 0 ? "" : "\n", each.pid, each.version,
                               each.sessions, each.resumable);
    }
    return message;
}

std::optional<std::vector<OldProcess>> read_left(std::string_view message) {
    if (!message.starts_with(kLeft)) return std::nullopt;
    message.remove_prefix(kLeft.size());
    std::vector<OldProcess> all;
    while (!message.empty() && all.size() < kMostOldProcesses) {
        const std::size_t end = std::min(message.find('\n'), message.size());
        auto process = read_process(message.substr(0, end));
        if (!process) return std::nullopt;
        all.push_back(std::move(*process));
        message.remove_prefix(std::min(message.size(), end + 1));
    }
    return all;
}

}  // namespace proxy
