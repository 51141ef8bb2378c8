#pragma once
// A disk for SQLite that can be told to be slow, full or broken: a file system of SQLite's (VFS)
// around the machine's own. One per process.

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>

namespace test {

class SlowDisk {
public:
    /// From here on all databases of the process are opened on it.
    static SlowDisk& install() {
        static SlowDisk disk;
        return disk;
    }

    std::atomic<int> sync_takes_ms{0};
    std::atomic<int> write_fails_with{SQLITE_OK};
    std::atomic<int> syncs{0};

    void heal() {
        sync_takes_ms = 0;
        write_fails_with = SQLITE_OK;
    }

private:
    /// What SQLite holds: our methods, and behind them the file of the machine.
    struct File {
        sqlite3_file base;
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

    SlowDisk() {
        system_ = sqlite3_vfs_find(nullptr);
        vfs_ = *system_;
        vfs_.zName = "slow-disk";
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + system_->szOsFile;
        vfs_.xOpen = [](sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags,
                        int* out) { return the_->open(name, file, flags, out); };
        the_ = this;
        sqlite3_vfs_register(&vfs_, 1);
    }

    int open(sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
        std::memset(file, 0, sizeof(File));
        const int code = system_->xOpen(system_, name, real(file), flags, out);
        if (real(file)->pMethods == nullptr) return code;
        static std::once_flag once;
        std::call_once(once, [&] { make_methods(*real(file)->pMethods); });
        file->pMethods = &methods_;
        return code;
    }

    void make_methods(const sqlite3_io_methods& of) {
        methods_ = of;
        methods_.iVersion = 2;  // with shared memory
        methods_.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
        methods_.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
            return real(f)->pMethods->xRead(real(f), to, size, at);
        };
        methods_.xWrite = [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
            if (const int code = the_->write_fails_with) return code;
            return real(f)->pMethods->xWrite(real(f), from, size, at);
        };
        methods_.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
            return real(f)->pMethods->xTruncate(real(f), size);
        };
        methods_.xSync = [](sqlite3_file* f, int flags) {
            ++the_->syncs;
            ::usleep(static_cast<useconds_t>(the_->sync_takes_ms) * 1'000);
            return real(f)->pMethods->xSync(real(f), flags);
        };
        methods_.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
            return real(f)->pMethods->xFileSize(real(f), size);
        };
        methods_.xLock = [](sqlite3_file* f, int how) {
            return real(f)->pMethods->xLock(real(f), how);
        };
        methods_.xUnlock = [](sqlite3_file* f, int how) {
            return real(f)->pMethods->xUnlock(real(f), how);
        };
        methods_.xCheckReservedLock = [](sqlite3_file* f, int* out) {
            return real(f)->pMethods->xCheckReservedLock(real(f), out);
        };
        methods_.xFileControl = [](sqlite3_file* f, int op, void* about) {
            return real(f)->pMethods->xFileControl(real(f), op, about);
        };
        methods_.xSectorSize = [](sqlite3_file* f) {
            return real(f)->pMethods->xSectorSize(real(f));
        };
        methods_.xDeviceCharacteristics = [](sqlite3_file* f) {
            return real(f)->pMethods->xDeviceCharacteristics(real(f));
        };
        methods_.xShmMap = [](sqlite3_file* f, int page, int size, int extends,
                              void volatile** to) {
            return real(f)->pMethods->xShmMap(real(f), page, size, extends, to);
        };
        methods_.xShmLock = [](sqlite3_file* f, int offset, int count, int flags) {
            return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
        };
        methods_.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
        methods_.xShmUnmap = [](sqlite3_file* f, int deletes) {
            return real(f)->pMethods->xShmUnmap(real(f), deletes);
        };
    }

    inline static SlowDisk* the_ = nullptr;
    sqlite3_vfs* system_ = nullptr;
    sqlite3_vfs vfs_{};
    sqlite3_io_methods methods_{};
};

}  // namespace test
