#include "tests/try_client/cluster.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "core/handle.h"

namespace try_client {
namespace {

/// The child's part: the command in its place.
[[noreturn]] void run(std::vector<std::string> words, int out) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::dup2(out, STDOUT_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

}  // namespace

Cluster::Cluster(Words command) : command_(std::move(command)) {}

std::string Cluster::node_of(const std::string& bare_jid) const {
    std::string node = ask("where", bare_jid);
    if (node.empty()) throw std::runtime_error(bare_jid + " is at no node");
    return node;
}

void Cluster::kill(const std::string& node) const {
    ask("kill", node);
}

std::string Cluster::ask(const std::string& verb, const std::string& what) const {
    Words words = command_;
    words.insert(words.end(), {verb, what});
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const core::Fd from_child(ends[0]);
    core::Fd to_parent(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) run(std::move(words), to_parent.get());
    to_parent.reset();

    std::string said;
    std::array<char, 256> buffer;
    for (ssize_t got = 0; (got = ::read(from_child.get(), buffer.data(), buffer.size())) > 0;) {
        said.append(buffer.data(), static_cast<std::size_t>(got));
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    if (status != 0) throw std::runtime_error("to " + verb + " " + what + " failed");
    while (said.ends_with('\n')) said.pop_back();
    return said;
}

}  // namespace try_client
