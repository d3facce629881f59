extension AugmentationPolicy {
    /// Reads a policy: one operation a line, done in this order, with `p=` how often and ranges as `low..high`.
    ///
    /// ```
    /// # Photographs from above.
    /// flip-horizontal p=0.5
    /// quarter-turns
    /// brightness p=0.5 factor=0.8..1.2
    /// one-of p=0.3 {
    ///   blur deviation=0.5..2
    ///   motion-blur size=3..9
    /// }
    /// boxes min-side=4 min-visible=0.3
    /// ```
    ///
    /// `one-of` and `some-of count=1..3` do so many of the lines between their braces, in their order. There `p` says how
    /// often a line is chosen among the others.
    ///
    /// - Throws: ``AugmentationError`` that names the line.
    public init(text: String) throws {
        // The policy itself, and what is open, with the line that opens it.
        var blocks: [(fields: OperationText, line: Int, steps: [AugmentationStep])] = [
            (try OperationText("policy"), 0, [])
        ]
        var rules = BoxRules()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var content = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if content.isEmpty { continue }
            let opens = content.last == "{"
            if opens { content.removeLast() }
            // What is wrong with a choice is wrong where it begins.
            var place = index + 1
            do {
                var fields = try OperationText(content)
                if content == "}" {
                    guard blocks.count > 1, var block = blocks.popLast() else {
                        throw AugmentationError("this '}' closes nothing. Begin with one-of or some-of and a '{'")
                    }
                    place = block.line
                    blocks[blocks.count - 1].steps.append(
                        try AugmentationStep(&block.fields, choosingFrom: block.steps))
                    try block.fields.finish()
                } else if opens {
                    blocks.append((fields, index + 1, []))
                } else if fields.name == "boxes", blocks.count == 1 {
                    rules = try Self.readRules(&fields)
                    try fields.finish()
                } else {
                    blocks[blocks.count - 1].steps.append(try AugmentationStep(&fields, choosingFrom: nil))
                    try fields.finish()
                }
            } catch let error as AugmentationError {
                throw AugmentationError("line \(place): \(error)")
            }
        }
        if let open = blocks.dropFirst().last {
            throw AugmentationError("line \(open.line): '{' is never closed. Close it with '}' on a line of its own")
        }
        self.init(text: text, steps: blocks[0].steps, rules: rules)
    }

    private static func readRules(_ fields: inout OperationText) throws -> BoxRules {
        let standard = BoxRules()
        return BoxRules(
            minimumSide: try fields.number("min-side", default: standard.minimumSide, within: 0...10_000),
            minimumArea: try fields.number("min-area", default: standard.minimumArea, within: 0...1e8),
            minimumVisibility: try fields.number("min-visible", default: standard.minimumVisibility, within: 0...1))
    }
}

/// A policy is stored as its text.
extension AugmentationPolicy: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(text: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
