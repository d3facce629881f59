import ArgumentParser
import NeedletailPlatform

/// `0.5,1,2`: heights divided by widths.
struct AspectRatioList: ExpressibleByArgument {
    let ratios: [Float]

    init?(argument: String) {
        let pieces = argument.split(separator: ",", omittingEmptySubsequences: false)
        let ratios = pieces.compactMap { Float($0) }
        guard ratios.count == pieces.count, ratios.count <= 9, ratios.allSatisfy({ (0.1...10).contains($0) }),
            Set(ratios).count == ratios.count
        else { return nil }
        self.ratios = ratios.sorted()
    }

    /// As it is written on a command line.
    static func text(_ ratios: [Float]) -> String {
        ratios.map { $0 == $0.rounded() ? "\(Int(saturating: $0))" : "\($0)" }.joined(separator: ",")
    }
}
