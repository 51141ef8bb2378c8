#pragma once
// Where a Redis is and how to log in, read from the `url` of [store]. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/strong.h"

namespace backend {

using RedisPassword = core::Secret<struct RedisPasswordTag>;

struct RedisHost {
    std::string name;  // host name or IP address, without brackets
    std::uint16_t port = 0;
    friend bool operator==(const RedisHost&, const RedisHost&) = default;
};

struct RedisAddress {
    enum class Kind : std::uint8_t { tcp, unix_socket, sentinel };

    Kind kind = Kind::tcp;
    std::vector<RedisHost> hosts;  // one for tcp, one or more sentinels for sentinel
    std::string path;              // of the socket, for unix_socket
    std::string master;            // its name at the sentinels
    unsigned db = 0;
    std::string user;  // empty: Redis' default user
    RedisPassword password;
    std::string password_file;           // read by whoever connects; not together with a password
    RedisPassword sentinel_password;     // of the sentinels themselves
    std::string sentinel_password_file;  // which names it
};

/// Reads one of
///
///     redis://[[USER]:PASSWORD@]HOST[:6379][/DB]
///     redis+unix:///PATH
///     redis+sentinel://[[USER]:PASSWORD@]HOST[:26379][,HOST...]/MASTER[/DB]
///
/// each with "?db=N", "?password_file=PATH" and, for sentinels that have a password of their own,
/// "?sentinel_password_file=PATH" at the end if wished, joined by "&". In user, password and paths
/// %XX stands for a byte. The error is the end of a sentence that begins with the key and says what
/// to write instead; it never repeats a password.
core::Result<RedisAddress, std::string> parse_redis_address(std::string_view url);

/// "redis at 10.0.0.5:6379", "redis master mymaster at h1:26379 and others": without secrets.
std::string to_string(const RedisAddress& address);

}  // namespace backend
