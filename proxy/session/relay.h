#pragma once
// Two ways of an established stream: what the scanner accepts is passed on byte for byte, whole
// tokens only, and the few elements of the negotiation that a proxy has to touch are edited on
// their way. A pure machine: windows in, bytes to a sink; no socket, clock or log. Owned by a
// session.
//
// From client to backend: stream headers are written anew (in the form every backend reads),
// elements pass; what only a server may say ends the stream, and a request for compression, which
// nobody offered, is answered here. From backend to client: features lose what is ours (STARTTLS,
// compression), <enabled/> its location, see-other-host becomes an error that keeps the client
// here; SASL success restarts both scanners.
//
// White space goes no way before a stream's header; nor, from the backend, between its first header
// and features, which may come from another candidate yet; nor, from the client, before its
// authenticated stream has begun: some send a line feed behind SASL elements, against RFC 6120
// section 6.3.5, and a backend that has begun anew behind <success/> would take a late one for the
// first byte of the stream. Later it is a sign of life and passes.
//
// Where the proxy has answered the client's header itself, the relay begins with a kept login: the
// backend's header and first features are swallowed, then the login goes to the backend.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "balancer/backend_pool.h"
#include "balancer/owner.h"
#include "proxy/legs/byte_sink.h"
#include "proxy/resumption/resumption.h"
#include "proxy/session/kept_login.h"
#include "proxy/session/login_watch.h"
#include "proxy/session/relay_limits.h"
#include "proxy/session/relay_step.h"
#include "xmpp/element.h"
#include "xmpp/ids.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

class Relay {
public:
    /// All of them outlive the relay. `pool` and `limits` do not change meanwhile; the tags may.
    Relay(xmpp::ScanWorkPool& pool, const RelayLimits& limits, const Resumption& resumption);
    ~Relay();

    /// The scanner of the client's direction; Negotiation uses it until the login is routed.
    xmpp::StreamScanner& client_scanner() { return from_client_; }

    /// Other limits from the next element on. The old ones still count for an element under way, so
    /// they must outlive the relay, too.
    void set_limits(const RelayLimits& limits);

    /// The stream is for this domain (prepared); headers after SASL must name it again. `bindings`:
    /// what the client's header declares.
    void begin(std::string domain, xmpp::NamespaceBindings bindings = xmpp::usual_bindings());
    /// The same, when the client has our header and features and has begun its login: as `user`
    /// (prepared bare JID), if that is known.
    void begin(std::string domain, KeptLogin login, std::string user);
    /// The backend has_answered(): it gets the kept login, which is forgotten here. Nothing without
    /// one.
    void send_login(ByteSink& to_backend);
    /// What the client hears when nobody takes the kept login: that it failed for now, so that it
    /// may be tried again (RFC 6120 section 6.5.11), and the end of the stream. Empty: no SASL
    /// login waits.
    std::string refuse_login(std::string_view text);
    /// What is known of the backend that is tried.
    struct Backend {
        xmpp::HeldBindings bindings = xmpp::HeldBindings::none;  // what clients can bind to there
        balancer::Owner owner;                                   // of the sessions that it enables
        /// Of which it is; outlives the relay. None: each session may be asked for.
        const balancer::BackendPool* pool = nullptr;
        bool resume_anywhere = false;  // the other backends of the pool know them, too
    };
    /// Nothing is, until this is called.
    void set_backend(const Backend& backend);
    /// Another backend will answer in place of one that has said nothing usable.
    void restart_backend();

    /// Tokens from the front of `window`, as many as are complete, go to `to_backend`. Whatever
    /// precedes an offending token has been sent when `end` says so, nothing of the token itself.
    RelayStep on_client_bytes(std::string_view window, ByteSink& to_backend);
    RelayStep on_backend_bytes(std::string_view window, ByteSink& to_client);

