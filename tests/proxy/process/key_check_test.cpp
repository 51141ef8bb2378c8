#include "proxy/process/key_check.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

namespace proxy {
namespace {

/// A configuration whose certificate for example.org can be used.
class KeyCheck : public ::testing::Test {
protected:
    KeyCheck() {
        config_.tls.cert_dir = folder_.path() / "certs";
        conf::Backend backend;
        backend.name = "a";
        backend.tls = conf::BackendTls::direct;
        backend.tls_verify = false;
        config_.pools.push_back({.name = "main", .backends = {backend}});
        write_pair({.dns_names = {"example.org"}});
    }

    std::filesystem::path file(const std::string& name) const {
        return config_.tls.cert_dir / "example.org" / name;
    }
    void write_pair(const test::CertificateText& text) const {
        test::write_pair(config_.tls.cert_dir / "example.org", test::issue(text));
    }
    std::string problems() const {
        std::string text;
        for (const conf::Problem& problem : check_keys(config_)) text += problem.summary() + '\n';
        return text;
    }

    const test::TempDir folder_;
    conf::Config config_;
};

TEST_F(KeyCheck, SaysNothingWhenAllCanBeUsed) {
    EXPECT_EQ(problems(), "");
}

TEST_F(KeyCheck, SaysWhatWouldRefuseTheStart) {
    test::write_file(file("privkey.pem"), test::pem_of(test::make_key(test::KeyType::ecdsa).get()));
    config_.tls.ticket_keys = folder_.path() / "tickets";
    test::write_file(config_.tls.ticket_keys, "short\n");
    config_.log.pseudonym_key = folder_.path() / "names";
    test::write_file(config_.log.pseudonym_key, "hunter2\n");
    conf::Backend& backend = config_.pools[0].backends[0];
    backend.tls_verify = true;
    backend.ca_file = folder_.path() / "ca.pem";
    test::write_file(backend.ca_file, "none\n");

    const std::string said = problems();

    EXPECT_NE(said.find("privkey.pem:1:1: error: does not belong to the certificate"),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("tickets:1:1: error: line 1 is not 80 bytes in base64"), std::string::npos)
        << said;
    EXPECT_NE(said.find("names:1:1: error: has 7 characters, and 32 are the least"),
              std::string::npos)
        << said;
    EXPECT_EQ(said.find("hunter2"), std::string::npos);
    EXPECT_NE(said.find("ca.pem:1:1: error: holds no CA certificates"), std::string::npos) << said;
}

TEST_F(KeyCheck, RefusesADefaultWithoutCertificate) {
    config_.file = "stanzagate.toml";
    config_.tls.default_domain = "example.net";
    EXPECT_NE(problems().find("stanzagate.toml:1:1: error: [tls] default: there is no certificate "
                              "for \"example.net\"; name a domain that has one, or \"none\""),
              std::string::npos)
        << problems();
    for (const char* fine : {"example.org", "none"}) {
        config_.tls.default_domain = fine;
        EXPECT_EQ(problems(), "");
    }
}

TEST_F(KeyCheck, WarnsOfWhatClientsWillRefuse) {
    write_pair({.dns_names = {"example.net"}, .not_after = -60});

    const std::string said = problems();

    EXPECT_NE(said.find("fullchain.pem:1:1: warning: has expired: clients refuse it (renew it)"),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("fullchain.pem:1:1: warning: does not name example.org"), std::string::npos)
        << said;
}

TEST_F(KeyCheck, RefusesAKeyThatEveryUserMayRead) {
    std::filesystem::permissions(file("privkey.pem"), std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);

    EXPECT_NE(problems().find("privkey.pem:1:1: error: can be read by every user of this machine; "
                              "chmod o-r it"),
              std::string::npos);
}

}  // namespace
}  // namespace proxy
