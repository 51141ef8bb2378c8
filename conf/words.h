#pragma once
// The words of the file for the values of enumerations, for reading and for telling. Pure; any
// thread.

#include <array>
#include <span>
#include <string_view>

#include "conf/config.h"

namespace conf {

/// A word of the file and the enumerator it means.
template <class E>
struct Choice {
    std::string_view word;
    E value;
};
template <class E>
Choice(const char*, E) -> Choice<E>;

inline constexpr std::array kListenKinds{
    Choice{"c2s", ListenKind::c2s}, Choice{"c2s-tls", ListenKind::c2s_tls},
    Choice{"web", ListenKind::web}, Choice{"web-clear", ListenKind::web_clear}};
inline constexpr std::array kBalances{
    Choice{"least-sessions", Balance::least_sessions}, Choice{"round-robin", Balance::round_robin},
    Choice{"random-two", Balance::random_two}, Choice{"hash-user", Balance::hash_user},
    Choice{"hash-ip", Balance::hash_ip}};
inline constexpr std::array kRoutes{Choice{"user", RouteBy::user},
                                    Choice{"domain", RouteBy::domain}};
inline constexpr std::array kSrvWeights{Choice{"dns", SrvWeight::dns},
                                        Choice{"file", SrvWeight::file}};
inline constexpr std::array kProxyProtocols{Choice{"off", ProxyProtocol::off},
                                            Choice{"v1", ProxyProtocol::v1},
                                            Choice{"v2", ProxyProtocol::v2}};
inline constexpr std::array kBackendTls{Choice{"off", BackendTls::off},
                                        Choice{"starttls", BackendTls::starttls},
                                        Choice{"direct", BackendTls::direct}};
/// In the file, those without quotes are no words but the truth values.
inline constexpr std::array kChannelBindings{
    Choice{"false", ChannelBinding::none}, Choice{"true", ChannelBinding::told},
    Choice{"\"same-certificate\"", ChannelBinding::same_certificate}};
inline constexpr std::array kClientLosses{Choice{"fin", OnClientLoss::fin},
                                          Choice{"reset", OnClientLoss::reset}};
inline constexpr std::array kTlsVersions{Choice{"1.2", TlsVersion::v1_2},
                                         Choice{"1.3", TlsVersion::v1_3}};
inline constexpr std::array kRecordLayers{Choice{"compact", RecordLayer::compact},
                                          Choice{"openssl", RecordLayer::openssl}};
/// `query` is written with its name, "query:room".
inline constexpr std::array kForwardStickies{
    Choice{"none", ForwardSticky::none}, Choice{"address", ForwardSticky::address},
    Choice{"query:", ForwardSticky::query}, Choice{"bosh-sid", ForwardSticky::bosh_sid}};
inline constexpr std::array kLogFormats{Choice{"text", LogFormat::text},
                                        Choice{"json", LogFormat::json}};
inline constexpr std::array kLogLevels{
    Choice{"debug", core::Severity::debug}, Choice{"info", core::Severity::info},
    Choice{"warn", core::Severity::warn}, Choice{"error", core::Severity::error}};

/// The word of `value`; "" when the list lacks it.
template <class E>
constexpr std::string_view word_of(std::span<const Choice<E>> choices, E value) {
    for (const Choice<E>& choice : choices) {
        if (choice.value == value) return choice.word;
    }
    return "";
}

}  // namespace conf
