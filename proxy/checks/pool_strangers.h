#pragma once
// Whether the members of one pool are strangers to each other: other software, or one account that
// is not the same at all of them (proxy/checks/account_question). A pool is one cluster, because a
// user of a domain may get any of its members. Pure; any thread.
// Why: proxy/README.md, "Strangers in a pool".

#include <map>
#include <string>
#include <string_view>

#include "balancer/backend_id.h"

namespace proxy {

class PoolStrangers {
public:
    using Id = balancer::BackendId;

    /// A check has passed. `software` as the server's features name it (XEP-0115 `node`), `mark` as
    /// account_mark has it; empty: not given, or not asked.
    void note(Id id, std::string_view name, std::string_view software, std::string_view mark);
    /// It has failed: what answers next may be another server.
    void note_failure(Id id);
    void forget(Id id) { members_.erase(id); }
    /// Another account is asked for from now on.
    void forget_marks();

    /// Whether the account is still to be asked for there. A mark counts once it has come twice,
    /// because servers that store passwords in clear make up another salt each time.
    bool wants_mark(Id id) const;

    /// In words what shows that members are strangers; empty: nothing does.
    std::string finding(std::string_view account) const;
    /// The members whose marks cannot be compared, "a, b"; empty: none.
    std::string incomparable() const;

private:
    struct Member {
        std::string name;
        std::string software;
        std::string mark;
        int answers = 0;
        bool is_changing = false;
        bool is_settled() const { return answers >= 2 && !is_changing; }
    };
    std::map<Id, Member> members_;
};

}  // namespace proxy
