#include "core/tls/tls_channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/tls_failure.h"
#include "core/tls_forget.h"

namespace core {

namespace {

/// SSL_get_error looks at this thread's queue of errors, so nothing old may lie in it. Emptying it
/// for each record would cost more than a look.
void forget_old_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

TlsChannel::TlsChannel(Ssl ssl, Role role, RecordLayer layer, Scratch& scratch)
    : ssl_(std::move(ssl)) {
    BIO* bio = scratch.tls_bio.get();
    BIO_up_ref(bio);
    SSL_set_bio(ssl_.get(), bio, bio);
    if (role == Role::connecting) {
        SSL_set_connect_state(ssl_.get());
        return;
    }
    SSL_set_accept_state(ssl_.get());
    if (layer == RecordLayer::compact) keys_ = std::make_unique<HandshakeKeys>(ssl_.get());
}

TlsChannel::Step TlsChannel::shake_hands(Scratch& scratch) {
    forget_old_errors();
    const int done = SSL_do_handshake(ssl_.get());
    const auto& flight = scratch.tls.records;
    if (keys_) keys_->note_step({flight.data(), flight.size()});
    if (done != 1)
        return SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ ? Step::more : Step::failed;
    adopt_keys();
    if (!records_) forget_handshake(ssl_.get());
    return Step::done;
}

void TlsChannel::adopt_keys() {
    if (!keys_) return;
    if (const auto start = keys_->take()) records_.emplace(*start);
    keys_.reset();
}

void TlsChannel::settle() {
    if (!records_) return;
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // it was no bad one
    ssl_.reset();
}

TlsChannel::Read TlsChannel::read(Scratch& scratch, char* out, std::size_t room) {
    assert(room >= kReadRoom);
    return records_ ? read_compact(scratch, out) : read_by_openssl(out, room);
}

TlsChannel::Read TlsChannel::read_by_openssl(char* out, std::size_t room) {
    using What = Read::What;
    forget_old_errors();
    const int got = SSL_read(ssl_.get(), out, static_cast<int>(room));
    if (got > 0) return {.what = What::data, .bytes = static_cast<std::size_t>(got)};
    switch (SSL_get_error(ssl_.get(), got)) {
        case SSL_ERROR_WANT_READ: return {.what = What::more};
        case SSL_ERROR_ZERO_RETURN: return {.what = What::end};
        default: return {.what = What::failed, .why = describe_tls_failure(ssl_.get()).words};
    }
}

TlsChannel::Read TlsChannel::read_compact(Scratch& scratch, char* out) {
    using What = TlsRecords::Opened::What;
    std::string_view& received = scratch.tls.received;
    for (;;) {
        const std::string_view record = front(received);
        const auto opened = records_->open(record, out, scratch.record_ciphers);
        if (partial_.empty()) {
            received.remove_prefix(opened.consumed);
        } else {
            partial_.consume(opened.consumed);
        }
        switch (opened.what) {
            case What::data: return {.what = Read::What::data, .bytes = opened.plain};
            case What::control: break;
            case What::incomplete:
                if (!partial_.empty() && !received.empty()) break;  // the header has become whole
                partial_.append(std::exchange(received, {}));
                return {.what = Read::What::more};
            case What::end: return {.what = Read::What::end};
            case What::broken:
                return {.what = Read::What::failed,
                        .why = words_for_alert(static_cast<int>(opened.alert))};
            case What::refused:
                records_->seal_alert(opened.alert, scratch.tls.records, scratch.record_ciphers);
                return {.what = Read::What::failed, .why = std::string(opened.why)};
        }
    }
}

std::string_view TlsChannel::front(std::string_view& received) {
    if (partial_.empty()) return received;
    const std::size_t whole = TlsRecords::bytes_of_record(partial_.view());
    const std::size_t missing = whole - std::min(whole, partial_.size());
    const std::string_view more = received.substr(0, missing);
    partial_.append(more);
    received.remove_prefix(more.size());
    return partial_.view();
}

bool TlsChannel::write(Scratch& scratch, std::string_view bytes) {
    if (records_) return records_->seal(bytes, scratch.tls.records, scratch.record_ciphers);
    // An SSL may be set up to write one record for each call.
    while (!bytes.empty()) {
        std::size_t written = 0;
        if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) != 1) return false;
        bytes.remove_prefix(written);
    }
    return true;
}

void TlsChannel::close_notify(Scratch& scratch) {
    if (records_) {
        records_->seal_alert(TlsAlert::close_notify, scratch.tls.records, scratch.record_ciphers);
    } else {
        SSL_shutdown(ssl_.get());
    }
}

}  // namespace core
