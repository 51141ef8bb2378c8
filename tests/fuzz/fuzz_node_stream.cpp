// Aim: whatever a client sends to the bundled server, and however it is cut, its stream does the
// same; it never acknowledges what was not confirmed, hands out only elements that read on their
// own, and says nothing after its end.

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/require.h"
#include "tests/support/stream_play.h"
#include "xmpp/namespaces.h"
#include "xmpp/stream_scanner.h"

namespace {

using namespace backend;
using fuzz::require;

TakenSession stored_session() {
    TakenSession taken;
    taken.record.resource = "balcony";
    taken.record.handled = 7;
    taken.record.trimmed = 2;
    taken.queue = {{3, "<message/>"}, {4, "<iq/>"}};
    return taken;
}

/// Reads in a stream whose header declares nothing but the usual.
void require_standalone(const Handle& handle) {
    xmpp::ScanWorkPool pool;
    const xmpp::ScanLimits generous{.bytes = 2 * xmpp::kStanzaBytes, .attributes = 256};
    xmpp::StreamScanner scanner(pool, generous);
    const std::string header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    const std::string stream = header + handle.bytes;
    require(scanner.next(stream).size == header.size());
    const auto token = scanner.next(std::string_view(stream).substr(header.size()));
    require(token.kind == xmpp::TokenKind::element && token.size == handle.bytes.size());
    require(token.namespace_uri == xmpp::ns::kClient);
}

std::string run(std::string_view bytes, std::size_t cut) {
    test::StreamPlay play;
    play.session = stored_session();
    play.settings.most_unconfirmed = 1;  // when it is confirmed depends on no cut
    play.on_handle = require_standalone;
    play.cut = [cut] { return cut; };
    play.say(std::string(bytes));
    if (play.stream().state() == Stream::State::ended) {
        require(play.transcript.ends_with(']'));
        const std::size_t size = play.transcript.size();
        play.say("<message/></stream:stream>");
        play.tell(play.stream().write_stanza(9, "<iq/>"));
        require(play.transcript.size() == size);
    }
    return play.transcript;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::string whole = run(bytes, SIZE_MAX);
    require(run(bytes, 1 + data[0]) == whole);
    return 0;
}
