// Aim: what toml11 says about a wrong text becomes a place, our sentence and a way out, for several
// errors in one run.

#include "conf/toml_document.h"

#include <gtest/gtest.h>

#include <limits>

#include "conf/toml11_reader.h"

namespace conf {
namespace {

struct Parsed {
    TomlNode root;
    std::vector<std::string> errors;  // "2:8: error: ..."
    bool is_complete;
};

Parsed parsed(std::string_view text) {
    Findings findings(text, "f");
    Parsed result{parse_toml(text, findings), {}, false};
    result.is_complete = findings.is_complete();
    for (const Problem& problem : findings.take())
        result.errors.push_back(problem.summary().substr(2));
    return result;
}

std::string only_error(std::string_view text) {
    const auto result = parsed(text);
    EXPECT_EQ(result.errors.size(), 1U) << text;
    EXPECT_FALSE(result.is_complete);
    return result.errors.empty() ? "" : result.errors.front();
}

/// The same in a text so large that nothing is tried after the first error.
std::string only_error_of_large(std::string text) {
    while (text.size() <= 64 * 1024) text += "# " + std::string(1'000, '-') + '\n';
    return only_error(text);
}

/// "line:column length" of a key and of its value, counted in `text`.
std::string places(std::string_view text, const TomlNode& node) {
    const Findings findings(text, "f");
    const auto place = [&](Span span) {
        return std::to_string(findings.line_of(span)) + "+" +
               std::string(text.substr(span.at, span.length));
    };
    return place(node.key_place) + " " + place(node.place);
}

TEST(TomlDocument, KeepsKindsValuesAndOrder) {
    const auto [root, errors, is_complete] =
        parsed("z = 1\nb = \"text\"\na = true\nf = 1.5\nd = 2026-11-21\nl = [3, 2]\n[t]\n");
    EXPECT_TRUE(errors.empty());
    EXPECT_TRUE(is_complete);
    std::string keys;
    for (const TomlNode& child : root.children) keys += child.key;
    EXPECT_EQ(keys, "zbafdlt");
    EXPECT_EQ(root.find("z")->integer, 1);
    EXPECT_EQ(root.find("b")->text, "text");
    EXPECT_TRUE(root.find("a")->boolean);
    EXPECT_EQ(root.find("f")->kind, TomlNode::Kind::floating);
    EXPECT_EQ(root.find("d")->kind, TomlNode::Kind::date);
    ASSERT_EQ(root.find("l")->children.size(), 2U);
    EXPECT_EQ(root.find("l")->children[0].integer, 3);
    EXPECT_EQ(root.find("t")->kind, TomlNode::Kind::table);
    EXPECT_EQ(root.find("none"), nullptr);
}

TEST(TomlDocument, KnowsThePlacesOfKeysAndValues) {
    const std::string_view text =
        "key = 5\n\"q k\"  =\t'v'\n[a.b]\nc.d = 1\n[[e]]\nf = { g = 2 }\n[ h . \"i.j\" ]\nk = "
        "[\n7]\n";
    const TomlNode root = parsed(text).root;
    EXPECT_EQ(places(text, *root.find("key")), "1+key 1+5");
    EXPECT_EQ(places(text, *root.find("q k")), "2+\"q k\" 2+'v'");
    const TomlNode& b = *root.find("a")->find("b");
    EXPECT_EQ(places(text, b), "3+b 3+[a.b]");
    EXPECT_EQ(places(text, *b.find("c")), "4+c 4+c.d");
    EXPECT_EQ(places(text, *b.find("c")->find("d")), "4+d 4+1");
    EXPECT_EQ(places(text, *root.find("e")), "5+e 5+[[e]]");
    EXPECT_EQ(places(text, *root.find("e")->children[0].find("f")->find("g")), "6+g 6+2");
    EXPECT_EQ(places(text, *root.find("h")->find("i.j")), "7+i.j 7+[ h . \"i.j\" ]");
    EXPECT_EQ(places(text, root.find("h")->find("i.j")->find("k")->children[0]), "9+7 9+7");
}

TEST(TomlDocument, SaysWhatIsWrongAndWhatToWrite) {
    EXPECT_EQ(only_error_of_large("a = 1\npool = main\n"),
              "2:8: error: not a TOML value (text needs quotes: \"...\")");
    for (const char* word : {"name", "inside"}) {  // like nan and inf
        EXPECT_EQ(only_error_of_large("x = " + std::string(word) + "\n"),
                  "1:5: error: not a TOML value (text needs quotes: \"...\")");
    }
    EXPECT_EQ(only_error_of_large("x = tru\n"),
              "1:5: error: not a TOML value (true, false, or text in quotes)");
    EXPECT_EQ(only_error_of_large("login = 30s\n"),
              "1:11: error: something follows the value on its line (write \"30s\")");
    EXPECT_EQ(only_error_of_large("login = 30 s # x\n"),
              "1:12: error: something follows the value on its line (write \"30 s\")");
    EXPECT_EQ(only_error("a = 1 b = 2\n"),
              "1:7: error: something follows the value on its line (one key = value per line)");
    EXPECT_EQ(only_error("x\n"), "1:2: error: no \"=\" after the key (write key = value)");
    EXPECT_EQ(only_error("= 5\n"), "1:1: error: no key in front of \"=\" (write key = value)");
    EXPECT_EQ(only_error("x = \n"), "1:5: error: no value after \"=\" (write key = value)");
    EXPECT_EQ(only_error("x = \"abc\ny = 1\n"),
              "1:5: error: text that is not closed, or holds a wrong escape or a control character "
              "(close the quote on the same line; a backslash is written twice)");
    EXPECT_EQ(only_error("x = 'abc\n"),
              "1:5: error: text that is not closed, or holds a control character (close the quote "
              "on the same line)");
    EXPECT_EQ(only_error("x = \"\"\"abc\n\n"),
              "1:5: error: text in three quotes that is not closed (close it with three quotes)");
    EXPECT_EQ(only_error_of_large("x = 007\n"),
              "1:5: error: a number with a zero in front (write it without)");
    EXPECT_EQ(only_error("[tls\n"),
              "1:1: error: a table header that is not closed or not a name (write [tls])");
    EXPECT_EQ(only_error("a = 1\n]\n"),
              "2:1: error: not a key (write key = value, or # in front of a remark)");
    EXPECT_EQ(only_error("x = [1,\n2\ny = 1\n"),
              "3:1: error: no comma between two values of an array, or no \"]\" behind them "
              "(write a comma between them, or \"]\" behind the last)");
}

TEST(TomlDocument, KeepsLooseValuesForWhoeverReadsTheirKeys) {
    struct Row {
        std::string_view written;
        std::string_view value;
    };
    for (const auto& [written, value] : {Row{"direct", "direct"},
                                         {"30s", "30s"},
                                         {"100;", "100;"},
                                         {"\"v2\";", "\"v2\";"},
                                         {"\"v2\",  ", "\"v2\","},
                                         {"\"v2\" // x # y", "\"v2\" // x"},
                                         {"\u201Cv2\u201D", "\u201Cv2\u201D"},
                                         {"50% # half", "50%"},
                                         {"x", "x"},
                                         {"tru", "tru"},
                                         {"007", "007"},
                                         {"10.0.0.1:5222", "10.0.0.1:5222"}}) {
        const std::string text =
            "[t]\nbefore = 1\nkey = " + std::string(written) + "\nbehind = 2\n";
        const auto [root, errors, is_complete] = parsed(text);
        EXPECT_TRUE(errors.empty()) << errors.front();
        EXPECT_TRUE(is_complete);
        const TomlNode& table = *root.find("t");
        EXPECT_EQ(table.find("behind")->integer, 2);
        const TomlNode& key = *table.find("key");
        EXPECT_EQ(key.kind, TomlNode::Kind::loose) << written;
        EXPECT_EQ(key.text, value);
        EXPECT_EQ(places(text, key), "3+key 3+" + std::string(value));
    }
}

TEST(TomlDocument, WhatHasNoClearEndIsNotKept) {
    for (const char* text : {"x = \"abc\n", "x = 'abc\n", "x = [a, b]\n", "x = {a = b}\n", "x=y\n",
                             "x = [\na = b\n]\n", "x = \"\"\"a\n", "x = 1 y = 2\n", "x = \n",
                             "x = \"a\\qb\"\n", "x = 1\nx = 2\n", "x = 1\nx.y = 2\n"}) {
        EXPECT_FALSE(parsed(text).errors.empty()) << text;
    }
    // However many there are, a file with one is never called fine.
    std::string many;
    for (int i = 0; i < 60; ++i) many += "k" + std::to_string(i) + " = nonsense\n";
    EXPECT_FALSE(parsed(many).errors.empty());
}

TEST(TomlDocument, LinesSayWhatWasMeant) {
    const std::string header = "a table header that is not closed or not a name ";
    EXPECT_EQ(only_error("[[pool.main.backend]\n"),
              "1:1: error: " + header + "(write [[pool.main.backend]])");
    EXPECT_EQ(only_error("[pool.main.backend]]\n"),
              "1:20: error: something follows the table's header on its line (write "
              "[[pool.main.backend]])");
    EXPECT_EQ(only_error("[pool main]\n"), "1:1: error: " + header + "(write [pool.main])");
    EXPECT_EQ(only_error("[domain.*.chat.test]\n"),
              "1:1: error: " + header + "(write [domain.\"*.chat.test\"])");
    EXPECT_EQ(only_error("[domain.\u201Cchat.test\u201D]\n"),
              "1:1: error: " + header + "(write [domain.\"chat.test\"])");
    EXPECT_EQ(only_error("\u201Cname\u201D = \"b\"\n"),
              "1:1: error: not a key (write \" in place of typographic quotes)");
    EXPECT_EQ(only_error("name = \"b\u201D\n"),
              "1:8: error: text that is not closed, or holds a wrong escape or a control character "
              "(write \" in place of typographic quotes)");
    EXPECT_EQ(only_error("\u00A0weight = 5\n"),
              "1:1: error: not a key (write blanks in place of no-break spaces (U+00A0))");
    EXPECT_EQ(only_error("- name: a\n"), "1:2: error: no \"=\" after the key (write key = value)");
    EXPECT_EQ(only_error("set tls direct\n"),
              "1:4: error: no \"=\" after the key (write key = value)");
    EXPECT_EQ(only_error("tls: \"direct\"\n"),
              "1:4: error: no \"=\" after the key (write tls = \"direct\")");
    EXPECT_EQ(only_error("weight 100\n"),
              "1:7: error: no \"=\" after the key (write weight = 100)");
    EXPECT_EQ(only_error("tls:\n"), "1:4: error: no \"=\" after the key (write [tls])");
    EXPECT_EQ(only_error("tls := direct\n"), "1:4: error: not a key (write tls = \"direct\")");
}

TEST(TomlDocument, TakesNoNumberForWhatLooksLikeOne) {
    for (const char* number : {"0x", "0xZZ", "0o9", "0b12"}) {
        EXPECT_EQ(
            only_error_of_large("x = " + std::string(number) + "\n"),
            "1:5: error: not a number (0x has hexadecimal digits, 0o octal ones, 0b zeros and "
            "ones; text needs quotes)");
    }
    EXPECT_EQ(only_error_of_large("x = .5\n"),
              "1:5: error: not a number (digits stand on both sides of the point: 0.5)");
    EXPECT_EQ(only_error_of_large("x = 12:61:00\n"),
              "1:5: error: not a TOML value (text needs quotes: \"...\")");
    EXPECT_EQ(parsed("x = 99999999999999999999\n").root.find("x")->integer,
              std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(parsed("x = -99999999999999999999\n").root.find("x")->integer,
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(parsed("x = 1e999\n").root.find("x")->kind, TomlNode::Kind::floating);
}

TEST(TomlDocument, PointsAtTheQuoteThatOpensATextWithAFlaw) {
    EXPECT_EQ(only_error("x = [\"a]\n"),
              "1:6: error: text that is not closed, or holds a wrong escape or a control character "
              "(close the quote on the same line; a backslash is written twice)");
    EXPECT_EQ(only_error("x = \"a\\qb\"\n"),
              "1:5: error: text that is not closed, or holds a wrong escape or a control character "
              "(close the quote on the same line; a backslash is written twice)");
    EXPECT_EQ(
        only_error("x = \"a\\uD800\"\n"),
        "1:5: error: text with an escape that stands for no character (a backslash is written "
        "twice)");
}

TEST(TomlDocument, TablesInBracesAreWhole) {
    EXPECT_EQ(only_error("a = {b = 1}\na.c = 2\n"),
              "2:1: error: a table in braces takes nothing that stands outside of them "
              "(write the key between the braces)");
    EXPECT_EQ(only_error("x = {a = 1 b = 2}\n"),
              "1:12: error: no comma between two keys of a table in braces (write a comma between "
              "them)");
    EXPECT_EQ(only_error("a = [{b = 1}]\n[[a]]\n"),
              "2:1: error: an array of this name stands above (remove one of them)");
    EXPECT_EQ(
        only_error("a = 1\na.b = 2\n"),
        "2:1: error: a key of this name stands above, so it is no table (remove one of them)");
}

TEST(TomlDocument, NamesTheFirstOfTwo) {
    EXPECT_EQ(only_error("a = 1\n\nab = 2\na = 3\n"),
              "4:1: error: this key is given twice (first on line 1)");
    EXPECT_EQ(only_error("[a]\nx = 1\n[a]\ny = 1\n"),
              "3:1: error: this table is given twice (first on line 1)");
}

TEST(TomlDocument, TableBehindAnArrayInItIsToldWhereToStand) {
    constexpr std::string_view kText = "[[p.b]]\nx = 1\n[p]\ny = 1\n";
    if (!toml_library().starts_with("toml11 3.")) {  // TOML allows it, and so does toml11 4
        EXPECT_EQ(parsed(kText).root.find("p")->find("y")->integer, 1);
        return;
    }
    EXPECT_EQ(only_error(kText), "3:1: error: this table is given twice (write it above line 1)");
}

TEST(TomlDocument, LeavesNobodyWithoutAHint) {
    EXPECT_EQ(only_error("x = [a, b]\n"),
              "1:6: error: no value, and no end of the array (text needs quotes, and \"]\" is the "
              "end: [\"...\", \"...\"])");
    EXPECT_EQ(only_error("x = {a = 1\n"),
              "1:11: error: a table in braces that is not closed "
              "(close it with \"}\" on the same line)");
    EXPECT_EQ(only_error("x = {a = 1,}\n"),
              "1:12: error: a comma behind the last key of a table in braces (remove it)");
    EXPECT_EQ(
        only_error("cert dir = 1\n"),
        "1:5: error: not a key (it has letters, digits, \"-\" and \"_\", no blank and nothing "
        "invisible)");
    EXPECT_EQ(only_error_of_large("x = 1__0\n"),
              "1:6: error: a \"_\" that does not stand between two digits "
              "(write the number without)");
    EXPECT_EQ(only_error_of_large("x = 2020-13-45\n"),
              "1:5: error: not a TOML value (text needs quotes: \"...\")");
    EXPECT_EQ(only_error("a = 1\n[a.b]\n"),
              "2:1: error: a key of this name stands above, so it is no table (remove one of "
              "them)");
    EXPECT_EQ(only_error("[[a]]\nx = 1\n[a]\n"),
              "3:1: error: this table is given twice (write [[a]] as on line 1)");
}

TEST(TomlDocument, GoesOnBehindWhatItCannotRead) {
    const auto result = parsed("a = \"\nb = 1\n[c]\nd = '\ne = 3\n[c]\nf = 4\n[g]\nh = 5\nh = 6\n");
    ASSERT_EQ(result.errors.size(), 4U);
    EXPECT_TRUE(result.errors[0].starts_with("1:5:"));
    EXPECT_TRUE(result.errors[1].starts_with("4:5:"));
    EXPECT_TRUE(result.errors[2].starts_with("6:1: error: this table is given twice"));
    EXPECT_TRUE(result.errors[3].starts_with("10:1: error: this key is given twice"));
    EXPECT_FALSE(result.is_complete);
    EXPECT_EQ(result.root.find("b")->integer, 1);
    EXPECT_EQ(result.root.find("c")->find("e")->integer, 3);
    EXPECT_EQ(result.root.find("c")->find("f"), nullptr);  // its section went with its header
    EXPECT_EQ(result.root.find("g")->find("h")->integer, 5);
}

TEST(TomlDocument, StopsWhereGoingOnWouldOnlyMakeNoise) {
    EXPECT_EQ(parsed("x = [1,\n2\ny = \"\nz = \"\n").errors.size(), 1U);
    std::string many;
    for (int i = 0; i < 200; ++i) many += "k" + std::to_string(i) + " = \"\n";
    EXPECT_EQ(parsed(many).errors.size(), 20U);
}

}  // namespace
}  // namespace conf
