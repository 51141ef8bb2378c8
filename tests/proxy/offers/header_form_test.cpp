#include "proxy/offers/header_form.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

constexpr std::string_view kServed = "example.org";

TEST(HeaderForm, IsThatOfAUserWhoseAddressIsInTheDomain) {
    for (const std::string_view from :
         {"juliet@example.org", "juliet@EXAMPLE.org.", "juliet@example.org/balcony",
          "Ju\xC3\xA9@example.org", "nobody@example.org"}) {
        EXPECT_EQ(header_form(from, kServed), HeaderForm::user) << from;
    }
}

TEST(HeaderForm, IsAnonymousForWhateverElseFromSays) {
    for (const std::string_view from :
         {"", "example.org", "@example.org", "juliet@example.net", "juliet@sub.example.org",
          "juliet@", "juliet", "example.org/juliet@example.org", "a b@example.org",
          "juliet@example.org@example.org", "juliet@example.org/", "\xFF@example.org"}) {
        EXPECT_EQ(header_form(from, kServed), HeaderForm::anonymous) << from;
    }
    EXPECT_EQ(header_form(std::string(5000, 'a') + "@example.org", kServed), HeaderForm::anonymous);
}

TEST(HeaderForm, ItsSamplesHaveIt) {
    for (const std::string_view domain : {"example.org", "xn--bcher-kva.example", "[::1]"}) {
        for (const HeaderForm form : {HeaderForm::anonymous, HeaderForm::user})
            EXPECT_EQ(header_form(sample_from(form, domain), domain), form) << domain;
    }
}

}  // namespace
}  // namespace proxy
