import NeedletailCuration
import NeedletailDatasets
import NeedletailSystem

/// A dataset's numbers as one page for people: a single HTML file with everything in it, that loads nothing.
///
/// The page is the same for the same data; it holds no date. Names from the data are escaped.
public struct StatisticsPage: Sendable {
    public let statistics: DatasetStatistics
    /// What the dataset is called: its path.
    public let name: String
    /// The words for verbs.
    public let wording: Wording

    public init(_ statistics: DatasetStatistics, name: String, wording: Wording = .neutral) {
        self.statistics = statistics
        self.name = name
        self.wording = wording
    }

    /// Writes the page, whole or not at all.
    ///
    /// - Throws: `FileError` when the file cannot be written.
    public func write(to path: String) throws(FileError) {
        try AtomicFile.write(html(), to: path)
    }

    /// The page. Its markup is well-formed XML as well as HTML.
    public func html() -> String {
        PageFrame.html(
            title: "Dataset: \(name)", footer: "Made by Needletail from the dataset named above."
        ) { header in
            header.element("h1", "Dataset statistics")
            header.element("p", ["class": "sub"]) { line in
                line.write("\(statistics.boxes) boxes in \(statistics.images) images of ")
                line.element("b", name)
            }
        } main: { main in
            writeTiles(to: &main)
            StatisticsClassesSection(statistics: statistics).write(to: &main)
            StatisticsBoxesSection(statistics: statistics, wording: wording).write(to: &main)
            StatisticsAnchorsSection(anchors: statistics.anchors).write(to: &main)
            StatisticsImagesSection(statistics: statistics).write(to: &main)
            CooccurrenceSection(cooccurrence: statistics.cooccurrence).write(to: &main)
        }
    }

    private func writeTiles(to markup: inout Markup) {
        markup.element("ul", ["class": "tiles"]) { list in
            func tile(_ value: String, _ name: String, isMain: Bool = false) {
                list.element("li", ["class": isMain ? "main" : "tile"]) { tile in
                    tile.element("b", value)
                    tile.element("span", name)
                }
            }
            tile("\(statistics.images)", "images", isMain: true)
            tile("\(statistics.boxes)", "boxes")
            tile(statistics.boxesPerImage.mean.fixed(1), "boxes an image")
            tile("\(statistics.classes.count { $0.boxes > 0 })", "of \(statistics.classes.count) classes have boxes")
            tile("\(statistics.imagesWithoutBoxes)", "images without boxes")
            tile(
                statistics.imbalance >= 10
                    ? "\(statistics.imbalance.fixed(0)) : 1" : "\(statistics.imbalance.fixed(1)) : 1",
                "most to least frequent class")
        }
    }
}
