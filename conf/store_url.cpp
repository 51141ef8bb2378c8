#include "conf/store_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "conf/address.h"
#include "conf/near_name.h"
#include "core/endpoint.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kRedis = "redis://";
constexpr std::string_view kSentinel = "redis+sentinel://";
constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::uint32_t kDatabaseMost = 1'000'000;
constexpr std::size_t kServersMost = 16;

/// Cuts the part before `separator` off the front of `text`.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t at = text.find(separator);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return part;
}

core::Result<StoreServer, StoreUrlProblem> read_server(std::string_view text, std::uint16_t port) {
    const HostPort parts = split_address(text);
    const bool is_address = core::Endpoint::from_address(parts.host, 0).has_value();
    const bool is_name =
        !is_address && !looks_like_ipv4(parts.host) && xmpp::prepared_domain(parts.host);
    const bool has_port = !parts.port.empty();
    if (parts.is_ambiguous) {
        return core::fail(StoreUrlProblem{"an IPv6 address needs brackets",
                                          fmt::format("write \"[{}]:{}\"", text, port)});
    }
    if ((!is_address && !is_name) || text.ends_with(':')) {
        return core::fail(StoreUrlProblem{
            fmt::format("{} is no address of a Redis server", in_quotes(text)),
            fmt::format("write \"127.0.0.1:{0}\" or \"redis.example.org:{0}\"", port)});
    }
    if (has_port && parse_port(parts.port) == 0) {
        return core::fail(
            StoreUrlProblem{fmt::format("{} is no port from 1 to 65535", in_quotes(parts.port)),
                            fmt::format("write \"{}:{}\"", bracketed(parts.host), port)});
    }
    return StoreServer{std::string(parts.host), has_port ? parse_port(parts.port) : port};
}

std::optional<std::uint32_t> read_database(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > kDatabaseMost) {
        return std::nullopt;
    }
    return value;
}

core::Result<StoreUrl, StoreUrlProblem> read_redis(std::string_view rest, StoreKind kind) {
    StoreUrl url;
    url.kind = kind;
    if (rest.find('@') != std::string_view::npos) {
        return core::fail(
            StoreUrlProblem{"a password does not belong into the URL",
                            "write it into a file and name that: password_file = \"path\""});
    }
    const std::uint16_t port = kind == StoreKind::redis ? kRedisPort : kSentinelPort;
    std::string_view servers = take_until(rest, '/');
    do {
        auto server = read_server(
            kind == StoreKind::redis ? std::exchange(servers, {}) : take_until(servers, ','), port);
        if (!server) return core::fail(server.error());
        url.servers.push_back(std::move(server).value());
    } while (!servers.empty() && url.servers.size() < kServersMost);
    if (!servers.empty()) {
        return core::fail(StoreUrlProblem{fmt::format("more than {} sentinels", kServersMost), ""});
    }
    if (kind == StoreKind::sentinel && !rest.empty()) url.master = take_until(rest, '/');
    if (rest.empty()) return url;
    const auto database = read_database(rest);
    if (!database) {
        return core::fail(
            StoreUrlProblem{fmt::format("{} is no number of a Redis database", in_quotes(rest)),
                            "write \"/0\" or leave it out"});
    }
    url.database = *database;
    return url;
}

}  // namespace

core::Result<StoreUrl, StoreUrlProblem> parse_store_url(std::string_view text,
                                                        const std::filesystem::path& folder) {
    if (text.starts_with(kRedis)) return read_redis(text.substr(kRedis.size()), StoreKind::redis);
    if (text.starts_with(kSentinel)) {
        return read_redis(text.substr(kSentinel.size()), StoreKind::sentinel);
    }
    if (text.starts_with(kSqlite)) {
        const std::string_view path = text.substr(kSqlite.size());
        // "sqlite:///var/x" and "sqlite::memory:" are other programs' ways.
        if (path.empty() || path.starts_with("//") || path.starts_with(':')) {
            return core::fail(
                StoreUrlProblem{fmt::format("{} names no file", in_quotes(text)),
                                "write \"sqlite:state.db\" or \"sqlite:/var/lib/x/state.db\""});
        }
        StoreUrl url;
        url.file = (folder / path).lexically_normal();
        return url;
    }
    return core::fail(StoreUrlProblem{fmt::format("{} is no place for the state", in_quotes(text)),
                                      "write \"sqlite:state.db\", \"redis://127.0.0.1:6379/0\" or "
                                      "\"redis+sentinel://h1:26379,h2:26379/mymaster\""});
}

}  // namespace conf
