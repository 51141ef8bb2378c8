// The gate and markup: tags, attributes, names, and what XMPP forbids.

#include "xmpp/stream_scanner.h"

#include <gtest/gtest.h>

#include "tests/support/scanner_checks.h"

namespace xmpp {
namespace {

using test::expect_element;
using test::expect_header_refused;
using test::expect_refused;
using test::only;

TEST(StreamScanner, TakesMarkupThatXmlAllows) {
    expect_element("<message\tto = 'a'\n\r id=\"b\" ><body\n>x</body\t ></message\r\n>");
    expect_element("<a b='>' c='\"' d=\"'\" e=']]>'/>");
    expect_element("<a> ]] > ]&gt; ]]&gt; \x7F </a>");
    expect_element("<a-b.c_d1 _x='' A-1.b='2'/>");
    expect_element(
        "<very-long-element-name-of-forty-characters very-long-attribute-name-of-more='1'>"
        "</very-long-element-name-of-forty-characters>");
    expect_element("<a><a><a></a></a><a/></a>");
}

TEST(StreamScanner, RefusesCommentInsideStanza) {
    expect_refused("<message><!-- hi --></message>", ScanRule::comment, 9);
}

TEST(StreamScanner, RefusesCommentAnywhereElse) {
    expect_refused("<!-- hi -->", ScanRule::comment, 0);
    expect_header_refused("<!-- hi --><stream:stream>", ScanRule::comment, 0);
}

TEST(StreamScanner, RefusesProcessingInstructions) {
    expect_refused("<message><?php echo ?></message>", ScanRule::processing_instruction, 9);
    expect_refused("<?xml version='1.0'?>", ScanRule::processing_instruction, 0);
    expect_header_refused("<?php ?>", ScanRule::processing_instruction, 0);
    expect_header_refused("<?xml-stylesheet href='a'?>", ScanRule::processing_instruction, 0);
    expect_header_refused("<?XML version='1.0'?>", ScanRule::processing_instruction, 0);
}

TEST(StreamScanner, RefusesDoctype) {
    expect_header_refused("<!DOCTYPE stream>", ScanRule::doctype, 0);
    expect_refused("<a><!DOCTYPE b></a>", ScanRule::doctype, 3);
}

TEST(StreamScanner, RefusesBrokenTags) {
    expect_refused("<1a/>", ScanRule::syntax, 1);
    expect_refused("< a/>", ScanRule::syntax, 1);
    expect_refused("<a<b/>", ScanRule::syntax, 2);
    expect_refused("<a b/>", ScanRule::syntax, 4);
    expect_refused("<a b=c/>", ScanRule::syntax, 5);
    expect_refused("<a b='1'c='2'/>", ScanRule::syntax, 8);
    expect_refused("<a b='1' 2c='2'/>", ScanRule::syntax, 9);
    expect_refused("<a / >", ScanRule::syntax, 4);
    expect_refused("<a ='1'/>", ScanRule::syntax, 3);
    expect_refused("<a b='<'/>", ScanRule::syntax, 6);
    expect_refused("<a?>", ScanRule::syntax, 2);
    expect_refused("<!a", ScanRule::syntax, 2);
    expect_refused("<a/b>", ScanRule::syntax, 3);
    expect_refused("<a></a/>", ScanRule::end_tag, 6);
    expect_refused("<a></a b>", ScanRule::syntax, 7);
}

TEST(StreamScanner, RefusesMisplacedColons) {
    expect_refused("<:a/>", ScanRule::syntax, 1);
    expect_refused("<a:/>", ScanRule::syntax, 3);
    expect_refused("<a: b='1'/>", ScanRule::syntax, 3);
    expect_refused("<stream:1 some='padding to fill a block'/>", ScanRule::syntax, 8);
    expect_refused("<a:b:c some='padding to fill a block'/>", ScanRule::syntax, 4);
    expect_refused("<a :b='padding to fill a block'/>", ScanRule::syntax, 3);
    expect_refused("<a b:='padding to fill a block'/>", ScanRule::syntax, 5);
    expect_refused("<a xmlns:='padding to fill a block'/>", ScanRule::syntax, 9);
}

TEST(StreamScanner, RefusesEndTagsOfOtherElements) {
    expect_refused("<message><body></message></body>", ScanRule::end_tag, 17);
    expect_refused("<ab></abc>", ScanRule::end_tag, 8);
    expect_refused("<abc></ab>", ScanRule::end_tag, 9);
    expect_refused("<a xmlns:p='u' xmlns:q='u'><p:b></q:b></a>", ScanRule::end_tag, 34);
    expect_refused("<a></ a>", ScanRule::end_tag, 5);
    expect_refused("</stream>", ScanRule::end_tag, 8);
    expect_refused("</message>", ScanRule::end_tag, 2);
}

TEST(StreamScanner, RefusesDuplicateAttributes) {
    expect_refused("<a id='1' to='b' id='2'/>", ScanRule::duplicate_attribute, 17);
    expect_refused("<a xmlns='x' xmlns='y'/>", ScanRule::duplicate_attribute, 13);
    expect_refused("<a xml:lang='x' xml:lang='y'/>", ScanRule::duplicate_attribute, 16);
}

TEST(StreamScanner, TakesNamesBeyondAsciiOfTheFourthEdition) {
    expect_element(
        "<\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 "
        "\xE4\xBD\xA0='x'><\xC3\xA9\xCC\x81/></\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82>");
    expect_refused("<a\xE2\x81\xB0/>", ScanRule::syntax,
                   2);                                   // U+2070, a name of the fifth edition only
    expect_refused("<\xCC\x81/>", ScanRule::syntax, 1);  // U+0301 may only follow
    expect_refused("<\xF0\x90\x90\x80/>", ScanRule::syntax, 1);  // U+10400
    expect_refused("<a\xED\xA0\x80/>", ScanRule::utf8, 2);
}

}  // namespace
}  // namespace xmpp
