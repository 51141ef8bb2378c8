#include "proxy/legs/backend_tls.h"

#include <gtest/gtest.h>

#include "tests/support/certificates.h"

namespace proxy {
namespace {

conf::Config with_backend(const conf::Backend& backend) {
    conf::Config config;
    config.pools.push_back({.name = "main", .backends = {backend}});
    return config;
}

conf::Backend backend_with(conf::BackendTls tls) {
    conf::Backend backend;
    backend.name = "a";
    backend.tls = tls;
    backend.tls_verify = false;
    return backend;
}

bool can_reach(const conf::Config& config, const conf::Backend& backend) {
    return BackendTls::create(config).value()->new_session(backend, "example.org") != nullptr;
}

TEST(BackendTls, HasWhatTheConfigurationAsksFor) {
    for (const auto tls : {conf::BackendTls::starttls, conf::BackendTls::direct}) {
        const auto backend = backend_with(tls);
        EXPECT_TRUE(can_reach(with_backend(backend), backend));
    }
}

TEST(BackendTls, HasNoneForSettingsOfAnotherConfiguration) {
    const auto config = with_backend(backend_with(conf::BackendTls::starttls));
    EXPECT_FALSE(can_reach(config, backend_with(conf::BackendTls::direct)));
    auto verified = backend_with(conf::BackendTls::starttls);
    verified.tls_verify = true;
    EXPECT_FALSE(can_reach(config, verified));
}

TEST(BackendTls, IsReadyForMembersThatDnsAddsWithDirectTls) {
    auto entry = backend_with(conf::BackendTls::off);
    entry.srv = "_xmpp-client._tcp.example.org";
    EXPECT_TRUE(can_reach(with_backend(entry), backend_with(conf::BackendTls::direct)));
}

TEST(BackendTls, NamesACaFileThatIsNone) {
    const ::test::TempDir folder;
    auto backend = backend_with(conf::BackendTls::direct);
    backend.tls_verify = true;
    backend.ca_file = folder.path() / "ca.pem";
    ::test::write_file(backend.ca_file, "not a certificate");
    const auto made = BackendTls::create(with_backend(backend));
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().file, backend.ca_file);
}

}  // namespace
}  // namespace proxy
