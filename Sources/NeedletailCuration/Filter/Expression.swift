import NeedletailDatasets

/// A condition on boxes or images: `area > 1000 and class in ("dog", "cat")`.
///
/// Comparisons `== != < <= > >=`, `in (...)`, `not in (...)` and `like "*.png"` (`*` any characters, `?` one); `and`,
/// `or`, `not`; `+ - * /` and parentheses. Texts stand in quotes. A comparison with a number that is not known (the
/// share of a box in an image of unknown size) is false. Names of classes that do not exist are mistakes.
struct Expression {
    private let text: String
    private let dataset: Dataset
    private let readsImages: Bool
    private var tokens: ArraySlice<(token: ExpressionLexer.Token, column: Int)>
    private var depth = 0

    /// Whether the condition holds, by row of the annotations or images.
    ///
    /// - Parameter readsImages: Whether rows are images; then only their fields may be named.
    /// - Throws: ``ExpressionError`` with the column of the mistake.
    static func condition(
        _ text: String, of dataset: Dataset, readsImages: Bool = false
    ) throws(ExpressionError) -> (Int) -> Bool {
        var expression = Expression(
            text: text, dataset: dataset, readsImages: readsImages, tokens: try ExpressionLexer.tokens(of: text)[...])
        let column = expression.column
        let value = try expression.disjunction()
        guard expression.token == .end else {
            throw expression.mistake("expected and, or, or the end, not \(expression.token.phrase)")
        }
        guard case .truth(let condition) = value else {
            throw expression.mistake("this is \(value.phrase), not a condition", at: column)
        }
        return condition
    }

    // MARK: and, or, not

    private mutating func disjunction() throws(ExpressionError) -> ExpressionValue {
        try chain("or", of: { (parser) throws(ExpressionError) in try parser.conjunction() }) { left, right in
            { left($0) || right($0) }
        }
    }

    private mutating func conjunction() throws(ExpressionError) -> ExpressionValue {
        try chain("and", of: { (parser) throws(ExpressionError) in try parser.negation() }) { left, right in
            { left($0) && right($0) }
        }
    }

    private mutating func chain(
        _ word: String, of operand: (inout Expression) throws(ExpressionError) -> ExpressionValue,
        join: (@escaping (Int) -> Bool, @escaping (Int) -> Bool) -> (Int) -> Bool
    ) throws(ExpressionError) -> ExpressionValue {
        var start = column
        var value = try operand(&self)
        while token == .name(word) {
            let left = try truth(value, at: start)
            advance()
            start = column
            value = .truth(join(left, try truth(try operand(&self), at: start)))
        }
        return value
    }

    private mutating func negation() throws(ExpressionError) -> ExpressionValue {
        guard token == .name("not") else { return try comparison() }
        try descend()
        defer { depth -= 1 }
        advance()
        let start = column
        let operand = try truth(try negation(), at: start)
        return .truth { !operand($0) }
    }

    private func truth(_ value: ExpressionValue, at column: Int) throws(ExpressionError) -> (Int) -> Bool {
        guard case .truth(let truth) = value else {
            throw mistake("this is \(value.phrase), not true or false", at: column)
        }
        return truth
    }

    // MARK: Comparisons

    private mutating func comparison() throws(ExpressionError) -> ExpressionValue {
        let isClass = token == .name(ExpressionField.category.rawValue)
        let left = try sum()
        switch token {
        case .sign(let sign) where ["==", "!=", "<", "<=", ">", ">="].contains(sign):
            advance()
            if isClass { try readClass() }
            let start = column
            return try compare(left, sign, try sum(), at: start)
        case .name("in"):
            advance()
            return try membership(left, isClass: isClass)
        case .name("not"):
            advance()
            guard token == .name("in") else { throw mistake("expected in after not") }
            advance()
            guard case .truth(let isMember) = try membership(left, isClass: isClass) else { return left }
            return .truth { !isMember($0) }
        case .name("like"):
            advance()
            guard case .text(let text) = left, case .text(let pattern) = token else {
                throw mistake("like compares a text with a pattern in quotes")
            }
            advance()
            return .truth { GlobPattern(pattern).matches(text($0)) }
        default: return left
        }
    }

    private func compare(
        _ left: ExpressionValue, _ sign: String, _ right: ExpressionValue, at column: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch (left, right) {
        case (.number(let left), .number(let right)): return .truth(Self.order(left, sign, right))
        case (.text(let left), .text(let right)): return .truth(Self.order(left, sign, right))
        case (.truth(let left), .truth(let right)) where sign == "==" || sign == "!=":
            return .truth { (left($0) == right($0)) == (sign == "==") }
        default: throw mistake("\(right.phrase) cannot be compared with \(left.phrase) by \(sign)", at: column)
        }
    }

