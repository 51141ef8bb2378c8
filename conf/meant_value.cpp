// Texts are taken apart by hand: what is read here is what conf/units and toml11 refuse.

#include "conf/meant_value.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "conf/near_name.h"
#include "conf/units.h"
#include "core/ascii.h"

namespace conf {
namespace {

constexpr std::string_view kDigits = "0123456789";
// Of what is meant; arithmetic with more might not fit 64 bits.
constexpr std::size_t kMostDigits = 9;
constexpr std::size_t kMostAmounts = 8;

constexpr std::array<std::string_view, 10> kTypographicQuotes{
    "\u201C", "\u201D", "\u201E", "\u201F", "\u2018",
    "\u2019", "\u201A", "\u201B", "\u00AB", "\u00BB"};
// What may be taken off an end. U+00A0 is the blank that browsers copy.
constexpr std::array<std::string_view, 8> kAround{" ",  "\t", "\r", "\u00A0",
                                                  "\"", "'",  "`",  "\u00B4"};
constexpr std::array<std::string_view, 2> kBehind{";", ","};

template <class Parts>
bool drop_front(std::string_view& text, const Parts& parts) {
    for (const std::string_view part : parts) {
        if (!text.starts_with(part)) continue;
        text.remove_prefix(part.size());
        return true;
    }
    return false;
}

template <class Parts>
bool drop_back(std::string_view& text, const Parts& parts) {
    for (const std::string_view part : parts) {
        if (!text.ends_with(part)) continue;
        text.remove_suffix(part.size());
        return true;
    }
    return false;
}

// --- numbers with units

struct Unit {
    std::string_view names;  // between blanks
    std::string_view canonical;
    std::uint64_t factor;  // of milliseconds or bytes
};

constexpr std::array<Unit, 6> kTimes{{
    {" ms msec msecs millisecond milliseconds millis ", "ms", 1},
    {" s sec secs second seconds ", "s", 1'000},
    {" m min mins minute minutes ", "m", 60'000},
    {" h hr hrs hour hours ", "h", 3'600'000},
    {" d day days ", "d", 86'400'000},
    {" w week weeks ", "", 604'800'000},
}};
// As most configurations have it, a "k" alone is 1024.
constexpr std::array<Unit, 7> kSizes{{
    {" b byte bytes ", "B", 1},
    {" kb kbyte kbytes kilobyte kilobytes ", "KB", 1'000},
    {" k ki kib kibibyte kibibytes ", "KiB", 1ULL << 10},
    {" mb mbyte mbytes megabyte megabytes ", "MB", 1'000'000},
    {" m mi mib mebibyte mebibytes ", "MiB", 1ULL << 20},
    {" gb gbyte gbytes gigabyte gigabytes ", "GB", 1'000'000'000},
    {" g gi gib gibibyte gibibytes ", "GiB", 1ULL << 30},
}};

/// "1.5" and a word behind it.
struct Amount {
    std::uint64_t whole = 0;
    std::uint64_t millionths = 0;
    std::string_view unit;
};

std::uint64_t number_of(std::string_view digits) {
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::string_view take_while(std::string_view& text, std::string_view accepted) {
    const std::string_view taken = text.substr(0, text.find_first_not_of(accepted));
    text.remove_prefix(taken.size());
    return taken;
}

/// The amount at the front of a text in lower case, taken off it.
std::optional<Amount> take_amount(std::string_view& text) {
    Amount amount;
    const std::string_view whole = take_while(text, kDigits);
    if (whole.empty() || whole.size() > kMostDigits) return std::nullopt;
    amount.whole = number_of(whole);
    if (text.starts_with('.') || text.starts_with(',')) {
        const bool is_comma = text[0] == ',';
        text.remove_prefix(1);
        std::string fraction(take_while(text, kDigits));
        if (fraction.empty() || fraction.size() > 6) return std::nullopt;
        // "1,500" may be one and a half or a thousand and a half, "1.000" one or a thousand.
        if (fraction.size() == 3 && (is_comma || fraction == "000")) return std::nullopt;
        fraction.resize(6, '0');
        amount.millionths = number_of(fraction);
    }
    take_while(text, " ");
    amount.unit = take_while(text, "abcdefghijklmnopqrstuvwxyz");
    take_while(text, " ");
    return amount;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
    const std::string wanted = ' ' + std::string(name) + ' ';
    const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) {
        return unit.names.find(wanted) != std::string_view::npos;
    });
    return found == units.end() ? nullptr : &*found;
}

struct Total {
    std::uint64_t value = 0;
    std::string as_written;  // "120s", where one whole number and its unit stand alone
};

/// What one or more amounts make together.
std::optional<Total> total_of(std::string_view text, std::span<const Unit> units,
                              std::string_view unit_of_numbers) {
    Total total;
    std::size_t amounts = 0;
    while (!text.empty()) {
        const auto amount = take_amount(text);
        if (!amount || amounts == kMostAmounts) return std::nullopt;
        // A number without a unit is clear when it stands alone.
        if (amount->unit.empty() && (amounts > 0 || !text.empty())) return std::nullopt;
        const Unit* unit = find_unit(units, amount->unit.empty() ? unit_of_numbers : amount->unit);
        if (unit == nullptr) return std::nullopt;
        const std::uint64_t part = amount->millionths * unit->factor;
        if (part % 1'000'000 != 0) return std::nullopt;
        total.value += amount->whole * unit->factor + part / 1'000'000;
        const bool is_alone = ++amounts == 1 && part == 0 && !unit->canonical.empty();
        total.as_written =
            is_alone ? std::to_string(amount->whole) + std::string(unit->canonical) : "";
    }
    if (amounts == 0) return std::nullopt;
    return total;
}

/// "PT1H30M" (ISO 8601) as "1H30M".
void drop_marks_of_iso_8601(std::string& text) {
    if (!text.starts_with("pt")) return;
    text.erase(0, 2);
}

// --- words

struct OtherWord {
    std::string_view written;
    std::string_view word;
};

// What other programs call it.
constexpr std::array kOtherWords{
    // "c2s-direct" begins with "c2s", which it is not.
    OtherWord{"c2s-direct", "c2s-tls"},
    OtherWord{"c2s_direct", "c2s-tls"},
    OtherWord{"c2s-ssl", "c2s-tls"},
    OtherWord{"c2s-direct-tls", "c2s-tls"},
    OtherWord{"direct-tls", "c2s-tls"},
    OtherWord{"direct", "c2s-tls"},
    OtherWord{"tls", "c2s-tls"},
    OtherWord{"ssl", "c2s-tls"},
    OtherWord{"xmpps", "c2s-tls"},
    OtherWord{"https", "web"},
    OtherWord{"wss", "web"},
    OtherWord{"ws", "web"},
    OtherWord{"websocket", "web"},
    OtherWord{"bosh", "web"},
    OtherWord{"http-bind", "web"},
    OtherWord{"web-tls", "web"},
    OtherWord{"http", "web-clear"},
    OtherWord{"starttls", "c2s"},
    OtherWord{"xmpp", "c2s"},
    OtherWord{"client", "c2s"},
    OtherWord{"v1", "required"},
    OtherWord{"v2", "required"},
    OtherWord{"leastconn", "least-sessions"},
    OtherWord{"least-connections", "least-sessions"},
    OtherWord{"least_connections", "least-sessions"},
    OtherWord{"user", "hash-user"},
    OtherWord{"ip", "hash-ip"},
    OtherWord{"least_conn", "least-sessions"},
    OtherWord{"source", "hash-ip"},
    OtherWord{"ip_hash", "hash-ip"},
    OtherWord{"ip-hash", "hash-ip"},
    OtherWord{"rr", "round-robin"},
    OtherWord{"jid", "hash-user"},
    OtherWord{"srv", "dns"},
    OtherWord{"trace", "debug"},
    OtherWord{"verbose", "debug"},
    OtherWord{"notice", "info"},
    OtherWord{"err", "error"},
    OtherWord{"critical", "error"},
    OtherWord{"fatal", "error"},
    OtherWord{"plain", "text"},
    OtherWord{"logfmt", "text"},
    OtherWord{"xmpps", "direct"},
    OtherWord{"implicit", "direct"},
    OtherWord{"explicit", "starttls"},
};

bool is_version(std::string_view word) {
    return word.size() == 2 && word[0] == 'v' && core::is_ascii_digit(word[1]);
}

/// Where a switch is asked for and words are wanted: those that switch on, or the one for off.
std::vector<std::string_view> words_of_switch(bool is_on, std::span<const std::string_view> words) {
    constexpr std::string_view kOff = "off";
    if (std::find(words.begin(), words.end(), kOff) == words.end()) return {};
    if (!is_on) return {kOff};
    std::vector<std::string_view> others;
    for (const std::string_view word : words) {
        if (word == kOff) continue;
        if (is_version(word) && !others.empty() && is_version(others.back())) others.pop_back();
        others.push_back(word);
    }
    return others;
}

}  // namespace

std::string_view bare_value(std::string_view written) {
    if (const std::size_t remark = written.find(" //"); remark != std::string_view::npos)
        written = written.substr(0, remark);
    while (drop_front(written, kAround) || drop_front(written, kTypographicQuotes)) {
    }
    while (drop_back(written, kAround) || drop_back(written, kTypographicQuotes) ||
           drop_back(written, kBehind)) {
    }
    return written;
}

bool has_typographic_quotes(std::string_view written) {
    return std::any_of(
        kTypographicQuotes.begin(), kTypographicQuotes.end(),
        [&](std::string_view quote) { return written.find(quote) != std::string_view::npos; });
}

std::optional<std::string> meant_time(std::string_view written) {
    std::string text = core::ascii_lower(bare_value(written));
    drop_marks_of_iso_8601(text);
    const auto total = total_of(text, kTimes, "s");
    if (!total) return std::nullopt;
    if (!total->as_written.empty()) return total->as_written;
    return time_text(std::chrono::milliseconds(static_cast<std::int64_t>(total->value)));
}

std::optional<std::string> meant_size(std::string_view written) {
    const auto total = total_of(core::ascii_lower(bare_value(written)), kSizes, "b");
    if (!total) return std::nullopt;
    return total->as_written.empty() ? size_text(total->value) : total->as_written;
}

std::optional<std::int64_t> meant_number(std::string_view written) {
    std::string_view text = bare_value(written);
    if (text.ends_with('%')) text = bare_value(text.substr(0, text.size() - 1));
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    std::string digits(take_while(text, kDigits));
    if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
    if (text.starts_with('.')) {
        // "2.0"; three zeros may be a thousand or nothing.
        text.remove_prefix(1);
        const std::string_view zeros = take_while(text, "0");
        if (zeros.empty() || zeros.size() == 3) return std::nullopt;
    }
    // "1,000", "1_000", "1 000", "1'000"
    while (!text.empty() && std::string_view(",_ '").find(text[0]) != std::string_view::npos) {
        text.remove_prefix(1);
        const std::string_view three = take_while(text, kDigits);
        if (three.size() != 3 || digits.size() + 3 > kMostDigits) return std::nullopt;
        digits += three;
    }
    if (!text.empty()) return std::nullopt;
    const auto number = static_cast<std::int64_t>(number_of(digits));
    return is_negative ? -number : number;
}

std::optional<bool> meant_boolean(std::string_view written) {
    constexpr std::string_view kTrue = " true yes on 1 y t enabled enable always required ";
    constexpr std::string_view kFalse = " false no off 0 n f disabled disable never none ";
    const std::string_view bare = bare_value(written);
    if (bare.empty() || bare.find(' ') != std::string_view::npos) return std::nullopt;
    const std::string wanted = ' ' + core::ascii_lower(bare) + ' ';
    if (kTrue.find(wanted) != std::string_view::npos) return true;
    if (kFalse.find(wanted) != std::string_view::npos) return false;
    return std::nullopt;
}

std::vector<std::string_view> meant_words(std::string_view written,
                                          std::span<const std::string_view> words) {
    const std::string bare = core::ascii_lower(bare_value(written));
    const auto is_known = [&](std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (const auto known = std::find(words.begin(), words.end(), bare); known != words.end())
        return {*known};
    // "proxy = 2" before the switch: 1 is both.
    const std::string version = 'v' + bare;
    if (is_version(version) && is_known("v2")) {
        const auto known = std::find(words.begin(), words.end(), version);
        if (known != words.end()) return {*known};
    }
    if (const auto is_on = meant_boolean(bare)) return words_of_switch(*is_on, words);
    if ((bare == "tls" || bare == "ssl") && is_known("starttls"))
        return words_of_switch(true, words);
    for (const OtherWord& other : kOtherWords) {
        if (other.written == bare && is_known(other.word)) return {other.word};
    }
    // "no-starttls", which ends with another word and is near one.
    if (const auto off = words_of_switch(false, words); bare.starts_with("no") && !off.empty())
        return off;
    // "TLSv1.2", "proxy-v2"
    for (const std::string_view word : words) {
        if (bare.ends_with(word)) return {word};
    }
    const std::string_view near = near_name(bare, words);
    if (near.empty()) return {};
    return {near};
}

}  // namespace conf
