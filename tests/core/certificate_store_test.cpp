#include "core/certificate_store.h"

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/mentions.h"

namespace core {
namespace {

using test::mentions;

using test::CertificateText;
using test::issue;
using test::Issued;
using test::KeyType;
using test::write_file;
using test::write_pair;

class CertificateStoreTest : public testing::Test {
protected:
    std::filesystem::path folder(const std::string& name) const { return dir_.path() / name; }
    std::shared_ptr<const CertificateStore> load() {
        Result<std::shared_ptr<const CertificateStore>, TlsProblem> store =
            CertificateStore::load(dir_.path());
        if (!store) {
            ADD_FAILURE() << store.error().file << " " << store.error().what;
            return nullptr;
        }
        return *store;
    }
    TlsProblem problem() {
        Result<std::shared_ptr<const CertificateStore>, TlsProblem> store =
            CertificateStore::load(dir_.path());
        EXPECT_FALSE(store.has_value());
        return store ? TlsProblem{} : store.error();
    }
    static std::string found(const CertificateStore& store, std::string_view domain) {
        const CertificateFolder* folder = store.find(domain);
        return folder == nullptr ? "-" : folder->name;
    }

    test::TempDir dir_;
};

bool notes_mention(const CertificateStore& store, std::string_view part) {
    for (const CertificateNote& note : store.notes())
        if (mentions(note.what + " (" + note.remedy + ")", part)) return true;
    return false;
}

TEST_F(CertificateStoreTest, FindsExactThenWildcardThenSanNames) {
    write_pair(folder("example.org"), issue({.dns_names = {"example.org", "also.example.net"}}));
    write_pair(folder("*.example.org"), issue({.dns_names = {"*.example.org"}}));
    write_pair(folder("_.example.com"), issue({.dns_names = {"*.example.com", "*.other.net"}}));
    const auto store = load();
    EXPECT_EQ(found(*store, "example.org"), "example.org");
    EXPECT_EQ(found(*store, "im.example.org"), "*.example.org");
    EXPECT_EQ(found(*store, "a.im.example.org"), "-");  // a wildcard is one label
    EXPECT_EQ(found(*store, "im.example.com"), "*.example.com");
    EXPECT_EQ(found(*store, "example.com"), "-");
    EXPECT_EQ(found(*store, "also.example.net"), "example.org");
    EXPECT_EQ(found(*store, "im.other.net"), "*.example.com");
    EXPECT_EQ(found(*store, ""), "-");
    EXPECT_EQ(found(*store, "."), "-");
    EXPECT_EQ(store->fallback(), nullptr);
    EXPECT_TRUE(store->notes().empty()) << store->notes().front().what;
}

TEST_F(CertificateStoreTest, KnowsTheDefaultFolderWithoutJudgingItsNames) {
    write_pair(folder("default"), issue({.dns_names = {"whatever.example"}}));
    const auto store = load();
    ASSERT_NE(store->fallback(), nullptr);
    EXPECT_EQ(store->fallback()->name, "default");
    EXPECT_TRUE(store->notes().empty());
}

TEST_F(CertificateStoreTest, ShowsWhoNamesNobodyTheFirstDomainThatHasACertificate) {
    const auto shown = [&](const NamelessClients& nameless) {
        const auto store = load();
        const CertificateFolder* folder = store->find_for(nameless);
        return folder == nullptr ? "-" : folder->name;
    };
    const std::vector<std::string> domains{"none.example", "*.c.example", "b.example", "a.example"};
    write_pair(folder("a.example"), issue({.dns_names = {"a.example", "san.example"}}));
    EXPECT_EQ(shown({}), "a.example");  // the only one, whatever it is for
    write_pair(folder("b.example"), issue({.dns_names = {"b.example"}}));
    EXPECT_EQ(shown({}), "-");
    EXPECT_EQ(shown({.domains = domains}), "b.example");
    EXPECT_EQ(shown({.domains = {"san.example"}}), "a.example");
    write_pair(folder("_.c.example"), issue({.dns_names = {"*.c.example"}}));
    EXPECT_EQ(shown({.domains = domains}), "*.c.example");
    write_pair(folder("default"), issue({.dns_names = {"d.example"}}));
    EXPECT_EQ(shown({.domains = domains}), "default");
    EXPECT_EQ(shown({.get = "a.example", .domains = domains}), "a.example");
    EXPECT_EQ(shown({.get = "none.example", .domains = domains}), "-");
    EXPECT_EQ(shown({.are_refused = true, .domains = domains}), "-");
}

TEST_F(CertificateStoreTest, ComparesFolderAndSanNamesInLowerCase) {
    write_pair(folder("Example.ORG"), issue({.dns_names = {"EXAMPLE.org", "IM.Example.org"}}));
    const auto store = load();
    EXPECT_EQ(found(*store, "example.org"), "example.org");
    EXPECT_EQ(found(*store, "im.example.org"), "example.org");
}

TEST_F(CertificateStoreTest, ReadsTheChainBehindTheLeaf) {
    const Issued ca = issue({.is_ca = true});
    const Issued leaf = issue({.dns_names = {"example.org"}}, KeyType::ecdsa, &ca);
    write_pair(folder("example.org"), leaf, "", test::pem_of(ca.certificate.get()));
    const auto store = load();
    const KeyPair& pair = store->find("example.org")->pairs.at(0);
    EXPECT_EQ(X509_cmp(pair.leaf.get(), leaf.certificate.get()), 0);
    ASSERT_EQ(pair.chain.size(), 1U);
    EXPECT_EQ(X509_cmp(pair.chain[0].get(), ca.certificate.get()), 0);
}

TEST_F(CertificateStoreTest, TakesOnePairPerKeyType) {
    write_pair(folder("example.org"), issue({.dns_names = {"example.org"}}), "-ecdsa");
    write_pair(folder("example.org"), issue({.dns_names = {"example.org"}}, KeyType::rsa), "-rsa");
    EXPECT_EQ(load()->find("example.org")->pairs.size(), 2U);
}

TEST_F(CertificateStoreTest, RefusesTwoPairsOfOneKeyType) {
    write_pair(folder("example.org"), issue({.dns_names = {"example.org"}}));
    write_pair(folder("example.org"), issue({.dns_names = {"example.org"}}), "-ecdsa");
    EXPECT_TRUE(mentions(problem().what, "same type of key as fullchain.pem"));
}

TEST_F(CertificateStoreTest, RefusesAKeyThatBelongsToAnotherCertificate) {
    write_pair(folder("example.org"), issue({.dns_names = {"example.org"}}));
    write_file(folder("example.org") / "privkey.pem",
               test::pem_of(test::make_key(KeyType::ecdsa).get()));
    const TlsProblem refused = problem();
    EXPECT_EQ(refused.file.filename(), "privkey.pem");
    EXPECT_TRUE(mentions(refused.what, "does not belong to the certificate"));
}

TEST_F(CertificateStoreTest, RefusesAChainInWrongOrder) {
    const Issued ca = issue({.is_ca = true});
    const Issued leaf = issue({.dns_names = {"example.org"}}, KeyType::ecdsa, &ca);
    write_pair(folder("example.org"), leaf);
    write_file(folder("example.org") / "fullchain.pem",
               test::pem_of(ca.certificate.get()) + test::pem_of(leaf.certificate.get()));
    EXPECT_TRUE(mentions(problem().what, "behind others"));
}

TEST_F(CertificateStoreTest, SaysWhatIsWrongWithAPemFile) {
    const Issued good = issue({.dns_names = {"example.org"}});
    const std::filesystem::path certificate = folder("example.org") / "fullchain.pem";
    const std::filesystem::path key = folder("example.org") / "privkey.pem";

    write_pair(folder("example.org"), good);
    write_file(certificate, test::pem_of(good.key.get()));
    EXPECT_TRUE(mentions(problem().what, "swapped"));
    write_file(certificate, "");
    EXPECT_TRUE(mentions(problem().what, "no certificate in PEM form"));
    write_file(certificate, std::string("\x30\x82\x01\x01", 4));
    EXPECT_TRUE(mentions(problem().what, "-inform der"));
    std::filesystem::remove(certificate);
    EXPECT_TRUE(mentions(problem().what, "cannot be read"));
    write_file(certificate, std::string(2 << 20, 'x'));
    EXPECT_TRUE(mentions(problem().what, "is longer than"));

    write_pair(folder("example.org"), good);
    std::string damaged = test::pem_of(good.certificate.get());
    damaged[damaged.size() / 2] = '!';
    write_file(certificate, test::pem_of(good.certificate.get()) + damaged);
    EXPECT_TRUE(mentions(problem().what, "damaged certificate at place 2"));

    write_pair(folder("example.org"), good);
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), good.key.get(), EVP_aes_128_cbc(),
                             reinterpret_cast<const unsigned char*>("secret"), 6, nullptr, nullptr);
    write_file(key, test::text_of(bio.get()));
    EXPECT_TRUE(mentions(problem().what, "is encrypted"));
}

