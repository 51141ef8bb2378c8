#include "dns/address_resolver.h"

#include <netdb.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/handle.h"

namespace dns {

namespace {

using AddressInfo = core::Handle<ares_addrinfo, &ares_freeaddrinfo>;

struct AddressQuestion {
    Questions<AddressResolver::Addresses>& questions;
    KnownAddresses* shared;
    std::string host;
};

void on_answer(void* raw, int status, int, ares_addrinfo* result) noexcept {
    const std::unique_ptr<AddressQuestion> question(static_cast<AddressQuestion*>(raw));
    const AddressInfo info(result);
    if (status == ARES_EDESTRUCTION) return;

    AddressResolver::Addresses addresses;
    int ttl = 0;
    for (auto* node = info ? info->nodes : nullptr; node != nullptr; node = node->ai_next) {
        addresses.push_back(core::Endpoint::from_sockaddr(node->ai_addr));
        ttl = addresses.size() == 1 ? node->ai_ttl : std::min(ttl, node->ai_ttl);
    }
    if (addresses.empty()) {
        question->questions.fail(question->host,
                                 status == ARES_SUCCESS ? Problem::no_data : problem_of(status));
    } else {
        if (question->shared != nullptr) question->shared->note(question->host, addresses);
        question->questions.keep(question->host, std::move(addresses), std::chrono::seconds(ttl));
    }
}

}  // namespace

AddressResolver::AddressResolver(core::EventLoop& loop, const Servers& servers, Now now,
                                 std::shared_ptr<KnownAddresses> shared)
    : shared_(std::move(shared)),
      questions_(
          loop, [this](const std::string& host) { perform(host); }, std::move(now)),
      channel_(loop, servers) {}

std::unique_ptr<AddressResolver::Query> AddressResolver::resolve(const std::string& host,
                                                                 OnAddresses on_addresses) {
    if (shared_ && !questions_.knows(host))
        if (auto heard = shared_->find(host)) questions_.hear(host, *std::move(heard));
    return questions_.ask(host, std::move(on_addresses));
}

void AddressResolver::perform(const std::string& host) {
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_.get(), host.c_str(), nullptr, &hints, on_answer,
                     new AddressQuestion{questions_, shared_.get(), host});
    channel_.set_clock();
}

std::string words_for_unknown_host(std::string_view host, Problem problem) {
    const std::string name(host);
    switch (problem) {
        case Problem::no_such_name: return "no such name: " + name;
        case Problem::bad_name: return "not a name: " + name;
        case Problem::no_data: return "the name has no address: " + name;
        case Problem::timeout:
        case Problem::no_server: return words_for_awaited_host(host);
        default:
            return "the name servers do not resolve " + name + ": " +
                   std::string(to_string(problem));
    }
}

std::string words_for_awaited_host(std::string_view host) {
    return "the name servers are silent, asked for " + std::string(host);
}

}  // namespace dns
