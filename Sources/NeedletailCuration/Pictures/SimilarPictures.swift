import NeedletailImages

/// Finds pictures that are the same, or the same but for compression, size and brightness.
///
/// Candidates have perceptual hashes that differ in at most seven bits. Photographs of one microscope or one street
/// have them without being the same, so candidates are compared again: at 32 x 32 from memory, and those that pass
/// at up to 96 x 96 from their files, without the lowest frequencies, where look-alikes are alike.
struct SimilarPictures {
    /// How a picture repeats an earlier one.
    enum Likeness: Sendable {
        /// The same bytes, or the same pixels.
        case same
        case near
    }

    /// For each picture that repeats an earlier one, which and how.
    private(set) var matches: [Int: (original: Int, likeness: Likeness)] = [:]

    private let paths: [String]
    private let facts: [PictureFacts]
    /// Eight bands of eight bits: two hashes that differ in seven bits at most agree in one of the bands.
    private var bands: [[Int32]] = Array(repeating: [], count: 8 * 256)
    /// Pictures that many others resemble at first sight, such as icons, are not compared with all of them.
    private static let mostComparisons = 400
    private static let hashDistance = 7
    private static let coarseCorrelation: Float = 0.95
    private static let fineCorrelation: Float = 0.8
    private static let fineSide = 96

    /// - Parameters:
    ///   - paths: The files.
    ///   - facts: What is known of each.
    ///   - findsNear: Whether pictures that are only alike are looked for.
    init(paths: [String], facts: [PictureFacts], findsNear: Bool = true) {
        self.paths = paths
        self.facts = facts
        var originals: [ContentHash: Int] = [:]
        for (picture, fact) in facts.enumerated() {
            let hashes = [fact.fileHash, fact.pixelHash].compactMap(\.self)
            if let original = hashes.compactMap({ originals[$0] }).min() {
                matches[picture] = (original, .same)
                continue
            }
            for hash in hashes { originals[hash] = picture }
            guard findsNear, let fingerprint = fact.fingerprint else { continue }
            if let original = nearOriginal(of: picture, fingerprint) {
                matches[picture] = (original, .near)
            } else {
                for band in 0..<8 { bands[Self.bucket(fingerprint.hash, band)].append(Int32(picture)) }
            }
        }
    }

    private static func bucket(_ hash: PerceptualHash, _ band: Int) -> Int {
        band * 256 + Int(hash.bits >> UInt64(8 * band) & 0xFF)
    }

    private func nearOriginal(of picture: Int, _ fingerprint: PictureFacts.Fingerprint) -> Int? {
        var candidates: Set<Int32> = []
        for band in 0..<8 {
            for other in bands[Self.bucket(fingerprint.hash, band)] {
                guard let hash = facts[Int(other)].fingerprint?.hash,
                    hash.distance(to: fingerprint.hash) <= Self.hashDistance
                else { continue }
                candidates.insert(other)
            }
        }
        guard !candidates.isEmpty else { return nil }
        let own = Self.grid(fingerprint)
        let alike = candidates.sorted().prefix(Self.mostComparisons).filter { other in
            guard let fingerprint = facts[Int(other)].fingerprint else { return false }
            return own.correlation(with: Self.grid(fingerprint)) >= Self.coarseCorrelation
        }
        return alike.map(Int.init).first { other in
            let side = min(fineSide(picture), fineSide(other))
            guard let own = fineGrid(picture, side: side), let other = fineGrid(other, side: side) else { return false }
            return own.correlation(with: other) >= Self.fineCorrelation
        }
    }

    /// Cells that a picture has detail for: those of a small one would be blurred where a large one's are not.
    private func fineSide(_ picture: Int) -> Int {
        guard let information = facts[picture].information else { return Self.fineSide }
        return min(Self.fineSide, max(32, min(information.width, information.height) * 2 / 3))
    }

    private static func grid(_ fingerprint: PictureFacts.Fingerprint) -> LumaGrid {
        LumaGrid(side: PerceptualHash.gridSide, values: fingerprint.grid.map(Float.init))
    }

    private func fineGrid(_ picture: Int, side: Int) -> LumaGrid? {
        let least = Image.Size(width: 2 * side, height: 2 * side)
        guard let image = try? Image(contentsOf: paths[picture], options: .init(minimumSize: least)) else { return nil }
        return LumaGrid(image, side: side).highPassed(radius: side / 16)
    }
}
