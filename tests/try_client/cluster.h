#pragma once
// What a client cannot see or do: at which node a session lives, and killing a node. Both are done
// by a command of whoever started the cluster.

#include <string>
#include <vector>

namespace try_client {

class Cluster {
public:
    using Words = std::vector<std::string>;

    /// `command`: a program and its first arguments. With "where", JID after them it prints the
    /// name of the node that the session of this bare JID is at; with "kill", NODE it ends that
    /// node as kill -9 does.
    explicit Cluster(Words command);

    /// Both throw std::runtime_error when the command fails.
    std::string node_of(const std::string& bare_jid) const;
    void kill(const std::string& node) const;

private:
    /// What it printed, without the last line end.
    std::string ask(const std::string& verb, const std::string& what) const;

    const Words command_;
};

}  // namespace try_client
