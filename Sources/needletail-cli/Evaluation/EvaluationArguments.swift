import ArgumentParser
import NeedletailData
import NeedletailPlatform

/// Reads the values of the flags that change a metric.
enum EvaluationArguments {
    /// Whether the first file is a list, as detections are, and the second an object or a folder, as datasets are.
    static func areSwapped(groundTruth: String, detections: String) -> Bool {
        firstByte(of: groundTruth) == UInt8(ascii: "[")
            && (ImageFolder.isFolder(detections) || firstByte(of: detections) == UInt8(ascii: "{"))
    }

    /// The first byte of a file that is no white space.
    private static func firstByte(of path: String) -> UInt8? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        for _ in 0..<4096 {
            let byte = getc(file)
            if byte < 0 { return nil }
            if ![0x20, 0x09, 0x0A, 0x0D].contains(byte) { return UInt8(truncatingIfNeeded: byte) }
        }
        return nil
    }

    /// `0.5,0.75`, or `0.5:0.95:0.05` for every 0.05 from 0.5 to 0.95.
    static func iouThresholds(_ text: String) throws -> [Double] {
        let problem = ValidationError(
            "give thresholds above 0 and at most 1, ascending, as 0.5,0.75, or as 0.5:0.95:0.05 from first to last.")
        let values: [Double]
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        if parts.count == 3, let first = parts[0], let last = parts[1], let step = parts[2] {
            guard step > 0, first < last, (last - first) / step < 1000 else { throw problem }
            let count = Int(saturating: ((last - first) / step).rounded()) + 1
            guard count > 1 else { throw problem }
            values = COCOOptions.evenlySpaced(from: first, to: last, count: count)
        } else {
            values = try numbers(text, problem)
        }
        let isAscending = zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
        guard isAscending, values.allSatisfy({ $0 > 0 && $0 <= 1 }) else { throw problem }
        return values
    }

    /// `1,10,100`
    static func detectionLimits(_ text: String) throws -> [Int] {
        let values = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard values.count == text.split(separator: ",", omittingEmptySubsequences: false).count,
            (1...10).contains(values.count), values.allSatisfy({ (1...1_000_000).contains($0) }),
            Set(values).count == values.count
        else {
            throw ValidationError("give up to ten different numbers from 1, as 1,10,100.")
        }
        return values.sorted()
    }

    /// `small:0-1024,large:1024-inf`, areas in square pixels; `32^2` is 1024. The range `all` is added in front.
    static func areaRanges(_ text: String) throws -> [COCOOptions.AreaRange] {
        let problem = ValidationError(
            "give named ranges of areas in square pixels, as small:0-32^2,medium:32^2-96^2,large:96^2-inf.")
        var ranges: [COCOOptions.AreaRange] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: ":", omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[0].isEmpty else { throw problem }
            let bounds = halves[1].split(separator: "-", omittingEmptySubsequences: false).map(area)
            guard bounds.count == 2, let lower = bounds[0], let upper = bounds[1], lower <= upper else { throw problem }
            ranges.append(.init(label: String(halves[0]), lower: lower, upper: upper))
        }
        if !ranges.contains(where: { $0.label == "all" }) { ranges.insert(.all, at: 0) }
        guard Set(ranges.map(\.label)).count == ranges.count else { throw problem }
        return ranges
    }

    private static func area(_ text: Substring) -> Double? {
        if text == "inf" { return COCOOptions.AreaRange.all.upper }
        let isSquare = text.hasSuffix("^2")
        guard let number = Double(isSquare ? text.dropLast(2) : text), number >= 0, number.isFinite else { return nil }
        return isSquare ? number * number : number
    }

    private static func numbers(_ text: String, _ problem: ValidationError) throws -> [Double] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Double($0) }
        guard !values.isEmpty, values.count == parts.count else { throw problem }
        return values
    }
}
