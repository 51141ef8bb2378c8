#include "proxy/advice/recipe.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

class RecipeOf : public ::testing::Test {
protected:
    RecipeOf() {
        config_.domains = {{.name = "example.org", .pool = "main"},
                           {.name = "b.example", .pool = "other"}};
        config_.pools = {{.name = "main", .backends = {{.name = "a", .host = "10.0.0.11"}}}};
    }
    conf::Backend& backend() { return config_.pools[0].backends[0]; }
    Recipe made(RecipeKind kind) { return make_recipe(kind, config_, config_.pools[0]); }
    std::string text(RecipeKind kind) { return recipe_text(kind, config_, made(kind)); }
    static bool has(const std::vector<std::string>& all, std::string_view part) {
        for (const std::string& each : all)
            if (each.find(part) != each.npos) return true;
        return false;
    }

    conf::Config config_;
};

TEST_F(RecipeOf, IsForThePoolAndItsDomains) {
    EXPECT_TRUE(text(RecipeKind::prosody)
                    .starts_with("-- Prosody behind pool \"main\" of stanzagate (example.org).\n"));
    EXPECT_EQ(made(RecipeKind::prosody).here, std::vector<std::string>{});
}

TEST_F(RecipeOf, ProsodyListensWhereOnlyWeReachIt) {
    const std::string settings = made(RecipeKind::prosody).settings;
    EXPECT_NE(settings.find("c2s_ports = { 5222 }\nc2s_interfaces = { \"10.0.0.11\" }"),
              settings.npos)
        << settings;
    backend().host = "prosody.lan";
    EXPECT_EQ(made(RecipeKind::prosody).settings.find("c2s_interfaces = "), settings.npos);
}

TEST_F(RecipeOf, EachServerWithTlsIsToldOfItsCertificate) {
    backend().tls = conf::BackendTls::starttls;
    for (const auto kind : {RecipeKind::prosody, RecipeKind::ejabberd, RecipeKind::openfire,
                            RecipeKind::mongooseim}) {
        const std::string said = text(kind);
        EXPECT_NE(said.find("certificate that names example.org"), said.npos) << said;
        EXPECT_EQ(said.find("TLS ends in stanzagate"), said.npos) << said;
    }
    backend().channel_binding = conf::ChannelBinding::same_certificate;
    const std::string said = text(RecipeKind::openfire);
    EXPECT_NE(said.find("key of cert_dir"), said.npos) << said;
}

TEST_F(RecipeOf, WhatDoesNotFitIsSaidFirst) {
    config_.pools[0].backends.push_back({.name = "b", .host = "10.0.0.12"});
    EXPECT_TRUE(has(made(RecipeKind::prosody).here, "cannot be clustered"));
    EXPECT_TRUE(has(made(RecipeKind::ejabberd).here, "resume_anywhere = true"));
    EXPECT_TRUE(has(made(RecipeKind::ejabberd).here, "pool.main.backend \"b\": proxy = \"v2\""));
    EXPECT_TRUE(has(made(RecipeKind::openfire).here, "stanza = \"1MiB\""));
    config_.pools[0].resume_anywhere = true;
    EXPECT_TRUE(has(made(RecipeKind::openfire).here, "resume_anywhere = false"));
    backend().proxy = conf::ProxyProtocol::v2;
    backend().channel_binding = conf::ChannelBinding::told;
    EXPECT_TRUE(has(made(RecipeKind::openfire).here, "proxy = \"off\""));
    EXPECT_TRUE(has(made(RecipeKind::mongooseim).here, "is for stanzanode"));
}

TEST(RecipeKinds, AreReadInAnyCase) {
    EXPECT_EQ(recipe_kind("MongooseIM"), RecipeKind::mongooseim);
    EXPECT_EQ(recipe_kind("prosodyx"), std::nullopt);
    EXPECT_EQ(recipe_kinds(), "prosody, ejabberd, openfire, mongooseim");
}

}  // namespace
}  // namespace proxy
