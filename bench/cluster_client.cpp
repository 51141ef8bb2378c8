// The clients of bench/cluster: many XMPP clients with stream management (XEP-0198) straight at the
// nodes, in clear and in one thread, bounded in time. Session i logs in at node i modulo the number
// of nodes, as user i modulo the number of users; 2k and 2k+1 write to each other. Every message is
// checked, and in the end all that was sent has been acknowledged and received; the first surprise
// ends the program with exit 1. It measures nothing itself but counts and seconds: the cost is read
// from the nodes' processes.
//
//   cluster_client idle     --nodes A:P,A:P --users 500 --sessions 1000,5000
//   cluster_client exchange --nodes A:P,A:P --users 100 --sessions 100 --seconds 5 [--warmup 1]
//                           [--window 16] [--size 200] [--seed 1]
//
// Prints "ready ..." when a step is reached and goes on when a line comes in on standard input, so
// that a driver can read counters in between; "done ..." at its end.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/poller.h"
#include "bench/sm_session.h"
#include "bench/stanza_text.h"
#include "core/endpoint.h"

namespace bench {
namespace {

using namespace std::literals;

constexpr auto kTimeout = 180s;  // of the whole run
constexpr std::uint32_t kLoginsAtOnce = 8;

/// "--name value" pairs.
class Words {
public:
    Words(int count, char** words) {
        for (int i = 0; i + 1 < count; i += 2) values_[words[i]] = words[i + 1];
    }
    std::vector<std::string> list(const std::string& name) const {
        const auto found = values_.find(name);
        if (found == values_.end()) throw std::invalid_argument(name + " is missing");
        std::vector<std::string> parts;
        std::string_view rest = found->second;
        for (;;) {
            const auto comma = rest.find(',');
            parts.emplace_back(rest.substr(0, comma));
            if (comma == rest.npos) return parts;
            rest.remove_prefix(comma + 1);
        }
    }
    std::uint32_t number(const std::string& name,
                         std::optional<std::uint32_t> otherwise = {}) const {
        if (otherwise && !values_.contains(name)) return *otherwise;
        return to_number(list(name).front());
    }
    static std::uint32_t to_number(const std::string& text) {
        std::uint32_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size())
            throw std::invalid_argument("not a number: " + text);
        return number;
    }

private:
    std::map<std::string, std::string> values_;
};

class ClusterClient {
public:
    explicit ClusterClient(const Words& words)
        : words_(words), users_(words.number("--users")), deadline_(Clock::now() + kTimeout) {
        for (const auto& text : words.list("--nodes")) {
            const auto node = core::Endpoint::parse(text);
            if (!node || !node->is_v4()) throw std::invalid_argument("not an address: " + text);
            nodes_.push_back(*node);
        }
        context_.poller = &poller_;
        context_.domain = "example.org";
    }

    void idle() {
        for (const auto& step : words_.list("--sessions")) {
            open_until(Words::to_number(step));
            ready();
        }
        std::printf("done sessions=%zu\n", sessions_.size());
    }

    void exchange() {
        StanzaText stanza(words_.number("--size", 200), words_.number("--seed", 1));
        const auto seconds = std::chrono::seconds(words_.number("--seconds"));
        context_.window = words_.number("--window", 16);
        open_until(words_.number("--sessions") / 2 * 2);
        context_.stanza = &stanza;
        for (std::uint32_t i = 0; i < sessions_.size(); ++i)
            sessions_[i]->set_partner(i ^ 1U, user(i ^ 1U));
        send_for(std::chrono::seconds(words_.number("--warmup", 0)));
        const auto before = acknowledged();
        ready();
        const auto start = Clock::now();
        send_for(seconds);
        const double took = std::chrono::duration<double>(Clock::now() - start).count();
        std::printf("done messages=%lu seconds=%.3f\n", acknowledged() - before, took);
    }

private:
    std::string user(std::uint32_t number) const {
        return "user" + std::to_string(number % users_);
    }

    /// Logs in until `count` sessions are ready, a few at a time.
    void open_until(std::uint32_t count) {
        while (ready_ < count) {
            while (sessions_.size() < count && sessions_.size() - ready_ < kLoginsAtOnce) {
                const auto number = static_cast<std::uint32_t>(sessions_.size());
                sessions_.push_back(std::make_unique<SmSession>(
                    context_, nodes_[number % nodes_.size()], number, user(number)));
            }
            turn();
        }
    }

    /// Keeps all windows full for so long, then waits until everything has arrived.
    void send_for(std::chrono::seconds time) {
        if (time.count() == 0) return;
        const auto end = Clock::now() + time;
        context_.is_sending = true;
        for (auto& session : sessions_) session->send_messages();
        while (Clock::now() < end) turn();
        context_.is_sending = false;
        while (!std::all_of(sessions_.begin(), sessions_.end(), [this](const auto& session) {
            const auto partner = static_cast<std::size_t>(&session - sessions_.data()) ^ 1U;
            return session->acknowledged() == session->sent() &&
                   session->received() == sessions_[partner]->sent();
        })) {
            turn();
        }
    }

    std::uint64_t acknowledged() const {
        std::uint64_t sum = 0;
        for (const auto& session : sessions_) sum += session->acknowledged();
        return sum;
    }

    void turn() {
        const auto events = poller_.wait(100ms);
        if (Clock::now() > deadline_) throw std::runtime_error("not done in time");
        for (const epoll_event& event : events) {
            SmSession& session = *sessions_[event.data.u64];
            const bool was_ready = session.is_ready();
            session.on_ready();
            if (!was_ready && session.is_ready()) ++ready_;
        }
    }

    /// Tells the driver and waits for it.
    void ready() {
        std::printf("ready sessions=%u\n", ready_);
        std::fflush(stdout);
        std::string line;
        if (!std::getline(std::cin, line)) throw std::runtime_error("the driver is gone");
    }

    const Words& words_;
    const std::uint32_t users_;
    const Clock::time_point deadline_;
    std::vector<core::Endpoint> nodes_;
    Poller poller_;
    SmContext context_;
    std::vector<std::unique_ptr<SmSession>> sessions_;  // by number
    std::uint32_t ready_ = 0;
};

void run(int count, char** arguments) {
    const std::string mode = count > 1 ? arguments[1] : "";
    if (mode != "idle" && mode != "exchange")
        throw std::invalid_argument("the mode is idle or exchange");
    const Words words(count - 2, arguments + 2);
    ClusterClient client(words);
    if (mode == "idle") {
        client.idle();
    } else {
        client.exchange();
    }
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
    try {
        bench::run(count, arguments);
        return 0;
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "cluster_client: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cluster_client: %s\n", error.what());
        return 1;
    }
}
