import Needletail
import NeedletailArchives
import NeedletailAugmentation
import NeedletailCheckpoints
import NeedletailCommandLine
import NeedletailCuration
import NeedletailData
import NeedletailDatasets
import NeedletailFormats
import NeedletailImages
import NeedletailModels
import NeedletailONNX
import NeedletailPlatform
import NeedletailSystem
import NeedletailText

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension FuzzEntry {
    /// All parsers of what comes from elsewhere.
    static let known: [FuzzEntry] = pictures + texts + datasets + archives + networks + runs + [options]

    /// A command line, an argument a line.
    private static let options = FuzzEntry(
        name: "options", fileName: "a.txt",
        words: [
            "--", "=", "\n", "-", "--help", "train", "detect", "convert", "0", "-1", "1:2:3", "1h", "10M", "640x480",
            "0.5..2", "1/3", "a=b", "@", "cat,dog", "--size\n", "--epochs\n", "--budget\n", "--sample\n",
        ]
    ) { input in
        var arguments = input.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if arguments.last?.isEmpty ?? false { arguments.removeLast() }
        try Program.read(arguments)
    }

    private static let pictures = [
        FuzzEntry(name: "png", fileName: "a.png") { try decode($0.bytes) },
        FuzzEntry(name: "jpeg", fileName: "a.jpg") { try decode($0.bytes) },
        FuzzEntry(name: "exif", fileName: "a.tiff", words: ["II*\0", "MM\0*"]) { input in
            // The frame of a picture of 8x8 pixels behind the block.
            let length = min(input.bytes.count, 60_000) + 8
            let head: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)]
            let frame: [UInt8] = [0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xFF, 0xD9, 0, 0]
            _ = try ImageInformation(bytes: head + Array("Exif\0\0".utf8) + input.bytes.prefix(length - 8) + frame)
        },
        FuzzEntry(name: "other-pictures", fileName: "a.bin") { _ = try ImageInformation(bytes: $0.bytes) },
    ]

    private static func decode(_ bytes: [UInt8]) throws {
        _ = try? ImageInformation(bytes: bytes)
        // What a header claims may be a hundred million pixels; here they would only cost time.
        var options = Image.DecodingOptions()
        (options.maximumPixels, options.acceptsTruncated) = (1 << 20, true)
        _ = try Image(bytes: bytes, options: options)
    }

    private static let texts = [
        FuzzEntry(name: "json", fileName: "a.json") { input in
            try input.bytes.withUnsafeBytes { bytes in
                var reader = JSONReader(bytes)
                _ = try reader.skipValue()
                try reader.finish()
            }
        },
        FuzzEntry(name: "xml", fileName: "a.xml") { input in
            try XMLDocumentReader.read(
                ByteSource(synthetic: input.bytes, path: "a.xml"), begin: { _, _ in }, end: { _ = $0.value })
        },
        FuzzEntry(name: "yaml", fileName: "a.yaml") {
            _ = try YAMLReader.read(ByteSource(synthetic: $0.bytes, path: "a.yaml"))
        },
        FuzzEntry(name: "table", fileName: "a.csv") { input in
            for row in TableReader(try ByteSource(reading: input.path)) { _ = row.fields.map(\.string) }
        },
        FuzzEntry(
            name: "expression", fileName: "a.txt",
            words: ["area", "class", "width", " and ", " or ", "not ", " in ", " like ", "==", "<=", "image.width"]
        ) { input in
            var filter = DatasetFilter()
            filter.condition = input.text
            _ = try filter(sample)
        },
        FuzzEntry(name: "mapping", fileName: "a.txt", words: [" = ", "\n"]) { input in
            var mapping = CategoryMapping()
            try mapping.read(input.text, file: "a.txt")
            _ = try mapping(sample)
        },
        FuzzEntry(
            name: "policy", fileName: "a.txt",
            words: [
                "p=", "angle=", "scale=", "..", "one-of", "some-of", "{", "}", "mosaic", "affine", "crop", "factor=",
            ]
        ) { _ = try AugmentationPolicy(text: $0.text) },
        FuzzEntry(name: "recipe", fileName: "a.txt", words: ["; ", "crop ", "x=", "width=", "mosaic ", "zoom-out "]) {
            let recipe = try AugmentationRecipe($0.text)
            // Operations may take as long as they are great; the text is what is tried here.
            guard recipe.operations.count < 3, $0.bytes.count < 200 else { return }
            _ = try recipe.apply(to: LabeledImage(image: Image(width: 8, height: 6), objects: []))
        },
        FuzzEntry(
            name: "network-text", fileName: "a.txt",
            words: [
                "conv ", "kernel=", "stride=", "groups=", "padding=", "linear ", "pool ", "relu", "; ", "input ",
                "same",
            ]
        ) { _ = try TextNetwork($0.text) },
    ]

    private static let datasets =
        DatasetFormat.allCases.map(FuzzEntry.init(dataset:)) + [
            FuzzEntry(name: "sidecar", fileName: "a.csv.needletail") { input in
                _ = try input.path
                let rows = "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,100,80,cat,1,2,30,40\n"
                try use(
                    Dataset.read(input.write(Array(rows.utf8), as: "a.csv"), options: ReadingOptions(format: .csv)))
            },
            FuzzEntry(name: "any-dataset", fileName: "a") { try use(Dataset.read($0.path, options: ReadingOptions())) },
            // The pixels of a picture of segments, whose numbers are its colours; the first byte is its width.
            FuzzEntry(name: "panoptic-outlines", fileName: "a", writesFiles: true) { input in
                guard let first = input.bytes.first, input.bytes.count > 1 else { return }
                let width = min(1 + Int(first) % 64, input.bytes.count - 1)
                let height = (input.bytes.count - 1) / width
                let numbers = input.bytes.dropFirst().prefix(width * height)
                let picture = Image(width: width, height: height, bytes: numbers.flatMap { [$0 % 5, 0, 0] })
                try input.write(picture.pngBytes(compression: 0), as: "a/a.png")
                let file = try input.write(Array(segments(width: width, height: height).utf8), as: "a.json")
                let dataset = try Dataset.read(file, options: ReadingOptions(format: .panoptic))
                try use(dataset)
                try dataset.write(to: "\(input.folder)/written", format: .panoptic)
            },
        ]

    /// An image with four segments, the last without a box.
    private static func segments(width: Int, height: Int) -> String {
        """
        {"images":[{"id":7,"width":\(width),"height":\(height),"file_name":"a.jpg"}],
        "categories":[{"id":3,"name":"cat"},{"id":4,"name":"sky"}],
        "annotations":[{"image_id":7,"file_name":"a.png","segments_info":[
        {"id":1,"category_id":3,"iscrowd":0,"bbox":[1,2,3,4],"area":9},{"id":2,"category_id":3,"iscrowd":1},
        {"id":3,"category_id":4,"bbox":[0,0,9,9]},{"id":4,"category_id":4}]}]}
        """
    }

    /// Where the input stands in a dataset that is a folder, and what stands beside it.
    private static let places: [DatasetFormat: (input: String, others: [String: String])] = [
        .voc: ("Annotations/a.xml", [:]),
        .yolo: ("labels/train/a.txt", ["dataset.yaml": "names: [cat, dog]\ntrain: images/train\n"]),
        .darknet: (
            "a.txt",
            ["obj.data": "names = obj.names\ntrain = train.txt\n", "obj.names": "cat\ndog\n", "train.txt": "a.png\n"]
        ),
        .labelme: ("a.json", [:]), .openimages: ("train-annotations-bbox.csv", [:]), .kitti: ("label_2/a.txt", [:]),
        .datumaro: ("annotations/train.json", [:]), .dota: ("labelTxt/a.txt", [:]), .fiftyone: ("labels.json", [:]),
        .huggingface: ("train/metadata.jsonl", [:]), .kerasYOLO3: ("train.txt", ["classes.txt": "cat\ndog\n"]),
        .mot: ("gt/gt.txt", ["seqinfo.ini": "[Sequence]\nimDir=img1\nseqLength=3\nimWidth=100\nimHeight=80\n"]),
        .supervisely: (
            "ds/ann/a.png.json",
            ["meta.json": #"{"classes": [{"title": "cat", "shape": "rectangle"}, {"title": "dog", "shape": "any"}]}"#]
        ),
        .tfrecord: ("train.tfrecord", ["label_map.pbtxt": "item {\n  id: 1\n  name: 'cat'\n}\n"]),
        .visdrone: ("annotations/a.txt", [:]), .widerface: ("wider_face_train_bbx_gt.txt", [:]),
        .yoloOBB: ("labels/train/a.txt", ["dataset.yaml": "names: [cat, dog]\ntrain: images/train\n"]),
    ]

    private static let picture: [UInt8] = (try? Image(width: 8, height: 6).pngBytes()) ?? []

    private init(dataset format: DatasetFormat) {
        let tables: [DatasetFormat] = [.csv, .retinanet, .makesense]
        let ending = format == .cvat ? "xml" : tables.contains(format) ? "csv" : "json"
        self.init(name: format.rawValue, fileName: "a.\(ending)") { input in
            var options = ReadingOptions(format: format)
            let path = Self.places[format] == nil ? try input.path : "\(try input.folder)/d"
            if let (place, others) = Self.places[format] {
                var files = others.mapValues { Array($0.utf8) }
                // Instead of a file of annotations it may be the one that describes the dataset.
                let described = others.keys.first { $0 != "obj.names" && $0 != "train.txt" }
                let isDescription = input.text.contains(format == .darknet ? "train =" : "train:")
                files[place] = Array("0 0.5 0.5 0.1 0.1\n".utf8)
                files[isDescription ? described ?? place : place] = input.bytes
                for name in ["a.png", "images/train/a.png", "images/a.png", "train/a.jpg"] {
                    files[name] = Self.picture
                }
                for (name, bytes) in files { try input.write(bytes, as: "d/\(name)") }
            }
            if format == .cocoResults {
                options.annotations = try input.write(Self.sampleText, as: "truth.json")
            }
            try Self.use(Dataset.read(path, options: options))
            options.isLenient = true
            _ = try Dataset.read(path, options: options)
        }
    }

    /// Does what verbs do with a dataset.
    private static func use(_ dataset: Dataset) throws {
        _ = dataset.issues.prefix(100).map { "\($0)" }
        guard dataset.annotations.count < 2000, dataset.images.count < 2000 else { return }
        _ = DatasetStatistics(dataset, anchorCount: 3)
        let picture = Image(width: 20, height: 10)
        for row in dataset.annotations.indices.prefix(8) {
            _ = picture.annotated(with: [LabeledBox(box: dataset.annotations[row].box, label: "a", color: .white)])
        }
    }

    /// Two images with three boxes.
    private static let sampleText = Array(
        """
        {"images":[{"id":7,"file_name":"a.png","width":100,"height":80},{"id":8,"file_name":"b.png","width":10,"height":8}],
        "categories":[{"id":3,"name":"cat"},{"id":5,"name":"dog"}],"annotations":[
        {"id":1,"image_id":7,"category_id":3,"bbox":[1,2,30,40],"area":1200,"iscrowd":0},
        {"id":2,"image_id":7,"category_id":5,"bbox":[5,5,3,4],"area":12,"iscrowd":1},
        {"id":3,"image_id":8,"category_id":5,"bbox":[0,0,10,8],"area":80,"iscrowd":0}]}
        """.utf8)

    private static let sample: Dataset = {
        let path = TemporaryName.path(beside: "/tmp/needletail-fuzz.json")
        defer { FolderTree.remove(path) }
        do {
            try AtomicFile.write(sampleText, to: path)
            return try Dataset.read(path, options: ReadingOptions(format: .coco))
        } catch {
            fatalError("the sample cannot be read: \(error)")
        }
    }()

    private static let archives = [
        FuzzEntry(name: "zip", fileName: "a.zip", writesFiles: true) { try unpack($0) },
        FuzzEntry(name: "tar", fileName: "a.tar", writesFiles: true) { try unpack($0) },
        FuzzEntry(name: "gzip", fileName: "a.tar.gz", writesFiles: true) { try unpack($0) },
        FuzzEntry(name: "idx", fileName: "a-images-idx3-ubyte") { input in
            try input.write([0, 0, 8, 1, 0, 0, 0, 2, 0, 1], as: "a-labels-idx1-ubyte")
            _ = try ClassificationDataset.read(input.path)
        },
    ]

    private static func unpack(_ input: FuzzInput) throws {
        let target = "\(try input.folder)/unpacked"
        try FolderTree.make(target)
        _ = try Archive(contentsOf: input.path).unpack(into: target)
    }

    private static let networks = [
        FuzzEntry(name: "safetensors", fileName: "a.safetensors") { try readTensors($0.path) },
        FuzzEntry(name: "pytorch", fileName: "a.pth") { try readTensors($0.path) },
        FuzzEntry(name: "onnx", fileName: "a.onnx") { _ = try ONNXNetwork(contentsOf: $0.path) },
        // Of detectors the header, which is all that tells one file from another; the numbers are 0.
        FuzzEntry(name: "safetensors-header", fileName: "a.json", words: tensorWords) {
            try readTensors(completed($0))
        },
        FuzzEntry(name: "detector", fileName: "a.json", words: tensorWords) {
            _ = try DenseDetector(contentsOf: completed($0))
        },
        FuzzEntry(name: "classifier", fileName: "a.safetensors") { _ = try Classifier(contentsOf: $0.path) },
        FuzzEntry(name: "detector-configuration", fileName: "a.json") { input in
            let decoder = JSONDecoder()
            let configuration = try decoder.decode(DenseDetector.Configuration.self, from: Data(input.bytes))
            _ = DenseDetector(configuration).graph
        },
        FuzzEntry(name: "classifier-configuration", fileName: "a.json") { input in
            let configuration = try JSONDecoder().decode(Classifier.Configuration.self, from: Data(input.bytes))
            _ = Classifier(configuration).graph
        },
    ]

    static let tensorWords = [
        #""dtype":"#, #""shape":["#, #""data_offsets":["#, "F32", "F16", "BF16", "I64", "U8", "BOOL", "__metadata__",
        "needletail.detector", #"\""#, "-1", "0", "1",
    ]

    /// A file with the input as its header, and as many zeros as that speaks of, up to 16 MiB.
    @discardableResult
    static func completed(_ input: FuzzInput, as name: String = "a.safetensors") throws -> String {
        let ends = input.bytes.split(separator: UInt8(ascii: "]")).compactMap { part -> Int? in
            guard let comma = part.lastIndex(of: UInt8(ascii: ",")) else { return nil }
            let digits = part[comma...].dropFirst().drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
            return Int(String(decoding: digits, as: UTF8.self))
        }
        let data = min(ends.max() ?? 0, 1 << 24)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: input.bytes.count >> (8 * $0)) }
        let path = try input.write(length + input.bytes, as: name)
        // A hole takes no memory.
        guard truncate(path, off_t(8 + input.bytes.count + data)) == 0 else {
            throw FileError(path: path, action: "grow", code: errno)
        }
        return path
    }

    private static func readTensors(_ path: String) throws {
        let checkpoint = try Checkpoint(contentsOf: path)
        for tensor in checkpoint.tensors where tensor.elementCount < 1 << 20 { _ = try? tensor.floats() }
    }
}
