#pragma once
// The messages that load_client sends: of one exact length, well-formed, the same for the same
// seed, and told apart by session and sequence number, so that an echo can be compared byte by
// byte.

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {

class StanzaText {
public:
    /// `size` bytes from '<' to '>'. Throws std::invalid_argument when a message needs more.
    /// `stands_alone`: it declares its namespace, as clients of WebSocket do.
    StanzaText(std::size_t size, std::uint64_t seed, bool stands_alone = false)
        : stands_alone_(stands_alone),
          text_(stands_alone ? kAloneHead : kHead),
          session_at_(text_.find("00000000-")),
          sequence_at_(session_at_ + kDigits + 1) {
        if (size < text_.size() + kTail.size() + 1)
            throw std::invalid_argument("stanza size too small");
        fill_body(size - kTail.size(), seed);
        text_ += kTail;
    }

    std::size_t size() const { return text_.size(); }

    /// The message `sequence` of `session`; valid until the next call of either.
    std::string_view message(std::uint32_t session, std::uint32_t sequence) {
        write_number(session_at_, session);
        write_number(sequence_at_, sequence);
        return text_;
    }
    /// How it comes back: one that stands alone has the language of its stream on it.
    std::string_view echo(std::uint32_t session, std::uint32_t sequence) {
        const std::string_view whole = message(session, sequence);
        if (!stands_alone_) return whole;
        echo_ = in_language(whole);
        return echo_;
    }
    static std::string in_language(std::string_view message) {
        return std::string(message).insert(kLanguageAt, " xml:lang='en'");
    }

private:
    static constexpr std::string_view kHead =
        "<message to='juliet@example.org' type='chat' id='00000000-00000000'><body>";
    static constexpr std::string_view kAloneHead =
        "<message xmlns='jabber:client' to='juliet@example.org' type='chat' "
        "id='00000000-00000000'><body>";
    static constexpr std::size_t kLanguageAt = std::string_view("<message").size();
    static constexpr std::string_view kTail = "</body></message>";
    static constexpr std::size_t kDigits = 8;

    /// Words as people write them: among about 50 one with a letter beyond ASCII, and one that has
    /// to be escaped.
    void fill_body(std::size_t end, std::uint64_t seed) {
        static constexpr std::string_view kPlain[] = {
            "what", "light", "through", "yonder", "window", "breaks", "it",   "is",
            "the",  "east",  "and",     "sun",    "soft,",  "but",    "fair", "moon"};
        std::mt19937_64 random(seed);
        for (;;) {
            std::string_view word = kPlain[random() % std::size(kPlain)];
            const auto chance = random() % 50;
            if (chance == 0) word = "caf\xC3\xA9";
            if (chance == 1) word = "&amp;";
            if (text_.size() + word.size() + 1 > end) break;
            text_.append(word).push_back(' ');
        }
        text_.append(end - text_.size(), '.');
    }

    void write_number(std::size_t at, std::uint32_t number) {
        for (std::size_t i = kDigits; i-- > 0; number /= 10) {
            text_[at + i] = static_cast<char>('0' + number % 10);
        }
    }

    bool stands_alone_;
    std::string text_;
    std::string echo_;
    std::size_t session_at_;
    std::size_t sequence_at_;
};

}  // namespace bench
