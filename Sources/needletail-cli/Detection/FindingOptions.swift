import ArgumentParser
import Needletail
import NeedletailErrors

/// What is looked for, and how photographs are looked through.
struct FindingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The classes that are looked for, by name, with commas between: all unless given.", valueName: "names"))
    var only: ClassNameList?

    @Flag(help: "Of overlapping objects of different classes keep the best alone, too.")
    var classAgnostic = false

    @Option(
        help: ArgumentHelp(
            "Look through large photographs in tiles of that many pixels, and once as a whole.",
            discussion: "An object that reaches over the border of tiles is found once, and whole.", valueName: "pixels"
        ))
    var tiles: Int?

    @Option(help: "The least overlap of tiles, as part of a tile; as wide as the objects, at best.")
    var tileOverlap = 0.2

    func validate() throws {
        try require(tiles, in: 64...16384, "--tiles")
        try require(tileOverlap, in: 0...0.9, "--tile-overlap")
    }

    /// - Returns: Nil where photographs are looked at as a whole only.
    var tiling: TiledDetection? {
        tiles.map { TiledDetection(grid: TileGrid(width: $0, height: $0, overlap: tileOverlap)) }
    }

    /// The ids of the detector's categories that are looked for; nil for all.
    ///
    /// - Throws: ``CommandError`` for a class that the detector does not know.
    func wantedCategories(of model: any ObjectDetector, path: String) throws -> Set<Int>? {
        guard let only else { return nil }
        return Set(
            try only.names.flatMap { name in
                let ids = model.categories.filter { $0.name.lowercased() == name.lowercased() }.map(\.id)
                guard !ids.isEmpty else {
                    let known = model.categories.map(\.name)
                    throw CommandError(
                        "--only: \(path) knows no class '\(name)'.\(NearestName.question(name, among: known)) It knows \(known.listed(20))."
                    )
                }
                return ids
            })
    }
}

/// Names with commas between.
struct ClassNameList: ExpressibleByArgument {
    let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",").map { $0.drop { $0 == " " } }.map { String($0) }.filter { !$0.isEmpty }
        if names.isEmpty { return nil }
    }
}
