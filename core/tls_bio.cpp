#include "core/tls_bio.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace core {

namespace {

TlsExchange& exchange_of(BIO* bio) {
    return *static_cast<TlsExchange*>(BIO_get_data(bio));
}

int read_received(BIO* bio, char* out, std::size_t size, std::size_t* read) noexcept {
    BIO_clear_retry_flags(bio);
    std::string_view& received = exchange_of(bio).received;
    if (received.empty()) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *read = std::min(size, received.size());
    std::memcpy(out, received.data(), *read);
    received.remove_prefix(*read);
    return 1;
}

int gather_record(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) noexcept {
    BIO_clear_retry_flags(bio);
    auto& records = exchange_of(bio).records;
    records.insert(records.end(), bytes, bytes + size);
    *written = size;
    return 1;
}

long control(BIO*, int command, long, void*) noexcept {
    // OpenSSL flushes after each flight and asks for nothing else that matters here.
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int mark_ready(BIO* bio) noexcept {
    BIO_set_init(bio, 1);
    return 1;
}

const BIO_METHOD* scratch_method() {
    static const Handle<BIO_METHOD, &BIO_meth_free> method = [] {
        Handle<BIO_METHOD, &BIO_meth_free> made(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "scratch"));
        if (!made) throw std::bad_alloc();
        BIO_meth_set_read_ex(made.get(), read_received);
        BIO_meth_set_write_ex(made.get(), gather_record);
        BIO_meth_set_ctrl(made.get(), control);
        BIO_meth_set_create(made.get(), mark_ready);
        return made;
    }();
    return method.get();
}

}  // namespace

Bio make_tls_bio(TlsExchange& exchange) {
    Bio bio(BIO_new(scratch_method()));
    if (!bio) throw std::bad_alloc();
    BIO_set_data(bio.get(), &exchange);
    return bio;
}

}  // namespace core
