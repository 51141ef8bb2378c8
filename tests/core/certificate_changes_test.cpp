// Aim: a renewal takes every folder that can be used, whatever is wrong with others; and says what
// has become of each.

#include "core/certificate_changes.h"

#include <gtest/gtest.h>

#include "tests/support/certificates.h"

namespace core {
namespace {

using test::issue;
using test::write_file;
using test::write_pair;
using Lines = std::vector<std::string>;
using Store = std::shared_ptr<const CertificateStore>;

class CertificateChangesTest : public testing::Test {
protected:
    CertificateChangesTest() {
        for (const char* name : {"a.example", "b.example", "c.example"}) renew_pair(name);
        before_ = CertificateStore::load(dir_.path()).value();
    }
    std::filesystem::path folder(const std::string& name) const { return dir_.path() / name; }
    void renew_pair(const std::string& name) const {
        write_pair(folder(name), issue({.dns_names = {name}}));
    }
    void break_key(const std::string& name) const {
        write_file(folder(name) / "privkey.pem",
                   test::pem_of(test::make_key(test::KeyType::ecdsa).get()));
    }
    /// The renewal becomes the store in use.
    Lines renewed() {
        Store after = CertificateStore::renew(dir_.path(), *before_).value();
        Lines lines;
        for (const CertificateChange& change : certificate_changes(*before_, *after))
            lines.push_back(std::string(to_string(change.kind)) + " " + change.domain);
        before_ = after;
        return lines;
    }
    bool shows_new(const std::string& name, const Store& old) const {
        return X509_cmp(before_->find(name)->pairs[0].leaf.get(),
                        old->find(name)->pairs[0].leaf.get()) != 0;
    }

