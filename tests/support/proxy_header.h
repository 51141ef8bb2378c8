#pragma once
// A PROXY header with all that a backend can be told.

#include "core/proxy_header.h"

namespace test {

inline core::ProxyHeader full_proxy_header() {
    core::ProxyHeader header;
    header.source = core::Endpoint::parse("192.0.2.7:50122").value();
    header.destination = core::Endpoint::parse("198.51.100.1:5223").value();
    header.alpn = "xmpp-client";
    header.authority = "example.org";
    header.unique_id = "w2-418";
    header.is_tls = true;
    header.tls_version = "TLSv1.3";
    header.tls_cipher = "TLS_AES_128_GCM_SHA256";
    return header;
}

}  // namespace test
