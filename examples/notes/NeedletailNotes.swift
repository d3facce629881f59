import ArgumentParser

/// A course on convolutional networks as small programs: each chapter computes what it tells.
@main struct NeedletailNotes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail-notes",
        abstract: "Compute the examples of a course on convolutional networks, chapter by chapter.")

    /// In the order of the course.
    static let chapters: [any Chapter.Type] = [
        Sizes.self, Edges.self, LinearLayers.self, Transposed.self, Separable.self, Dilated.self, Pooling.self,
        Perceptron.self, LeNetChapter.self, AlexNetChapter.self, VGGChapter.self, Normalization.self, Residuals.self,
        Augmentation.self, FineTuning.self, Anchors.self, Suppression.self, Optimizers.self,
    ]

    @Argument(help: "The chapter; all are listed when it is left out.")
    var chapter: String?

    @Option(help: "A folder for the pictures that some chapters draw.")
    var pictures: String?

    func run() throws {
        guard let chapter else {
            for chapter in Self.chapters { print("\(chapter.name): \(chapter.title)") }
            return
        }
        guard let found = Self.chapters.first(where: { $0.name == chapter }) else {
            let names = Self.chapters.map { $0.name }.joined(separator: ", ")
            throw ValidationError("There is no chapter '\(chapter)'. There are \(names).")
        }
        try found.run(Notebook(pictures: pictures))
    }
}

/// A page of the course.
protocol Chapter: Sendable {
    static var name: String { get }
    static var title: String { get }
    static func run(_ notebook: Notebook) throws
}
