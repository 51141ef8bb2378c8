// Aim: names that must fit together do, and what the file system lacks is said before the start.

#include "conf/check.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/load_text.h"
#include "tests/support/temp_dir.h"

namespace conf {
namespace {

namespace fs = std::filesystem;
using namespace test;

TEST(CheckFields, ListenersDoNotShareAnAddress) {
    EXPECT_EQ(
        problems(kHead + "[[listen]]\nkind = \"c2s-tls\"\naddress = \"127.0.0.1:5222\"\n" +
                 kDomain + kBackend),
        "8:1: error: listen \"127.0.0.1:5222\": this address is given twice (first on line 5)\n");
    EXPECT_EQ(problems(kHead + "[[listen]]\naddress = \"127.0.0.1:5223\"\n" + kDomain + kBackend),
              "");
}

TEST(CheckFields, DomainsNameAPool) {
    EXPECT_EQ(
        problems(
            kHead +
            "[domain.\"example.org\"]\npool = \"mian\"\n[domain.\"b.example\"]\npool = \"main\"\n" +
            kBackend),
        "7:8: error: domain \"example.org\": there is no pool \"mian\" (did you mean \"main\"?)\n");
    EXPECT_EQ(
        problems(
            kHead +
            "[domain.\"example.org\"]\npool = \"x\"\n[domain.\"b.example\"]\npool = \"main\"\n" +
            kBackend),
        "7:8: error: domain \"example.org\": there is no pool \"x\" (add [[pool.x.backend]])\n");
}

TEST(CheckFields, DomainsAreComparedAsALabels) {
    EXPECT_EQ(problems(kHead + kDomain + "[domain.\"EXAMPLE.org\"]\npool = \"main\"\n" + kBackend),
              "8:10: error: domain \"example.org\": this domain is given twice "
              "(names are compared in lower case and as A-labels)\n");
}

TEST(CheckFields, UnusedPoolIsAWarning) {
    EXPECT_EQ(problems(kHead + kDomain + kBackend +
                       "[[pool.spare.backend]]\naddress = \"127.0.0.2:1\"\n"),
              "11:8: warning: pool.spare: no domain uses this pool (add [domain.\"example.org\"] "
              "with pool = \"spare\")\n");
}

TEST(CheckFields, LowWatermarkIsBelowHighOne) {
    EXPECT_EQ(problems(kHead + kDomain + kBackend + "[limits]\nbuffer_low = \"256KiB\"\n"),
              "12:1: error: limits: buffer_low (256KiB) must be below buffer_high (256KiB) "
              "(a quarter of buffer_high is a good buffer_low)\n");
    EXPECT_NE(problems(kHead + kDomain + kBackend + "[limits]\nbuffer_high = \"32KiB\"\n")
                  .find("12:1: error"),
              std::string::npos);
}

TEST(CheckFields, HandshakeFitsIntoLogin) {
    EXPECT_NE(problems(kHead + kDomain + kBackend + "[limits]\nlogin = \"5s\"\n")
                  .find("12:1: warning: limits: handshake (10s) is longer than login (5s)"),
              std::string::npos);
}

TEST(CheckFields, SkippedTextIsNotCalledMissing) {
    EXPECT_EQ(
        problems("version = 1\n[tls]\ncert_dir = 'certs\n[[listen]]\naddress \"127.0.0.1:5222\"\n" +
                 kDomain + kBackend),
        "3:12: error: text that is not closed, or holds a control character (close the quote on "
        "the "
        "same line)\n"
        "5:8: error: no \"=\" after the key (write address = \"127.0.0.1:5222\")\n");
}

/// A folder with a fine file and certificates for example.org.
class CheckFiles : public ::testing::Test {
protected:
    CheckFiles() {
        make("certs/example.org/fullchain.pem");
        make("certs/example.org/privkey.pem");
    }

    void make(const std::string& name) {
        const fs::path file = folder_ / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file) << "x\n";
        fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    }
    /// Problems of the text as a file in the folder, with the folder's name cut out.
    std::string found(const std::string& text) {
        const fs::path file = folder_ / "f";
        std::ofstream(file) << text;
        std::string all = shown(examine(file).problems);
        const std::string prefix = folder_.string() + "/";
        for (std::size_t at = 0; (at = all.find(prefix, at)) != std::string::npos;)
            all.erase(at, prefix.size());
        return all;
    }
    std::string found() { return found(kHead + kDomain + kBackend); }

