import NeedletailText
import Testing

/// Texts in quotes that every reader of YAML takes: the printable characters of YAML 1.2, 5.1, stand for themselves.
@Suite struct YAMLTextTests {
    @Test(arguments: [
        ("cat", #""cat""#), ("d\u{E9}g \u{1F415}", "\"d\u{E9}g \u{1F415}\""), ("a\"b\\c", #""a\"b\\c""#),
        ("a\nb\u{1B}", #""a\nb\u001b""#), ("\u{7F}\u{9B}\u{85}", #""\u007f\u009b\u0085""#),
        ("\u{2028}\u{FEFF}\u{FFFF}", #""\u2028\ufeff\uffff""#), ("\u{A0}", "\"\u{A0}\""),
    ])
    func quotes(_ text: String, _ quoted: String) { #expect(YAMLText.quoted(text) == quoted) }
}
