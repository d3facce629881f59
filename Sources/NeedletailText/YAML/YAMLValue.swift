/// A value of a YAML document.
package indirect enum YAMLValue: Hashable, Sendable {
    case scalar(String)
    case list([YAMLValue])
    case map([YAMLEntry])

    /// The last value of a key.
    package subscript(key: String) -> YAMLValue? {
        guard case .map(let entries) = self else { return nil }
        return entries.last { $0.key == key }?.value
    }

    package var text: String? {
        if case .scalar(let text) = self { text } else { nil }
    }

    /// The texts of a list, or the one text that stands for a list of one; nil for anything else and for nothing.
    package var texts: [String]? {
        switch self {
        case .scalar(let text): return text.isEmpty || text == "null" || text == "~" ? nil : [text]
        case .list(let values):
            let texts = values.compactMap(\.text)
            return texts.count == values.count ? texts : nil
        case .map: return nil
        }
    }
}

package struct YAMLEntry: Hashable, Sendable {
    package var key: String
    package var value: YAMLValue
}