    test::TempDir dir_;
    Store before_;
};

TEST_F(CertificateChangesTest, NamesWhatWasRenewedAddedAndRemoved) {
    EXPECT_EQ(renewed(), Lines{});
    renew_pair("a.example");
    renew_pair("d.example");
    std::filesystem::remove_all(folder("c.example"));
    EXPECT_EQ(renewed(), (Lines{"renewed a.example", "removed c.example", "added d.example"}));
    EXPECT_EQ(renewed(), Lines{});
}

TEST_F(CertificateChangesTest, SaysUntilWhenTheNewOneIsValid) {
    write_pair(folder("a.example"), issue({.dns_names = {"a.example"}, .not_after = 86'400}));
    const Store after = CertificateStore::renew(dir_.path(), *before_).value();
    const auto changes = certificate_changes(*before_, *after);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_NEAR(static_cast<double>(changes[0].valid_until),
                static_cast<double>(std::time(nullptr) + 86'400), 60);
}

TEST_F(CertificateChangesTest, ABrokenPairKeepsTheOldOneAndRenewsAllOthers) {
    const Store old = before_;
    for (const char* name : {"a.example", "b.example", "c.example"}) renew_pair(name);
    break_key("b.example");
    EXPECT_EQ(renewed(), (Lines{"renewed a.example", "kept b.example", "renewed c.example"}));
    EXPECT_TRUE(shows_new("a.example", old) && shows_new("c.example", old));
    EXPECT_FALSE(shows_new("b.example", old));
    EXPECT_NE(before_->unusable().at(0).problem.what.find("does not belong"), std::string::npos);
    // Told again as long as it lasts, and what was kept can be kept once more.
    EXPECT_EQ(renewed(), Lines{"kept b.example"});
    renew_pair("b.example");
    EXPECT_EQ(renewed(), Lines{"renewed b.example"});
    EXPECT_TRUE(before_->unusable().empty());
}

TEST_F(CertificateChangesTest, WhateverIsWrongWithAFolderItKeepsWhatItHad) {
    const auto breaks = {
        +[](const std::filesystem::path& at) { std::filesystem::remove(at / "privkey.pem"); },
        +[](const std::filesystem::path& at) { std::filesystem::remove(at / "fullchain.pem"); },
        +[](const std::filesystem::path& at) { write_file(at / "fullchain.pem", ""); },
        +[](const std::filesystem::path& at) {
            std::filesystem::remove(at / "fullchain.pem");
            std::filesystem::remove(at / "privkey.pem");
        },
        +[](const std::filesystem::path& at) {
            std::filesystem::remove(at / "fullchain.pem");
            std::filesystem::create_symlink("nowhere", at / "fullchain.pem");
        },
    };
    for (const auto& harm : breaks) {
        std::filesystem::remove(folder("b.example") / "fullchain.pem");
        renew_pair("b.example");
        renewed();
        harm(folder("b.example"));
        EXPECT_EQ(renewed(), Lines{"kept b.example"});
        EXPECT_NE(before_->find("b.example"), nullptr);
    }
}

TEST_F(CertificateChangesTest, TheOneThatIsNeededStaysWhenItIsGone) {
    write_pair(folder("c.example"), issue({.dns_names = {"c.example", "also.example"}}));
    renewed();
    std::filesystem::remove_all(folder("b.example"));
    std::filesystem::remove_all(folder("c.example"));
    for (const char* needed : {"c.example", "also.example"}) {
        const Store after = CertificateStore::renew(dir_.path(), *before_, needed).value();
        EXPECT_NE(after->find(needed), nullptr);
        const auto changes = certificate_changes(*before_, *after);
        ASSERT_EQ(changes.size(), 2U);
        EXPECT_EQ(changes[0].kind, CertificateChange::Kind::removed);
        EXPECT_EQ(changes[1].kind, CertificateChange::Kind::kept);
        EXPECT_EQ(changes[1].domain, "c.example");
    }
    EXPECT_TRUE(CertificateStore::renew(dir_.path(), *before_, "none")->get()->unusable().empty());
}

TEST_F(CertificateChangesTest, ANewFolderThatIsBrokenStandsInNobodysWay) {
    renew_pair("a.example");
    renew_pair("d.example");
    break_key("d.example");
    EXPECT_EQ(renewed(), (Lines{"renewed a.example", "unusable d.example"}));
    EXPECT_EQ(before_->find("d.example"), nullptr);
    // At a start it does, for nobody is served yet.
    EXPECT_FALSE(CertificateStore::load(dir_.path()));
}

TEST_F(CertificateChangesTest, TellsOfAnotherChainOfTheSameCertificate) {
    const test::Issued ca = issue({.is_ca = true});
    const test::Issued leaf = issue({.dns_names = {"a.example"}}, test::KeyType::ecdsa, &ca);
    write_pair(folder("a.example"), leaf);
    EXPECT_EQ(renewed(), Lines{"renewed a.example"});
    write_pair(folder("a.example"), leaf, "", test::pem_of(ca.certificate.get()));
    EXPECT_EQ(renewed(), Lines{"completed a.example"});
}

TEST_F(CertificateChangesTest, AKeptOneThatExpiresIsNoted) {
    write_pair(folder("b.example"), issue({.dns_names = {"b.example"}, .not_after = 3600}));
    renewed();
    break_key("b.example");
    renewed();
    bool is_noted = false;
    for (const CertificateNote& note : before_->notes())
        is_noted = is_noted || note.what == "expires within 7 days";
    EXPECT_TRUE(is_noted);
}

TEST_F(CertificateChangesTest, WithoutAnyCertificateLeftNothingIsTaken) {
    for (const char* name : {"a.example", "b.example", "c.example"})
        std::filesystem::remove_all(folder(name));
    EXPECT_FALSE(CertificateStore::renew(dir_.path(), *before_));
    std::filesystem::remove_all(dir_.path());
    EXPECT_FALSE(CertificateStore::renew(dir_.path(), *before_));
    std::filesystem::create_directory(dir_.path());
}

}  // namespace
}  // namespace core
