#pragma once
// Debian's dnsmasq as a name server of one test: on an address of its own, with the records given,
// and no others. Killed, by its process id, when the test ends.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/handle.h"
#include "tests/support/server_process.h"

namespace test {

class Dnsmasq {
public:
    /// Each line as in dnsmasq.conf: "srv-host=_xmpp-client._tcp.example,a.example,5222,10,5".
    /// Names under "example" that are not among them do not exist. Returns once it answers.
    explicit Dnsmasq(std::vector<std::string> lines) : lines_(std::move(lines)) { start(); }

    /// "127.77.3.9:5353", as dns::Servers takes it.
    std::string address() const { return process_.address(); }

    /// Other records from now on, at the same address.
    void serve(std::vector<std::string> lines) {
        stop();
        lines_ = std::move(lines);
        start();
    }

    void start() {
        std::string settings = "port=" + std::to_string(kPort) +
                               "\nlisten-address=" + process_.host() +
                               "\nbind-interfaces\nno-resolv\nno-hosts\nno-poll\nlocal=/example/\n";
        for (const std::string& line : lines_) settings += line + '\n';
        // A file without a name: nothing to clean up.
        const core::Fd file(::memfd_create("dnsmasq.conf", MFD_CLOEXEC));
        const auto size = static_cast<ssize_t>(settings.size());
        if (::write(file.get(), settings.data(), settings.size()) != size ||
            ::lseek(file.get(), 0, SEEK_SET) != 0) {
            throw std::runtime_error("cannot write settings for dnsmasq");
        }
        process_.start("dnsmasq (package dnsmasq-base)", [&] { run(file.get()); });
    }

    void stop() { process_.kill(); }

private:
    static constexpr int kPort = 5353;

    static void run(int settings) {
        ::dup2(settings, STDIN_FILENO);
        // --no-daemon also means: no process of its own for each TCP connection. It logs to stderr.
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        ::execl("/usr/sbin/dnsmasq", "dnsmasq", "--no-daemon", "--conf-file=/dev/stdin",
                "--pid-file=", "--user=", static_cast<char*>(nullptr));
    }

    static int made() {
        static int count = 0;
        return count++;
    }

    std::vector<std::string> lines_;
    ServerProcess process_{private_host(64, made()), kPort};
};

}  // namespace test