    bool is_logged_in() const { return logged_in_; }
    /// Bytes at the front of the client's next window that it must hold at least: they have been
    /// shown before, and their element is not complete.
    std::size_t scanned_of_client() const { return from_client_.scanned(); }
    /// The logins that the backend (or refuse_login()) has refused since the last look; what is
    /// kept for that ends with the login that gets through.
    FailedLogins take_failed_logins();
    /// The backend keeps the session for a while when TCP is lost (XEP-0198 section 5).
    bool is_resumable() const { return resumable_; }
    /// How long it does, as far as it says; else 0.
    std::chrono::seconds resume_time() const { return std::chrono::seconds(resume_seconds_); }
    balancer::Owner owner() const { return owner_; }
    /// The backend's header and features have been passed on, or swallowed because they are as the
    /// client knows them already: no other backend can take over.
    bool has_answered() const { return answered_; }
    bool client_closed() const { return client_closed_; }
    bool backend_closed() const { return backend_closed_; }
    /// The client has had no header yet on the stream as it is now: nothing may be said to it
    /// before one (RFC 6120 section 4.9.1.2).
    bool owes_header() const { return answered_ && from_backend_.awaits_header(); }
    /// One of the sides has ended the stream in words, by an end tag or a stream error that was
    /// passed on: the other one is not lost when its TCP ends then.
    bool is_over() const { return client_closed_ || backend_closed_ || !backend_error_.empty(); }
    /// What ends the backend's stream, when the client hears that it is over. Empty where the
    /// backend has its end already, or expects a new header (behind SASL success): there an end tag
    /// would be no XML, and nothing is open that could be resumed.
    std::string_view goodbye_to_backend() const;
    /// A stream error was passed on: its condition (static text), else empty.
    std::string_view backend_error() const { return backend_error_; }
    std::string_view domain() const { return domain_; }
    /// The bare JID that the last login is for, as far as it showed one; else empty.
    std::string_view user() const { return user_ ? std::string_view(*user_) : std::string_view(); }
    /// The backend has answered an iq before login, so somebody registers an account (XEP-0077). A
    /// refusal is no answer in this: most servers have nothing else for a stranger.
    bool has_begun_registration() const { return has_begun_registration_; }
    std::uint64_t stanzas_in() const { return stanzas_in_; }    // from the client
    std::uint64_t stanzas_out() const { return stanzas_out_; }  // to the client

private:
    struct Logins;
    /// What to do with one token that is more than a stanza.
    struct Verdict {
        std::optional<std::string> replacement;  // send this instead
        std::optional<RelayEnd> end;
        std::string_view reply = {};  // this goes back, nothing goes on
    };
    static Verdict dropped() { return {.replacement = std::string(), .end = {}}; }
    Verdict judge_client_token(const xmpp::Token& token, std::string_view bytes);
    Verdict judge_client_header(std::string_view bytes);
    Verdict answered_here(std::string_view reply);
    /// That whose header follows SASL success, or, from the success of SASL2 on, the one in
    /// progress.
    bool authenticated_stream_has_begun() const { return logged_in_ && !header_due_; }
    void note_login(std::string_view mechanism, std::string user);
    void note_failed_login(std::string_view condition);
    Verdict judge_backend_token(const xmpp::Token& token, std::string_view bytes);
    Verdict judge_backend_element(const xmpp::Token& token, std::string_view bytes);
    /// Until the backend's first features it can be replaced by another one, so what it says
    /// instead of them is not passed on.
    Verdict judge_first_token(const xmpp::Token& token, std::string_view bytes);
    Verdict hold_header(std::string_view bytes);
    /// Of the stream that begins behind SASL success.
    Verdict judge_later_header(std::string_view bytes);
    void note_bindings(xmpp::NamespaceBindings bindings);
    /// The client has had header and features from us: the backend's own are not for it.
    bool swallows() const { return logins_ && logins_->kept && !answered_; }
    void note_answer();
    Verdict judge_features(std::string_view bytes);
    std::optional<std::string> edited_features(std::string_view bytes) const;
    Verdict judge_backend_error(std::string_view bytes);
    Verdict judge_stream_management(const xmpp::Token& token, std::string_view bytes);
    // XEP-0198 section 5: ids have tags of ours outside, and none inside.
    Verdict judge_resume(const xmpp::Token& token, std::string_view bytes);
    /// The login as the backend is to see it; nullopt: as it is.
    std::optional<std::string> edited_login(std::string_view bytes,
                                            const xmpp::NamespaceBindings& bindings);
    std::optional<std::string> edited_answer(std::string_view bytes);
    /// What the backend says to the session that was asked for; nothing, if none was.
    void note_resume(ResumeResult result);
    void note_resume_failed(xmpp::Element failed);
    /// May the backend that is tried be asked for this session?
    bool may_resume(const ResumptionTags::Read& session) const;
    void note_success(std::string_view bytes);
    void note_enabled(xmpp::Element enabled);
    void note_stanza_before_login(const xmpp::Token& token, std::string_view bytes);
    void log_in();
    const xmpp::NamespaceBindings& backend_bindings() const;
    /// Before login.
    const xmpp::NamespaceBindings& client_bindings() const;
    Logins& logins();

    const RelayLimits* limits_;
    const Resumption& resumption_;
    xmpp::StreamScanner from_client_;
    xmpp::StreamScanner from_backend_;
    /// Declarations of an unusual response header; nearly always null.
    std::unique_ptr<xmpp::NamespaceBindings> unusual_bindings_;
    /// Of logins and what goes before them, until one gets through; null after it, and as long as
    /// there is nothing.
    struct Logins {
        std::optional<KeptLogin> kept;            // until it is sent
        xmpp::NamespaceBindings client_bindings;  // of a header that declares more than is usual
        std::string held_header;                  // the backend's, until the features behind it
        bool resumption_refused = false;          // to be said with the success of SASL2
        LoginWatch watch;
    };
    std::unique_ptr<Logins> logins_;
    std::unique_ptr<const std::string> user_;
    /// As the client has it of the session that it asked for, until the backend has answered.
    std::unique_ptr<const xmpp::SmId> asked_;
    balancer::Owner owner_;
    const balancer::BackendPool* pool_ = nullptr;
    std::string domain_;
    std::string_view backend_error_;
    std::uint64_t stanzas_in_ = 0;
    std::uint64_t stanzas_out_ = 0;
    std::uint32_t resume_seconds_ = 0;
    std::uint8_t replies_ = 0;  // to what is answered here
    xmpp::HeldBindings held_bindings_ = xmpp::HeldBindings::none;
    bool logged_in_ : 1 = false;
    bool resumable_ : 1 = false;
    bool resume_anywhere_ : 1 = false;
    bool has_begun_registration_ : 1 = false;
    bool answered_ : 1 = false;
    bool client_closed_ : 1 = false;
    bool backend_closed_ : 1 = false;
    bool header_due_ : 1 = false;  // the backend expects the client's header behind SASL success
};

}  // namespace proxy
