// One function for each table, and one for each text that has a form of its own.

#include "conf/read_web.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "conf/near_name.h"
#include "conf/table_reader.h"
#include "conf/web_address.h"
#include "core/ascii.h"
#include "xmpp/limits.h"

namespace conf {
namespace {

using namespace std::chrono_literals;

// Ranges. The ends keep a typing mistake from becoming an outage; none of them is a protocol's.
using Times = Range<std::chrono::milliseconds>;
using Sizes = Range<std::uint64_t>;
constexpr Times kWebDeadlines{100ms, 10min};
constexpr Times kIdleTimes{1s, 1h};
constexpr Range<std::int64_t> kRequests{1, 10'000'000};
constexpr Range<std::int64_t> kCounts{0, 10'000'000};
constexpr Sizes kBodies{xmpp::kStanzaBytesFloor, 64 * 1024 * 1024};
constexpr Sizes kHeldBytes{4 * 1024, 64 * 1024 * 1024};
constexpr std::size_t kOriginsMost = 1'000;
constexpr std::size_t kQueryNameBytes = 64;

/// Streams of bytes are no way to forward HTTP, so there is one mode.
enum class ForwardMode : std::uint8_t { http };
constexpr std::array kForwardModes{Choice{"http", ForwardMode::http}};

/// What is missing in front of a path that is fine otherwise.
std::string path_hint(std::string_view written, std::string_view example) {
    const std::string with_slash = '/' + std::string(written);
    const bool is_near = !written.starts_with('/') && flaw_of_path(with_slash).empty();
    return fmt::format("write {}", in_quotes(is_near ? std::string_view(with_slash) : example));
}

/// Whether `path` may be served; else a problem.
bool is_served_path(TableReader& reader, const TomlNode& at, std::string_view example) {
    const std::string_view flaw = flaw_of_path(at.text);
    if (flaw.empty()) return true;
    reader.error(at, fmt::format("{} is no path that can be served: {}", in_quotes(at.text), flaw),
                 path_hint(at.text, example));
    return false;
}

/// Of one of our own endpoints; "" switches it off.
void read_endpoint(TableReader& reader, const TomlNode& table, std::string_view key,
                   std::string& out) {
    const std::string example = out;
    std::string written;
    if (!reader.text(key, example, written)) return;
    if (written.empty() || is_served_path(reader, *table.find(key), example)) out = written;
}

/// What to write for a text that is no origin.
std::string origin_hint(std::string_view written) {
    const auto address = parse_web_address(written);
    if (address) return fmt::format("write {}", in_quotes(address->origin()));
    const auto host = parse_web_address("https://" + std::string(written));
    if (written == "*" || written == "null" || !host)
        return "write origins like \"https://chat.example.org\"; without \"origins\" all may "
               "connect";
    return fmt::format("write {}", in_quotes(host->origin()));
}

void read_origins(TableReader& reader, const TomlNode& table, std::vector<std::string>& out) {
    constexpr std::string_view kExample = "https://chat.example.org";
    for (const TomlNode* each : reader.texts("origins", kExample, kOriginsMost)) {
        const auto address = parse_web_address(each->text);
        if (!address || !address->path.empty()) {
            const bool is_null = each->text == "null";
            reader.error("origins", *each,
                         is_null ? std::string("\"null\" is the origin of pages of anybody")
                                 : fmt::format("{} is no origin", in_quotes(each->text)),
                         origin_hint(each->text));
        } else if (std::find(out.begin(), out.end(), address->origin()) == out.end()) {
            out.push_back(address->origin());
        }
    }
    // "Nobody" and "anybody" are too far apart to guess.
    const TomlNode* array = table.find("origins");
    if (array != nullptr && array->kind == TomlNode::Kind::array && array->children.empty()) {
        reader.error(*array, "\"origins\" is empty",
                     "write origins = [\"https://chat.example.org\"], or remove it: then pages of "
                     "all sites may connect");
    }
}

void read_public_url(TableReader& reader, const TomlNode& table, std::string& out) {
    std::string written;
    if (!reader.text("public_url", "https://chat.example.org", written) || written.empty()) return;
    auto address = parse_web_address(written);
    if (address && address->path.ends_with('/')) address->path.pop_back();
    const bool is_usable = address && address->scheme == "https" &&
                           (address->path.empty() || flaw_of_path(address->path).empty());
    if (is_usable) {
        out = address->origin() + address->path;
        return;
    }
    auto meant = address ? address : parse_web_address("https://" + written);
    std::string hint = "write \"https://chat.example.org\"";
    if (meant) {
        // "wss://", and "http://", whose default port is another one.
        meant->scheme = "https";
        hint = fmt::format("write {}", in_quotes(meant->origin()));
    }
    reader.error(*table.find("public_url"),
                 fmt::format("{} is no address of the form \"https://HOST[:PORT][/PATH]\"",
                             in_quotes(written)),
                 std::move(hint));
}

bool is_query_name(std::string_view name) {
    return !name.empty() && name.size() <= kQueryNameBytes &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return core::is_ascii_alphanumeric(c) || c == '-' || c == '_' || c == '.' ||
                      c == '~';
           });
}

