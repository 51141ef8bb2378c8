// Aim: whatever a configuration was made of makes a reload when it changes, and what cannot be
// watched is said.

#include "proxy/process/config_watch.h"

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/log_in_file.h"
#include "tests/support/run_loop.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using Paths = std::vector<std::filesystem::path>;

conf::Config config_of_files(const std::string& file, const std::string& ca_file) {
    conf::Config config;
    config.file = file;
    config.tls.cert_dir = file + ".certs";
    conf::Backend without;
    conf::Backend with;
    with.ca_file = ca_file;
    config.pools.push_back({.name = "main", .backends = {without, with}});
    return config;
}

TEST(PathsBehind, AreTheFileAndAllThatItNames) {
    conf::Config config = config_of_files("f", "ca");
    EXPECT_EQ(paths_behind({&config}).files, (Paths{"f", "ca"}));
    config.tls.ticket_keys = "keys";
    config.log.pseudonym_key = "names";
    const core::WatchedPaths paths = paths_behind({&config});
    EXPECT_EQ(paths.files, (Paths{"f", "keys", "names", "ca"}));
    EXPECT_EQ(paths.trees, (Paths{"f.certs"}));
    EXPECT_EQ(paths.endings, (std::vector<std::string>{".pem", ".der", ".resp"}));
}

TEST(PathsBehind, ARefusedConfigurationAddsItsOwn) {
    const conf::Config in_use = config_of_files("f", "old");
    const conf::Config refused = config_of_files("f", "new");
    EXPECT_EQ(paths_behind({&in_use, nullptr}).files, (Paths{"f", "old"}));
    EXPECT_EQ(paths_behind({&in_use, &refused}).files, (Paths{"f", "old", "f", "new"}));
}

TEST(ConfigWatch, TellsOfAChange) {
    const test::TempDir folder;
    test::write_file(folder.path() / "f", "before");
    const conf::Config config = config_of_files(folder.file("f"), folder.file("ca"));
    core::EventLoop loop;
    int changes = 0;
    ConfigWatch watch(loop, [&] { ++changes; }, {.quiet = 1ms, .longest = 10ms, .retry = 1h});
    watch.watch(paths_behind({&config}));
    test::write_file(folder.path() / "ca", "new");
    EXPECT_TRUE(test::run_until(loop, [&] { return changes > 0; }));
}

TEST(ConfigWatch, SaysWhatItCannotWatch) {
    test::LogInFile log;
    core::EventLoop loop;
    ConfigWatch watch(loop, [] {});
    core::WatchedPaths paths;
    paths.trees = {"/dev/null/no/such"};
    watch.watch(paths);
    const auto lines = log.end();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with("warn  files_not_watched why=")) << lines[0];
    EXPECT_TRUE(
        lines[0].ends_with("remedy=\"changes of files count after `stanzagate reload` or SIGHUP\""))
        << lines[0];
}

}  // namespace
}  // namespace proxy
