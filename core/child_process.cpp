#include "core/child_process.h"

#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

extern char** environ;

namespace core {

namespace {

/// Its attributes and actions, destroyed in any case.
struct Plan {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;

    Plan() {
        ::posix_spawnattr_init(&attributes);
        ::posix_spawn_file_actions_init(&actions);
    }
    ~Plan() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

}  // namespace

std::string own_program() {
    std::array<char, PATH_MAX> path{};
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
    return size <= 0 || size == static_cast<ssize_t>(path.size())
               ? std::string()
               : std::string(path.data(), static_cast<std::size_t>(size));
}

Result<pid_t, std::string> start_child(const ChildProgram& child) {
    Plan plan;
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&plan.attributes, &none);
    ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
    ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawn_file_actions_adddup2(&plan.actions, child.descriptor, kChildDescriptor);
    ::posix_spawn_file_actions_addclosefrom_np(&plan.actions, kChildDescriptor + 1);
    std::vector<std::string> words{child.program};
    words.insert(words.end(), child.arguments.begin(), child.arguments.end());
    std::vector<std::string> variables = child.environment;
    std::vector<char*> environment = pointers(variables);
    environment.pop_back();
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(nullptr);
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, child.program.c_str(), &plan.actions, &plan.attributes,
                                    pointers(words).data(), environment.data());
    if (error != 0) return fail(child.program + " cannot be started: " + std::strerror(error));
    return pid;
}

}  // namespace core
