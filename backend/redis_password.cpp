#include "backend/redis_password.h"

#include <utility>

#include "core/small_file.h"

namespace backend {

core::Result<RedisAddress, std::string> with_password(RedisAddress address,
                                                      const std::filesystem::path& folder) {
    constexpr std::size_t kBytesMax = 4'096;
    if (address.password_file.empty()) return address;
    const auto file = folder / address.password_file;
    const auto text = core::read_small_file(file, kBytesMax);
    if (!text) return core::fail(file.string() + " " + text.error());
    std::string password = text->substr(0, text->find_first_of("\r\n"));
    if (password.empty()) {
        return core::fail(file.string() + " has no password in its first line");
    }
    address.password = RedisPassword(std::move(password));
    return address;
}

}  // namespace backend
