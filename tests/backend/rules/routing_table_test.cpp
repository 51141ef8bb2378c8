// The table of RFC 6121 section 8.5.4, cell by cell, through the whole of the rules.

#include <string>
#include <vector>

#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

const std::string kUser = "juliet@example.org";

/// A stanza of each column, without its address.
struct Column {
    std::string name, attributes, content;
};
const std::vector<Column> kColumns{
    {"message", "", "<body>x</body>"},
    {"message", " type='chat'", "<body>x</body>"},
    {"message", " type='groupchat'", "<body>x</body>"},
    {"message", " type='headline'", "<body>x</body>"},
    {"message", " type='error'", "<body>x</body>"},
    {"presence", "", ""},
    {"iq", " type='get' id='1'", "<q xmlns='urn:unknown'/>"},
    {"iq", " type='result' id='1'", ""},
};

class RoutingTable : public ::testing::Test {
protected:
    RoutingTable() { world_.connect(kRomeo); }

    /// A session of the user with that priority, or without presence.
    void connect(const std::string& resource, const std::string& priority = {}) {
        world_.connect(kUser + "/" + resource);
        if (!priority.empty()) {
            world_.send(kUser + "/" + resource,
                        "<presence><priority>" + priority + "</priority></presence>");
        }
        resources_.push_back(resource);
    }

    /// One word for each column: the resources that got it, "error", "stored", or "-" for silence.
    void expect_row(const std::string& to, const std::vector<std::string>& expected) {
        std::vector<std::string> got;
        for (const Column& column : kColumns) got.push_back(outcome(column, to));
        EXPECT_EQ(got, expected) << to;
    }

    World world_;

private:
    std::string outcome(const Column& column, const std::string& to) {
        world_.forget_all();
        world_.users[kUser].offline.clear();
        std::string stanza = "<" + column.name + column.attributes + " to='" + to + "'>";
        world_.send(kRomeo, stanza + column.content + "</" + column.name + ">");
        std::string out;
        for (const std::string& resource : resources_) {
            if (!world_.taken(kUser + "/" + resource).empty()) out += resource;
        }
        const Stanzas answers = world_.taken(kRomeo);
        if (!answers.empty()) {
            EXPECT_NE(answers.at(0).find("<service-unavailable "), std::string::npos);
            out += "error";
        }
        if (!world_.users[kUser].offline.empty()) out += "stored";
        return out.empty() ? "-" : out;
    }

    std::vector<std::string> resources_;
};

TEST_F(RoutingTable, NoAccount) {
    for (const std::string to : {"nobody@example.org", "nobody@example.org/a"}) {
        expect_row(to, {"error", "error", "error", "-", "-", "-", "error", "-"});
    }
}

TEST_F(RoutingTable, NoSession) {
    world_.add_user(kUser);
    expect_row(kUser, {"stored", "stored", "error", "-", "-", "-", "error", "-"});
    expect_row(kUser + "/a", {"error", "stored", "error", "-", "-", "-", "error", "-"});
}

TEST_F(RoutingTable, ConnectedWithoutPresence) {
    connect("a");
    expect_row(kUser, {"stored", "stored", "error", "-", "-", "-", "error", "-"});
    expect_row(kUser + "/a", {"a", "a", "a", "a", "a", "a", "a", "a"});
    expect_row(kUser + "/z", {"error", "stored", "error", "-", "-", "-", "error", "-"});
}

TEST_F(RoutingTable, NegativePriorityAlone) {
    connect("a", "-1");
    expect_row(kUser, {"stored", "stored", "error", "-", "-", "a", "error", "-"});
    expect_row(kUser + "/a", {"a", "a", "a", "a", "a", "a", "a", "a"});
    expect_row(kUser + "/z", {"error", "stored", "error", "-", "-", "-", "error", "-"});
}

TEST_F(RoutingTable, OneThatTakesMessages) {
    connect("a", "0");
    expect_row(kUser, {"a", "a", "error", "a", "-", "a", "error", "-"});
    expect_row(kUser + "/a", {"a", "a", "a", "a", "a", "a", "a", "a"});
    expect_row(kUser + "/z", {"error", "a", "error", "-", "-", "-", "error", "-"});
}

TEST_F(RoutingTable, SeveralOfAllKinds) {
    connect("a", "0");
    connect("b", "-128");
    connect("c", "127");
    connect("d");
    expect_row(kUser, {"ac", "ac", "error", "ac", "-", "abc", "error", "-"});
    expect_row(kUser + "/b", {"b", "b", "b", "b", "b", "b", "b", "b"});
    expect_row(kUser + "/z", {"error", "ac", "error", "-", "-", "-", "error", "-"});
}

}  // namespace
}  // namespace backend
