#pragma once
// The arithmetic of XEP-0198 for one session: what `h` means in both directions, modulo 2^32, and
// when to ask for the client's. Values; one thread.

#include <cstddef>
#include <cstdint>

namespace backend {

/// An <r/> is due after so many stanzas or bytes that were not acknowledged, whichever is first.
struct AckPace {
    std::uint32_t stanzas = 16;
    std::size_t bytes = 64 * 1024;
};

class SmCounters {
public:
    /// Stream management begins: nothing is counted yet; `last_number` was written last.
    explicit SmCounters(std::uint64_t last_number)
        : SmCounters(0, last_number, last_number, last_number) {}

    /// It goes on: `handled` of the client's stanzas; ours are counted from behind the number
    /// `counted_from`, all up to `last_acknowledged` are acknowledged, and those up to
    /// `last_queued` may have been sent.
    SmCounters(std::uint32_t handled, std::uint64_t counted_from, std::uint64_t last_acknowledged,
               std::uint64_t last_queued);

    // From the client.
    /// A stanza was handed out; the count that covers it.
    std::uint32_t on_received() { return ++received_; }
    /// So many more are safe.
    void on_confirmed(std::size_t count);
    /// What <a h/> may say.
    std::uint32_t handled() const { return confirmed_; }
    /// The client asks with <r/>; it is owed an <a/> until one covers all that came before.
    void on_request();
    bool owes_ack() const { return owes_ack_; }
    void on_ack_sent();

    // To the client.
    void on_sent(std::uint64_t number, std::size_t bytes);
    bool is_acknowledged(std::uint64_t number) const { return number <= acked_number(); }
    /// The client has all numbers up to this one.
    std::uint64_t acked_number() const { return sent_number_ - (sent_ - acked_); }
    /// The client says `h`. One below the last is no news, and changes no count: a client that
    /// writes from several threads sends such. False if that many were never sent
    /// (handled-count-too-high).
    bool on_acknowledged(std::uint32_t h);
    std::uint32_t sent() const { return sent_; }

    /// Something is not acknowledged, and no <r/> is out.
    bool may_ask() const { return sent_ != acked_ && !is_asked_; }
    /// The same, and so much of it that it is time.
    bool should_ask(const AckPace& pace) const;
    void on_asked() { is_asked_ = true; }
    bool is_asked() const { return is_asked_; }

private:
    std::uint64_t counted_from_;  // the queue's number of the last stanza that came before
    std::uint64_t sent_number_;   // the queue's number of the last stanza that sent_ counts
    std::uint32_t received_ = 0;
    std::uint32_t confirmed_ = 0;
    std::uint32_t owed_ = 0;  // the count that the client asks for, with owes_ack_
    std::uint32_t sent_ = 0;
    std::uint32_t acked_ = 0;
    std::size_t bytes_since_acked_ = 0;
    bool is_asked_ = false;  // our <r/> is out
    bool owes_ack_ = false;
};

}  // namespace backend
