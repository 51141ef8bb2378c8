#include "xmpp/stream_features.h"

#include <charconv>
#include <set>

#include "xmpp/markup.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

std::string_view without_white_space_around(std::string_view text) {
    constexpr std::string_view kAround = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kAround);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kAround) - begin + 1);
}

/// A whole number with white space around it; nullopt for anything else and for what does not fit.
std::optional<std::uint64_t> number_in(std::string_view text) {
    text = without_white_space_around(text);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string max_bytes_element(std::uint64_t max_bytes) {
    std::string out = "<max-bytes xmlns='";
    out += ns::kStreamLimits;
    out += "'>";
    out += std::to_string(max_bytes);
    out += "</max-bytes>";
    return out;
}

/// Whether a token for this mechanism is of use: HT-SHA-256-ENDP names what it is bound to in its
/// last part (draft-schmaus-kitten-sasl-ht section 2), as do those of its successor, HT2-.
bool token_holds(std::string_view mechanism, HeldBindings held) {
    mechanism = without_white_space_around(mechanism);
    if (!mechanism.starts_with("HT") || mechanism.ends_with("-NONE")) return true;
    return mechanism.ends_with("-ENDP") ? held != HeldBindings::none : held == HeldBindings::all;
}

/// The edits of one features element, collected over its own bytes.
class FeatureEditor {
public:
    FeatureEditor(std::string_view text, const FeatureEdits& wanted)
        : text_(text), wanted_(wanted) {}

    void edit_feature(Element feature) {
        if (feature.is("starttls", ns::kTls) || feature.is("isr", ns::kIsr) ||
            feature.is("compression", ns::kCompressFeature) ||
            feature.is("auth", ns::kIqAuthFeature)) {
            cut(feature);
        } else if (feature.is("limits", ns::kStreamLimits)) {
            lower_limits(feature);
        } else if (feature.is("authentication", ns::kSasl2)) {
            edit_authentication(feature);
        }
    }

    std::optional<std::string> result() const {
        if (edits_.empty()) return std::nullopt;
        return edits_.apply(text_);
    }

private:
    void cut(Element element) { edits_.cut(element_at(text_, element.offset())); }

    void edit_authentication(Element authentication) {
        for (Element at = authentication.first_child(); at; at = at.next_sibling()) {
            if (at.is("inline", ns::kSasl2)) edit_inline(at);
        }
    }

    void edit_inline(Element list) {
        for (Element at = list.first_child(); at; at = at.next_sibling()) {
            if (at.is("isr", ns::kIsr)) cut(at);
            if (at.is("fast", ns::kFast)) edit_fast(at);
        }
    }

    void edit_fast(Element fast) {
        std::vector<Element> lost;
        bool is_any_left = false;
        for (Element at = fast.first_child(); at; at = at.next_sibling()) {
            if (!at.is("mechanism", ns::kFast)) continue;
            if (token_holds(at.text(), wanted_.bindings)) {
                is_any_left = true;
            } else {
                lost.push_back(at);
            }
        }
        if (!is_any_left && !lost.empty()) return cut(fast);
        for (const Element mechanism : lost) cut(mechanism);
    }

    void lower_limits(Element limits) {
        if (wanted_.max_bytes == 0) return;
        for (Element at = limits.first_child(); at; at = at.next_sibling()) {
            if (!at.is("max-bytes", ns::kStreamLimits)) continue;
            const auto promised = number_in(at.text());
            if (promised && *promised <= wanted_.max_bytes) continue;
            edits_.replace(element_at(text_, at.offset()), max_bytes_element(wanted_.max_bytes));
        }
    }

    std::string_view text_;
    const FeatureEdits& wanted_;
    ByteEdits edits_;
};

std::vector<std::string> mechanisms_in(Element list, std::string_view uri) {
    std::vector<std::string> names;
    for (Element at = list.first_child(); at; at = at.next_sibling()) {
        if (at.is("mechanism", uri)) names.push_back(at.text());
    }
    return names;
}

std::vector<std::string> bindings_in(Element list) {
    std::vector<std::string> types;
    for (Element at = list.first_child(); at; at = at.next_sibling()) {
        const auto type = at.attribute("type");
        if (at.is("channel-binding", ns::kSaslBindings) && type) types.emplace_back(*type);
    }
    return types;
}

std::vector<std::string> fast_mechanisms_in(Element authentication) {
    const Element list = authentication.child("inline", ns::kSasl2).child("fast", ns::kFast);
    return mechanisms_in(list, ns::kFast);
}

bool has_stream_management(Element list) {
    return list.child("sm", ns::kSm3) || list.child("sm", ns::kSm2);
}

/// Bind 2 names what may ride along with it by namespace (XEP-0386 section 4).
bool bind2_enables_stream_management(Element bind) {
    const Element list = bind.child("inline", ns::kBind2);
    for (Element at = list.first_child(); at; at = at.next_sibling()) {
        const auto var = at.attribute("var");
        if (at.is("feature", ns::kBind2) && (var == ns::kSm3 || var == ns::kSm2)) return true;
    }
    return false;
}

}  // namespace

