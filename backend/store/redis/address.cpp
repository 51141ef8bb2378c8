#include "backend/store/redis/address.h"

#include <charconv>
#include <optional>
#include <utility>

namespace backend {

namespace {

using Problem = std::string;
using Outcome = core::Result<void, Problem>;

constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr unsigned kDbMax = 9'999;
constexpr std::size_t kSentinelsMax = 16;

template <class Number>
std::optional<Number> number(std::string_view text, Number least, Number most) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value < least || value > most) return std::nullopt;
    return value;
}

/// The part before the first `mark`; `rest` goes on behind it, or is empty when there is none.
std::string_view cut(std::string_view& rest, char mark) {
    const auto at = rest.find(mark);
    const std::string_view head = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    return head;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        // A zero byte would end a path or a password early.
        if (high < 0 || low < 0 || high * 16 + low == 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

core::Result<RedisHost, Problem> read_host(std::string_view text, std::uint16_t default_port) {
    const Problem form = "needs hosts like \"redis.example:6379\" or \"[2001:db8::7]:6379\"";
    std::string_view name;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return core::fail(form);
        name = text.substr(1, close - 1);
        text.remove_prefix(close + 1);
        if (!text.empty() && text.front() != ':') return core::fail(form);
    } else {
        name = text.substr(0, text.find(':'));
        text.remove_prefix(name.size());
    }
    if (name.empty() || name.find_first_of(" \t%@/?#") != std::string_view::npos) {
        return core::fail(form);
    }
    if (text.empty()) return RedisHost{std::string(name), default_port};
    const auto port = number<std::uint16_t>(text.substr(1), 1, 65'535);
    if (!port) return core::fail(Problem("needs a port between 1 and 65535 behind the \":\""));
    return RedisHost{std::string(name), *port};
}

Outcome read_login(RedisAddress& address, std::string_view login) {
    const Problem bad = "needs %XX for every special byte of user and password";
    const auto colon = login.find(':');
    if (colon == std::string_view::npos) {
        return core::fail(
            Problem("needs \":\" before the password, as in \"redis://:SECRET@host\""));
    }
    const auto user = decode(login.substr(0, colon));
    auto password = decode(login.substr(colon + 1));
    if (!user || !password) return core::fail(bad);
    if (password->empty()) return core::fail(Problem("has an empty password: leave out \":@\""));
    address.user = *user;
    address.password = RedisPassword(*std::move(password));
    return {};
}

Outcome read_db(RedisAddress& address, std::string_view text) {
    const auto db = number<unsigned>(text, 0, kDbMax);
    if (!db) return core::fail(Problem("needs a number as its database, as in \"/0\""));
    address.db = *db;
    return {};
}

Outcome read_options(RedisAddress& address, std::string_view options) {
    while (!options.empty()) {
        std::string_view value = cut(options, '&');
        const std::string_view key = cut(value, '=');
        if (key == "db") {
            if (Outcome db = read_db(address, value); !db) return db;
        } else if (key == "password_file" || key == "sentinel_password_file") {
            const auto path = decode(value);
            if (!path || path->empty()) {
                return core::fail("needs a path in " + std::string(key));
            }
            (key == "password_file" ? address.password_file : address.sentinel_password_file) =
                *path;
        } else {
            return core::fail(
                Problem("knows only \"db\", \"password_file\" and \"sentinel_password_file\" "
                        "behind \"?\""));
        }
    }
    if (!address.sentinel_password_file.empty() && address.kind != RedisAddress::Kind::sentinel) {
        return core::fail(
            Problem("has a sentinel_password_file but no sentinels: leave it out, or begin with "
                    "\"redis+sentinel://\""));
    }
    if (!address.password_file.empty() && !address.password.empty()) {
        return core::fail(Problem("has both a password and password_file: keep one"));
    }
    return {};
}

Outcome read_hosts(RedisAddress& address, std::string_view hosts) {
    const bool is_sentinel = address.kind == RedisAddress::Kind::sentinel;
    do {
        auto host = read_host(cut(hosts, ','), is_sentinel ? kSentinelPort : kRedisPort);
        if (!host) return core::fail(host.error());
        address.hosts.push_back(*std::move(host));
    } while (!hosts.empty());
    if (address.hosts.size() > kSentinelsMax) {
        return core::fail(Problem("has too many sentinels: 16 are enough"));
    }
    if (!is_sentinel && address.hosts.size() > 1) {
        return core::fail(Problem("needs \"redis+sentinel://\" for several hosts"));
    }
    return {};
}

/// What stands behind the scheme, for tcp and sentinel.
Outcome read_network(RedisAddress& address, std::string_view rest) {
    // The last "@": one in a password may be bare.
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        if (Outcome login = read_login(address, rest.substr(0, at)); !login) return login;
        rest.remove_prefix(at + 1);
    }
    if (Outcome hosts = read_hosts(address, cut(rest, '/')); !hosts) return hosts;
    if (address.kind == RedisAddress::Kind::sentinel) {
        address.master = cut(rest, '/');
        if (address.master.empty()) {
            return core::fail(
                Problem("needs the master's name, as in \"redis+sentinel://host:26379/mymaster\""));
        }
    }
    return rest.empty() ? Outcome{} : read_db(address, rest);
}

Outcome read_path(RedisAddress& address, std::string_view rest) {
    const auto path = decode(rest);
    if (!path || !path->starts_with('/')) {
        return core::fail(
            Problem("needs an absolute path, as in \"redis+unix:///run/redis.sock\""));
    }
    address.path = *path;
    return {};
}

std::optional<RedisAddress::Kind> kind_of(std::string_view scheme) {
    if (scheme == "redis") return RedisAddress::Kind::tcp;
    if (scheme == "redis+unix") return RedisAddress::Kind::unix_socket;
    if (scheme == "redis+sentinel") return RedisAddress::Kind::sentinel;
    return std::nullopt;
}

}  // namespace

core::Result<RedisAddress, std::string> parse_redis_address(std::string_view url) {
    const auto colon = url.find("://");
    const auto kind = kind_of(url.substr(0, colon));
    if (colon == std::string_view::npos || !kind) {
        return core::fail(
            Problem("must begin with \"redis://\", \"redis+unix://\" or "
                    "\"redis+sentinel://\""));
    }
    RedisAddress address{.kind = *kind};
    std::string_view options = url.substr(colon + 3);
    const std::string_view rest = cut(options, '?');
    if (rest.find('#') != std::string_view::npos) {
        return core::fail(Problem("needs %23 instead of \"#\""));
    }
    const Outcome where = *kind == RedisAddress::Kind::unix_socket ? read_path(address, rest)
                                                                   : read_network(address, rest);
    if (!where) return core::fail(where.error());
    if (Outcome more = read_options(address, options); !more) return core::fail(more.error());
    return address;
}

std::string to_string(const RedisAddress& address) {
    if (address.kind == RedisAddress::Kind::unix_socket) return "redis at " + address.path;
    const RedisHost& first = address.hosts.front();
    const std::string where = first.name + ":" + std::to_string(first.port);
    if (address.kind == RedisAddress::Kind::tcp) return "redis at " + where;
    return "redis master " + address.master + " of the sentinels at " + where +
           (address.hosts.size() > 1 ? " and others" : "");
}

}  // namespace backend
