#pragma once
// A SCRAM client made for tests: it writes what RFC 5802 section 7 says, and can be told to lie.

#include <string>

#include "backend/stream/scram_keys.h"
#include "xmpp/base64.h"

namespace backend::test {

struct ScramClient {
    ScramHash hash = ScramHash::sha256;
    std::string user;
    std::string password;
    std::string gs2 = "n,,";   // gs2-header
    std::string binding = {};  // channel binding data
    std::string nonce = "clientnonce";

    std::string bare() const { return "n=" + user + ",r=" + nonce; }
    std::string first() const { return gs2 + bare(); }

    /// client-final-message for a server-first-message.
    std::string final_message(const std::string& server_first) const {
        const std::string server_nonce = field(server_first, "r=");
        const std::string without_proof =
            "c=" + xmpp::encode_base64(gs2 + binding) + ",r=" + server_nonce;
        const std::string message = bare() + "," + server_first + "," + without_proof;
        const auto salt = xmpp::decode_base64(field(server_first, "s="));
        // The client key is what the stored key is the hash of: made here the long way round.
        const std::string salted =
            salted_password(std::string(salt->reveal()), std::stoi(field(server_first, "i=")));
        std::string proof = hmac(hash, salted, "Client Key");
        const std::string signature = hmac(hash, digest(hash, proof), message);
        for (std::size_t i = 0; i < proof.size(); ++i)
            proof[i] = static_cast<char>(proof[i] ^ signature[i]);
        return without_proof + ",p=" + xmpp::encode_base64(proof);
    }

    static std::string field(const std::string& message, const std::string& name) {
        const auto at = message.find(name) + name.size();
        return message.substr(at, message.find(',', at) - at);
    }

private:
    /// Hi() of RFC 5802 section 2.2, as it is written there.
    std::string salted_password(std::string salt, int iterations) const {
        std::string u = hmac(hash, password, salt.append("\0\0\0\1", 4));
        std::string sum = u;
        for (int i = 1; i < iterations; ++i) {
            u = hmac(hash, password, u);
            for (std::size_t at = 0; at < sum.size(); ++at)
                sum[at] = static_cast<char>(sum[at] ^ u[at]);
        }
        return sum;
    }
};

}  // namespace backend::test
