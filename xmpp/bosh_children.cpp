// The children keep their bytes but for their own start tags, where declarations are added and
// those of the <body/>'s namespace changed. What was edited is scanned again, for an edit can make
// two attributes the same, or more of them than the limits allow.

#include "xmpp/bosh_children.h"

#include <algorithm>

#include "xmpp/markup.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace xmpp {
namespace {

// Each is looked for in every child. Clients declare two or three.
constexpr std::size_t kBodyDeclarationsMost = 16;

constexpr std::string_view kCommonHeader =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/// Where a client that writes no namespaces means jabber:client.
std::string_view meant_namespace(std::string_view uri) {
    return uri == ns::kHttpBind ? ns::kClient : uri;
}

/// Does the common header say the same?
bool is_declared_anyway(const NamespaceBinding& binding) {
    const auto& usual = usual_bindings();
    return std::any_of(usual.begin(), usual.end(), [&](const NamespaceBinding& other) {
        return other.prefix == binding.prefix && other.uri == meant_namespace(binding.uri);
    });
}

/// May a name in `child` have this prefix? A text that holds it may be no name; one declaration too
/// many does no harm.
bool may_use(std::string_view child, const std::string& prefix) {
    if (prefix.empty()) return true;
    return child.find(prefix + ':') != std::string_view::npos;
}

class BoshChildren {
public:
    BoshChildren(const NamespaceBindings& bindings, ScanWorkPool& pool, const BoshLimits& limits)
        : bindings_(bindings), pool_(pool), limits_(limits) {}

    core::Result<std::string, BoshRefusal> take(std::string_view body) {
        const ByteRange content = content_at(body, 0);
        std::size_t at = content.begin;
        while ((at = body.find_first_not_of(" \t\r\n", at)) < content.end) {
            if (body[at] != '<' || body.substr(at).starts_with(kCdataOpen))
                return refuse(BoshCondition::bad_request, "text-between-elements");
            if (++count_ > limits_.children)
                return refuse(BoshCondition::policy_violation, "too-many-children");
            const ByteRange range = element_at(body, at);
            if (!append(body.substr(range.begin, range.end - range.begin)))
                return refuse(BoshCondition::bad_request, "namespaces");
            if (payload_.size() > limits_.scan.bytes)
                return refuse(BoshCondition::policy_violation, "too-many-bytes");
            at = range.end;
        }
        return std::move(payload_);
    }

private:
    static core::Failure<BoshRefusal> refuse(BoshCondition condition, std::string_view reason) {
        return core::fail(BoshRefusal{condition, reason});
    }

    bool append(std::string_view child) {
        ByteEdits edits;
        const std::string inherited = inherited_by(child);
        const std::size_t behind_name = name_end(child);
        if (!inherited.empty()) edits.replace({behind_name, behind_name}, inherited);
        move_declarations(child, edits);
        if (edits.empty()) {
            payload_ += child;
            return true;
        }
        const std::string edited = edits.apply(child);
        payload_ += edited;
        return stands_alone(edited);
    }

    /// The declarations of the <body/> that `child` needs on itself.
    std::string inherited_by(std::string_view child) const {
        std::string declarations;
        for (const NamespaceBinding& binding : bindings_) {
            if (is_declared_anyway(binding) || !may_use(child, binding.prefix)) continue;
            const std::string name = binding.attribute_name();
            if (attribute_at(child, 0, name)) continue;
            declarations += attribute(name, meant_namespace(binding.uri));
        }
        return declarations;
    }

    /// The child's own start tag may name the namespace of the <body/>, too.
    static void move_declarations(std::string_view child, ByteEdits& edits) {
        const std::string_view tag = child.substr(0, tag_at(child, 0).end);
        if (tag.find(ns::kHttpBind) == std::string_view::npos) return;
        const ElementReader reader(start_tag_alone(child));
        for (const NamespaceBinding& binding : reader.root().declarations()) {
            if (binding.uri != ns::kHttpBind) continue;
            const std::string name = binding.attribute_name();
            if (const auto range = attribute_at(child, 0, name))
                edits.replace(*range, attribute(name, ns::kClient));
        }
    }

    bool stands_alone(std::string_view child) const {
        StreamScanner scanner(pool_, limits_.scan);
        scanner.next(kCommonHeader);
        const Token token = scanner.next(child);
        return token.kind == TokenKind::element && token.size == child.size();
    }

    const NamespaceBindings& bindings_;
    ScanWorkPool& pool_;
    const BoshLimits& limits_;
    std::string payload_;
    std::uint32_t count_ = 0;
};

}  // namespace

std::string start_tag_alone(std::string_view element) {
    std::string tag(element.substr(0, tag_at(element, 0).end - 1));
    if (!tag.ends_with('/')) tag += '/';
    return tag += '>';
}

core::Result<std::string, BoshRefusal> bosh_children(std::string_view body,
                                                     const NamespaceBindings& bindings,
                                                     ScanWorkPool& pool, const BoshLimits& limits) {
    if (bindings.size() > kBodyDeclarationsMost)
        return core::fail(BoshRefusal{BoshCondition::policy_violation, "too-many-declarations"});
    return BoshChildren(bindings, pool, limits).take(body);
}

}  // namespace xmpp
