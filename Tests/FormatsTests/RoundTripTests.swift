import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Every format there and back, alone and through every other.
@Suite struct RoundTripTests {
    private let folder: TemporaryFolder
    private let original: Dataset

    /// All but results, which are detections, and formats of a few classes.
    static let formats = DatasetFormat.allCases.filter {
        $0 != .cocoResults && $0.capabilities.classes == nil
    }

    init() throws {
        folder = try TemporaryFolder()
        original = try Dataset.read(try folder.write(AwkwardDataset.data, to: "awkward.json"))
    }

    private func expectOriginal(_ dataset: Dataset, _ comment: Comment) throws {
        let expected = folder.path + "/expected.json"
        let found = folder.path + "/found.json"
        try original.write(to: expected)
        try dataset.write(to: found)
        #expect(try text(of: found) == text(of: expected), comment)
    }

    @Test(arguments: formats) func comesBackExactly(_ format: DatasetFormat) throws {
        let path = folder.path + "/copy"
        try original.write(to: path, format: format)
        let back = try Dataset.read(path, options: ReadingOptions(format: format))
        try expectOriginal(back, "\(format)")
        let difference = try original.difference(from: path, format: format, options: .init(), usesSidecar: true)
        #expect(difference.isExact, "\(difference.losses)")
    }

    @Test(arguments: formats) func comesBackThroughEveryOther(_ first: DatasetFormat) throws {
        try original.write(to: folder.path + "/first", format: first)
        let one = try Dataset.read(folder.path + "/first", options: ReadingOptions(format: first))
        for second in Self.formats where second != first {
            let path = "\(folder.path)/\(second)"
            try one.write(to: path, format: second)
            try expectOriginal(
                try Dataset.read(path, options: ReadingOptions(format: second)), "\(first) and \(second)")
        }
    }

