// backend/stream/stream.h from the header to the bound resource.

#include <algorithm>
#include <utility>

#include "backend/stream/node_features.h"
#include "backend/stream/stream.h"
#include "backend/stream/stream_login.h"
#include "xmpp/client_elements.h"
#include "xmpp/jid.h"
#include "xmpp/limits.h"
#include "xmpp/namespaces.h"
#include "xmpp/stream_header.h"

namespace backend {

using xmpp::SaslProfile;
using xmpp::StreamErrorCondition;

namespace {

constexpr std::string_view kDefaultLang = "en";
constexpr unsigned kConflicts = 3;  // resources that may be in use before we give up

SaslOffer offer_on(const ConnectionFacts& facts) {
    return {.plain = facts.is_protected, .bindings = facts.bindings};
}

/// `from` of a header where it says who the client is. Some clients write the name of their machine
/// there, which has no localpart and says nothing.
std::string_view user_address(std::string_view from) {
    const bool has_localpart = from.substr(0, from.find('/')).find('@') != from.npos;
    return has_localpart ? from : std::string_view{};
}

/// Where a session goes on. Nobody has written down what was sent of the queue, so all of it may
/// have been.
SmCounters counters_of(const TakenSession& taken) {
    const SessionRecord& record = taken.record;
    const std::uint64_t acknowledged = std::max(record.trimmed, record.counted_from);
    const std::uint64_t queued = std::max(record.trimmed + taken.queue.size(), acknowledged);
    return {record.handled, record.counted_from, acknowledged, queued};
}

}  // namespace

void Stream::on_header(std::string_view bytes, Actions& out) {
    auto header = xmpp::read_stream_header(bytes);
    if (!header) return refuse(header.error(), "bad_header", {}, out);
    login_->client_address = user_address(header->from);
    if (!header->speaks_features) {
        return refuse(StreamErrorCondition::unsupported_version, "version",
                      "XMPP version 1.0 is needed", out);
    }
    if (header->to.empty()) {
        return refuse(StreamErrorCondition::improper_addressing, "to",
                      "the stream header must name a domain in 'to'", out);
    }
    // RFC 6120 section 4.9.3.6.
    auto domain = xmpp::prepared_domain(header->to);
    const bool is_logged_in = !login_->user.empty();
    if (!domain || !settings_.serves(*domain) || (is_logged_in && *domain != login_->domain)) {
        return refuse(StreamErrorCondition::host_unknown, "host_unknown",
                      "this domain is not served here", out);
    }
    login_->domain = *std::move(domain);
    // Before the features: a proxy passes the stream on to a node that can serve it.
    if (settings_.has_store && !settings_.has_store())
        return refuse(StreamErrorCondition::resource_constraint, "store_silent", kNoStore, out);
    std::string from;
    if (!login_->client_address.empty()) {
        const auto jid = xmpp::Jid::parse(login_->client_address);
        if (jid) from = std::string(jid->bare());
        if (!jid || (is_logged_in && from != login_->user))
            return refuse(StreamErrorCondition::invalid_from, "from", {}, out);
    }

    header_sent_ = true;
    lang_ = header->lang;
    bindings_.reset();
    if (header->bindings != xmpp::usual_bindings())
        bindings_ = std::make_unique<const xmpp::NamespaceBindings>(std::move(header->bindings));
    out.push_back(Send{
        xmpp::write_response_header({.from = login_->domain,
                                     .to = login_->client_address,
                                     .lang = lang_.empty() ? kDefaultLang : std::string_view(lang_),
                                     .id = xmpp::StreamId(settings_.make_token())})});
    if (!is_logged_in) return begin_login(std::move(from), out);
    enter(State::unbound);
    out.push_back(Send{session_features(true)});
}

void Stream::begin_login(std::string from, Actions& out) {
    enter(State::login);
    const SaslOffer offer = offer_on(login_->facts);
    // XEP-0388 section 2: only where nobody can listen.
    const bool sasl2 = login_->facts.is_protected;
    login_->sasl.emplace(settings_, SaslNegotiation::Stream{.domain = login_->domain,
                                                            .from = std::move(from),
                                                            .offer = offer,
                                                            .sasl2 = sasl2,
                                                            .outer = outer()});
    out.push_back(Send{write_features(LoginFeatures{.offer = offer,
                                                    .sasl2 = sasl2,
                                                    .stanza_bytes = xmpp::kLimitsBeforeLogin.bytes,
                                                    .more = settings_.more_features})});
}

std::string Stream::session_features(bool can_bind) const {
    return write_features(SessionFeatures{.bind = can_bind,
                                          .stream_management = !has_sm(),
                                          .stanza_bytes = settings_.limits.bytes,
                                          .more = settings_.more_features});
}

void Stream::on_login_element(const xmpp::Token& token, std::string_view bytes, Actions& out) {
    if (xmpp::sasl_verb(token.local_name, token.namespace_uri))
        return perform(login_->sasl->on_element(bytes), out);
    if (token.is_stanza())
        return refuse(StreamErrorCondition::not_authorized, "stanza_before_login", {}, out);
    if (xmpp::needs_login(token))
        return refuse(StreamErrorCondition::not_authorized, "element_before_login", {}, out);
    refuse(StreamErrorCondition::unsupported_stanza_type, "element_before_login", {}, out);
}

Actions Stream::on_account(Store::Answer<std::optional<Account>> answer) {
    Actions out;
    if (state_ == State::login) perform(login_->sasl->on_account(std::move(answer)), out);
    return out;
}

Actions Stream::on_password(bool is_right) {
    Actions out;
    if (state_ == State::login) perform(login_->sasl->on_password(is_right), out);
    return out;
}

Actions Stream::on_delay_over() {
    Actions out;
    if (state_ == State::login) perform(login_->sasl->on_delay_over(), out);
    return out;
}

void Stream::perform(SaslTurn turn, Actions& out) {
    for (Action& action : turn.actions) out.push_back(std::move(action));
    if (turn.end) return refuse(*turn.end, turn.detail, {}, out);
    if (login_->sasl->is_done()) on_logged_in(out);
}

void Stream::on_logged_in(Actions& out) {
    login_->user = login_->sasl->user();
    scanner_.set_limits(settings_.limits);
    if (login_->sasl->profile() == SaslProfile::sasl2) {
        // XEP-0388: no new stream.
        enter(State::unbound);
        login_->answers_inline = true;
        return on_inline_requests(out);
    }
    out.push_back(Send{login_->sasl->success()});
    login_->sasl.reset();
    // RFC 6120 section 6.3.2: a new stream on the same connection.
    scanner_.restart();
    header_sent_ = false;
    enter(State::header);
}

/// A resumption goes first, a bind is for when it fails (XEP-0386).
void Stream::on_inline_requests(Actions& out) {
    InlineRequests& wanted = login_->sasl->inline_requests();
    if (std::exchange(wanted.resumes, false)) return resume(std::move(wanted.resume), out);
    if (!wanted.bind) return finish_login({}, out);
    login_->session = {.user = {},
                       .resource = {},
                       .sm = wanted.bind->sm,
                       .carbons = wanted.bind->carbons,
                       .is_inactive = wanted.bind->is_inactive};
    open(make_resource(wanted.bind->tag, settings_.make_token()), out);
}

/// The <success/> that was held back, with the features of the stream as it is now. `bound`: XML;
/// empty without inline bind.
void Stream::finish_login(std::string_view bound, Actions& out) {
    const bool is_bound = !bound.empty();
    const std::string& user = login_->user;
    const std::string jid = is_bound ? user + '/' + login_->session.resource : user;
    out.push_back(Send{login_->sasl->success(jid, login_->failed_resume + std::string(bound))});
    out.push_back(Send{session_features(!is_bound)});
    login_->answers_inline = false;
    login_->sasl.reset();
}

void Stream::on_unbound_element(const xmpp::Token& token, std::string_view bytes, Actions& out) {
    if (token.namespace_uri == xmpp::ns::kSm3 && token.local_name == "enable") {
        // XEP-0198 section 3: not before a resource is bound.
        out.push_back(Send{write_failed("unexpected-request")});
        return;
    }
    const bool is_resume = token.is("resume", xmpp::ns::kSm3);
    if (!is_resume && !token.is_stanza()) {
        return refuse(StreamErrorCondition::unsupported_stanza_type, "element_before_bind", {},
                      out);
    }
    const xmpp::ElementReader reader(bytes, outer());
    if (is_resume) return resume(read_resume(reader.root()), out);
    login_->bind = read_bind(reader.root());
    // RFC 6120 section 7.1: nothing else before it has a resource.
    if (!login_->bind)
        return refuse(StreamErrorCondition::not_authorized, "stanza_before_bind", {}, out);
    if (!login_->bind->resource) return open(settings_.make_token(), out);
    auto resource = prepared_resource(*login_->bind->resource);
    if (resource) return open(*std::move(resource), out);
    // RFC 6120 section 7.7.2.1.
    out.push_back(Send{write_bind_error(login_->bind->id, "modify", "bad-request")});
}

/// A request that makes no sense is asked for like any other, so that nobody can tell from the time
/// which ids might exist.
void Stream::resume(std::optional<ResumeRequest> request, Actions& out) {
    if (!request) request = ResumeRequest{.previd = SessionId(settings_.make_token()), .h = 0};
    login_->resume = std::move(request);
    wait_for(Waiting::taken);
    out.push_back(Resume{{.user = login_->user, .id = login_->resume->previd}});
}

void Stream::open(std::string resource, Actions& out) {
    login_->session.user = login_->user;
    login_->session.resource = std::move(resource);
    wait_for(Waiting::opened);
    out.push_back(login_->session);
}

Actions Stream::on_opened(const SessionId& id) {
    Actions out;
    if (waiting_ != Waiting::opened) return out;
    const auto sm = login_->session.sm;
    if (sm) sm_ = std::make_unique<SmCounters>(0);  // as OpenSession said
    if (login_->answers_inline) {
        finish_login(write_bound(sm ? write_enabled(id, *sm) : std::string()), out);
    } else {
        out.push_back(Send{
            write_bind_result(login_->bind->id, login_->user + '/' + login_->session.resource)});
    }
    bind();
    return out;
}

Actions Stream::on_open_failed(OpenFailure failure) {
    Actions out;
    if (waiting_ != Waiting::opened) return out;
    wait_for(Waiting::nothing);
    if (failure == OpenFailure::conflict && ++login_->conflicts < kConflicts) {
        // RFC 6120 section 7.7.2.2: one of ours in its place.
        open(make_resource(login_->session.resource, settings_.make_token()), out);
    } else if (login_->answers_inline) {
        login_->answers_inline = false;
        login_->failed_resume.clear();
        login_->user.clear();
        enter(State::login);
        scanner_.set_limits(xmpp::kLimitsBeforeLogin);
        perform(login_->sasl->fail(SaslFailure::temporary_auth_failure), out);
    } else {
        out.push_back(Send{write_bind_error(login_->bind->id, "wait", "resource-constraint")});
    }
    return out;
}

Actions Stream::on_take_failed(TakeFailure failure) {
    Actions out;
    if (waiting_ != Waiting::taken) return out;
    wait_for(Waiting::nothing);
    if (failure == TakeFailure::store) {
        // A <failed/> would tell the client that its session is lost; it may try again instead.
        refuse(StreamErrorCondition::resource_constraint, "store", {}, out);
    } else if (login_->answers_inline) {
        login_->failed_resume = write_failed("item-not-found");
        on_inline_requests(out);
    } else {
        out.push_back(Send{write_failed("item-not-found")});
    }
    return out;
}

Actions Stream::on_taken(const TakenSession& taken) {
    Actions out;
    if (waiting_ != Waiting::taken) return out;
    sm_ = std::make_unique<SmCounters>(counters_of(taken));
    const auto before = sm_->acked_number();
    if (!sm_->on_acknowledged(login_->resume->h)) {
        too_high(login_->resume->h, out);
        return out;
    }
    std::string resumed = write_resumed(login_->resume->previd, sm_->handled());
    if (login_->answers_inline) {
        const std::string jid = login_->user + '/' + taken.record.resource;
        resumed = login_->sasl->success(jid, resumed);
    }
    out.push_back(Send{std::move(resumed)});
    bind();
    note_acked(before, out);
    return out;
}

void Stream::bind() {
    enter(State::bound);
    login_.reset();
}

}  // namespace backend
