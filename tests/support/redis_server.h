#pragma once
// Debian's redis-server for one test: on an address of its own, with its own directory, append
// only. Killed, by its process id, when the test ends; it can be killed and started before that,
// with all that it was given.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/handle.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace test {

class RedisServer {
public:
    static constexpr int kPort = 6379;
    static constexpr int kSentinelPort = 26379;
    using Lines = std::vector<std::string>;

    /// Each line as in redis.conf, on top of what every test wants. Returns once it answers.
    explicit RedisServer(Lines lines = {}, bool is_sentinel = false)
        : is_sentinel_(is_sentinel),
          process_(host_number(made()++), is_sentinel ? kSentinelPort : kPort) {
        std::ofstream out(settings_file());
        out << "bind " << host() << "\nport " << process_.port() << "\ndir "
            << folder_.path().string() << "\nprotected-mode no\ndaemonize no\n";
        if (!is_sentinel) {
            out << "appendonly yes\nappendfsync always\nsave \"\"\n"
                   "maxmemory-policy noeviction\n";
        }
        for (const std::string& line : lines) out << line << '\n';
        out.close();
        start();
    }

    /// The host of the server that is made next.
    static std::string next_host() { return host_number(made()); }
    const std::string& host() const { return process_.host(); }
    std::string address() const { return process_.address(); }
    std::string url() const { return "redis://" + address() + "/0"; }

    pid_t pid() const { return process_.pid(); }

    void start() {
        process_.start("redis-server (package redis-server)", [this] { run(); });
    }
    void kill() { process_.kill(); }
    void pause() { ::kill(pid(), SIGSTOP); }
    void go_on() { ::kill(pid(), SIGCONT); }

    /// What one command answers, as redis-cli shows it, more or less; for set-up and checks.
    std::string ask(const Lines& words) const {
        using Context = core::Handle<redisContext, &redisFree>;
        const Context context(redisConnect(host().c_str(), process_.port()));
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

    void run() const {
        const int log =
            ::open(folder_.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        ::dup2(log, STDOUT_FILENO);
        ::dup2(log, STDERR_FILENO);
        ::execl("/usr/bin/redis-server", "redis-server", settings_file().c_str(),
                is_sentinel_ ? "--sentinel" : nullptr, static_cast<char*>(nullptr));
    }

    static int& made() {
        static int count = 0;
        return count;
    }
    static std::string host_number(int number) { return private_host(128, number); }

    const bool is_sentinel_;
    const TempDir folder_;
    ServerProcess process_;  // ends before its folder
};

}  // namespace test
