#include "dns/srv_answer.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/ascii.h"

namespace dns {

namespace {

constexpr std::size_t kHeaderBytes = 12;    // RFC 1035 section 4.1.1; no name stands in it
constexpr std::size_t kNameBytesMax = 255;  // RFC 1035 section 2.3.4, lengths included
constexpr int kJumpsMax = 127;              // a name has no more labels than that
constexpr std::uint16_t kTypeNs = 2;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeSoa = 6;
constexpr std::uint16_t kTypeSrv = 33;
constexpr std::uint16_t kClassInternet = 1;
constexpr unsigned kCodeNoSuchName = 3;  // NXDOMAIN

bool is_host_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_' || byte == '.';
}

/// Reads forward through a message. The first problem sticks: all that is read after it is zero.
class Reader {
public:
    explicit Reader(std::string_view message) : message_(message) {}

    std::optional<Problem> problem() const { return problem_; }
    std::size_t at() const { return at_; }
    bool is_at_end() const { return at_ == message_.size(); }

    std::uint8_t byte() {
        if (problem_ || at_ >= message_.size()) {
            fail(Problem::truncated);
            return 0;
        }
        return static_cast<std::uint8_t>(message_[at_++]);
    }
    std::uint16_t number16() {
        const unsigned high = byte();
        return static_cast<std::uint16_t>(high << 8 | byte());
    }
    std::uint32_t number32() {
        const std::uint32_t high = number16();
        return high << 16 | number16();
    }
    /// RFC 2181 section 8: a TTL has 31 bits; one with more is zero.
    std::chrono::seconds ttl() {
        const std::uint32_t seconds = number32();
        return std::chrono::seconds(seconds >> 31 != 0 ? 0 : seconds);
    }
    void skip(std::size_t bytes) {
        if (problem_ || bytes > message_.size() - at_) {
            fail(Problem::truncated);
        } else {
            at_ += bytes;
        }
    }
    /// The name in lower case without a final dot, empty for the root. Bytes that no host name has
    /// come as '?', so such a name equals nothing that can be asked for.
    std::string name() {
        std::string text;
        std::size_t bytes_left = kNameBytesMax;
        std::size_t segment = at_;  // where the labels that are being read begin
        std::optional<std::size_t> behind;
        int jumps = 0;
        while (const unsigned length = byte()) {
            if (length >= 0xC0) {
                const std::size_t target = (length & 0x3FU) << 8 | byte();
                if (!behind) behind = at_;
                // Each jump lands before the labels it comes from: so it ends.
                const bool is_backwards = target >= kHeaderBytes && target < segment;
                if (!is_backwards || ++jumps > kJumpsMax) return fail(Problem::bad_name), "";
                at_ = segment = target;
                continue;
            }
            if (length > 63 || length + 2 > bytes_left) return fail(Problem::bad_name), "";
            bytes_left -= length + 1;
            if (!text.empty()) text += '.';
            for (unsigned i = 0; i < length; ++i) {
                const char c = core::ascii_lower(static_cast<char>(byte()));
                text += is_host_byte(c) && c != '.' ? c : '?';
            }
        }
        if (behind) at_ = *behind;
        return text;
    }
    void fail(Problem problem) {
        if (!problem_) problem_ = problem;
    }

private:
    std::string_view message_;
    std::size_t at_ = 0;
    std::optional<Problem> problem_;
};

struct Header {
    unsigned code = 0;
    unsigned answers = 0;
    unsigned authorities = 0;
    unsigned additionals = 0;
};

Header read_header(Reader& in) {
    in.number16();  // the id: the room that asked compares it
    const unsigned flags = in.number16();
    const unsigned questions = in.number16();
    Header header{flags & 0xFU, in.number16(), in.number16(), in.number16()};
    const bool is_answer = (flags & 0x8000U) != 0;
    const unsigned operation = flags >> 11 & 0xFU;
    if (!is_answer || operation != 0 || questions != 1) in.fail(Problem::not_an_answer);
    if ((flags & 0x0200U) != 0) in.fail(Problem::truncated);
    if (header.code != 0 && header.code != kCodeNoSuchName) in.fail(Problem::refused);
    return header;
}

/// What all records have in common (RFC 1035 section 4.1.3).
struct RecordHead {
    std::string owner;
    std::uint16_t type = 0;
    bool is_internet = false;
    std::chrono::seconds ttl{0};
    std::size_t end = 0;  // of the record in the message
};

RecordHead read_head(Reader& in) {
    RecordHead head;
    head.owner = in.name();
    head.type = in.number16();
    head.is_internet = in.number16() == kClassInternet;
    head.ttl = in.ttl();
    const std::size_t length = in.number16();
    head.end = in.at() + length;
    return head;
}

/// Goes to the end of a record whose data has been read, whole or not at all.
void finish(Reader& in, const RecordHead& head, bool was_read) {
    if (in.problem()) return;
    if (!was_read) {
        in.skip(head.end - in.at());
    } else if (in.at() != head.end) {
        in.fail(Problem::bad_record);
    }
}

struct Alias {
    std::string owner;
    std::string target;
    std::chrono::seconds ttl;
};

struct Found {
    std::string owner;
    SrvRecord record;
    std::chrono::seconds ttl;
};

struct Sections {
    std::vector<Alias> aliases;
    std::vector<Found> services;
    std::chrono::seconds negative_ttl{0};
    bool has_soa = false;
    bool has_servers = false;
};

SrvRecord read_service(Reader& in) {
    SrvRecord record;
    record.priority = in.number16();
    record.weight = in.number16();
    record.port = in.number16();
    // RFC 2782 forbids compression here; that some servers compress it harms nobody.
    record.target = in.name();
    if (!std::all_of(record.target.begin(), record.target.end(), is_host_byte)) {
        in.fail(Problem::bad_record);
    }
    return record;
}

void read_answers(Reader& in, unsigned count, Sections& out) {
    for (unsigned i = 0; i < count && !in.problem(); ++i) {
        RecordHead head = read_head(in);
        const bool is_service = head.is_internet && head.type == kTypeSrv;
        const bool is_alias = head.is_internet && head.type == kTypeCname;
        if (is_service) {
            if (out.services.size() == kSrvRecordsMax) return in.fail(Problem::too_many_records);
            out.services.push_back({head.owner, read_service(in), head.ttl});
        } else if (is_alias) {
            out.aliases.push_back({head.owner, in.name(), head.ttl});
        }
        finish(in, head, is_service || is_alias);
    }
}

/// RFC 2308 section 5: a negative answer lives as long as the SOA record and its last field say.
void read_authorities(Reader& in, unsigned count, Sections& out) {
    for (unsigned i = 0; i < count && !in.problem(); ++i) {
        const RecordHead head = read_head(in);
        const bool is_soa = head.is_internet && head.type == kTypeSoa;
        if (head.type == kTypeNs) out.has_servers = true;
        if (is_soa) {
            out.has_soa = true;
            in.name();    // primary server
            in.name();    // mailbox
            in.skip(16);  // serial, refresh, retry, expire
            out.negative_ttl = std::min(head.ttl, in.ttl());
        }
        finish(in, head, is_soa);
    }
}

void skip_records(Reader& in, unsigned count) {
    for (unsigned i = 0; i < count && !in.problem(); ++i) finish(in, read_head(in), false);
}

/// Follows the aliases from `name` to the records.
core::Result<SrvAnswer, Problem> choose(const Sections& sections, std::string name) {
    auto ttl = std::chrono::seconds::max();
    std::vector<SrvRecord> records;
    for (std::size_t hops = 0;; ++hops) {
        for (const Found& found : sections.services) {
            if (found.owner != name) continue;
            records.push_back(found.record);
            ttl = std::min(ttl, found.ttl);
        }
        const auto alias = std::find_if(sections.aliases.begin(), sections.aliases.end(),
                                        [&](const Alias& each) { return each.owner == name; });
        if (!records.empty() || alias == sections.aliases.end()) break;
        if (hops == kAliasesMax) return core::fail(Problem::too_many_aliases);
        name = alias->target;
        ttl = std::min(ttl, alias->ttl);
    }
    if (records.empty()) {
        // RFC 2308 section 2.2: name servers without SOA are "ask them", not "there is nothing".
        if (sections.has_servers && !sections.has_soa) return core::fail(Problem::not_an_answer);
        ttl = std::min(ttl, sections.negative_ttl);
    }
    return SrvAnswer{make_srv_set(std::move(records)), ttl};
}

}  // namespace

core::Result<SrvAnswer, Problem> read_srv_answer(std::string_view message, std::string_view name) {
    Reader in(message);
    const Header header = read_header(in);
    std::string asked = core::ascii_lower(name);
    const bool is_ours = in.name() == asked;
    const bool is_for_services = in.number16() == kTypeSrv && in.number16() == kClassInternet;
    if (!is_ours || !is_for_services) in.fail(Problem::not_an_answer);

    Sections sections;
    read_answers(in, header.answers, sections);
    read_authorities(in, header.authorities, sections);
    skip_records(in, header.additionals);
    if (!in.problem() && !in.is_at_end()) in.fail(Problem::trailing_bytes);
    if (in.problem()) return core::fail(*in.problem());

    if (header.code == kCodeNoSuchName && !sections.services.empty()) {
        return core::fail(Problem::not_an_answer);
    }
    return choose(sections, std::move(asked));
}

}  // namespace dns
