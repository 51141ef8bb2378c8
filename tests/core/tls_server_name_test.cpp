#include "core/tls_server_name.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace core {
namespace {

std::string name_in(std::string_view extension) {
    return server_name({reinterpret_cast<const unsigned char*>(extension.data()), extension.size()})
        .value_or("-");
}

TEST(TlsServerName, IsReadInLowerCase) {
    EXPECT_EQ(name_in({"\x00\x0c\x00\x00\x09IM.a.Test", 14}), "im.a.test");
}

TEST(TlsServerName, IsNoneInWhatIsMalformed) {
    const std::string whole("\x00\x0c\x00\x00\x09im.a.test", 14);
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_EQ(name_in(whole.substr(0, length)), "-") << length;
    EXPECT_EQ(name_in(whole + "x"), "-");
    EXPECT_EQ(name_in({"\x00\x03\x00\x00\x00", 5}), "-");
    EXPECT_EQ(name_in({"\x00\x04\x01\x00\x01x", 6}), "-");  // another type of name
    const std::string long_name(256, 'x');
    EXPECT_EQ(name_in(std::string("\x01\x03\x00\x01\x00", 5) + long_name), "-");
}

}  // namespace
}  // namespace core
