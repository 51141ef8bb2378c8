#include "dns/srv_resolver.h"

#include <ares_nameser.h>

#include <string_view>
#include <utility>

#include "dns/srv_answer.h"

namespace dns {

namespace {

struct SrvQuestion {
    Questions<SrvSet>& questions;
    std::string name;
};

void on_srv_answer(void* raw, int status, int, unsigned char* bytes, int length) noexcept {
    const std::unique_ptr<SrvQuestion> question(static_cast<SrvQuestion*>(raw));
    if (status == ARES_EDESTRUCTION) return;
    if (bytes == nullptr || length <= 0) {
        question->questions.fail(question->name, problem_of(status));
        return;
    }
    // c-ares' own reading of the message is not asked: SRV records come without TTL from it.
    const std::string_view message(reinterpret_cast<const char*>(bytes),
                                   static_cast<std::size_t>(length));
    auto answer = read_srv_answer(message, question->name);
    if (answer) {
        question->questions.keep(question->name, std::move(answer->set), answer->ttl);
    } else {
        question->questions.fail(question->name, answer.error());
    }
}

}  // namespace

SrvResolver::SrvResolver(core::EventLoop& loop, const Servers& servers, Now now)
    : questions_(
          loop, [this](const std::string& name) { perform(name); }, std::move(now)),
      channel_(loop, servers) {}

std::unique_ptr<SrvResolver::Query> SrvResolver::resolve(const std::string& name,
                                                         OnServices on_services) {
    return questions_.ask(name, std::move(on_services));
}

void SrvResolver::perform(const std::string& name) {
    ares_query(channel_.get(), name.c_str(), C_IN, T_SRV, on_srv_answer,
               new SrvQuestion{questions_, name});
    channel_.set_clock();
}

}  // namespace dns
