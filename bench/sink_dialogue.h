#pragma once
// What sink_server says to load_client: just enough XMPP for a login, then each message comes back
// (echo) or not (sink), as a stream or over a WebSocket. Pure: bytes in, bytes out; one thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/sink_websocket.h"
#include "bench/stanza_text.h"

namespace bench {

inline constexpr std::string_view kStreamEnd = "</stream:stream>";

enum class SinkMode : std::uint8_t { echo, sink };

struct SinkCounts {
    std::uint64_t accepted = 0;
    std::uint64_t logins = 0;   // bound sessions
    std::uint64_t stanzas = 0;  // messages read; echo returns as many
    std::uint64_t bytes = 0;    // of those messages
    std::uint64_t ended = 0;    // streams closed with </stream:stream>
    std::uint64_t checks = 0;   // streams closed after features: a proxy's health checks
    std::uint64_t broken = 0;   // connections that said something unexpected
};

/// What the other side has to say next.
enum class SinkStep : std::uint8_t { first_header, auth, second_header, bind, messages, over };

/// Where one connection stands.
struct SinkStream {
    SinkStep step = SinkStep::first_header;
    bool may_have_proxy_header = true;
    bool is_websocket = false;
};

class SinkDialogue {
public:
    SinkDialogue(SinkMode mode, SinkCounts& counts) : mode_(mode), counts_(counts) {}

    /// Reads what it can of `input` and returns how many bytes that were; answers go to `out`.
    std::size_t advance(SinkStream& stream, std::string_view input, std::string& out) {
        std::size_t used = 0;
        if (stream.may_have_proxy_header) {
            if (input.size() < kProxyHeaderBytes) return 0;
            used = proxy_header_bytes(input);
            if (used > input.size()) return 0;
            stream.may_have_proxy_header = false;
        }
        if (stream.step == SinkStep::first_header && input.substr(used).starts_with("GET ")) {
            const std::size_t head = open_websocket(input.substr(used), out);
            if (head == 0) return used;
            stream.is_websocket = true;
            used += head;
        }
        while (used < input.size() && stream.step != SinkStep::over) {
            const std::size_t step = stream.is_websocket
                                         ? one_frame(stream, input.substr(used), out)
                                         : one_step(stream, input.substr(used), out);
            if (step == 0) break;
            used += step;
        }
        return used;
    }

private:
    // PROXY v2, section 2.2.
    static constexpr std::string_view kProxySignature{"\r\n\r\n\0\r\nQUIT\n", 12};
    static constexpr std::size_t kProxyHeaderBytes = 16;

    static constexpr std::string_view kHeaderStart =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' "
        "xml:lang='en' from='example.org' id='";
    static constexpr std::string_view kFeaturesBeforeLogin =
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
        "<mechanism>PLAIN</mechanism></mechanisms></stream:features>";
    // Stream management is offered, as every real server does; load_client does not enable it.
    static constexpr std::string_view kFeaturesAfterLogin =
        "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
        "<sm xmlns='urn:xmpp:sm:3'/></stream:features>";
    static constexpr std::string_view kSuccess =
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    static constexpr std::string_view kBindResult =
        "<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        "<jid>user@example.org/bench</jid></bind></iq>";

    static constexpr std::string_view kFramedOpen =
        "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='example.org' id='1' "
        "version='1.0'/>";
    static constexpr std::string_view kFramedClose =
        "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";

    /// 0 if there is none; longer than the input if it has not come in full.
    static std::size_t proxy_header_bytes(std::string_view input) {
        if (!input.starts_with(kProxySignature)) return 0;
        const auto high = static_cast<unsigned char>(input[14]);
        const auto low = static_cast<unsigned char>(input[15]);
        return kProxyHeaderBytes + (high << 8U) + low;
    }

