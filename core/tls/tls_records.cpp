#include "core/tls/tls_records.h"

#include <algorithm>
#include <span>

namespace core {

namespace {

constexpr std::uint16_t kLegacyVersion = 0x0303;          // TLS 1.2, and on the wire 1.3, too
constexpr std::size_t kMostExpansion13 = 256;             // RFC 8446 section 5.2
constexpr std::size_t kMostExpansion12 = 320;             // as OpenSSL without compression
constexpr std::size_t kExplicitNonceBytes = 8;            // RFC 5288 section 3
constexpr std::uint8_t kMostRecordsWithoutData = 32;      // as OpenSSL: 32 pass, the next ends it
constexpr std::uint8_t kMostWarnings = 5;                 // as OpenSSL: the fifth ends it
constexpr std::uint64_t kMostRecordsOfKeys = 1ULL << 23;  // below RFC 8446 section 5.5: 2^24.5
constexpr std::uint8_t kKeyUpdate = 24;                   // RFC 8446 section 4
constexpr std::size_t kMessageHeaderBytes = 4;
constexpr std::uint8_t kFatal = 2;
constexpr std::uint8_t kWarning = 1;

using ByteView = RecordCiphers::Bytes;

ByteView wire_bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

std::uint16_t number_at(ByteView bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

void put_number(std::uint64_t number, std::span<unsigned char> to) {
    for (auto byte = to.rbegin(); byte != to.rend(); ++byte, number >>= 8)
        *byte = static_cast<unsigned char>(number);
}

/// The nonce of RFC 8446 section 5.3 and RFC 7905 section 2.
std::array<unsigned char, kIvBytes> nonce_of(const RecordKeys& keys) {
    std::array<unsigned char, kIvBytes> nonce = keys.iv;
    std::array<unsigned char, 8> sequence{};
    put_number(keys.sequence, sequence);
    for (std::size_t i = 0; i < sequence.size(); ++i) nonce[i + 4] ^= sequence[i];
    return nonce;
}

/// RFC 5246 section 6.2.3.3: `size` is that of the content.
std::array<unsigned char, 13> beside_of_tls12(std::uint64_t sequence, std::uint8_t type,
                                              std::size_t size) {
    std::array<unsigned char, 13> beside{};
    put_number(sequence, std::span(beside).first(8));
    beside[8] = type;
    put_number(kLegacyVersion, std::span(beside).subspan(9, 2));
    put_number(size, std::span(beside).subspan(11, 2));
    return beside;
}

std::span<const unsigned char> key_of(const RecordKeys& keys, RecordSuite suite) {
    return std::span(keys.key).first(key_bytes(suite));
}

}  // namespace

TlsRecords::TlsRecords(const Start& start)
    : receiving_(start.receiving),
      sending_(start.sending),
      version_(start.version),
      suite_(start.suite),
      most_plain_(start.most_plain) {}

std::size_t TlsRecords::bytes_of_record(std::string_view begin) {
    if (begin.size() < kHeaderBytes) return kHeaderBytes;
    return kHeaderBytes + number_at(wire_bytes(begin), 3);
}

// Opening.

TlsRecords::Opened TlsRecords::open(std::string_view received, char* plain,
                                    RecordCiphers& ciphers) {
    const ByteView bytes = wire_bytes(received);
    if (bytes.size() < kHeaderBytes) return {.what = Opened::What::incomplete};
    const ByteView header = bytes.first(kHeaderBytes);
    const std::size_t size = number_at(header, 3);
    // Judged before the body has come, so that nobody waits for what is refused anyway.
    const bool is_protected =
        !is_tls13() || header[0] == static_cast<std::uint8_t>(ContentType::application_data);
    if (!is_protected)
        return refuse(TlsAlert::unexpected_message, "a record that is not protected");
    if (number_at(header, 1) != kLegacyVersion) {
        const bool is_minor = is_tls13() && header[1] == kLegacyVersion >> 8;
        return refuse(is_minor ? TlsAlert::decode_error : TlsAlert::protocol_version,
                      "a record of another version");
    }
    if (size > kMostPlain + (is_tls13() ? kMostExpansion13 : kMostExpansion12))
        return refuse(TlsAlert::record_overflow, "a record that is too long");
    if (bytes.size() < kHeaderBytes + size) return {.what = Opened::What::incomplete};
    const auto out = reinterpret_cast<unsigned char*>(plain);
    const ByteView sealed = bytes.subspan(kHeaderBytes, size);
    Opened opened = is_tls13() ? open_tls13(header, sealed, out, ciphers)
                               : open_tls12(header, sealed, out, ciphers);
    opened.consumed = kHeaderBytes + size;
    return opened;
}

TlsRecords::Opened TlsRecords::open_tls13(Bytes header, Bytes sealed, unsigned char* plain,
                                          RecordCiphers& ciphers) {
    constexpr std::string_view kNotOurs = "a record that was not made with the keys in use";
    if (sealed.size() < kTagBytes + 1) return refuse(TlsAlert::bad_record_mac, kNotOurs);
    const auto nonce = nonce_of(receiving_);
    if (!ciphers.open({suite_, key_of(receiving_, suite_), nonce, header}, sealed, plain))
        return refuse(TlsAlert::bad_record_mac, kNotOurs);
    ++receiving_.sequence;
    // Behind the content stand its type and zeros (section 5.2).
    std::size_t end = sealed.size() - kTagBytes;
    while (end > 0 && plain[end - 1] == 0) --end;
    if (end == 0) return refuse(TlsAlert::unexpected_message, "a record of nothing but padding");
    if (end - 1 > most_plain_)
        return refuse(TlsAlert::record_overflow, "a record that is too long");
    const auto type = static_cast<ContentType>(plain[end - 1]);
    if (type == ContentType::change_cipher_spec)
        return refuse(TlsAlert::unexpected_message, "change_cipher_spec");
    return judge(type, {plain, end - 1});
}

TlsRecords::Opened TlsRecords::open_tls12(Bytes header, Bytes sealed, unsigned char* plain,
                                          RecordCiphers& ciphers) {
    constexpr std::string_view kNotOurs = "a record that was not made with the keys in use";
    const bool is_gcm = suite_ != RecordSuite::chacha20_poly1305;
    const std::size_t explicit_bytes = is_gcm ? kExplicitNonceBytes : 0;
    if (sealed.size() < explicit_bytes + kTagBytes)
        return refuse(TlsAlert::bad_record_mac, kNotOurs);
    auto nonce = is_gcm ? receiving_.iv : nonce_of(receiving_);
    if (is_gcm) std::copy_n(sealed.begin(), kExplicitNonceBytes, nonce.begin() + 4);
    const std::size_t size = sealed.size() - explicit_bytes - kTagBytes;
    const auto beside = beside_of_tls12(receiving_.sequence, header[0], size);
    if (!ciphers.open({suite_, key_of(receiving_, suite_), nonce, beside},
                      sealed.subspan(explicit_bytes), plain))
        return refuse(TlsAlert::bad_record_mac, kNotOurs);
    ++receiving_.sequence;
    if (size > most_plain_) return refuse(TlsAlert::record_overflow, "a record that is too long");
    return judge(static_cast<ContentType>(header[0]), {plain, size});
}

TlsRecords::Opened TlsRecords::judge(ContentType type, Bytes content) {
    if (message_bytes_ != 0 && type != ContentType::handshake)
        return refuse(TlsAlert::unexpected_message, "another record inside a handshake message");
    if (type != ContentType::alert && !content.empty()) warnings_ = 0;
    switch (type) {
        case ContentType::application_data: return judge_data(content.size());
        case ContentType::alert: return judge_alert(content);
        case ContentType::handshake: return judge_handshake(content);
        case ContentType::change_cipher_spec: break;
    }
    return refuse(TlsAlert::unexpected_message, "a record of a type that has no place here");
}

TlsRecords::Opened TlsRecords::judge_data(std::size_t size) {
    if (size == 0) return without_data();
    records_without_data_ = 0;
    return {.what = Opened::What::data, .plain = size};
}

TlsRecords::Opened TlsRecords::without_data() {
    if (++records_without_data_ > kMostRecordsWithoutData)
        return refuse(TlsAlert::unexpected_message, "too many records without data");
    return {.what = Opened::What::control};
}

TlsRecords::Opened TlsRecords::judge_alert(Bytes content) {
    if (content.size() != 2)
        return refuse(TlsAlert::unexpected_message, "an alert that is not one");
    const auto alert = static_cast<TlsAlert>(content[1]);
    const bool is_warning = content[0] == kWarning;
    // In TLS 1.3 the level means nothing (RFC 8446 section 6).
    const bool is_cancel = is_tls13() && alert == TlsAlert::user_canceled;
    if ((is_warning || is_cancel) && ++warnings_ >= kMostWarnings)
        return refuse(TlsAlert::unexpected_message, "too many warnings");
    if (is_cancel) return {.what = Opened::What::control};
    if (alert == TlsAlert::close_notify && (is_warning || is_tls13()))
        return {.what = Opened::What::end};
    if (is_tls13() || content[0] == kFatal)
        return {.what = Opened::What::broken, .alert = alert, .why = "alert"};
    if (is_warning) return {.what = Opened::What::control};
    return refuse(TlsAlert::illegal_parameter, "an alert of no level");
}

TlsRecords::Opened TlsRecords::judge_handshake(Bytes content) {
    if (!is_tls13())  // a ClientHello asks for renegotiation, and nothing else can come
        return refuse(TlsAlert::no_renegotiation, "renegotiation");
    if (content.empty())
        return refuse(TlsAlert::unexpected_message, "a handshake record without a message");
    const std::size_t fresh = std::min(content.size(), message_.size() - message_bytes_);
    std::copy_n(content.begin(), fresh, message_.begin() + message_bytes_);
    message_bytes_ = static_cast<std::uint8_t>(message_bytes_ + fresh);
    const std::size_t known = message_bytes_;
    if (known < kMessageHeaderBytes) return without_data();
    if (message_[0] != kKeyUpdate)
        return refuse(TlsAlert::unexpected_message, "a handshake message after the handshake");
    const std::size_t length = std::size_t{message_[1]} << 16 | message_[2] << 8 | message_[3];
    if (length != 1)
        return refuse(length == 0 ? TlsAlert::decode_error : TlsAlert::illegal_parameter,
                      "a key update of a wrong length");
    if (known < message_.size()) return without_data();
    // The keys change behind it, so nothing may follow in its record (section 5.1).
    if (fresh != content.size())
        return refuse(TlsAlert::unexpected_message, "a key update with something behind it");
    return finish_key_update();
}

TlsRecords::Opened TlsRecords::finish_key_update() {
    const unsigned char request = message_.back();
    if (request > 1) return refuse(TlsAlert::illegal_parameter, "a key update of no kind");
    message_bytes_ = 0;
    if (request == 1) key_update_due_ = true;
    receiving_ = keys_after(suite_, receiving_);
    return without_data();
}

// Sealing.

bool TlsRecords::seal(std::string_view bytes, std::vector<char>& out, RecordCiphers& ciphers) {
    for (ByteView left = wire_bytes(bytes); !left.empty();) {
        const bool is_due =
            is_tls13() && (key_update_due_ || sending_.sequence >= kMostRecordsOfKeys);
        if (is_due && !update_sending_keys(out, ciphers)) return false;
        const ByteView piece = left.first(std::min<std::size_t>(left.size(), most_plain_));
        if (!seal_record(ContentType::application_data, piece, out, ciphers)) return false;
        left = left.subspan(piece.size());
    }
    return true;
}

bool TlsRecords::seal_alert(TlsAlert alert, std::vector<char>& out, RecordCiphers& ciphers) {
    const std::array<unsigned char, 2> content{alert == TlsAlert::close_notify ? kWarning : kFatal,
                                               static_cast<unsigned char>(alert)};
    return seal_record(ContentType::alert, content, out, ciphers);
}

bool TlsRecords::update_sending_keys(std::vector<char>& out, RecordCiphers& ciphers) {
    constexpr std::array<unsigned char, 5> kNotRequested{kKeyUpdate, 0, 0, 1, 0};
    if (!seal_record(ContentType::handshake, kNotRequested, out, ciphers)) return false;
    sending_ = keys_after(suite_, sending_);
    key_update_due_ = false;
    return true;
}

bool TlsRecords::seal_record(ContentType type, Bytes content, std::vector<char>& out,
                             RecordCiphers& ciphers) {
    const bool is_gcm = suite_ != RecordSuite::chacha20_poly1305;
    const std::size_t explicit_bytes = !is_tls13() && is_gcm ? kExplicitNonceBytes : 0;
    const auto inner = static_cast<unsigned char>(type);
    const ByteView tail = is_tls13() ? ByteView(&inner, 1) : ByteView();
    const std::size_t size = explicit_bytes + content.size() + tail.size() + kTagBytes;
    const std::size_t at = out.size();
    out.resize(at + kHeaderBytes + size);
    const auto record =
        std::span(reinterpret_cast<unsigned char*>(out.data()) + at, kHeaderBytes + size);
    record[0] = is_tls13() ? static_cast<unsigned char>(ContentType::application_data) : inner;
    put_number(kLegacyVersion, record.subspan(1, 2));
    put_number(size, record.subspan(3, 2));
    bool is_sealed = false;
    const auto key = key_of(sending_, suite_);
    if (is_tls13()) {
        const auto nonce = nonce_of(sending_);
        is_sealed = ciphers.seal({suite_, key, nonce, record.first(kHeaderBytes)}, content, tail,
                                 record.data() + kHeaderBytes);
    } else {
        const auto nonce = is_gcm ? sending_.iv : nonce_of(sending_);
        const auto beside = beside_of_tls12(sending_.sequence, inner, content.size());
        if (is_gcm)
            std::copy_n(nonce.begin() + 4, kExplicitNonceBytes, record.begin() + kHeaderBytes);
        is_sealed = ciphers.seal({suite_, key, nonce, beside}, content, tail,
                                 record.data() + kHeaderBytes + explicit_bytes);
        // The explicit nonce counts on from where OpenSSL began (RFC 5116 section 3.2).
        for (auto byte = sending_.iv.rbegin();
             is_gcm && byte != sending_.iv.rend() - 4 && ++*byte == 0; ++byte) {
        }
    }
    ++sending_.sequence;
    if (!is_sealed) out.resize(at);
    return is_sealed;
}

}  // namespace core
