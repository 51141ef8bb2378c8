#include "bench/load_options.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace bench {
namespace {

constexpr std::uint32_t kSessionsMax = 19'900;  // of the 20,000 descriptors a process may open

template <class Number>
void read(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw std::invalid_argument("not a number: " + std::string(text));
    }
}

void read(std::string_view text, std::vector<std::uint32_t>& numbers) {
    numbers.clear();
    for (;;) {
        const std::size_t comma = text.find(',');
        read(text.substr(0, comma), numbers.emplace_back());
        if (comma == text.npos) return;
        text.remove_prefix(comma + 1);
    }
}

void read(std::string_view text, std::vector<LoadPhase>& phases) {
    for (;;) {
        const std::size_t comma = text.find(',');
        const std::string_view one = text.substr(0, comma);
        const std::size_t colon = std::min(one.find(':'), one.size());
        LoadPhase& phase = phases.emplace_back();
        read(one.substr(0, colon), phase.rate);
        read(one.substr(std::min(colon + 1, one.size())), phase.seconds);
        if (comma == text.npos) return;
        text.remove_prefix(comma + 1);
    }
}

void read(std::string_view text, core::Endpoint& endpoint) {
    endpoint = core::Endpoint::parse(text).value_or(core::Endpoint{});
}

void read(std::string_view text, std::string& word) {
    word = text;
}

using Setter = void (*)(LoadOptions&, std::string_view);

template <auto Member>
constexpr Setter kSet =
    [](LoadOptions& options, std::string_view text) { read(text, options.*Member); };

struct Choice {
    std::string_view name;
    Setter set;
};

constexpr Choice kChoices[] = {
    {"--target", kSet<&LoadOptions::target>},   {"--sessions", kSet<&LoadOptions::sessions>},
    {"--size", kSet<&LoadOptions::size>},       {"--seconds", kSet<&LoadOptions::seconds>},
    {"--count", kSet<&LoadOptions::count>},     {"--in-flight", kSet<&LoadOptions::in_flight>},
    {"--warmup", kSet<&LoadOptions::warmup>},   {"--concurrency", kSet<&LoadOptions::concurrency>},
    {"--timeout", kSet<&LoadOptions::timeout>}, {"--seed", kSet<&LoadOptions::seed>},
    {"--domain", kSet<&LoadOptions::domain>},   {"--tls", kSet<&LoadOptions::tls>},
    {"--cipher", kSet<&LoadOptions::cipher>},   {"--websocket", kSet<&LoadOptions::websocket>},
    {"--phases", kSet<&LoadOptions::phases>},   {"--patience", kSet<&LoadOptions::patience>},
};

LoadMode mode_of(std::string_view word) {
    if (word == "idle") return LoadMode::idle;
    if (word == "stanzas") return LoadMode::stanzas;
    if (word == "logins") return LoadMode::logins;
    if (word == "arrivals") return LoadMode::arrivals;
    throw std::invalid_argument("the mode is idle, stanzas, logins or arrivals");
}

void require(bool good, const char* otherwise) {
    if (!good) throw std::invalid_argument(otherwise);
}

void check(const LoadOptions& options) {
    const auto possible = [](std::uint32_t sessions) {
        return sessions > 0 && sessions <= kSessionsMax;
    };
    require(options.target.is_v4(), "--target ADDRESS:PORT is missing");
    require(std::ranges::all_of(options.sessions, possible), "--sessions is 1 to 19900");
    require(options.tls == "1.2" || options.tls == "1.3", "--tls is 1.2 or 1.3");
    require(options.concurrency > 0, "--concurrency is at least 1");
    require(options.in_flight > 0, "--in-flight is at least 1");
    require(options.mode != LoadMode::logins || options.count > 0, "--count is missing");
    require(options.mode != LoadMode::arrivals || !options.phases.empty(), "--phases is missing");
    require(std::ranges::all_of(options.phases, [](const auto& each) { return each.rate > 0; }),
            "a rate of --phases is at least 1");
    require(options.mode != LoadMode::stanzas || options.count > 0 || options.seconds > 0,
            "--seconds or --count is missing");
}

}  // namespace

LoadOptions parse_load_options(std::span<const char* const> arguments) {
    require(!arguments.empty(),
            "the first argument is the mode: idle, stanzas, logins or arrivals");
    LoadOptions options;
    options.mode = mode_of(arguments[0]);
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string_view name = arguments[i];
        if (name == "--wait") {
            options.wait = true;
            continue;
        }
        const auto* choice = std::ranges::find(kChoices, name, &Choice::name);
        if (choice == std::end(kChoices))
            throw std::invalid_argument("no such option: " + std::string(name));
        if (++i == arguments.size())
            throw std::invalid_argument(std::string(name) + " needs a value");
        choice->set(options, arguments[i]);
    }
    check(options);
    return options;
}

}  // namespace bench
