// Aim: whatever a client, its connections, the server and time do in whatever order, every request
// that is not lost gets one answer, payloads go to the stream once and in order, and little waits.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/web/bosh_machine.h"
#include "tests/fuzz/require.h"

namespace {

using namespace proxy;
using fuzz::require;

constexpr std::uint64_t kFirstRid = 1000;

class BoshPlay {
public:
    explicit BoshPlay(std::string_view script) : script_(script), machine_(settings_) {}

    void run() {
        settings_.output_bytes = 64;
        xmpp::BoshBody creation = body(kFirstRid);
        creation.payload.clear();
        creation.to = "d";
        const std::uint8_t habits = next();
        creation.hold = habits & 1U;
        if ((habits & 2U) != 0) creation.ack = 1;
        if ((habits & 4U) != 0) creation.ver = xmpp::BoshVersion{1, 6};
        if ((habits & 8U) != 0) creation.wait = habits >> 4U;
        machine_.begin(creation, xmpp::BoshSid("s"), open(), now_, actions_);
        perform();
        while (!script_.empty()) {
            step();
            perform();
            require(machine_.is_over() || machine_.next_deadline() || !unanswered_.empty());
        }
        if (machine_.is_over()) require(unanswered_.empty());
        machine_.abandon(actions_);
        perform();
        require(machine_.is_over() && unanswered_.empty());
        require(!machine_.next_deadline() && machine_.has_room());
    }

private:
    std::uint8_t next() {
        if (script_.empty()) return 0;
        const auto byte = static_cast<std::uint8_t>(script_.front());
        script_.remove_prefix(1);
        return byte;
    }
    BoshRequestId open() {
        unanswered_.insert(++connections_);
        return BoshRequestId(connections_);
    }
    /// Its payload says its rid.
    static xmpp::BoshBody body(std::uint64_t rid) {
        xmpp::BoshBody body;
        body.rid = rid;
        body.payload = "<" + std::to_string(rid) + ">";
        return body;
    }

    void step() {
        const std::uint8_t what = next();
        switch (what % 8) {
            case 0:
            case 1:
            case 2: return request(what);
            case 3: {  // the connection of one of the last requests is lost
                const std::uint64_t id = connections_ - next() % 4;
                unanswered_.erase(id);
                return machine_.request_gone(BoshRequestId(id), now_, actions_);
            }
            case 4:
                machine_.element({.cut = xmpp::StreamCutter::Cut::element, .rest = "<e/>"});
                return (what & 64U) != 0 ? void() : machine_.flush(now_, actions_);
            case 5: now_ += std::chrono::seconds(next()); return machine_.on_time(now_, actions_);
            case 6:
                return (what & 64U) != 0 ? machine_.pause_input()
                                         : machine_.resume_input(now_, actions_);
            default:
                if (what > 240) machine_.end((what & 8U) != 0, now_, actions_);
        }
    }

    void request(std::uint8_t what) {
        // Mostly the next, or one near to it.
        const std::uint64_t rid = newest_ + 1 + (what >> 6U) - (next() % 8 == 0 ? 2 : 0);
        newest_ = std::max(newest_, std::min(rid, newest_ + 1));
        xmpp::BoshBody request = body(rid);
        const std::uint8_t how = next();
        if (how < 20) request.payload.clear();
        if (how > 250) request.terminates = true;
        if (how > 230 && how < 240) request.restarts = true;
        if (how > 200 && how < 210) request.pause = how;
        if (how % 3 == 0) request.ack = rid - how % 5;
        machine_.request(std::move(request), open(), now_, actions_);
    }

    void perform() {
        for (const BoshAction& action : std::exchange(actions_, {})) {
            if (const auto* reply = std::get_if<BoshReply>(&action)) {
                require(unanswered_.erase(reply->request.get()) == 1);
                require(reply->entity.view().starts_with("<body "));
            } else if (const auto* bytes = std::get_if<BoshStreamBytes>(&action)) {
                require(!is_over_);
                hear(bytes->bytes);
            } else {
                require(!is_over_ && unanswered_.empty());
                is_over_ = true;
            }
        }
        require(is_over_ == machine_.is_over());
        // One is held; as many are parked as may be open, and one to pause or terminate.
        require(unanswered_.size() <= kBoshRequests + 2);
    }
    void hear(std::string_view bytes) {
        if (!bytes.starts_with('<')) return;
        std::uint64_t rid = 0;
        std::from_chars(bytes.data() + 1, bytes.data() + bytes.size(), rid);
        if (rid == 0) return;  // a header, or the end
        require(rid > heard_);
        heard_ = rid;
    }

    std::string_view script_;
    BoshSettings settings_;
    BoshMachine machine_;
    BoshMachine::TimePoint now_{std::chrono::hours(1)};
    BoshActions actions_;
    std::set<std::uint64_t> unanswered_;  // by connection
    std::uint64_t connections_ = 0;
    std::uint64_t newest_ = kFirstRid;
    std::uint64_t heard_ = 0;
    bool is_over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    BoshPlay({reinterpret_cast<const char*>(data), size}).run();
    return 0;
}
