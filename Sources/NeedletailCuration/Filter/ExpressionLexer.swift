/// Cuts the text of an expression into words, numbers, quoted texts and signs.
struct ExpressionLexer {
    enum Token: Hashable {
        case name(String)
        case number(Double)
        case text(String)
        case sign(String)
        case end

        var phrase: String {
            switch self {
            case .name(let name): name
            case .number(let value): "\(value)"
            case .text(let text): "\"\(text)\""
            case .sign(let sign): "'\(sign)'"
            case .end: "the end"
            }
        }
    }

    private let expression: String
    private let characters: [Character]
    private var next = 0

    /// All tokens with their columns; the last is the end.
    static func tokens(of expression: String) throws(ExpressionError) -> [(token: Token, column: Int)] {
        var lexer = ExpressionLexer(expression)
        var tokens: [(Token, Int)] = []
        repeat { tokens.append(try lexer.token()) } while tokens.last?.0 != .end
        return tokens
    }

    private init(_ expression: String) {
        self.expression = expression
        characters = Array(expression)
    }

    private mutating func token() throws(ExpressionError) -> (Token, Int) {
        while next < characters.count, characters[next].isWhitespace { next += 1 }
        let start = next
        guard next < characters.count else { return (.end, start + 1) }
        let first = characters[next]
        if first.isLetter || first == "_" {
            return (.name(take { $0.isLetter || $0.isNumber || $0 == "_" }), start + 1)
        }
        if first.isNumber || first == "." { return (try number(), start + 1) }
        if first == "\"" || first == "'" { return (try text(first), start + 1) }
        for sign in ["==", "!=", "<=", ">=", "<", ">", "(", ")", ",", "+", "-", "*", "/"]
        where characters[next...].starts(with: sign) {
            next += sign.count
            return (.sign(sign), start + 1)
        }
        let hint = first == "=" ? "equality is written ==" : first == "&" || first == "|" ? "write and, or" : nil
        throw ExpressionError(
            expression: expression, column: start + 1,
            problem: "'\(first)' means nothing here\(hint.map { "; \($0)" } ?? "")")
    }

    private mutating func take(_ belongs: (Character) -> Bool) -> String {
        let start = next
        while next < characters.count, belongs(characters[next]) { next += 1 }
        return String(characters[start..<next])
    }

    private mutating func number() throws(ExpressionError) -> Token {
        let start = next
        var digits = take { $0.isNumber || $0 == "." }
        if next < characters.count, "eE".contains(characters[next]) {
            digits.append(characters[next])
            next += 1
            if next < characters.count, "+-".contains(characters[next]) {
                digits.append(characters[next])
                next += 1
            }
            digits += take(\.isNumber)
        }
        guard let value = Double(digits) else {
            throw ExpressionError(expression: expression, column: start + 1, problem: "\(digits) is not a number")
        }
        return .number(value)
    }

    private mutating func text(_ quote: Character) throws(ExpressionError) -> Token {
        let start = next
        var text = ""
        next += 1
        while next < characters.count, characters[next] != quote {
            if characters[next] == "\\", next + 1 < characters.count { next += 1 }
            text.append(characters[next])
            next += 1
        }
        guard next < characters.count else {
            throw ExpressionError(expression: expression, column: start + 1, problem: "the text has no end: \(quote)")
        }
        next += 1
        return .text(text)
    }
}
