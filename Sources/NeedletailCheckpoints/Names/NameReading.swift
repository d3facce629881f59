/// One way to read a file's names as a model's.
struct NameReading {
    /// By position in the file; nil for a tensor outside the part that was asked for.
    let names: [String?]
    let description: String

    /// Prefixes added by wrappers: data parallelism, `torch.compile`, training frameworks.
    private static let wrappers = ["module.", "_orig_mod.", "model.", "net.", "network."]
    /// Where detectors keep a classifier's layers.
    private static let backbones = ["backbone.body.", "backbone.", "body.", "encoder."]

    /// The reading that gives most of the `wanted` names; of equal ones the simplest.
    static func best(for names: [String], wanted: Set<String>) -> NameReading {
        var best = NameReading(names: names.map { remapped($0, wanted: wanted) }, description: "")
        var bestCount = best.matches(wanted)
        guard bestCount < wanted.count else { return best }
        for (stripped, prefixes) in unwrapped(names) {
            for (candidate, relation) in relations(of: stripped) {
                let reading = NameReading(
                    names: candidate.map { $0.map { remapped($0, wanted: wanted) } },
                    description: (prefixes.map { "without '\($0)'" } + relation).joined(separator: ", "))
                let count = reading.matches(wanted)
                if count > bestCount {
                    best = reading
                    bestCount = count
                }
            }
        }
        guard bestCount < wanted.count else { return best }
        for prefix in strangePrefixes(names, wanted: wanted) {
            let inside = names.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
            for (candidate, relation) in relations(of: inside) {
                let reading = NameReading(
                    names: candidate.map { $0.map { remapped($0, wanted: wanted) } },
                    description: (["only '\(prefix)'"] + relation).joined(separator: ", "))
                let count = reading.matches(wanted)
                if count > bestCount {
                    best = reading
                    bestCount = count
                }
            }
        }
        return best
    }

    /// Prefixes of no known wrapper behind which names are wanted ones, or a classifier's that a detector's backbone
    /// wants; those behind which most are first.
    private static func strangePrefixes(_ names: [String], wanted: Set<String>) -> [String] {
        var counts: [String: Int] = [:]
        for name in names {
            var rest = name[...]
            while let dot = rest.firstIndex(of: ".") {
                rest = rest[rest.index(after: dot)...]
                let isWanted = ([""] + backbones).contains { wanted.contains($0 + rest) }
                if isWanted { counts[String(name[..<rest.startIndex]), default: 0] += 1 }
            }
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map(\.key)
    }

    private func matches(_ wanted: Set<String>) -> Int {
        Set(names.lazy.compactMap { $0 }.filter(wanted.contains)).count
    }

    /// The names as they are, then without wrappers' prefixes, one more at a time.
    private static func unwrapped(_ names: [String]) -> [(names: [String], prefixes: [String])] {
        var variants: [(names: [String], prefixes: [String])] = [(names, [])]
        for _ in 0..<4 {
            let (current, prefixes) = variants[variants.count - 1]
            guard
                let prefix = wrappers.first(where: { wrapper in
                    // A running average keeps a counter beside the wrapped model, so a few names may differ.
                    let count = current.lazy.filter { $0.hasPrefix(wrapper) }.count
                    return count > 0 && 2 * count > current.count
                })
            else { break }
            variants.append(
                (current.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }, prefixes + [prefix]))
        }
        return variants
    }

    /// The names as they are, as those of a classifier put into a detector, and as those of a detector of which
    /// only the backbone counts.
    private static func relations(of names: [String?]) -> [(names: [String?], description: [String])] {
        var readings: [(names: [String?], description: [String])] = [(names, [])]
        for prefix in backbones {
            readings.append((names.map { $0.map { prefix + $0 } }, ["under '\(prefix)'"]))
            if names.contains(where: { $0?.hasPrefix(prefix) ?? false }) {
                readings.append(
                    (
                        names.map { name in
                            name.flatMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
                        },
                        ["only '\(prefix)'"]
                    ))
            }
        }
        return readings
    }

    /// Names left aside without a word: counters that only matter to training with a cumulative average, and the
    /// last layer of a classifier where the model has none.
    static func isDispensable(_ name: String, wanted: Set<String>) -> Bool {
        if name.hasSuffix(".num_batches_tracked") || name == "num_batches_tracked" || name == "n_averaged" {
            return true
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let place = parts.firstIndex(where: { classifiers.contains($0) }) else { return false }
        let stem = parts[..<place].map { $0 + "." }.joined()
        return !wanted.contains { $0.hasPrefix("\(stem)\(parts[place]).") } && wanted.contains { $0.hasPrefix(stem) }
    }

    /// What the last layers of classifiers are called.
    private static let classifiers: Set<Substring> = ["fc", "_fc", "classifier"]

    /// The present name of a layer that torchvision's detection models called otherwise before version 0.13.
    ///
    /// `inner_blocks.0.weight` → `inner_blocks.0.0.weight`, `layer_blocks` likewise; the heads' `conv.2.weight`, where
    /// every other module was an activation, → `conv.1.0.weight`; `rpn.head.conv.weight` → `rpn.head.conv.0.0.weight`.
    static func remapped(_ name: String, wanted: Set<String>) -> String {
        if wanted.contains(name) || !(name.hasSuffix(".weight") || name.hasSuffix(".bias")) { return name }
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.last else { return name }
        if name.hasSuffix("rpn.head.conv.\(last)") {
            parts.insert(contentsOf: ["0", "0"], at: parts.count - 1)
        } else if parts.count >= 3, let number = Int(parts[parts.count - 2]), number >= 0 {
            switch parts[parts.count - 3] {
            case "inner_blocks", "layer_blocks":
                parts.insert("0", at: parts.count - 1)
            case "conv" where number.isMultiple(of: 2):
                parts[parts.count - 2] = String(number / 2)
                parts.insert("0", at: parts.count - 1)
            default: return name
            }
        }
        let present = parts.joined(separator: ".")
        return wanted.contains(present) ? present : name
    }
}
