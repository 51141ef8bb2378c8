#include "backend/store/redis/codec.h"

#include <charconv>
#include <utility>

#include "backend/store/redis/fields.h"

namespace backend {

namespace {

void add_list(FieldWriter& out, const std::vector<std::string>& texts) {
    out.add(texts.size());
    for (const std::string& text : texts) out.add(std::string_view(text));
}

std::vector<std::string> read_list(FieldReader& in) {
    std::vector<std::string> texts;
    const auto count = in.number<std::size_t>();
    for (std::size_t i = 0; i < count && !in.is_broken(); ++i) texts.emplace_back(in.text());
    return texts;
}

/// The record, if all of the bytes made sense.
template <class Record>
std::optional<Record> complete(const FieldReader& in, Record record) {
    if (in.is_broken() || !in.at_end()) return std::nullopt;
    return record;
}

void add_keys(FieldWriter& out, const ScramKeys& keys) {
    out.add(std::string_view(keys.salt)).add(keys.iterations);
    out.add(keys.stored_key.reveal()).add(keys.server_key.reveal());
}

ScramKeys read_keys(FieldReader& in) {
    ScramKeys keys;
    keys.salt = in.text();
    keys.iterations = in.number<std::uint32_t>();
    keys.stored_key = core::Secret<StoredKeyTag>(std::string(in.text()));
    keys.server_key = core::Secret<ServerKeyTag>(std::string(in.text()));
    return keys;
}

}  // namespace

std::string encode_account(const Account& account) {
    FieldWriter out;
    out.add(std::string_view(account.user));
    add_keys(out, account.sha1);
    add_keys(out, account.sha256);
    return out.take();
}

std::optional<Account> decode_account(std::string_view bytes) {
    FieldReader in(bytes);
    Account account;
    account.user = in.text();
    account.sha1 = read_keys(in);
    account.sha256 = read_keys(in);
    return complete(in, std::move(account));
}

std::string encode_route_rest(const Route& route) {
    FieldWriter out;
    out.add(std::string_view(route.resource)).add(route.session.reveal());
    out.add(std::string_view(route.priority ? std::to_string(*route.priority) : ""));
    out.add(std::string_view(route.presence));
    out.add(int{route.wants_roster}).add(int{route.wants_blocks}).add(int{route.carbons});
    add_list(out, route.directed);
    return out.take();
}

std::optional<Route> decode_route(std::string_view bytes) {
    FieldReader in(bytes);
    Route route;
    route.node = NodeName(std::string(in.text()));
    route.resource = in.text();
    route.session = SessionId(std::string(in.text()));
    const std::string_view priority = in.text();
    if (!priority.empty()) {
        int value = 0;
        const auto [end, error] =
            std::from_chars(priority.data(), priority.data() + priority.size(), value);
        if (error != std::errc{} || value < -128 || value > 127) return std::nullopt;
        route.priority = static_cast<std::int8_t>(value);
    }
    route.presence = in.text();
    route.wants_roster = in.flag();
    route.wants_blocks = in.flag();
    route.carbons = in.flag();
    route.directed = read_list(in);
    return complete(in, std::move(route));
}

std::string encode_roster_rest(const RosterItem& item) {
    FieldWriter out;
    out.add(std::string_view(item.jid)).add(std::string_view(item.name));
    out.add(static_cast<int>(item.subscription)).add(int{item.ask}).add(int{item.approved});
    out.add(std::string_view(item.pending_in)).add(int{item.is_listed});
    add_list(out, item.groups);
    return out.take();
}

std::optional<RosterItem> decode_roster_item(std::string_view bytes) {
    FieldReader in(bytes);
    RosterItem item;
    item.changed_at = in.number<std::uint64_t>();
    item.jid = in.text();
    item.name = in.text();
    const int subscription = in.number<int>();
    if (subscription < 0 || subscription > static_cast<int>(Subscription::both)) {
        return std::nullopt;
    }
    item.subscription = static_cast<Subscription>(subscription);
    item.ask = in.flag();
    item.approved = in.flag();
    item.pending_in = in.text();
    item.is_listed = in.flag();
    item.groups = read_list(in);
    return complete(in, std::move(item));
}

std::string encode_list(const std::vector<std::string>& texts) {
    FieldWriter out;
    add_list(out, texts);
    return out.take();
}

std::optional<std::vector<std::string>> decode_list(std::string_view bytes) {
    FieldReader in(bytes);
    return complete(in, read_list(in));
}

std::string encode_ref(const SessionRef& ref) {
    return FieldWriter().add(std::string_view(ref.user)).add(ref.id.reveal()).take();
}

std::optional<SessionRef> decode_ref(std::string_view bytes) {
    FieldReader in(bytes);
    SessionRef ref;
    ref.user = in.text();
    ref.id = SessionId(std::string(in.text()));
    return complete(in, std::move(ref));
}

}  // namespace backend
