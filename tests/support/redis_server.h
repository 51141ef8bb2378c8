#pragma once
// Debian's redis-server for one test: on an address of its own, with its own directory, append
// only. Killed, by its process id, when the test ends; it can be killed and started before that,
// with all that it was given.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/handle.h"
#include "tests/support/temp_dir.h"

namespace test {

class RedisServer {
public:
    static constexpr int kPort = 6379;
    static constexpr int kSentinelPort = 26379;
    using Lines = std::vector<std::string>;

    /// Each line as in redis.conf, on top of what every test wants. Returns once it answers.
    explicit RedisServer(Lines lines = {}, bool is_sentinel = false)
        : is_sentinel_(is_sentinel), port_(is_sentinel ? kSentinelPort : kPort) {
        std::ofstream out(settings_file());
        out << "bind " << host_ << "\nport " << port_ << "\ndir " << folder_.path().string()
            << "\nprotected-mode no\ndaemonize no\n";
        if (!is_sentinel) {
            out << "appendonly yes\nappendfsync always\nsave \"\"\n"
                   "maxmemory-policy noeviction\n";
        }
        for (const std::string& line : lines) out << line << '\n';
        out.close();
        start();
    }
    ~RedisServer() { kill(); }
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    /// The host of the server that is made next.
    static std::string next_host() { return host_number(made()); }
    const std::string& host() const { return host_; }
    std::string address() const { return host_ + ":" + std::to_string(port_); }
    std::string url() const { return "redis://" + address() + "/0"; }

    pid_t pid() const { return pid_; }

    void start() {
        pid_ = ::fork();
        if (pid_ == 0) run();
        wait_until_it_listens();
    }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    void pause() { ::kill(pid_, SIGSTOP); }
    void go_on() { ::kill(pid_, SIGCONT); }

    /// What one command answers, as redis-cli shows it, more or less; for set-up and checks.
    std::string ask(const Lines& words) const {
        using Context = core::Handle<redisContext, &redisFree>;
        const Context context(redisConnect(host_.c_str(), port_));
        std::vector<const char*> texts;
        std::vector<std::size_t> sizes;
        for (const std::string& word : words) {
            texts.push_back(word.data());
            sizes.push_back(word.size());
        }
        using Reply = core::Handle<void, &freeReplyObject>;
        const Reply reply(redisCommandArgv(context.get(), static_cast<int>(words.size()),
                                           texts.data(), sizes.data()));
        if (reply == nullptr) return "no answer";
        return text_of(*static_cast<const redisReply*>(reply.get()));
    }

private:
    static std::string text_of(const redisReply& reply) {
        if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
        if (reply.type == REDIS_REPLY_NIL) return "nil";
        if (reply.type != REDIS_REPLY_ARRAY) return {reply.str, reply.len};
        std::string all;
        for (std::size_t i = 0; i < reply.elements; ++i) all += text_of(*reply.element[i]) + ' ';
        return all;
    }

    std::string settings_file() const { return folder_.file("redis.conf"); }

    [[noreturn]] void run() const {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int log =
            ::open(folder_.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        ::dup2(log, STDOUT_FILENO);
        ::dup2(log, STDERR_FILENO);
        ::execl("/usr/bin/redis-server", "redis-server", settings_file().c_str(),
                is_sentinel_ ? "--sentinel" : nullptr, static_cast<char*>(nullptr));
        ::_exit(127);
    }

    void wait_until_it_listens() const {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port_));
        ::inet_pton(AF_INET, host_.c_str(), &address.sin_addr);
        for (int i = 0; i < 2000; ++i) {
            const core::Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0) {
                return;
            }
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        throw std::runtime_error("redis-server (package redis-server) does not start");
    }

    static int& made() {
        static int count = 0;
        return count;
    }
    /// 127.x.y.z out of the process id: test programs that run side by side do not meet.
    static std::string host_number(int number) {
        const int id = static_cast<int>(::getpid());
        return "127." + std::to_string(128 + number % 64) + "." + std::to_string(id >> 8 & 0xFF) +
               "." + std::to_string(1 + id % 254);
    }

    const bool is_sentinel_;
    const int port_;
    const std::string host_ = host_number(made()++);
    const TempDir folder_;
    pid_t pid_ = -1;
};

}  // namespace test
