#include "proxy/admin/drift.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(Drift, ShowsWhatDiffersAndHowToUndoIt) {
    Drift drift{.file = "/etc/stanzagate.toml", .keeping = {.file = "/var/lib/live"}};
    drift.live = {{.pool = "main", .backend = "a", .weight = 77, .file_weight = 30},
                  {.pool = "main",
                   .backend = "b c",
                   .admin = balancer::AdminState::drain,
                   .weight = 10,
                   .file_weight = 10}};
    drift.needs_restart = {"worker: threads 2 -> 4"};
    EXPECT_FALSE(drift.is_none());
    EXPECT_EQ(drift_text(drift),
              "the operator has set:\n"
              "  main/a runs with weight 77, the file says 30\n"
              "    undo: stanzagate weight main/a 30\n"
              "  main/b c is in drain\n"
              "    undo: stanzagate ready 'main/b c'\n"
              "  kept over restarts in /var/lib/live\n"
              "  to write the weights into it: stanzagate save /etc/stanzagate.toml\n"
              "the file says, but only a restart applies:\n"
              "  worker: threads 2 -> 4\n");
    EXPECT_EQ(drift_json(drift),
              R"({"file":"/etc/stanzagate.toml","is_none":false,"live":[{"pool":"main",)"
              R"("backend":"a","admin_state":"ready","weight":77,"file_weight":30,)"
              R"("is_from_dns":false,"words":"main/a runs with weight 77, the file says 30",)"
              R"("undo":["stanzagate weight main/a 30"]},{"pool":"main","backend":"b c",)"
              R"("admin_state":"drain","weight":10,"file_weight":10,"is_from_dns":false,)"
              R"("words":"main/b c is in drain","undo":["stanzagate ready 'main/b c'"]}],)"
              R"("state_file":"/var/lib/live","state_problem":null,)"
              R"("needs_restart":["worker: threads 2 -> 4"],"refusal":null,)"
              R"("refused_changes":[],"certificates":[]})"
              "\n");
}

TEST(Drift, TellsOfAFileThatWasRefused) {
    const Drift drift{.file = "f",
                      .why_refused = "f:3:1 unknown key",
                      .refused = {"pool.main.backend \"a\": weight 100 -> 50"}};
    EXPECT_EQ(drift_text(drift),
              "the file was changed since, and refused:\n"
              "  f:3:1 unknown key\n"
              "when it is repaired, it changes:\n"
              "  pool.main.backend \"a\": weight 100 -> 50\n");
}

}  // namespace
}  // namespace proxy
