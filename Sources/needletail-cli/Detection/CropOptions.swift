import ArgumentParser
import Needletail
import NeedletailDatasets

/// Whether and how found objects are cut out.
struct CropOptions: ParsableArguments {
    @Flag(help: "Cut out what is drawn: a picture for each object in found/crops, in a folder for each class.")
    var crops = false

    @Option(help: "What is added to an object on every side of its cut, as a share of its size.")
    var cropMargin = 0.0

    func validate() throws {
        guard (0...10).contains(cropMargin) else {
            throw ValidationError("--crop-margin takes a number from 0 to 10, not \(cropMargin).")
        }
        if cropMargin > 0, !crops { throw ValidationError("--crop-margin goes with --crops.") }
    }
}

/// Where cut out objects go: `crops/CLASS/PHOTOGRAPH-1.png`.
struct CropFolders {
    static let name = "crops"
    private let folder: String
    private let margin: Double
    private let format: PictureFormat
    /// By the number of the class.
    private let classFolders: [Int: String]

    init(_ categories: [DenseDetector.Category], margin: Double, format: PictureFormat, in folder: String) {
        self.folder = folder
        self.margin = margin
        self.format = format
        // Names that become one as folders are told apart.
        var names = PictureNames(ending: "")
        classFolders = Dictionary(categories.map { ($0.id, names.name(for: Self.safe($0.name))) }) { first, _ in first }
    }

    /// A name that leads nowhere else.
    private static func safe(_ name: String) -> String {
        let name = String(name.map { $0 == "/" || $0 == "\\" || $0 == "." || $0.isNewline || $0 == "\0" ? "_" : $0 })
        return name.isEmpty ? "class" : name
    }

    /// The cuts of a photograph.
    ///
    /// - Parameters:
    ///   - detections: With the detector's own numbers of classes.
    ///   - picture: The file name of the photograph's picture.
    func cuts(_ detections: [Detection], picture: String) -> [PictureWriter.Cut] {
        let stem = picture.dropLast(format.ending.count)
        return detections.enumerated().map { number, detection in
            PictureWriter.Cut(
                box: detection.box.widened(by: margin),
                path: "\(folder)/\(Self.name)/\(classFolders[detection.categoryID] ?? "\(detection.categoryID)")"
                    + "/\(stem)-\(number + 1)\(format.ending)")
        }
    }
}