    private static func order<Value: Comparable>(
        _ left: @escaping (Int) -> Value, _ sign: String, _ right: @escaping (Int) -> Value
    ) -> (Int) -> Bool {
        switch sign {
        case "==": { left($0) == right($0) }
        case "!=": { left($0) < right($0) || left($0) > right($0) }
        case "<": { left($0) < right($0) }
        case "<=": { left($0) <= right($0) }
        case ">": { left($0) > right($0) }
        default: { left($0) >= right($0) }
        }
    }

    private mutating func membership(_ left: ExpressionValue, isClass: Bool) throws(ExpressionError) -> ExpressionValue
    {
        guard token == .sign("(") else { throw mistake("expected a list after in: (\"a\", \"b\")") }
        var numbers: Set<Double> = []
        var texts: Set<String> = []
        repeat {
            advance()
            if isClass { try readClass() }
            switch (token, left) {
            case (.number(let value), .number): numbers.insert(value)
            case (.text(let value), .text): texts.insert(value)
            default: throw mistake("\(token.phrase) cannot be in a list that is compared with \(left.phrase)")
            }
            advance()
        } while token == .sign(",")
        try close()
        switch left {
        case .number(let value): return .truth { numbers.contains(value($0)) }
        case .text(let value): return .truth { texts.contains(value($0)) }
        case .truth: return left
        }
    }

    /// Takes the name of a category as the dataset writes it.
    private mutating func readClass() throws(ExpressionError) {
        guard case .text(let name) = token else { return }
        let names = CategoryNames(dataset.categories)
        guard let written = names.written(name) else { throw mistake(names.refusal(of: name)) }
        tokens[tokens.startIndex].token = .text(written)
    }

    // MARK: Numbers

    private mutating func sum() throws(ExpressionError) -> ExpressionValue {
        var value = try product()
        while token == .sign("+") || token == .sign("-") {
            let isPlus = token == .sign("+")
            let left = try number(value, at: column)
            advance()
            let start = column
            let right = try number(try product(), at: start)
            value = .number { isPlus ? left($0) + right($0) : left($0) - right($0) }
        }
        return value
    }

    private mutating func product() throws(ExpressionError) -> ExpressionValue {
        var value = try factor()
        while token == .sign("*") || token == .sign("/") {
            let isTimes = token == .sign("*")
            let left = try number(value, at: column)
            advance()
            let start = column
            let right = try number(try factor(), at: start)
            value = .number { isTimes ? left($0) * right($0) : left($0) / right($0) }
        }
        return value
    }

    private func number(_ value: ExpressionValue, at column: Int) throws(ExpressionError) -> (Int) -> Double {
        guard case .number(let number) = value else {
            throw mistake("only numbers can be added and multiplied, not \(value.phrase)", at: column)
        }
        return number
    }

    private mutating func factor() throws(ExpressionError) -> ExpressionValue {
        switch token {
        case .number(let value):
            advance()
            return .number { _ in value }
        case .text(let value):
            advance()
            return .text { _ in value }
        case .name("true"), .name("false"):
            let value = token == .name("true")
            advance()
            return .truth { _ in value }
        case .name(let name):
            let value = try field(name)
            advance()
            return value
        case .sign("-"):
            try descend()
            defer { depth -= 1 }
            advance()
            let start = column
            let operand = try number(try factor(), at: start)
            return .number { -operand($0) }
        case .sign("("):
            try descend()
            defer { depth -= 1 }
            advance()
            let value = try disjunction()
            try close()
            return value
        default: throw mistake("expected a field, a number or a text, not \(token.phrase)")
        }
    }

    private func field(_ name: String) throws(ExpressionError) -> ExpressionValue {
        let fields = ExpressionField.allCases.filter { !readsImages || $0.isOfImage }
        guard let field = fields.first(where: { $0.rawValue == name }) else {
            let isKnown = ExpressionField(rawValue: name) != nil
            throw mistake(
                "\(isKnown ? "\(name) is of boxes, not of images" : "there is no field \(name)"); there are "
                    + fields.map(\.rawValue).joined(separator: ", "))
        }
        return field.value(of: dataset, readsImages: readsImages)
    }

    // MARK: Tokens

    private var token: ExpressionLexer.Token { tokens.first?.token ?? .end }
    private var column: Int { tokens.first?.column ?? text.count + 1 }

    private mutating func advance() {
        if tokens.count > 1 { tokens.removeFirst() }
    }

    private mutating func close() throws(ExpressionError) {
        guard token == .sign(")") else { throw mistake("expected ')' and not \(token.phrase)") }
        advance()
    }

    private mutating func descend() throws(ExpressionError) {
        depth += 1
        if depth > 200 { throw mistake("the expression is nested too deep") }
    }

    private func mistake(_ problem: String, at column: Int? = nil) -> ExpressionError {
        ExpressionError(expression: text, column: column ?? self.column, problem: problem)
    }
}
