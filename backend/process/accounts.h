#pragma once
// Accounts on the command line: made, changed and removed in the store, beside the nodes that run
// on it. Blocks until the store has answered; any thread that runs no loop.

#include <string>
#include <string_view>
#include <vector>

#include "backend/store/attach.h"
#include "backend/stream/scram_keys.h"
#include "core/result.h"

namespace backend {

class Accounts {
public:
    /// Errors are sentences for the operator.
    template <class Value>
    using Outcome = core::Result<Value, std::string>;

    Accounts(AttachStore attach, std::vector<std::string> domains);

    /// "romeo@example.org" prepared: a bare JID with a localpart in one of the domains.
    Outcome<std::string> user_of(std::string_view address) const;

    Outcome<void> add(const std::string& user, const Password& password);
    Outcome<void> set_password(const std::string& user, const Password& password);
    Outcome<void> remove(const std::string& user);
    Outcome<std::vector<std::string>> list();

private:
    Outcome<void> put(const std::string& user, const Password& password, bool must_exist);

    AttachStore attach_;
    std::vector<std::string> domains_;
};

}  // namespace backend
