// Aim: what is named is found, byte for byte, and nothing else is there.

#include "proxy/web/web_paths.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

conf::Web web() {
    conf::Web web;
    web.forwards = {{.path = "/upload/", .pool = "main", .port = 5280},
                    {.path = "/upload/big/", .pool = "main", .port = 5281},
                    {.path = "/exact", .pool = "main", .port = 5282}};
    return web;
}

WebService service_at(std::string_view path) {
    return find_place(web(), path).service;
}

TEST(WebPaths, NameTheServices) {
    EXPECT_EQ(service_at("/xmpp-websocket"), WebService::websocket);
    EXPECT_EQ(service_at("/http-bind"), WebService::bosh);
    EXPECT_EQ(service_at("/.well-known/host-meta"), WebService::host_meta);
    EXPECT_EQ(service_at("/.well-known/host-meta.json"), WebService::host_meta_json);
}

TEST(WebPaths, HaveNothingElse) {
    for (const char* path :
         {"/", "/http-bind/", "/HTTP-BIND", "/http%2Dbind", "/xmpp-websocket/x", "/login.jsp",
          "/setup", "/admin", "/upload", "/exact/", "/.well-known/", "*"})
        EXPECT_EQ(service_at(path), WebService::nothing) << path;
    conf::Web off;
    off.bosh = off.websocket = "";
    EXPECT_EQ(find_place(off, "").service, WebService::nothing);
    EXPECT_EQ(find_place(off, "/http-bind").service, WebService::nothing);
}

TEST(WebPaths, TheLongestForwardCounts) {
    const conf::Web all = web();
    EXPECT_EQ(find_place(all, "/upload/a").forward->port, 5280);
    EXPECT_EQ(find_place(all, "/upload/").forward->port, 5280);
    EXPECT_EQ(find_place(all, "/upload/big/a").forward->port, 5281);
    EXPECT_EQ(find_place(all, "/exact").forward->port, 5282);
}

TEST(WebPaths, SayWhichMethodsTheyAnswer) {
    using http::Method;
    EXPECT_TRUE(allows(WebService::websocket, Method::get));
    EXPECT_FALSE(allows(WebService::websocket, Method::head));
    EXPECT_TRUE(allows(WebService::bosh, Method::post));
    EXPECT_TRUE(allows(WebService::bosh, Method::options));
    EXPECT_FALSE(allows(WebService::bosh, Method::get));
    EXPECT_TRUE(allows(WebService::host_meta, Method::head));
    EXPECT_FALSE(allows(WebService::host_meta_json, Method::post));
    EXPECT_TRUE(allows(WebService::forward, Method::remove));
}

TEST(WebPaths, AChallengeIsATokenInItsFolder) {
    EXPECT_EQ(challenge_token("/.well-known/acme-challenge/aZ09-_"), "aZ09-_");
    for (const char* path :
         {"/.well-known/acme-challenge/", "/.well-known/acme-challenge/a/b",
          "/.well-known/acme-challenge/..", "/.well-known/acme-challenge/a.b",
          "/.well-known/acme-challenge/%61", "/.well-known/acme-challenge", "/a"})
        EXPECT_EQ(challenge_token(path), "") << path;
}

}  // namespace
}  // namespace proxy