    const ::test::TempDir temp_;
    const fs::path& folder_ = temp_.path();
};

TEST_F(CheckFiles, SaysNothingWhenAllIsThere) {
    EXPECT_EQ(found(), "");
}

TEST_F(CheckFiles, CertificateFolderExists) {
    fs::remove_all(folder_ / "certs");
    EXPECT_EQ(found(),
              "3:1: error: tls: there is no folder \"certs\" (paths are relative to the folder of "
              "this file)\n");
}

TEST_F(CheckFiles, CertificateFolderHoldsACertificate) {
    fs::remove_all(folder_ / "certs/example.org");
    EXPECT_EQ(found(),
              "3:1: error: tls: no certificate in \"certs\" "
              "(put fullchain.pem and privkey.pem into a folder named like the domain)\n");
}

TEST_F(CheckFiles, EveryDomainHasACertificateFolder) {
    const std::string more =
        "[domain.\"b.example\"]\npool = \"main\"\n[domain.\"*.c.example\"]\npool = \"main\"\n"
        "[domain.\"*\"]\npool = \"main\"\n";
    EXPECT_EQ(
        found(kHead + kDomain + kBackend + more),
        "11:10: warning: domain \"b.example\": no certificate folder of that name in \"certs\" "
        "(make b.example/ or default/, unless the certificate of another folder covers it)\n"
        "13:10: warning: domain \"*.c.example\": no certificate folder of that name in \"certs\" "
        "(make *.c.example/ or default/, unless the certificate of another folder covers it)\n");
    make("certs/_.example/fullchain-rsa.pem");
    make("certs/_.example/privkey-rsa.pem");
    make("certs/*.c.example/fullchain-ecdsa.pem");
    make("certs/*.c.example/privkey-ecdsa.pem");
    EXPECT_EQ(found(kHead + kDomain + kBackend + more), "");
}

TEST_F(CheckFiles, DefaultFolderServesEveryDomain) {
    make("certs/default/fullchain.pem");
    make("certs/default/privkey.pem");
    EXPECT_EQ(found(kHead + kDomain + "[domain.\"b.example\"]\npool = \"main\"\n" + kBackend), "");
}

TEST_F(CheckFiles, KeyAndChainComeTogether) {
    fs::remove(folder_ / "certs/example.org/privkey.pem");
    EXPECT_EQ(found(),
              "3:1: error: tls: \"certs/example.org/privkey.pem\" is missing (a certificate chain "
              "and its key go together)\n");
    make("certs/example.org/privkey.pem");
    make("certs/example.org/privkey-rsa.pem");
    EXPECT_EQ(found(),
              "3:1: error: tls: \"certs/example.org/fullchain-rsa.pem\" is missing (a certificate "
              "chain and its key go together)\n");
}

TEST_F(CheckFiles, PrivateKeyThatEveryUserReadsIsRefused) {
    fs::permissions(folder_ / "certs/example.org/privkey.pem", fs::perms::others_read,
                    fs::perm_options::add);
    EXPECT_EQ(found(),
              "3:1: error: tls: every user may read the private key "
              "\"certs/example.org/privkey.pem\" (chmod o-r)\n");
}

TEST_F(CheckFiles, NamedFilesExist) {
    EXPECT_EQ(found(kHead + kDomain + kBackend + "tls = \"direct\"\nca_file = \"ca.pem\"\n"),
              "12:1: error: pool.main.backend \"a\": there is no file \"ca.pem\" (paths are "
              "relative to the folder of this file)\n");
    make("ca.pem");
    EXPECT_EQ(found(kHead + kDomain + kBackend + "tls = \"direct\"\nca_file = \"ca.pem\"\n"), "");
    EXPECT_EQ(found(kHead + kDomain + kBackend + "tls = \"direct\"\nca_file = \"certs\"\n"),
              "12:1: error: pool.main.backend \"a\": \"certs\" is no file that this user may read "
              "(let the user that runs stanzagate read it)\n");
}

TEST_F(CheckFiles, TicketKeysExist) {
    EXPECT_EQ(found("version = 1\n[tls]\nticket_keys = \"none\"\n" +
                    kHead.substr(kHead.find("cert_dir")) + kDomain + kBackend),
              "3:1: error: tls: there is no file \"none\" (paths are relative to the folder of "
              "this file)\n");
}

TEST_F(CheckFiles, ResumptionKeysExist) {
    EXPECT_EQ(
        found(kHead + kDomain + kBackend + "[resumption]\nkeys = \"none\"\n"),
        "12:1: error: resumption: there is no file \"none\" (paths are relative to the folder "
        "of this file)\n");
}

TEST_F(CheckFiles, KeysThatProxiesShareAreNotForEveryUser) {
    make("keys");
    const std::string text = "version = 1\n[tls]\nticket_keys = \"keys\"\n" +
                             kHead.substr(kHead.find("cert_dir")) + kDomain + kBackend +
                             "[resumption]\nkeys = \"keys\"\n";
    EXPECT_EQ(found(text), "");
    fs::permissions(folder_ / "keys", fs::perms::others_read, fs::perm_options::add);
    EXPECT_EQ(found(text),
              "3:1: error: tls: every user may read the keys \"keys\", and so decrypt what was "
              "recorded (chmod o-r)\n"
              "13:1: error: resumption: every user may read the keys \"keys\", and so make tags "
              "that lead to any backend (chmod o-r)\n");
}

TEST_F(CheckFiles, TheDefaultDomainHasACertificate) {
    const auto with = [&](const std::string& name) {
        return found("version = 1\n[tls]\ndefault = \"" + name + "\"\n" +
                     kHead.substr(kHead.find("cert_dir")) + kDomain + kBackend);
    };
    EXPECT_EQ(with("example.org"), "");
    EXPECT_EQ(with("none"), "");
    EXPECT_EQ(with(""), "");
    EXPECT_EQ(with("b.example"),
              "3:1: warning: tls: no certificate folder for \"b.example\" in \"certs\" (name a "
              "domain that has one, unless the certificate of another folder covers it)\n");
    for (const char* wrong : {"*", "a b", "romeo@example.org"})
        EXPECT_NE(with(wrong).find("is no domain name (write a name that has a certificate"),
                  std::string::npos)
            << wrong << with(wrong);
}

TEST_F(CheckFiles, KeyOfPseudonymsExistsAndIsNotForEveryUser) {
    const std::string text = kHead + kDomain + kBackend + "[log]\npseudonym_key = \"names\"\n";
    EXPECT_EQ(found(text),
              "12:1: error: log: there is no file \"names\" (paths are relative to the folder of "
              "this file)\n");
    make("names");
    EXPECT_EQ(found(text), "");
    fs::permissions(folder_ / "names", fs::perms::others_read, fs::perm_options::add);
    EXPECT_EQ(found(text),
              "12:1: error: log: every user may read the key \"names\", and so find out who is "
              "who in the log (chmod o-r)\n");
}

TEST_F(CheckFiles, FolderOfTheLogExists) {
    EXPECT_EQ(found(kHead + kDomain + kBackend + "[log]\nfile = \"logs/x.log\"\n"),
              "12:1: error: log: there is no folder \"logs\" (make it, or remove \"file\" to log "
              "to standard error)\n");
    EXPECT_EQ(found(kHead + kDomain + kBackend + "[log]\nfile = \"x.log\"\n"), "");
    EXPECT_EQ(found(kHead + kDomain + kBackend + "[log]\nfile = \"certs\"\n"),
              "12:1: error: log: \"certs\" is a folder (name a file inside it)\n");
    EXPECT_FALSE(fs::exists("x.log"));
}

TEST_F(CheckFiles, LiveStateThatCannotBeKeptIsAWarning) {
    const auto with = [](const std::string& state) {
        return kHead + kDomain + kBackend + "[admin]\nstate = \"" + state + "\"\n";
    };
    EXPECT_EQ(found(with("state")), "");
    EXPECT_EQ(found(with("lib/state")),
              "12:1: warning: admin: there is no folder \"lib\", so a restart forgets what was set "
              "live (make it, for this user alone, or remove \"state\")\n");
    EXPECT_EQ(found(with("certs")),
              "12:1: warning: admin: \"certs\" is no file (name one that is not there yet)\n");
}

TEST_F(CheckFiles, AProcessThatRunsLeavesKeyFoldersAlone) {
    fs::remove(folder_ / "certs/example.org/privkey.pem");
    std::ofstream(folder_ / "f") << kHead + kDomain + kBackend;
    EXPECT_TRUE(examine(folder_ / "f").has_errors());
    EXPECT_TRUE(examine(folder_ / "f", KeyFolders::left_alone).problems.empty());
    fs::remove_all(folder_ / "certs");
    EXPECT_TRUE(examine(folder_ / "f", KeyFolders::left_alone).has_errors());
}

TEST_F(CheckFiles, TheFolderOfAcmeChallengesIsThere) {
    const auto with = [&](const std::string& path) {
        return found(kHead + kDomain + kBackend + "[web]\nacme_challenge = \"" + path + "\"\n");
    };
    EXPECT_EQ(with("certs"), "");
    EXPECT_EQ(with("acme"),
              "12:1: error: web: there is no folder \"acme\" (make it, and name it to the program "
              "that fetches certificates)\n");
    make("file");
    EXPECT_NE(with("file").find("there is no folder"), std::string::npos);
}

TEST_F(CheckFiles, AdminSocketHasAFolderAndReplacesNoFile) {
    const auto with = [&](const std::string& path) {
        return found(kHead + kDomain + kBackend + "[admin]\nsocket = \"" + path + "\"\n");
    };
    EXPECT_EQ(with("admin.sock"), "");
    EXPECT_EQ(with("run/admin.sock"),
              "12:1: error: admin: there is no folder \"run\" (make it, for this user alone, or "
              "remove \"socket\")\n");
    EXPECT_EQ(with("/run/none-of-this-name/admin.sock"),
              "12:1: warning: admin: there is no folder \"/run/none-of-this-name\" yet (a service "
              "manager makes it at the start (systemd: RuntimeDirectory=none-of-this-name); else "
              "make it, for this user alone)\n");
    make("notes.txt");
    EXPECT_EQ(with("notes.txt"),
              "12:1: error: admin: \"notes.txt\" is there and is no socket (name a file that is "
              "not there yet)\n");
}

}  // namespace
}  // namespace conf
