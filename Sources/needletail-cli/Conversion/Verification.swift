import NeedletailData

/// What `convert --verify` found when it read the result back.
struct Verification: Encodable {
    struct Loss: Encodable {
        var kind: String
        var count: Int
        var examples: [String]
    }

    /// What the source holds and was not taken over when it was read.
    var lossesOnReading: [Loss]
    /// In pixels, without the sidecar.
    var greatestCoordinateDifference: Double
    /// What the files alone do not hold, as other tools read them.
    var losses: [Loss]
    /// What is lost even with the sidecar; nil when there is none.
    var lossesWithSidecar: [Loss]?

    init(_ dataset: Dataset, at path: String, format: DatasetFormat, options: WritingOptions) throws {
        let alone = try dataset.difference(from: path, format: format, options: options, usesSidecar: false)
        greatestCoordinateDifference = alone.greatestCoordinateDifference
        losses = Self.losses(alone.losses)
        lossesOnReading = Self.losses(dataset.lossesOnReading)
        guard options.writesSidecar, !alone.isExact else { return }
        lossesWithSidecar = Self.losses(
            try dataset.difference(from: path, format: format, options: options, usesSidecar: true).losses)
    }

    private static func losses(_ losses: [DatasetDifference.Loss]) -> [Loss] {
        losses.map { Loss(kind: $0.kind, count: $0.count, examples: $0.examples) }
    }

    var text: String {
        var lines = ["verified: greatest coordinate difference \(greatestCoordinateDifference) pixels"]
        if losses.isEmpty {
            lines[0] += lossesOnReading.isEmpty ? ", nothing lost" : ", nothing of what was read is lost"
        }
        if !lossesOnReading.isEmpty {
            lines.append("not taken over when it was read:")
            lines += Self.lines(lossesOnReading)
        }
        if losses.isEmpty { return lines.joined(separator: "\n") }
        lines.append("what the files themselves do not hold as it was:")
        lines += Self.lines(losses)
        if let lossesWithSidecar {
            lines.append(
                lossesWithSidecar.isEmpty
                    ? "with the sidecar, everything is restored" : "lost even with the sidecar:")
            lines += Self.lines(lossesWithSidecar)
        }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ losses: [Loss]) -> [String] {
        losses.map { "  \($0.kind): \($0.count), as \($0.examples[0])" }
    }
}
