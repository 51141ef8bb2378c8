#pragma once
// The recipe of each server; proxy/advice/recipe chooses. Pure; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "conf/config.h"

namespace proxy {

struct Recipe {
    std::string pool;
    /// What to write otherwise in the configuration of stanzagate, each a sentence.
    std::vector<std::string> here;
    /// Settings of the server, with why in comments of its language: a part of its file as it is.
    std::string settings;
    /// What a setting cannot say: limits of the server, what to expect.
    std::vector<std::string> notes;
};

Recipe prosody_recipe(const conf::Config& config, const conf::Pool& pool);
Recipe ejabberd_recipe(const conf::Config& config, const conf::Pool& pool);
Recipe openfire_recipe(const conf::Config& config, const conf::Pool& pool);
Recipe mongooseim_recipe(const conf::Config& config, const conf::Pool& pool);

// What they share.

/// The [domain]s of the pool, as they are written.
std::vector<std::string> domains_of(const conf::Config& config, const conf::Pool& pool);
/// `pool.main.backend "a"`: where a setting of the configuration stands.
std::string place_of(const conf::Pool& pool, const conf::Backend& backend);
/// Where the server is to listen: the backend's address, if it is an IP address, else "".
std::string own_address(const conf::Backend& backend);
/// The server shows a certificate on its link to stanzagate: what it has to be.
std::string certificate_note(const conf::Backend& backend, const std::vector<std::string>& domains);
/// `channel_binding = true` is for stanzanode alone.
void advise_on_binding(Recipe& recipe, const conf::Pool& pool, const conf::Backend& backend);

/// In place of an address that only the operator knows.
inline constexpr std::string_view kOurAddress = "ADDRESS_OF_STANZAGATE";

}  // namespace proxy
