// Aim: what would keep a log from being written is found before the start, without a trace.

#include "conf/writable_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "core/handle.h"
#include "tests/support/temp_dir.h"

namespace conf {
namespace {

namespace fs = std::filesystem;

class WritableFile : public testing::Test {
protected:
    std::string obstacle(const fs::path& file) const {
        const auto found = obstacle_to_writing(file);
        if (!found) return "";
        std::string text = found->what + " (" + found->hint + ")";
        const std::string folder = folder_.path().string() + "/";
        while (text.find(folder) != std::string::npos) text.erase(text.find(folder), folder.size());
        return text;
    }
    fs::path at(const std::string& name) const { return folder_.path() / name; }

    const ::test::TempDir folder_;
};

/// Another user than root, whom nothing is forbidden.
class AsNobody {
public:
    AsNobody() : was_root_(::geteuid() == 0) {
        if (was_root_ && ::seteuid(65534) != 0) throw std::runtime_error("seteuid");
    }
    ~AsNobody() {
        if (was_root_ && ::seteuid(0) != 0) std::abort();
    }

private:
    bool was_root_;
};

TEST_F(WritableFile, IsOneThatIsThereOrCanBeMade) {
    EXPECT_EQ(obstacle(at("log")), "");
    EXPECT_FALSE(fs::exists(at("log")));
    std::ofstream(at("log")) << "line\n";
    EXPECT_EQ(obstacle(at("log")), "");
    EXPECT_EQ(fs::file_size(at("log")), 5U);
    EXPECT_EQ(obstacle("/dev/null"), "");
    EXPECT_EQ(obstacle("no_such_file_here"), "");
}

TEST_F(WritableFile, IsNoFolderAndInNoFolderThatIsMissing) {
    EXPECT_EQ(obstacle(at("a/log")),
              "there is no folder \"a\" (make it, or remove \"file\" to log to standard error)");
    fs::create_directory(at("a"));
    EXPECT_EQ(obstacle(at("a")), "\"a\" is a folder (name a file inside it)");
    std::ofstream(at("b")) << "";
    EXPECT_EQ(obstacle(at("b/log")),
              "there is no folder \"b\" (make it, or remove \"file\" to log to standard error)");
}

TEST_F(WritableFile, MayBeALinkThatLeadsToOne) {
    fs::create_symlink("log", at("link"));
    EXPECT_EQ(obstacle(at("link")), "");
    fs::create_symlink("gone/log", at("lost"));
    EXPECT_NE(obstacle(at("lost")).find("there is no folder \"gone\""), std::string::npos);
    fs::create_symlink("circle", at("circle"));
    EXPECT_NE(obstacle(at("circle")).find("cannot be reached"), std::string::npos);
}

TEST_F(WritableFile, IsOneThatThisUserMayWrite) {
    std::ofstream(at("log")) << "";
    fs::permissions(at("log"), fs::perms::owner_read);
    fs::create_directory(at("closed"));
    fs::permissions(at("closed"), fs::perms::owner_read | fs::perms::owner_exec);
    fs::permissions(folder_.path(),
                    fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    const AsNobody nobody;
    EXPECT_EQ(obstacle(at("log")),
              "\"log\" cannot be written: Permission denied (let the user that runs this program "
              "write it)");
    EXPECT_NE(obstacle(at("closed/log")).find("(let the user that runs this program write it)"),
              std::string::npos)
        << obstacle(at("closed/log"));
}

TEST_F(WritableFile, IsNoSocketAndAPipeIsNotTouched) {
    const core::Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(address.sun_path, at("socket").c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(obstacle(at("socket")),
              "\"socket\" is a socket (remove \"file\" to log to standard error)");
    ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
    EXPECT_EQ(obstacle(at("pipe")), "");
}

}  // namespace
}  // namespace conf