    /// Images of one name in two folders are two images, and what was written is recognised.
    @Test(arguments: formats.filter { $0 != .openimages })
    func foldersOfEqualNamesComeBack(_ format: DatasetFormat) throws {
        let names = ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]
        let dataset = Dataset(
            images: names.enumerated().map {
                ImageRecord(id: .integer($0 + 1), fileName: $1, width: 40, height: 30)
            },
            categories: [Category(id: 1, name: "cat")],
            annotations: names.indices.map { place in
                Annotation(
                    id: .integer(place + 1), image: place, category: 0,
                    box: Box(x: Double(place), y: 2, width: 10, height: 8))
            })
        try dataset.write(to: folder("two"), format: format)
        let back = try Dataset.read(folder("two"))
        #expect(back.images.map(\.fileName).sorted() == names)
        #expect(back.annotations.count == 4)
    }

    /// Lost by every format but COCO.
    private static let lostByAll = [
        "annotation field keypoints": 1, "annotation field num_keypoints": 1, "areas": 1,
        "image field license": 1, "image field weather": 1, "supercategories": 1, "the member extra": 1,
        "the member licenses": 1,
    ]

    /// And what of that a format keeps all the same.
    private static let kept: [DatasetFormat: [String]] = [
        .tfrecord: ["areas"],
        .panoptic: ["areas", "image field license", "image field weather", "supercategories"],
    ]

    /// Lost beside that, with how many records have it.
    private static let lost: [DatasetFormat: [String: Int]] = [
        .yolo: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "category field color": 1, "category ids": 2, "crowds": 1,
            "difficult objects": 1, "file names": 1, "image ids": 5, "the member info": 1,
        ],
        .voc: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 8,
            "categories without boxes": 1, "category field color": 1, "category ids": 3, "crowds": 1,
            "file names": 1, "image ids": 5,
        ],
        .createml: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .darknet: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "category field color": 1, "category ids": 2, "crowds": 1,
            "difficult objects": 1, "file names": 1, "image ids": 5, "the member info": 1,
        ],
        .labelme: [
            "annotation field attributes": 1, "annotation field segmentation": 1, "annotation ids": 7,
            "annotations without a usable box": 1, "areas": 2, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "file names": 1, "image ids": 5, "the member info": 1,
        ],
        .csv: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .retinanet: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .openimages: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "category field color": 1, "category ids": 4,
            "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .kitti: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category ids": 1,
            "category names": 2, "crowds": 1, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .cvat: [
            "annotation field segmentation": 2, "annotation ids": 7, "annotations without a usable box": 1,
            "category field color": 1, "category ids": 4, "crowds": 1, "difficult objects": 1, "image ids": 1,
            "the member info": 1,
        ],
        .labelstudio: [
            "annotation field attributes": 1, "annotation field segmentation": 2, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "difficult objects": 1, "image ids": 1, "the member info": 1,
        ],
        .via: [
            "annotation field attributes": 1, "annotation field segmentation": 2, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .bdd100k: [
            "annotation field segmentation": 3, "annotation ids": 7, "annotations without a usable box": 1,
            "categories without boxes": 1, "category field color": 1, "category ids": 3, "crowds": 1,
            "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .crowdhuman: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .datumaro: [
            "annotation ids": 7, "annotations without a usable box": 1, "areas": 3, "category field color": 1,
            "category ids": 2, "difficult objects": 1, "file names": 1, "image ids": 5, "the member info": 1,
        ],
        .mot: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 8,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "difficult objects": 1, "file names": 5, "image ids": 5, "the member info": 1,
        ],
        .panoptic: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "difficult objects": 1, "file names": 1, "the member info": 1,
        ],
        .dota: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category ids": 1,
            "category names": 2, "crowds": 1, "image ids": 5, "the member info": 1,
        ],
        .fiftyone: [
            "annotation field segmentation": 3, "annotation ids": 7, "annotations without a usable box": 1,
            "category field color": 1, "category ids": 2, "crowds": 1, "difficult objects": 1, "image ids": 5,
            "the member info": 1,
        ],
        .huggingface: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "difficult objects": 1, "file names": 1, "image ids": 5,
            "the member info": 1,
        ],
        .kerasYOLO3: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "category field color": 1, "category ids": 2, "crowds": 1,
            "difficult objects": 1, "file names": 1, "image ids": 5, "the member info": 1,
        ],
        .labelbox: [
            "annotation field attributes": 1, "annotation field segmentation": 2, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .makesense: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 3, "crowds": 1, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .sagemaker: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "categories without boxes": 1, "category field color": 1,
            "category ids": 2, "crowds": 1, "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .supervisely: [
            "annotation field attributes": 1, "annotation field segmentation": 2, "annotation ids": 7,
            "annotations without a usable box": 1, "category field color": 1, "category ids": 4, "crowds": 1,
            "difficult objects": 1, "file names": 1, "image ids": 5, "the member info": 1,
        ],
        .tfrecord: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "category field color": 1, "category ids": 4, "image ids": 5,
            "the member info": 1,
        ],
        .vott: [
            "annotation field attributes": 1, "annotation field segmentation": 2, "annotation ids": 7,
            "annotations without a usable box": 1, "category field color": 1, "category ids": 4, "crowds": 1,
            "difficult objects": 1, "image ids": 5, "the member info": 1,
        ],
        .yoloOBB: [
            "annotation field attributes": 1, "annotation field segmentation": 3, "annotation ids": 7,
            "annotations without a usable box": 1, "category field color": 1, "category ids": 2, "crowds": 1,
            "difficult objects": 1, "file names": 1, "image ids": 5, "the member info": 1,
        ],
    ]

    /// What each format loses without the sidecar, exactly.
    @Test(arguments: formats) func namesWhatIsLost(_ format: DatasetFormat) throws {
        var options = WritingOptions()
        options.writesSidecar = false
        let path = folder.path + "/copy"
        try original.write(to: path, format: format, options: options)
        let difference = try original.difference(from: path, format: format, options: options, usesSidecar: false)
        #expect(difference.greatestCoordinateDifference <= 1e-9)
        var expected = Self.lost[format].map { $0.merging(Self.lostByAll) { own, _ in own } } ?? [:]
        for kind in Self.kept[format] ?? [] { expected[kind] = nil }
        #expect(Dictionary(uniqueKeysWithValues: difference.losses.map { ($0.kind, $0.count) }) == expected)
    }

    @Test(arguments: formats) func isRecognised(_ format: DatasetFormat) throws {
        let path = folder.path + "/copy"
        try original.write(to: path, format: format)
        #expect(try DatasetFormat.recognize(path).format == format.family)
    }
}
