#pragma once
// Cuts the stream that a server writes into pieces that stand alone, for transports that carry one
// element at a time (RFC 7395 section 3.3.3, XEP-0206 section 4): what an element inherits from the
// stream's header is declared on the element itself. A pure machine: windows in, views out. One a
// session; one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/stream_header.h"
#include "xmpp/stream_scanner.h"

namespace xmpp {

class StreamCutter {
public:
    /// `pool` outlives the cutter.
    explicit StreamCutter(ScanWorkPool& pool);
    ~StreamCutter();

    enum class Cut : std::uint8_t {
        need_more,  // the window ends inside a piece: call again with the same start and more bytes
        nothing,    // white space, or what stands behind the end of the stream
        header,     // of the stream; the one behind SASL success (RFC 6120 section 6.4.6), too
        element,
        end,      // of the stream
        refused,  // no stream of a server
    };
    struct Piece {
        Cut cut = Cut::need_more;
        std::size_t size = 0;  // bytes of the window that it takes
        /// An element alone is these four, one behind the other. Views into the window, the cutter
        /// and static text; valid until the window moves or the cutter is called again.
        std::string_view front = {};
        std::string_view declarations = {};
        std::string_view language = {};
        std::string_view rest = {};
        std::string_view local_name = {};
        std::string_view namespace_uri = {};
        std::optional<StreamHeader> header = {};

        bool is(std::string_view name, std::string_view uri) const {
            return local_name == name && namespace_uri == uri;
        }
        std::size_t text_size() const {
            return front.size() + declarations.size() + language.size() + rest.size();
        }
        void append_to(std::string& out) const {
            out.append(front).append(declarations).append(language).append(rest);
        }
        std::string text() const;
    };
    Piece next(std::string_view window);

    /// The server has accepted a login (SASL 1 or 2).
    bool has_seen_success() const { return is_authenticated_; }

private:
    struct Inherited;
    struct Has;
    Piece header(const Token& token, std::string_view bytes);
    Piece element(const Token& token, std::string_view bytes);
    std::string_view declarations_for(std::string_view element, std::size_t name_end,
                                      const Has& has);
    std::string_view unusual_declarations(std::string_view element, std::size_t name_end);

    StreamScanner scanner_;
    /// What the header declares beyond the usual; nearly always null.
    std::unique_ptr<Inherited> inherited_;
    bool is_authenticated_ = false;
    bool has_ended_ = false;
};

}  // namespace xmpp
