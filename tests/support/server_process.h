#pragma once
// A server of Debian's for one test: a child process that listens on an address of its own and is
// killed, by its process id, when the test ends or sooner.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/handle.h"

namespace test {

/// 127.x.y.z out of the process id: test programs that run side by side do not meet. `first` is the
/// least x of this kind of server, which has 64 of them for the servers of one program.
inline std::string private_host(int first, int number) {
    const int id = static_cast<int>(::getpid());
    return "127." + std::to_string(first + number % 64) + "." + std::to_string(id >> 8 & 0xFF) +
           "." + std::to_string(1 + id % 254);
}

class ServerProcess {
public:
    ServerProcess(std::string host, int port) : host_(std::move(host)), port_(port) {}
    ~ServerProcess() { kill(); }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    /// `become` is called in the child and executes the server. Returns once it listens; throws
    /// with its name if it does not within ten seconds.
    void start(const std::string& name, const std::function<void()>& become) {
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            become();
            ::_exit(127);
        }
        for (int i = 0; i < 2000; ++i) {
            if (is_listening()) return;
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        throw std::runtime_error(name + " does not start");
    }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

    const std::string& host() const { return host_; }
    int port() const { return port_; }
    std::string address() const { return host_ + ":" + std::to_string(port_); }
    pid_t pid() const { return pid_; }

private:
    bool is_listening() const {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port_));
        ::inet_pton(AF_INET, host_.c_str(), &address.sin_addr);
        const core::Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address),
                         sizeof address) == 0;
    }

    const std::string host_;
    const int port_;
    pid_t pid_ = -1;
};

}  // namespace test
