import Foundation
import NeedletailDatasets
import NeedletailFormats
import ProgramRunner
import Testing

/// Round trips of real datasets, which the package does not contain.
@Suite(.enabled(if: SharedData.isThere, Comment(rawValue: SharedData.missing))) struct RealDataTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: RoundTripTests.formats) func bloodCellsComeBack(_ format: DatasetFormat) throws {
        try expectExact(Dataset.read(SharedData.bccd), format)
    }

    @Test(arguments: RoundTripTests.formats) func cocoComesBack(_ format: DatasetFormat) throws {
        try expectExact(Dataset.read(SharedData.cocoExcerpt), format)
    }

    private func expectExact(_ original: Dataset, _ format: DatasetFormat) throws {
        let path = folder.path + "/copy"
        try original.write(to: path, format: format)
        let restored = try original.difference(from: path, format: format, options: .init(), usesSidecar: true)
        #expect(restored.isExact, "\(restored.losses)")
        // Other tools see every box where it was.
        let alone = try original.difference(from: path, format: format, options: .init(), usesSidecar: false)
        #expect(alone.greatestCoordinateDifference <= 1e-9)
        #expect(!alone.losses.contains { ["images", "annotations", "boxes"].contains($0.kind) })
        try original.write(to: folder.path + "/a.json")
        try Dataset.read(path, options: ReadingOptions(format: format)).write(to: folder.path + "/b.json")
        #expect(try text(of: folder.path + "/b.json") == text(of: folder.path + "/a.json"))
    }
}
