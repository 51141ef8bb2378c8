#include "core/memory_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace core {

Result<Fd, int> memory_file(std::string_view bytes) {
    Fd file(::memfd_create("stanzagate", MFD_CLOEXEC));
    if (!file) return fail(errno);
    while (!bytes.empty()) {
        const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return file;
}

Result<std::string, int> read_memory_file(int fd, std::size_t most) {
    struct stat found {};
    if (::fstat(fd, &found) != 0) return fail(errno);
    if (static_cast<std::size_t>(found.st_size) > most) return fail(int{EFBIG});
    std::string bytes(static_cast<std::size_t>(found.st_size), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got =
            ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail(got < 0 ? errno : int{EIO});
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

}  // namespace core
