import NeedletailEvaluation
import NeedletailSystem

/// A ``DetectionEvaluation`` as one page for people: a single HTML file with everything in it, that loads nothing.
///
/// The page is the same for the same data; it holds no date. Names from the data are escaped, and pictures are
/// reduced copies inside the file.
public struct EvaluationPage: Sendable {
    public struct Options: Hashable, Sendable {
        public var title: String
        /// Images drawn with their boxes, the worst first.
        public var imageCount: Int
        /// The longer side of their pictures, in pixels.
        public var pictureSide: Int
        /// Of their JPEGs, 1 to 100.
        public var pictureQuality: Int

        public init(
            title: String = "Detection report", imageCount: Int = 12, pictureSide: Int = 640, pictureQuality: Int = 78
        ) {
            self.title = title
            self.imageCount = imageCount
            self.pictureSide = pictureSide
            self.pictureQuality = pictureQuality
        }
    }

    public let evaluation: DetectionEvaluation
    public let comparison: EvaluationComparison?
    /// Of the run that made the detector.
    public let history: TrainingHistory?
    public let options: Options

    public init(
        _ evaluation: DetectionEvaluation, comparison: EvaluationComparison? = nil, history: TrainingHistory? = nil,
        options: Options = Options()
    ) {
        self.evaluation = evaluation
        self.comparison = comparison
        self.history = history
        self.options = options
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
            title: "\(options.title): \(evaluation.input.detectionsPath)",
            footer: "Made by Needletail from the two files named above.", header: writeHeader
        ) { main in
            NumbersSection(evaluation: evaluation).write(to: &main)
            if let comparison { ComparisonSection(comparison: comparison).write(to: &main) }
            if let history { TrainingSection(history: history).write(to: &main) }
            CurvesSection(evaluation: evaluation).write(to: &main)
            if let analysis = evaluation.analysis {
                ErrorsSection(analysis: analysis).write(to: &main)
            }
            SizesSection(evaluation: evaluation).write(to: &main)
            ClassesSection(evaluation: evaluation).write(to: &main)
            ClassCurvesSection(evaluation: evaluation).write(to: &main)
            if let analysis = evaluation.analysis {
                ConfusionSection(evaluation: evaluation, matrix: analysis.confusion).write(to: &main)
                ImagesSection(evaluation: evaluation, analysis: analysis, options: options).write(to: &main)
            }
            MethodSection(evaluation: evaluation).write(to: &main)
        }
    }

    private func writeHeader(to header: inout Markup) {
        let input = evaluation.input
        header.element("h1", options.title)
        header.element("p", ["class": "sub"]) { line in
            line.write("\(input.detectionCount) detections of ")
            line.element("b", input.detectionsPath)
            line.write(
                ", measured against \(input.annotationCount) annotations in \(input.imageIDs.count) images of ")
            line.element("b", input.dataset.provenance.path)
        }
    }
}
