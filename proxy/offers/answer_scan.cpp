#include "proxy/offers/answer_scan.h"

#include "proxy/offers/first_answer.h"

namespace proxy {

using xmpp::TokenKind;

AnswerScan::AnswerScan(xmpp::ScanWorkPool& pool) : scanner_(pool, kFirstAnswerLimits) {}

bool AnswerScan::is_complete(std::string_view window) {
    while (!is_complete_) {
        const xmpp::Token token = scanner_.next(window.substr(read_));
        if (token.kind == TokenKind::need_more) return false;
        read_ += token.size;
        is_complete_ = token.kind == TokenKind::element || token.kind == TokenKind::stream_close ||
                       token.kind == TokenKind::refused;
    }
    return true;
}

}  // namespace proxy