TEST_F(CertificateStoreTest, RefusesAKeyTooWeakForTheSecurityLevel) {
    Issued weak = issue({.dns_names = {"example.org"}});
    weak.key.reset(EVP_RSA_gen(1024));
    X509_set_pubkey(weak.certificate.get(), weak.key.get());
    X509_sign(weak.certificate.get(), weak.key.get(), EVP_sha256());
    write_pair(folder("example.org"), weak);
    EXPECT_TRUE(mentions(problem().what, "key too small"));
}

TEST_F(CertificateStoreTest, RefusesAFolderTreeWithoutCertificates) {
    EXPECT_TRUE(mentions(problem().what, "make a folder per domain"));
    std::filesystem::create_directory(folder("example.org"));
    EXPECT_TRUE(mentions(problem().what, "make a folder per domain"));
    EXPECT_FALSE(CertificateStore::load(dir_.path() / "absent").has_value());
}

TEST_F(CertificateStoreTest, NotesWhatAnOperatorShouldKnow) {
    write_pair(folder("expired.example"),
               issue({.dns_names = {"expired.example"}, .not_after = -5}));
    write_pair(folder("soon.example"), issue({.dns_names = {"soon.example"}, .not_after = 3600}));
    write_pair(folder("early.example"),
               issue({.dns_names = {"early.example"}, .not_before = 3600}));
    write_pair(folder("name.example"), issue({.dns_names = {"other.example"}}));
    std::filesystem::create_directory(folder("empty.example"));
    write_pair(folder("b\xc3\xbc"
                      "cher.example"),
               issue({.dns_names = {"xn--bcher-kva.example"}}));
    const auto store = load();
    EXPECT_TRUE(notes_mention(*store, "has expired: clients refuse it (renew it)"));
    EXPECT_TRUE(notes_mention(*store, "expires within 7 days (renew it)"));
    EXPECT_TRUE(notes_mention(*store, "is not valid yet (check that this machine's clock"));
    EXPECT_TRUE(notes_mention(*store, "there (order one that names it"));
    EXPECT_TRUE(notes_mention(*store, "holds no fullchain.pem"));
    EXPECT_TRUE(notes_mention(*store, "A-label"));
    EXPECT_EQ(store->notes().size(), 6U);
}

