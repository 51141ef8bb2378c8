#pragma once
// A client's stream with a node made for tests around it: what the machine asks is answered at
// once, and everything that happens is written into one transcript, in order.

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "backend/stream/stream.h"
#include "tests/support/scram_client.h"

namespace backend::test {

inline const std::string kUser = "juliet@a.example";
inline const std::string kPassword = "romeo";

inline Account make_account(const std::string& user, const std::string& password) {
    const auto keys = [&](ScramHash hash) {
        return *make_scram_keys(hash, Password(password), "0123456789abcdef", 16);
    };
    return {.user = user, .sha1 = keys(ScramHash::sha1), .sha256 = keys(ScramHash::sha256)};
}

class StreamPlay {
public:
    StreamPlay() {
        settings.serves = [](std::string_view domain) { return domain == "a.example"; };
        settings.make_token = [this] { return "token" + std::to_string(++tokens_); };
        settings.salt_secret = SaltSecret("secret");
        settings.more_features = "<more/>";
        facts.is_protected = true;
        static const Account juliet = make_account(kUser, kPassword);
        accounts[kUser] = juliet;
    }

    // To be set before the first line.
    StreamSettings settings;
    ConnectionFacts facts;
    std::map<std::string, Account> accounts;
    std::optional<StoreError> account_error;
    std::deque<OpenFailure> open_failures;
    std::optional<TakenSession> session;  // that "sm-id" names
    std::optional<TakeFailure> take_failure;
    bool sm_fails = false;
    bool confirms = true;  // Handle at once
    std::function<void(const Handle&)> on_handle = [](const Handle&) {};
    std::function<std::size_t()> cut = [] { return SIZE_MAX; };

    /// The client says this. Returns what followed.
    std::string say(const std::string& bytes) {
        const std::size_t before = transcript.size();
        std::size_t at = 0;
        while (at < bytes.size() || at == 0) {
            const std::size_t size = std::min(bytes.size() - at, std::max<std::size_t>(1, cut()));
            window_ += bytes.substr(at, size);
            at += size;
            show();
            if (bytes.empty()) break;
        }
        return transcript.substr(before);
    }
    /// Something else happens.
    std::string tell(Actions actions) {
        const std::size_t before = transcript.size();
        perform(std::move(actions));
        show();
        return transcript.substr(before);
    }

    Stream& stream() {
        if (!stream_) stream_ = std::make_unique<Stream>(pool_, settings, facts);
        return *stream_;
    }

    std::string transcript;

private:
    void show() {
        // Each answer may have made it willing to take more.
        while (true) {
            auto step = stream().on_bytes(window_);
            window_.erase(0, step.consumed);
            if (step.actions.empty()) return;
            perform(std::move(step.actions));
        }
    }

    void perform(Actions actions) {
        for (Action& action : actions) {
            Actions more = std::visit([this](auto& one) { return on(one); }, action);
            perform(std::move(more));
        }
    }

    Actions note(const std::string& text) {
        transcript += "[" + text + "]";
        return {};
    }

    Actions on(Send& send) {
        transcript += send.bytes;
        return {};
    }
    Actions on(FindAccount& find) {
        note("find " + find.user);
        if (account_error) return stream().on_account(*account_error);
        const auto found = accounts.find(find.user);
        std::optional<Account> account;
        if (found != accounts.end()) account = found->second;
        return stream().on_account(account);
    }
    Actions on(CheckPassword& check) {
        note("check");
        return stream().on_password(is_password(check.password, check.keys));
    }
    Actions on(DelayRefusal&) {
        note("delay");
        return stream().on_delay_over();
    }
    Actions on(OpenSession& open) {
        note("open " + open.user + " " + open.resource + (open.sm ? " sm" : "") +
             (open.sm && open.sm->is_resumable
                  ? " " + std::to_string(open.sm->resume_time.count()) + "s"
                  : "") +
             (open.carbons ? " carbons" : "") + (open.is_inactive ? " inactive" : ""));
        if (open_failures.empty()) return stream().on_opened(SessionId("sm-id"));
        const auto failure = open_failures.front();
        open_failures.pop_front();
        return stream().on_open_failed(failure);
    }
    Actions on(Resume& resume) {
        note("resume " + resume.session.user + " " + std::string(resume.session.id.reveal()));
        if (take_failure) return stream().on_take_failed(*take_failure);
        if (!session || resume.session.id.reveal() != "sm-id")
            return stream().on_take_failed(TakeFailure::not_found);
        Actions out = stream().on_taken(*session);
        for (const auto& stanza : session->queue) {
            for (auto& action : stream().write_stanza(stanza.number, stanza.bytes))
                out.push_back(std::move(action));
        }
        return out;
    }
    Actions on(EnableSm& sm) {
        note("enable " + std::to_string(sm.resume_time.count()) + "s");
        return sm_fails ? stream().on_sm_failed() : stream().on_sm_enabled(SessionId("sm-id"));
    }
    Actions on(SetInactive& set) { return note(set.is_inactive ? "inactive" : "active"); }
    Actions on(Handle& handle) {
        on_handle(handle);
        note("handle" + (handle.handled ? " " + std::to_string(*handle.handled) : "") + " " +
             handle.bytes);
        return confirms ? stream().on_confirmed(1) : Actions{};
    }
    Actions on(Acked& acked) { return note("acked " + std::to_string(acked.up_to)); }
    Actions on(Close& close) {
        transcript += close.bytes;
        return note("closed: " + std::string(close.detail));
    }

    int tokens_ = 0;
    xmpp::ScanWorkPool pool_;
    std::unique_ptr<Stream> stream_;
    std::string window_;
};

}  // namespace backend::test
