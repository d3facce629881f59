/// How one image came out at the operating point.
public struct ImageErrors: Hashable, Sendable {
    public var imageID: Int
    public var truePositives: Int
    /// False positives by kind; ``ErrorKind/missed`` is not among them.
    public var falsePositives: [ErrorKind: Int]
    /// Objects that no detection of enough confidence found.
    public var falseNegatives: Int

    public var falsePositiveCount: Int { falsePositives.values.reduce(0, +) }
    /// False positives and false negatives together.
    public var errorCount: Int { falsePositiveCount + falseNegatives }

    /// `2 TP / (2 TP + FP + FN)`; 1 of an image without objects and detections.
    public var f1: Double {
        let total = 2 * truePositives + errorCount
        return total == 0 ? 1 : 2 * Double(truePositives) / Double(total)
    }

    /// What makes an image bad.
    public enum Ranking: String, Hashable, Sendable, CaseIterable, Codable {
        /// Most errors first; of equally many the lower F1.
        case errorCount
        /// Lowest F1 first; of equal ones the most errors.
        case f1
    }
}

extension ErrorAnalysis {
    /// The images with errors, the worst first, ties by ascending image id.
    public func worstImages(_ count: Int, by ranking: ImageErrors.Ranking = .errorCount) -> [ImageErrors] {
        let wrong = images.filter { $0.errorCount > 0 }.map { (image: $0, errors: $0.errorCount, f1: $0.f1) }
        let sorted = wrong.sorted { a, b in
            switch ranking {
            case .errorCount where a.errors != b.errors: return a.errors > b.errors
            case .f1 where a.f1 != b.f1: return a.f1 < b.f1
            default: break
            }
            if a.f1 != b.f1 { return a.f1 < b.f1 }
            if a.errors != b.errors { return a.errors > b.errors }
            return a.image.imageID < b.image.imageID
        }
        return sorted.prefix(max(count, 0)).map(\.image)
    }
}
