#pragma once
// Debian's dnsmasq as a name server of one test: on an address of its own, with the records given,
// and no others. Killed, by its process id, when the test ends.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/handle.h"

namespace test {

class Dnsmasq {
public:
    /// Each line as in dnsmasq.conf: "srv-host=_xmpp-client._tcp.example,a.example,5222,10,5".
    /// Names under "example" that are not among them do not exist. Returns once it answers.
    explicit Dnsmasq(std::vector<std::string> lines) : lines_(std::move(lines)) { start(); }
    ~Dnsmasq() { stop(); }
    Dnsmasq(const Dnsmasq&) = delete;
    Dnsmasq& operator=(const Dnsmasq&) = delete;

    /// "127.77.3.9:5353", as dns::Servers takes it.
    std::string address() const { return host_ + ":" + std::to_string(kPort); }

    /// Other records from now on, at the same address.
    void serve(std::vector<std::string> lines) {
        stop();
        lines_ = std::move(lines);
        start();
    }

    void start() {
        std::string settings = "port=" + std::to_string(kPort) + "\nlisten-address=" + host_ +
                               "\nbind-interfaces\nno-resolv\nno-hosts\nno-poll\nlocal=/example/\n";
        for (const std::string& line : lines_) settings += line + '\n';
        // A file without a name: nothing to clean up.
        const core::Fd file(::memfd_create("dnsmasq.conf", MFD_CLOEXEC));
        const auto size = static_cast<ssize_t>(settings.size());
        if (::write(file.get(), settings.data(), settings.size()) != size ||
            ::lseek(file.get(), 0, SEEK_SET) != 0) {
            throw std::runtime_error("cannot write settings for dnsmasq");
        }
        pid_ = ::fork();
        if (pid_ == 0) run(file.get());
        wait_until_it_listens();
    }

    void stop() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

private:
    static constexpr int kPort = 5353;

    [[noreturn]] static void run(int settings) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(settings, STDIN_FILENO);
        // --no-daemon also means: no process of its own for each TCP connection. It logs to stderr.
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        ::execl("/usr/sbin/dnsmasq", "dnsmasq", "--no-daemon", "--conf-file=/dev/stdin",
                "--pid-file=", "--user=", static_cast<char*>(nullptr));
        ::_exit(127);
    }

    void wait_until_it_listens() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(kPort);
        ::inet_pton(AF_INET, host_.c_str(), &address.sin_addr);
        for (int i = 0; i < 1000; ++i) {
            const core::Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0) {
                return;
            }
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        throw std::runtime_error("dnsmasq (package dnsmasq-base) does not start");
    }

    /// 127.x.y.z out of the process id: test programs that run side by side do not meet.
    static std::string private_host() {
        static int made = 0;
        const int id = static_cast<int>(::getpid());
        return "127." + std::to_string(64 + made++ % 64) + "." + std::to_string(id >> 8 & 0xFF) +
               "." + std::to_string(1 + id % 254);
    }

    std::vector<std::string> lines_;
    std::string host_ = private_host();
    pid_t pid_ = -1;
};

}  // namespace test
