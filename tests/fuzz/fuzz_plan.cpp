// Aim: whatever two clients say, one stanza a line, plans come about after few readings, every
// stanza in them is one well-formed element of the kind that streams carry, no stanza pretends to
// come from anybody but those two or the server, and what is left of a session can be given away.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/rules/departure_rules.h"
#include "backend/rules/plan.h"
#include "tests/fuzz/one_element.h"
#include "xmpp/limits.h"

namespace {

using namespace backend;
using fuzz::is_one_element;
using fuzz::require;

constexpr xmpp::ScanLimits kLimits{.bytes = 1 << 18};
// Copies wrap a message three elements deep and add attributes and declarations.
constexpr xmpp::ScanLimits kWider{
    .bytes = 1 << 20, .depth = 120, .attributes = 80, .elements = 16'384, .namespaces = 96};

Sender sender_of(const std::string& full, bool is_available) {
    const auto jid = xmpp::Jid::parse(full);
    Route route;
    route.resource = jid->resourcepart();
    route.session = SessionId("id " + full);
    route.wants_roster = route.wants_blocks = route.carbons = true;
    if (is_available) {
        route.priority = std::int8_t{1};
        route.presence = "<presence from='" + full + "'/>";
    }
    return {{std::string(jid->bare()), route.session}, *jid, route};
}

struct Scene {
    Scene() {
        for (const bool is_juliet : {false, true}) {
            UserSnapshot& user = is_juliet ? juliet : romeo;
            user.exists = true;
            RosterItem item;
            item.jid = is_juliet ? "romeo@x" : "juliet@x";
            item.subscription = Subscription::both;
            user.roster.items.push_back(item);
        }
        romeo.routes = {senders[0].route, senders[1].route};
        juliet.routes = {senders[2].route};
        juliet.blocks = {"nurse@x"};
    }

    Knowledge read(const Needs& asked) const {
        Knowledge known{asked, {}, "<vCard xmlns='vcard-temp'/>"};
        for (const auto& wanted : asked.users) {
            known.users.push_back(
                std::make_shared<const UserSnapshot>(wanted.user == "romeo@x"    ? romeo
                                                     : wanted.user == "juliet@x" ? juliet
                                                                                 : UserSnapshot{}));
        }
        return known;
    }

    std::vector<Sender> senders{sender_of("romeo@x/a", true), sender_of("romeo@x/b", false),
                                sender_of("juliet@x/c", true)};
    UserSnapshot romeo, juliet;
};

void check_stanza(const std::string& bytes) {
    require(is_one_element(bytes, kWider));
    const xmpp::ElementReader reader(bytes);
    const auto stanza = open_stanza(bytes, reader.root());
    require(stanza.has_value());
    const auto from = reader.root().attribute("from");
    const auto jid = xmpp::Jid::parse(from.value_or("x"));
    // Answers, to probes as well, bear the address that was asked; errors may name any.
    const bool is_answer =
        stanza->type == "error" || stanza->type == "result" || stanza->type == "unsubscribed";
    if (is_answer || !jid) return;
    const bool is_servers =
        jid->localpart().empty() || jid->bare() == "romeo@x" || jid->bare() == "juliet@x";
    require(is_servers);
}

std::vector<QueuedStanza> check(const Plan& plan) {
    std::vector<QueuedStanza> queue;
    for (const Write& write : plan.writes) {
        if (const auto* enqueue = std::get_if<Enqueue>(&write)) {
            check_stanza(enqueue->stanza);
            queue.push_back({queue.size() + 1, enqueue->stanza});
        } else if (const auto* offline = std::get_if<StoreOffline>(&write)) {
            check_stanza(offline->stanza);
        } else if (const auto* card = std::get_if<PutVcard>(&write)) {
            require(is_one_element(card->bytes, kWider));
        }
    }
    return queue;
}

template <class Make>
Plan plan_with(const Scene& scene, Needs asked, Make make) {
    for (int readings = 0; readings < 4; ++readings) {
        Plan made = make(scene.read(asked));
        if (!made.more) return made;
        asked = *made.more;
    }
    std::abort();
}

void play(const Scene& scene, const Sender& sender, std::string_view line) {
    static const std::vector<std::string> domains{"x"};
    const PlanContext context{.now = {}, .domains = domains, .version = "1"};
    const xmpp::ElementReader reader(line);
    const auto stanza = open_stanza(line, reader.root());
    if (!stanza) return;
    const Plan made =
        plan_with(scene, needs(*stanza, sender, context),
                  [&](const Knowledge& known) { return plan(*stanza, sender, known, context); });
    const auto queue = check(made);
    const Sender& leaving = scene.senders[2];
    check(plan_with(scene, needs_of_departure(leaving, queue), [&](const Knowledge& known) {
        return plan_departure(leaving, queue, known, context);
    }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Scene scene;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    for (std::size_t turn = 0; !rest.empty() && turn < 8; ++turn) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (is_one_element(line, kLimits)) play(scene, scene.senders[turn % 3], line);
    }
    return 0;
}
