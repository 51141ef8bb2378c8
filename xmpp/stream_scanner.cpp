// Cuts a stream into tokens: this room finds white space, TokenScan all else.

#include "xmpp/stream_scanner.h"

#include <algorithm>

#include "xmpp/byte_scan.h"
#include "xmpp/namespaces.h"
#include "xmpp/scan_namespaces.h"
#include "xmpp/scan_work.h"
#include "xmpp/token_scan.h"

namespace xmpp {
namespace {

constexpr std::size_t kIdleScanWorks = 64;              // that a pool keeps for the next elements
constexpr std::size_t kKeptListEntries = 512;           // a list that grew beyond is not kept
constexpr std::size_t kWhiteSpaceTokenBytes = 1 << 20;  // longer runs are several tokens

/// What `limits` say of what the rule counts; 0 for rules that count nothing.
std::uint32_t limit_of(ScanRule rule, const ScanLimits& limits) {
    switch (rule) {
        case ScanRule::too_many_bytes: return limits.bytes;
        case ScanRule::too_deep: return limits.depth;
        case ScanRule::too_many_attributes: return limits.attributes;
        case ScanRule::too_many_elements: return limits.elements;
        case ScanRule::too_many_namespaces: return limits.namespaces;
        default: return 0;
    }
}

}  // namespace

bool Token::is_stanza() const {
    if (kind != TokenKind::element || namespace_uri != ns::kClient) return false;
    return local_name == "message" || local_name == "presence" || local_name == "iq";
}

ScanWorkPool::ScanWorkPool() = default;

ScanWorkPool::~ScanWorkPool() = default;

BorrowedScanWork ScanWorkPool::borrow() {
    ++lent_;
    if (idle_.empty()) return {new ScanWork, {this}};
    BorrowedScanWork work(idle_.back().release(), {this});
    idle_.pop_back();
    return work;
}

void ScanWorkPool::give_back(ScanWork* work) noexcept {
    std::unique_ptr<ScanWork> owned(work);
    --lent_;
    const std::size_t largest = std::max({work->names.capacity(), work->qualified.capacity(),
                                          work->open.capacity(), work->bindings.capacity()});
    if (idle_.size() < kIdleScanWorks && largest <= kKeptListEntries)
        idle_.push_back(std::move(owned));
}

void GiveBackScanWork::operator()(ScanWork* work) const noexcept {
    pool->give_back(work);
}

StreamScanner::StreamScanner(ScanWorkPool& pool, const ScanLimits& limits)
    : pool_(&pool), limits_(&limits) {}

Token StreamScanner::next(std::string_view window) {
    if (phase_ == Phase::refused) return refuse(refusal_);
    if (window.empty()) return {};
    if (work_ == nullptr) {
        if (is_space(window[0])) return white_space(window);
        if (phase_ == Phase::closed) return refuse({ScanRule::after_stream_close, 0});
        if (window[0] != '<') {
            return refuse(
                {phase_ == Phase::open ? ScanRule::text_between_elements : ScanRule::not_a_stream,
                 0});
        }
        work_ = pool_->borrow();
        work_->begin(*limits_);
        work_->position = 1;
        if (context_ != nullptr) {
            work_->default_namespace = context_->default_namespace;
            work_->default_is_streams = context_->default_is_streams();
        }
    }
    TokenScan scan(window, *work_, context_.get());
    switch (scan.run()) {
        case TokenScanEnd::need_more: return {};
        case TokenScanEnd::stream_open: return stream_open(window, scan.size());
        case TokenScanEnd::element: return element(window, scan.size());
        case TokenScanEnd::stream_close: return stream_close(scan.size());
        case TokenScanEnd::refused: break;
    }
    return refuse(scan.refusal());
}

Token StreamScanner::white_space(std::string_view window) {
    window = window.substr(0, kWhiteSpaceTokenBytes);
    const auto end = std::find_if_not(window.begin(), window.end(), is_space);
    Token token;
    token.kind = TokenKind::whitespace;
    token.size = static_cast<std::uint32_t>(end - window.begin());
    return token;
}

Token StreamScanner::stream_open(std::string_view window, std::uint32_t size) {
    context_ = make_header_context(window.data(), *work_);
    work_.reset();
    phase_ = Phase::open;
    Token token;
    token.kind = TokenKind::stream_open;
    token.size = size;
    token.local_name = "stream";
    token.namespace_uri = ns::kStreams;
    return token;
}

Token StreamScanner::element(std::string_view window, std::uint32_t size) {
    Token token;
    token.kind = TokenKind::element;
    token.size = size;
    token.local_name = work_->open.front().name.local(window.data());
    token.namespace_uri =
        ScanNamespaces(window.data(), *work_, context_.get()).uri(work_->first_namespace);
    work_.reset();
    return token;
}

Token StreamScanner::stream_close(std::uint32_t size) {
    work_.reset();
    phase_ = Phase::closed;
    Token token;
    token.kind = TokenKind::stream_close;
    token.size = size;
    token.local_name = "stream";
    token.namespace_uri = ns::kStreams;
    return token;
}

Token StreamScanner::refuse(Refusal refusal) {
    // Those that the element was begun with, for others may count by now.
    if (work_) refusal.limit = limit_of(refusal.rule, *work_->limits);
    work_.reset();
    phase_ = Phase::refused;
    refusal_ = refusal;
    Token token;
    token.kind = TokenKind::refused;
    token.refusal = refusal;
    return token;
}

std::size_t StreamScanner::scanned() const {
    return work_ == nullptr ? 0 : work_->position;
}

void StreamScanner::restart() {
    work_.reset();
    context_.reset();
    refusal_ = {};
    phase_ = Phase::fresh;
}

std::string_view StreamScanner::default_namespace() const {
    return context_ == nullptr ? std::string_view{} : context_->default_uri();
}

}  // namespace xmpp
