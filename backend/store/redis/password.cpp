#include "backend/store/redis/password.h"

#include <utility>

#include "core/small_file.h"

namespace backend {

namespace {

core::Result<RedisPassword, std::string> read_password(const std::filesystem::path& file) {
    constexpr std::size_t kBytesMax = 4'096;
    auto read = core::read_small_file(file, kBytesMax);
    if (!read) return core::fail(file.string() + " " + read.error());
    const core::Secret<struct FileTextTag> text(std::move(read).value());
    const std::string_view all = text.reveal();
    RedisPassword password{std::string(all.substr(0, all.find_first_of("\r\n")))};
    if (password.empty()) {
        return core::fail(file.string() + " has no password in its first line");
    }
    return password;
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