void read_sticky(TableReader& reader, const TomlNode& table, WebForward& forward) {
    std::string written;
    if (!reader.text("sticky", "none", written)) return;
    for (const auto& choice : kForwardStickies) {
        const bool has_name = choice.value == ForwardSticky::query;
        const std::string_view rest =
            std::string_view(written).substr(std::min(choice.word.size(), written.size()));
        const bool is_it = has_name ? written.starts_with(choice.word) && is_query_name(rest)
                                    : written == choice.word;
        if (!is_it) continue;
        forward.sticky = choice.value;
        if (has_name) forward.query = rest;
        return;
    }
    constexpr std::array<std::string_view, 3> kSticky{"none", "address", "bosh-sid"};
    const std::string_view near = near_name(written, kSticky);
    reader.error(*table.find("sticky"), fmt::format("unknown \"sticky\" {}", in_quotes(written)),
                 !near.empty() ? did_you_mean(written, kSticky)
                               : "write one of \"none\", \"address\", \"bosh-sid\", or "
                                 "\"query:room\" for a value of the query");
}

WebForward read_forward(const TomlNode& table, const std::string& path, Findings& findings) {
    const TomlNode* served = table.find("path");
    const bool is_named = served != nullptr && served->kind == TomlNode::Kind::string;
    TableReader reader(table, path, is_named ? "web.forward " + in_quotes(served->text) : path,
                       findings);
    WebForward forward;
    constexpr std::string_view kExample = "/upload/";
    std::string written;
    if (reader.text("path", kExample, written)) {
        if (is_served_path(reader, *served, kExample)) forward.path = written;
    } else if (served == nullptr) {
        reader.missing("path", "write path = \"/upload/\"");
    }
    if (!reader.text("pool", "main", forward.pool) && table.find("pool") == nullptr)
        reader.missing("pool", "write pool = \"main\", the name of a [pool.main]");
    if (!reader.number("port", {1, 65'535}, forward.port) && table.find("port") == nullptr)
        reader.missing("port", "write port = 5280, where the pool's servers speak HTTP");
    ForwardMode mode = ForwardMode::http;
    reader.choice<ForwardMode>("mode", kForwardModes, {}, mode);
    reader.choice<ProxyProtocol>("proxy", kProxyProtocols, {}, forward.proxy);
    read_sticky(reader, table, forward);
    reader.finish();
    return forward;
}

}  // namespace

Web read_web(const TomlNode& table, const std::filesystem::path& folder, Findings& findings) {
    TableReader reader(table, "web", "web", findings);
    Web web;
    read_endpoint(reader, table, "bosh", web.bosh);
    read_endpoint(reader, table, "websocket", web.websocket);
    read_origins(reader, table, web.origins);
    read_public_url(reader, table, web.public_url);
    reader.path("acme_challenge", folder, web.acme_challenge);
    reader.time("head_timeout", kWebDeadlines, web.head_timeout);
    reader.time("keep_alive", kIdleTimes, web.keep_alive);
    reader.time("stall", kIdleTimes, web.stall);
    reader.number("requests", kRequests, web.requests);
    reader.number("per_address", kCounts, web.per_address);
    reader.size("bosh_body", kBodies, web.bosh_body);
    reader.number("bosh_sessions", kCounts, web.bosh_sessions);
    reader.size("bosh_held", kHeldBytes, web.bosh_held);
    const auto forwards = reader.tables("forward");
    for (std::size_t i = 0; i < forwards.size(); ++i)
        web.forwards.push_back(
            read_forward(*forwards[i], fmt::format("web.forward[{}]", i), findings));
    reader.finish();
    return web;
}

}  // namespace conf