std::string clear_features() {
    std::string out = "<stream:features><starttls xmlns='";
    out += ns::kTls;
    out += "'><required/></starttls></stream:features>";
    return out;
}

std::optional<std::string> edit_features(std::string_view features, const FeatureEdits& edits,
                                         const NamespaceBindings& outer) {
    const ElementReader reader(features, outer);
    const Element root = reader.root();
    if (!root.is("features", ns::kStreams)) return std::nullopt;
    FeatureEditor editor(features, edits);
    for (Element at = root.first_child(); at; at = at.next_sibling()) editor.edit_feature(at);
    return editor.result();
}

std::string sasl_offer(std::string_view features, const NamespaceBindings& outer) {
    const ElementReader reader(features, outer);
    const Element root = reader.root();
    std::set<std::string> names;
    for (std::string& name : mechanisms_in(root.child("mechanisms", ns::kSasl), ns::kSasl))
        names.insert(std::move(name));
    const Element authentication = root.child("authentication", ns::kSasl2);
    for (const std::string& name : mechanisms_in(authentication, ns::kSasl2))
        names.insert("SASL2 " + name);
    for (const std::string& name : fast_mechanisms_in(authentication)) names.insert("FAST " + name);
    std::string offer;
    for (const std::string& name : names) offer += (offer.empty() ? "" : ", ") + name;
    return offer;
}

std::optional<FeaturesSummary> read_features(std::string_view features,
                                             const NamespaceBindings& outer) {
    const ElementReader reader(features, outer);
    const Element root = reader.root();
    if (!root.is("features", ns::kStreams)) return std::nullopt;

    FeaturesSummary summary;
    const Element starttls = root.child("starttls", ns::kTls);
    summary.starttls = static_cast<bool>(starttls);
    summary.starttls_required = static_cast<bool>(starttls.child("required", ns::kTls));
    summary.mechanisms = mechanisms_in(root.child("mechanisms", ns::kSasl), ns::kSasl);

    const Element authentication = root.child("authentication", ns::kSasl2);
    summary.sasl2_mechanisms = mechanisms_in(authentication, ns::kSasl2);
    summary.bindings = bindings_in(root.child("sasl-channel-binding", ns::kSaslBindings));
    summary.caps_node = root.child("c", ns::kCaps).attribute("node").value_or("");
    const Element inline_list = authentication.child("inline", ns::kSasl2);
    const Element bind2 = inline_list.child("bind", ns::kBind2);
    summary.bind = static_cast<bool>(root.child("bind", ns::kBind));
    summary.bind2 = static_cast<bool>(bind2);
    summary.stream_management = has_stream_management(root) || has_stream_management(inline_list) ||
                                bind2_enables_stream_management(bind2);
    summary.fast_mechanisms = fast_mechanisms_in(authentication);
    const Element limits = root.child("limits", ns::kStreamLimits);
    summary.max_bytes = number_in(limits.child("max-bytes", ns::kStreamLimits).text());
    return summary;
}

}  // namespace xmpp
