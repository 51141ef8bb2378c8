#pragma once
// What the rooms of a client's stream with its node say and look for: openings up to each state,
// the node's usual answers, and one transcript for every way of cutting the bytes.

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>

#include "tests/support/stream_play.h"

namespace backend::test {

inline const std::string kHeader =
    "<?xml version='1.0'?><stream:stream to='a.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>";
inline const std::string kSasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
inline const std::string kSasl2 = "xmlns='urn:xmpp:sasl:2'";
inline const std::string kSm = "xmlns='urn:xmpp:sm:3'";
inline const std::string kBindUri = "xmlns='urn:ietf:params:xml:ns:xmpp-bind'";
inline const std::string kBind2 = "xmlns='urn:xmpp:bind:0'";
inline const std::string kStanzaErrors = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";

inline std::string plain(const std::string& user, const std::string& password) {
    return xmpp::encode_base64('\0' + user + '\0' + password);
}
inline std::string auth(const std::string& mechanism, const std::string& data) {
    return "<auth " + kSasl + " mechanism='" + mechanism + "'>" + data + "</auth>";
}
inline std::string authenticate(const std::string& more, const std::string& password = "romeo") {
    return "<authenticate " + kSasl2 + " mechanism='PLAIN'><initial-response>" +
           plain("juliet", password) + "</initial-response>" + more + "</authenticate>";
}
inline std::string bind_iq(const std::string& resource) {
    return "<iq type='set' id='b1'><bind " + kBindUri + ">" + resource + "</bind></iq>";
}
inline std::string failure(const std::string& condition) {
    return "<failure " + kSasl + "><" + condition + " " + kSasl + "/></failure>";
}
inline std::string stream_error(const std::string& condition) {
    return "<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>";
}
inline const std::string kLogin = kHeader + auth("PLAIN", plain("juliet", "romeo")) + kHeader;
inline const std::string kBound = kLogin + bind_iq("<resource>balcony</resource>");
inline const std::string kBoundWithSm = kBound + "<enable " + kSm + " resume='true'/>";

/// What the node proved or asked in a challenge of this SASL ("xmlns='...'"), decoded.
inline std::string challenge_in(const std::string& text, const std::string& xmlns) {
    const std::string start = "<challenge " + xmlns + ">";
    const auto at = text.rfind(start);
    EXPECT_NE(at, std::string::npos) << text;
    if (at == std::string::npos) return "";
    const auto begin = at + start.size();
    const auto data = xmpp::decode_base64(text.substr(begin, text.find('<', begin) - begin));
    return std::string(data->reveal());
}

inline bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}
inline std::string end_of(const std::string& text) {
    const auto at = text.rfind("[closed: ");
    return at == std::string::npos ? "still open" : text.substr(at);
}

/// The features in a text, in one piece.
inline std::string last_features(const std::string& text) {
    const auto at = text.rfind("<stream:features>");
    const std::string end = "</stream:features>";
    return text.substr(at, text.rfind(end) + end.size() - at);
}

/// One transcript, whatever the cuts.
inline std::string transcript_of(const std::string& bytes,
                                 const std::function<void(StreamPlay&)>& prepare = {}) {
    const auto run = [&](std::function<std::size_t()> cut) {
        StreamPlay play;
        if (prepare) prepare(play);
        play.cut = std::move(cut);
        play.say(bytes);
        return play.transcript;
    };
    const std::string whole = run([] { return SIZE_MAX; });
    EXPECT_EQ(run([] { return std::size_t{1}; }), whole);
    for (unsigned seed = 1; seed <= 5; ++seed) {
        std::mt19937 random(seed);
        EXPECT_EQ(run([&] { return std::size_t{random() % 60}; }), whole);
    }
    return whole;
}

}  // namespace backend::test