TEST_F(CertificateStoreTest, RefusesAKeyThatEveryUserMayRead) {
    write_pair(folder("open.example"), issue({.dns_names = {"open.example"}}));
    std::filesystem::permissions(folder("open.example") / "privkey.pem",
                                 std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    EXPECT_TRUE(mentions(problem().what, "every user of this machine; chmod o-r it"));
}

TEST_F(CertificateStoreTest, KeepsAValidOcspResponseAndNotesABadOne) {
    const Issued ca = issue({.is_ca = true});
    const Issued leaf = issue({.dns_names = {"example.org"}, .serial = 7}, KeyType::ecdsa, &ca);
    const Issued other = issue({.dns_names = {"example.org"}, .serial = 8}, KeyType::ecdsa, &ca);
    const std::filesystem::path file = folder("example.org") / "ocsp.der";
    write_pair(folder("example.org"), leaf);

    const std::string good = test::ocsp_response(leaf, ca);
    write_file(file, good);
    auto store = load();
    EXPECT_EQ(store->find("example.org")->pairs[0].ocsp_response, good);
    EXPECT_TRUE(store->notes().empty());

    const std::pair<std::string, std::string> bad[] = {
        {test::ocsp_response(leaf, ca, -7200, -3600), "has expired"},
        {test::ocsp_response(leaf, ca, 3600, 7200), "not valid yet"},
        {test::ocsp_response(other, ca), "another certificate"},
        {good.substr(0, good.size() / 2), "no OCSP response"},
        {"", "no OCSP response"},
    };
    for (const auto& [content, expected] : bad) {
        write_file(file, content);
        store = load();
        EXPECT_TRUE(store->find("example.org")->pairs[0].ocsp_response.empty()) << expected;
        EXPECT_TRUE(notes_mention(*store, expected)) << expected;
    }
}

}  // namespace
}  // namespace core
