// Opens, checks, reads to the end, never past the bound.

#include "core/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "core/handle.h"

namespace core {
namespace {

std::string advice(int error) {
    std::string text = "cannot be read: " + std::generic_category().message(error);
    if (error == EACCES) text += "; let the user that runs this program read it";
    return text;
}

}  // namespace

Result<std::string, std::string> read_small_file(const std::filesystem::path& file,
                                                 std::size_t max_bytes) {
    // Not blocking, so that a named pipe in place of the file is refused instead of waited for.
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return fail(advice(errno));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail(advice(errno));
    if (!S_ISREG(status.st_mode)) return fail(std::string("is no regular file"));

    std::string content(max_bytes + 1, '\0');
    std::size_t filled = 0;
    while (filled < content.size()) {
        const ssize_t got = ::read(fd.get(), content.data() + filled, content.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(advice(errno));
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > max_bytes)
        return fail("is longer than " + std::to_string(max_bytes) +
                    " bytes; is it the right file?");
    content.resize(filled);
    return content;
}

bool others_can_read(const std::filesystem::path& file) noexcept {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace core
