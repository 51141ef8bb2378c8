// Two steps: the scanner takes the entity as an element of a stream, whose header declares no
// prefix that the entity would have to declare itself; then the start tag of the <body/> is read,
// and its children are taken out by byte ranges.

#include "xmpp/bosh_body.h"

#include <charconv>
#include <limits>

#include "xmpp/bosh_children.h"
#include "xmpp/element.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"

namespace xmpp {
namespace {

// In the prefix-free style (RFC 6120 section 4.8.5).
constexpr std::string_view kBareHeader = "<stream xmlns='http://etherx.jabber.org/streams'>";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kDeclarationOpen = "<?xml";
constexpr std::string_view kDeclarationClose = "?>";

constexpr std::string_view kMalformed = "malformed";

core::Failure<BoshRefusal> refuse_body(BoshCondition condition, std::string_view reason) {
    return core::fail(BoshRefusal{condition, reason});
}

core::Failure<BoshRefusal> bad_body(std::string_view reason) {
    return refuse_body(BoshCondition::bad_request, reason);
}

core::Failure<BoshRefusal> refuse_body(ScanRule rule) {
    const bool is_limit = condition_of(rule) == StreamErrorCondition::policy_violation;
    return refuse_body(is_limit ? BoshCondition::policy_violation : BoshCondition::bad_request,
                       to_string(rule));
}

/// The XML declaration at the front of `entity`, to its end.
std::string_view declaration_of(std::string_view entity) {
    if (!entity.starts_with(kDeclarationOpen)) return {};
    const std::size_t end = entity.find(kDeclarationClose);
    return end == std::string_view::npos ? entity
                                         : entity.substr(0, end + kDeclarationClose.size());
}

std::string_view behind_space(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

/// The one element of the entity, which the scanner has accepted.
core::Result<std::string_view, BoshRefusal> the_element(std::string_view entity,
                                                        StreamScanner& scanner) {
    if (entity.starts_with(kByteOrderMark)) entity.remove_prefix(kByteOrderMark.size());
    const std::string_view declaration = declaration_of(entity);
    // The scanner knows what such a declaration may say.
    const Token header = scanner.next(std::string(declaration).append(kBareHeader));
    if (header.kind == TokenKind::refused) return refuse_body(header.refusal.rule);
    if (header.kind != TokenKind::stream_open) return bad_body(kMalformed);
    entity.remove_prefix(declaration.size());

    entity = behind_space(entity);
    const Token token = scanner.next(entity);
    if (token.kind == TokenKind::refused) return refuse_body(token.refusal.rule);
    if (token.kind != TokenKind::element) return bad_body(kMalformed);
    if (!is_white_space(entity.substr(token.size))) return bad_body("more-than-a-body");
    return entity.substr(0, token.size);
}

/// Digits, and nothing else; nullopt for anything that is no such number.
template <class Number>
std::optional<Number> bosh_number(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    Number number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} ? number : std::numeric_limits<Number>::max();
}

/// A `ver` that is none says nothing.
std::optional<BoshVersion> bosh_version(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto major = bosh_number<std::uint32_t>(text.substr(0, dot));
    const auto minor = bosh_number<std::uint32_t>(text.substr(dot + 1));
    if (!major || !minor) return std::nullopt;
    return BoshVersion{*major, *minor};
}

bool is_true(std::string_view boolean) {
    return boolean == "true" || boolean == "1";
}

/// Reads the attributes of one start tag.
class BodyAttributes {
public:
    explicit BodyAttributes(const Element& body) : body_(body) {}

    std::string_view text(std::string_view name) const {
        return body_.attribute(name).value_or(std::string_view{});
    }
    /// False if there is such an attribute and it is no number.
    template <class Number>
    bool read(std::string_view name, std::optional<Number>& number) const {
        const auto value = body_.attribute(name);
        if (!value) return true;
        number = bosh_number<Number>(*value);
        return number.has_value();
    }
    /// xmpp:restart, whatever the prefix.
    bool restarts(const NamespaceBindings& bindings) const {
        for (const NamespaceBinding& binding : bindings) {
            if (binding.uri != ns::kXbosh || binding.prefix.empty()) continue;
            if (const auto value = body_.attribute(binding.prefix + ":restart"))
                return is_true(*value);
        }
        return false;
    }

private:
    const Element& body_;
};

core::Result<BoshBody, BoshRefusal> read_attributes(const Element& root,
                                                    const NamespaceBindings& bindings) {
    const BodyAttributes attributes(root);
    std::optional<std::uint64_t> rid;
    if (!attributes.read("rid", rid) || !rid || *rid == 0 || *rid > kLargestRid)
        return bad_body("rid");
    BoshBody body;
    body.rid = *rid;
    if (!attributes.read("wait", body.wait)) return bad_body("wait");
    if (!attributes.read("hold", body.hold)) return bad_body("hold");
    if (!attributes.read("pause", body.pause)) return bad_body("pause");
    if (!attributes.read("ack", body.ack)) return bad_body("ack");
    body.sid = BoshSid(std::string(attributes.text("sid")));
    body.to = attributes.text("to");
    body.from = attributes.text("from");
    body.lang = attributes.text("xml:lang");
    body.ver = bosh_version(attributes.text("ver"));
    body.key = BoshKey(std::string(attributes.text("key")));
    body.newkey = BoshKey(std::string(attributes.text("newkey")));
    body.terminates = attributes.text("type") == "terminate";
    body.restarts = attributes.restarts(bindings);
    return body;
}

}  // namespace

core::Result<BoshBody, BoshRefusal> read_bosh_body(std::string_view entity, ScanWorkPool& pool,
                                                   const BoshLimits& limits) {
    static const NamespaceBindings kNoBindings;
    StreamScanner scanner(pool, limits.scan);
    const auto element = the_element(entity, scanner);
    if (!element) return core::fail(element.error());

    const ElementReader reader(start_tag_alone(*element), kNoBindings);
    const Element root = reader.root();
    if (!root.is("body", ns::kHttpBind)) return bad_body("no-body");
    const NamespaceBindings bindings = root.declarations();
    auto body = read_attributes(root, bindings);
    if (!body) return body;

    auto payload = bosh_children(*element, bindings, pool, limits);
    if (!payload) return core::fail(payload.error());
    body->payload = std::move(payload).value();
    if (body->sid.empty()) {
        if (body->to.empty()) return refuse_body(BoshCondition::improper_addressing, "no-to");
        if (!body->payload.empty()) return bad_body("payload-without-sid");
    }
    return body;
}

}  // namespace xmpp
