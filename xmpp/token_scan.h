#pragma once
// One step of the scanner: runs over the bytes of one token (header, first-level element or end of
// the stream) as far as the window reaches, and leaves in ScanWork what it needs to go on. Internal
// to the scanner's rooms.

#include <string_view>

#include "xmpp/byte_scan.h"
#include "xmpp/scan_namespaces.h"
#include "xmpp/scan_rule.h"
#include "xmpp/scan_work.h"

namespace xmpp {

enum class TokenScanEnd : std::uint8_t { need_more, stream_open, element, stream_close, refused };

class TokenScan {
public:
    /// `context` is null while the header is due. `window` begins with '<'; `work` has been begun
    /// for this token and, if the window was shown before, holds where that left off.
    TokenScan(std::string_view window, ScanWork& work, const HeaderContext* context);

    TokenScanEnd run();

    std::uint32_t size() const { return work_.position; }  // of the complete token
    const Refusal& refusal() const { return refusal_; }

private:
    // Each of these goes on at `p` in the state of its name and returns where to go on, in the
    // state that it left in work_, or null when the scan ends here.
    const char* markup(const char* p);
    const char* question(const char* p);
    const char* after_declaration(const char* p);
    const char* declaration_end(const char* p);
    const char* bang(const char* p);
    const char* cdata_open(const char* p);
    const char* cdata(const char* p);
    const char* element_name(const char* p);
    const char* tag_gap(const char* p);
    const char* before_attribute(const char* p);
    const char* attribute_name(const char* p);
    const char* after_attribute_name(const char* p);
    const char* before_value(const char* p);
    const char* value(const char* p);
    const char* empty_end(const char* p);
    const char* text(const char* p);
    const char* reference(const char* p);
    const char* number(const char* p);
    const char* end_name(const char* p);
    const char* end_gap(const char* p);

    const char* open_element(const char* p);
    const char* name_bytes(const char* p, ScanState state);
    const char* tag_punctuation(const char* p);
    const char* plain_attributes(const char* p);
    const char* mapped_attributes(const char* p);
    const char* element_named(const QName& name);
    const char* value_done(const char* p);
    const char* declaration_part(const char* p);
    const char* start_tag_done(const char* p, bool empty);
    const char* header_done(const char* p, bool in_streams, bool empty);
    const char* begin_reference(const char* p, bool in_value);
    const char* reference_done(const char* p);
    const char* close_tag(const char* p);
    const char* element_done(const char* p);
    const char* beyond_ascii_or_control(const char* p, ScanState state);
    const char* unexpected(const char* p);

    const char* go(ScanState state, const char* p) {
        work_.state = state;
        return p;
    }
    /// The window (or what the limit leaves of it) is used up; `p` is where to go on.
    const char* pause(ScanState state, const char* p) {
        if (over_limit_) return refuse(ScanRule::too_many_bytes, window_ + work_.limits->bytes);
        work_.state = state;
        work_.position = offset(p);
        return nullptr;
    }
    const char* finish(TokenScanEnd end, const char* p) {
        ended_ = end;
        work_.position = offset(p);
        return nullptr;
    }
    const char* refuse(ScanRule rule, const char* at);
    bool add_attribute(const QName& name, const char* value, const char* value_end, bool encoded);
    bool has_attribute(std::string_view raw) const;
    QName short_name(const char* p) const;
    QName name_in_progress(const char* p) const;

    std::uint32_t offset(const char* p) const { return static_cast<std::uint32_t>(p - window_); }

    const char* const window_;
    const char* const end_;  // of what may be looked at: the window or what the limit leaves of it
    const bool over_limit_;  // the window goes on behind end_
    ScanWork& work_;
    const HeaderContext* const context_;
    TokenScanEnd ended_ = TokenScanEnd::need_more;
    Refusal refusal_;
};

}  // namespace xmpp
