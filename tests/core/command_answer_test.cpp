// Aim: a script never takes an answer that was lost for one that was given.

#include "core/command_answer.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <streambuf>
#include <string>

namespace core {
namespace {

/// Refuses all that is written, with an errno of its choice.
class Refusing : public std::streambuf {
public:
    explicit Refusing(int why) : why_(why) {}

private:
    int_type overflow(int_type) override {
        errno = why_;
        return traits_type::eof();
    }

    int why_;
};

TEST(CommandAnswer, IsWrittenAndGivesTheCodeOfTheCommand) {
    for (const int code : {0, 1, 2, 3}) {
        std::ostringstream out;
        std::ostringstream err;
        EXPECT_EQ(deliver({"stanzagate", "fine\n", code}, out, err), code);
        EXPECT_EQ(out.str(), "fine\n");
        EXPECT_EQ(err.str(), "");
    }
}

TEST(CommandAnswer, ThatCouldNotBeWrittenFailsInOneLine) {
    // A short one is lost by flush, a long one before.
    for (const std::size_t size : {std::size_t{5}, std::size_t{1} << 20}) {
        std::ofstream full("/dev/full");
        std::ostringstream err;
        EXPECT_EQ(deliver({"stanzanode", std::string(size, 'x'), 0}, full, err), 1);
        EXPECT_EQ(err.str(),
                  "stanzanode: the answer could not be written: No space left on device (the "
                  "command itself was carried out)\n");
    }
    std::ofstream full("/dev/full");
    std::ostringstream err;
    EXPECT_EQ(deliver({"stanzagate", "1 warning\n", 2}, full, err), 1);
    EXPECT_EQ(err.str(), "stanzagate: the answer could not be written: No space left on device\n");
}

TEST(CommandAnswer, ThatNobodyReadsAnyMoreFailsInSilence) {
    Refusing closed(EPIPE);
    std::ostream out(&closed);
    std::ostringstream err;
    EXPECT_EQ(deliver({"stanzagate", "fine\n", 0}, out, err), 1);
    EXPECT_EQ(err.str(), "");
}

TEST(CommandAnswer, ThatIsEmptyLeavesTheOutputAlone) {
    Refusing closed(EBADF);
    std::ostream out(&closed);
    std::ostringstream err;
    EXPECT_EQ(deliver({"stanzagate", "", 7}, out, err), 7);
    EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace core
