// Opens, checks, reads to the end, never past the bound; writes beside the file and renames.

#include "core/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
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

Result<void, std::string> replace_small_file(const std::filesystem::path& file,
                                             std::string_view content, Readers readers) {
    const std::string beside = file.string() + ".new";
    const auto failed = [&] {
        const int why = errno;
        ::unlink(beside.c_str());
        return fail("cannot be written: " + std::generic_category().message(why));
    };
    // What a process left there that died while it wrote; never through a link.
    ::unlink(beside.c_str());
    const Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return failed();
    struct stat before {};
    if (readers == Readers::as_before && ::stat(file.c_str(), &before) == 0 &&
        (::fchown(fd.get(), before.st_uid, before.st_gid) != 0 ||
         ::fchmod(fd.get(), before.st_mode & 07777) != 0))
        return failed();
    while (!content.empty()) {
        const ssize_t written = ::write(fd.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed();
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd.get()) != 0 || ::rename(beside.c_str(), file.c_str()) != 0) return failed();
    return {};
}

bool others_can_read(const std::filesystem::path& file) noexcept {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace core
