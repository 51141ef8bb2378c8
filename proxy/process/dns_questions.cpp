#include "proxy/process/dns_questions.h"

#include <chrono>
#include <deque>
#include <memory>
#include <set>

#include "core/event_loop.h"
#include "core/timer.h"
#include "dns/address_resolver.h"
#include "dns/srv_resolver.h"
#include "proxy/pools/name_servers.h"

namespace proxy {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kInAll = 5s;
constexpr std::size_t kAtATime = 16;

class DnsQuestions {
public:
    DnsQuestions(core::EventLoop& loop, const dns::Servers& servers)
        : loop_(loop), services_(loop, servers), addresses_(loop, servers) {}

    void add_service(const std::string& name) { waiting_services_.push_back(name); }
    void add_host(const std::string& name) {
        if (known_hosts_.insert(name).second) waiting_hosts_.push_back(name);
    }

    Published run() {
        core::Timer deadline(loop_, [this] { loop_.stop(); });
        deadline.start(kInAll);
        go_on();
        if (is_under_way()) loop_.run();
        return std::move(published_);
    }

private:
    template <class Query>
    using Open = std::map<std::string, std::unique_ptr<Query>>;

    bool is_under_way() const { return open_services_.size() + open_hosts_.size() > 0; }

    void go_on() {
        while (open_services_.size() + open_hosts_.size() < kAtATime) {
            if (!waiting_services_.empty()) {
                ask_service(taken(waiting_services_));
            } else if (!waiting_hosts_.empty()) {
                ask_host(taken(waiting_hosts_));
            } else {
                break;
            }
        }
        if (!is_under_way()) loop_.stop();
    }

    void ask_service(const std::string& name) {
        open_services_[name] = services_.resolve(name, [this, name](const auto& known) {
            keep(published_.services, name, known);
            if (known.answer)
                for (const dns::SrvRecord& record : known.answer->records) add_host(record.target);
            open_services_.erase(name);
            go_on();
        });
    }

    void ask_host(const std::string& name) {
        open_hosts_[name] = addresses_.resolve(name, [this, name](const auto& known) {
            keep(published_.hosts, name, known);
            open_hosts_.erase(name);
            go_on();
        });
    }

    template <class Answer>
    static void keep(Published::Answers<Answer>& answers, const std::string& name,
                     const dns::Known<Answer>& known) {
        if (known.answer) {
            answers.emplace(name, *known.answer);
        } else {
            answers.emplace(name, core::fail(known.problem.value_or(dns::Problem::failed)));
        }
    }

    static std::string taken(std::deque<std::string>& names) {
        std::string name = std::move(names.front());
        names.pop_front();
        return name;
    }

    core::EventLoop& loop_;
    dns::SrvResolver services_;
    dns::AddressResolver addresses_;
    Open<dns::SrvResolver::Query> open_services_;
    Open<dns::AddressResolver::Query> open_hosts_;
    std::deque<std::string> waiting_services_;
    std::deque<std::string> waiting_hosts_;
    std::set<std::string> known_hosts_;
    Published published_;
};

}  // namespace

Published ask_dns(const conf::Config& config, const std::vector<std::string>& domains,
                  const std::string& host) {
    core::EventLoop loop;
    DnsQuestions questions(loop, name_servers(config));
    for (const std::string& domain : domains)
        for (const std::string& service : services_of(domain)) questions.add_service(service);
    if (!host.empty()) questions.add_host(host);
    return questions.run();
}

}  // namespace proxy