    std::size_t one_step(SinkStream& stream, std::string_view input, std::string& out) {
        switch (stream.step) {
            case SinkStep::first_header: return header(stream, input, SinkStep::auth, out);
            case SinkStep::auth:
                if (input.starts_with(kStreamEnd)) return end(stream, counts_.checks, out);
                return answer(stream, input, "</auth>", SinkStep::second_header, kSuccess, out);
            case SinkStep::second_header: return header(stream, input, SinkStep::bind, out);
            case SinkStep::bind: {
                const std::size_t used =
                    answer(stream, input, "</iq>", SinkStep::messages, kBindResult, out);
                if (used > 0) ++counts_.logins;
                return used;
            }
            case SinkStep::messages: return messages(stream, input, out);
            case SinkStep::over: break;
        }
        return 0;
    }

    std::size_t header(SinkStream& stream, std::string_view input, SinkStep next,
                       std::string& out) {
        const std::size_t start = input.find("<stream:stream");
        if (start == input.npos) return 0;
        const std::size_t end = input.find('>', start);
        if (end == input.npos) return 0;
        stream.step = next;
        out.append(kHeaderStart).append(std::to_string(++stream_ids_)).append("'>");
        out.append(next == SinkStep::auth ? kFeaturesBeforeLogin : kFeaturesAfterLogin);
        return end + 1;
    }

    static std::size_t answer(SinkStream& stream, std::string_view input, std::string_view end_tag,
                              SinkStep next, std::string_view reply, std::string& out) {
        const std::size_t end = input.find(end_tag);
        if (end == input.npos) return 0;
        stream.step = next;
        out.append(reply);
        return end + end_tag.size();
    }

    static std::size_t end(SinkStream& stream, std::uint64_t& count, std::string& out) {
        out.append(kStreamEnd);
        stream.step = SinkStep::over;
        ++count;
        return kStreamEnd.size();
    }

    std::size_t one_frame(SinkStream& stream, std::string_view input, std::string& out) {
        const ClientMessage message = read_client_frame(input);
        if (message.size > 0 && message.opcode == http::Opcode::text)
            answer_message(stream, message.payload, out);
        return message.size;
    }

    void answer_message(SinkStream& stream, std::string_view message, std::string& out) {
        const auto reply = [&out](std::string_view text) {
            http::append_frame(out, http::Opcode::text, text);
        };
        if (message.starts_with("<close")) {
            reply(kFramedClose);
            http::append_close(out, http::kNormalClosure);
            stream.step = SinkStep::over;
            ++counts_.ended;
        } else if (message.starts_with("<open")) {
            const bool is_first = stream.step == SinkStep::first_header;
            stream.step = is_first ? SinkStep::auth : SinkStep::bind;
            reply(kFramedOpen);
            reply(is_first ? kFeaturesBeforeLogin : kFeaturesAfterLogin);
        } else if (stream.step == SinkStep::auth) {
            stream.step = SinkStep::second_header;
            reply(kSuccess);
        } else if (stream.step == SinkStep::bind) {
            stream.step = SinkStep::messages;
            ++counts_.logins;
            reply(kBindResult);
        } else {
            ++counts_.stanzas;
            counts_.bytes += message.size();
            if (mode_ == SinkMode::echo) reply(StanzaText::in_language(message));
        }
    }

    /// Takes all complete messages at once; the echo of several leaves in one write.
    std::size_t messages(SinkStream& stream, std::string_view input, std::string& out) {
        constexpr std::string_view kStart = "<message";
        constexpr std::string_view kEnd = "</message>";
        // A proxy's sign of life for clients whose own are not of the stream.
        if (input.front() == ' ') return 1;
        if (input.starts_with(kStreamEnd)) return end(stream, counts_.ended, out);
        std::size_t used = 0;
        while (input.substr(used).starts_with(kStart)) {
            const std::size_t end = input.find(kEnd, used);
            if (end == input.npos) break;
            used = end + kEnd.size();
            ++counts_.stanzas;
        }
        counts_.bytes += used;
        if (mode_ == SinkMode::echo) out.append(input.substr(0, used));
        return used;
    }

    SinkMode mode_;
    SinkCounts& counts_;
    std::uint64_t stream_ids_ = 0;
};

}  // namespace bench
