#include "core/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "core/message_socket.h"

namespace core {
namespace {

/// What a shell with this script says at its descriptor 3.
std::string said_by(const std::string& script, std::vector<std::string> environment = {}) {
    auto pair = message_pair();
    EXPECT_TRUE(pair);
    const auto pid = start_child({.program = "/bin/sh",
                                  .arguments = {"-c", script},
                                  .environment = std::move(environment),
                                  .descriptor = pair->second.get()});
    EXPECT_TRUE(pid) << (pid ? "" : pid.error());
    pair->second.reset();
    const auto message = receive_message(pair->first.get(), std::chrono::seconds(20));
    int status = 0;
    ::waitpid(*pid, &status, 0);
    EXPECT_EQ(status, 0);
    return message ? message->bytes : "";
}

TEST(ChildProcess, HasOneDescriptorAndItsVariables) {
    EXPECT_EQ(said_by("printf '%s' \"$GREETING\" >&3", {"GREETING=hello"}), "hello");
    // What else is open here is not open there.
    const std::array<int, 2> ours{::dup(0), ::dup(0)};
    // The last is the folder that ls reads. Without a shell around it, which opens some of its own.
    EXPECT_EQ(said_by("exec ls /proc/self/fd >&3"), "0\n1\n2\n3\n4\n");
    for (const int fd : ours) ::close(fd);
}

TEST(ChildProcess, HasNoSignalBlocked) {
    sigset_t stop;
    sigset_t before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &stop, &before);
    const std::string mask = said_by("sed -n 's/^SigBlk:.*\\(.\\)$/\\1/p' /proc/self/status >&3");
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    EXPECT_EQ(mask, "0\n");
}

TEST(ChildProcess, SaysWhyItCannotBe) {
    const auto pid = start_child({.program = "/nowhere/program", .descriptor = 0});
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.error(), "/nowhere/program cannot be started: No such file or directory");
}

TEST(ChildProcess, KnowsItsOwnProgram) {
    EXPECT_NE(own_program().find("core_test"), std::string::npos) << own_program();
}

}  // namespace
}  // namespace core
