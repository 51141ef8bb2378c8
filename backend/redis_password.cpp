#include "backend/redis_password.h"

#include <utility>

#include "core/small_file.h"

namespace backend {

namespace {

core::Result<RedisPassword, std::string> read_password(const std::filesystem::path& file) {
    constexpr std::size_t kBytesMax = 4'096;
    const auto text = core::read_small_file(file, kBytesMax);
    if (!text) return core::fail(file.string() + " " + text.error());
    std::string password = text->substr(0, text->find_first_of("\r\n"));
    if (password.empty()) {
        return core::fail(file.string() + " has no password in its first line");
    }
    return RedisPassword(std::move(password));
}

}  // namespace

core::Result<RedisAddress, std::string> with_password(RedisAddress address,
                                                      const std::filesystem::path& folder) {
    for (auto [name, password] :
         {std::pair{&address.password_file, &address.password},
          std::pair{&address.sentinel_password_file, &address.sentinel_password}}) {
        if (name->empty()) continue;
        auto read = read_password(folder / *name);
        if (!read) return core::fail(read.error());
        *password = std::move(read).value();
    }
    return address;
}

}  // namespace backend
