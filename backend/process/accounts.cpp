#include "backend/process/accounts.h"

#include <algorithm>
#include <utility>

#include "backend/process/ask_store.h"
#include "core/random_bytes.h"
#include "xmpp/jid.h"

namespace backend {
namespace {

/// Asks the store one thing and waits for the answer.
template <class Value>
core::Result<Value, std::string> ask(
    const AttachStore& attach,
    const std::function<void(Store&, Store::On<Store::Answer<Value>>)>& question) {
    return ask_store<Value>(attach, NodeName("(command line)"), question);
}

}  // namespace

Accounts::Accounts(AttachStore attach, std::vector<std::string> domains)
    : attach_(std::move(attach)), domains_(std::move(domains)) {}

Accounts::Outcome<std::string> Accounts::user_of(std::string_view address) const {
    const auto jid = xmpp::Jid::parse(address);
    if (!jid || !jid->is_bare() || jid->localpart().empty()) {
        return core::fail(std::string("write an address like romeo@example.org"));
    }
    const auto domain = xmpp::prepared_domain(jid->domainpart());
    if (!domain || std::find(domains_.begin(), domains_.end(), *domain) == domains_.end()) {
        std::string known;
        for (const std::string& each : domains_) known += (known.empty() ? "" : ", ") + each;
        return core::fail("no node serves " + std::string(jid->domainpart()) + "; the file has " +
                          known);
    }
    return std::string(jid->bare());
}

Accounts::Outcome<void> Accounts::put(const std::string& user, const Password& password,
                                      bool must_exist) {
    const auto known = ask<std::optional<Account>>(
        attach_, [&](Store& store, auto on_found) { store.find_account(user, on_found); });
    if (!known) return core::fail(known.error());
    if (known->has_value() != must_exist) {
        return core::fail(user + (must_exist ? " is not there; stanzanode user add makes it"
                                             : " is there already; stanzanode passwd changes "
                                               "its password"));
    }
    const auto salt = [] { return core::random_bytes(kScramSaltBytes); };
    auto sha1 = make_scram_keys(ScramHash::sha1, password, salt());
    auto sha256 = make_scram_keys(ScramHash::sha256, password, salt());
    if (!sha1 || !sha256) {
        return core::fail(
            std::string("this password cannot be used (RFC 4013): it is empty, "
                        "longer than 1023 bytes, or holds control characters"));
    }
    const auto put = ask<Done>(attach_, [&](Store& store, auto on_done) {
        store.put_account({.user = user, .sha1 = *sha1, .sha256 = *sha256}, on_done);
    });
    if (!put) return core::fail(put.error());
    return {};
}

Accounts::Outcome<void> Accounts::add(const std::string& user, const Password& password) {
    return put(user, password, false);
}

Accounts::Outcome<void> Accounts::set_password(const std::string& user, const Password& password) {
    return put(user, password, true);
}

Accounts::Outcome<void> Accounts::remove(const std::string& user) {
    const auto removed = ask<bool>(
        attach_, [&](Store& store, auto on_removed) { store.remove_account(user, on_removed); });
    if (!removed) return core::fail(removed.error());
    if (!*removed) return core::fail(user + " is not there");
    return {};
}

Accounts::Outcome<std::vector<std::string>> Accounts::list() {
    return ask<std::vector<std::string>>(
        attach_, [](Store& store, auto on_listed) { store.list_accounts(on_listed); });
}

}  // namespace backend
