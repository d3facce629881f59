import Foundation
import NeedletailCheckpoints
import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ProgramRunner
import Testing

/// An SSD's and an FCOS's files, input, boxes and assignment.
@Suite struct SSDTests {
    private static func detector(
        _ names: [String], _ network: (Int) -> any DenseArchitecture, seed: UInt64
    ) -> DenseDetector {
        let network = network(names.count + 1)
        return DenseDetector(
            DenseDetector.Configuration(
                network: network, transform: (network as? SSD)?.inputTransform ?? InputTransform(minimumSize: 64),
                postProcessing: (network as? SSD)?.postProcessing ?? FCOS.postProcessing,
                categories: names.enumerated().map { .init(id: 10 * ($0 + 1), name: $1, classIndex: $0 + 1) }),
            seed: seed)
    }

    private static func lite(_ classCount: Int) -> any DenseArchitecture {
        SSD(
            .ssdlite320, backbone: AnyBackboneArchitecture(MobileNetV3.small), classCount: classCount,
            hasReducedTail: true)
    }

    private func withPath(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try body(folder("weights.safetensors"))
    }

    static let recognised: [SSD] = [
        SSD(.ssd300, backbone: AnyBackboneArchitecture(VGG.vgg16), classCount: 91),
        SSD(.ssd512, backbone: AnyBackboneArchitecture(VGG.vgg11), classCount: 3),
        SSD(
            .ssdlite320, backbone: AnyBackboneArchitecture(MobileNetV3.large), classCount: 91, hasReducedTail: true),
        SSD(.ssdlite320, backbone: AnyBackboneArchitecture(MobileNetV3.large), classCount: 4),
        SSD(.ssdlite320, backbone: AnyBackboneArchitecture(MobileNetV3.small), classCount: 91),
    ]

    /// A file that says nothing about itself is known by its layers.
    @Test(arguments: recognised) func weightsAreRecognised(network: SSD) throws {
        try withPath { path in
            try network.makeNetwork(seed: 1).parameters.write(to: path, metadata: [:])
            let read = try DenseDetector(contentsOf: path)
            #expect(read.configuration.network as? SSD == network)
            #expect(read.configuration.transform == network.inputTransform)
            #expect(read.configuration.postProcessing == network.postProcessing)
            let categories = read.configuration.categories
            #expect(categories.count == network.classCount - 1)
            #expect(categories[0].name == (network.classCount == 91 ? "person" : "class 1"))
            if network.classCount == 91 { #expect(categories[89].name == "toothbrush" && categories[89].id == 90) }
        }
    }

    /// An FCOS is not taken for a RetinaNet of fewer classes, whatever its number of outputs.
    @Test(arguments: [91, 9, 18]) func anFCOSIsRecognised(classCount: Int) throws {
        let network = FCOS(backbone: .resnet18, channels: 64, headDepth: 2, classCount: classCount)
        try withPath { path in
            try network.makeNetwork(seed: 1).parameters.write(to: path, metadata: [:])
            #expect(try DenseDetector(contentsOf: path).configuration.network as? FCOS == network)
        }
    }

    /// The layers of a classifier are found where the detector has them.
    @Test func aClassifierFillsTheBackbone() throws {
        let pairs: [(SSD, any BackboneArchitecture, [(String, String)])] = [
            (
                SSD(.ssd300, backbone: AnyBackboneArchitecture(VGG.vgg16Normalized), classCount: 3),
                VGG.vgg16Normalized,
                [
                    ("backbone.features.0.weight", "features.0.weight"),
                    ("backbone.features.31.running_mean", "features.31.running_mean"),
                    // 33 is the fourth pooling.
                    ("backbone.extra.0.1.weight", "features.34.weight"),
                    ("backbone.extra.0.8.bias", "features.41.bias"),
                ]
            ),
            (
                SSD(.ssdlite320, backbone: AnyBackboneArchitecture(MobileNetV3.large), classCount: 3),
                MobileNetV3.large,
                [
                    ("backbone.features.0.0.0.weight", "features.0.0.weight"),
                    ("backbone.features.0.4.block.2.fc1.weight", "features.4.block.2.fc1.weight"),
                    ("backbone.features.0.13.0.weight", "features.13.block.0.0.weight"),
                    ("backbone.features.1.0.1.1.bias", "features.13.block.1.1.bias"),
                    ("backbone.features.1.0.2.fc2.bias", "features.13.block.2.fc2.bias"),
                    ("backbone.features.1.0.3.0.weight", "features.13.block.3.0.weight"),
                    ("backbone.features.1.2.block.3.0.weight", "features.15.block.3.0.weight"),
                    ("backbone.features.1.3.1.running_var", "features.16.1.running_var"),
                ]
            ),
        ]
        for (network, classifier, names) in pairs {
            try withPath { path in
                let store = ParameterStore()
                _ = classifier.makeClassifier(store.root, classCount: 3, normalization: .trained, seed: 9)
                for parameter in store.parameters where parameter.role == .statistic {
                    parameter.update { for index in $0.indices { $0[index] = Float(index) } }
                }
                try store.write(to: path, metadata: [:])
                let detector = DenseDetector(DenseDetector.Configuration(network: network, categories: []), seed: 1)
                let report = try detector.initialize(from: Checkpoint(contentsOf: path))
                for (own, theirs) in names {
                    #expect(
                        try Array(#require(detector.parameters[own]).values)
                            == Array(#require(store[theirs]).values), "\(own)")
                }
                let backbone = detector.parameterGroups.filter(\.isBackbone).flatMap(\.parameters)
                #expect(report.filledCount == backbone.count)
                #expect(
                    report.freshNames.allSatisfy { $0.contains("extra") || $0.contains("head") || $0.contains("scale") }
                )
            }
        }
    }

    /// Each map has a predictor, with rows for the boxes of a cell and the classes, the background among them.
    @Test func classifierRowsFollowNames() throws {
        let source = Self.detector(["cat", "dog", "fish"], Self.lite, seed: 3)
        let target = Self.detector(["bird", "fish"], Self.lite, seed: 4)
        func rows(_ detector: DenseDetector, _ map: Int) throws -> [[Float]] {
            let name = "head.classification_head.module_list.\(map).1.weight"
            let parameter = try #require(detector.parameters[name])
            return (0..<parameter.shape[0]).map { row in
                Array(parameter.values[row * parameter.shape[1]..<(row + 1) * parameter.shape[1]])
            }
        }
        let fresh = try (0..<6).map { try rows(target, $0) }
        try withPath { path in
            try source.write(to: path)
            #expect(try DenseDetector(contentsOf: path).configuration == source.configuration)
            let report = try target.initialize(from: Checkpoint(contentsOf: path))
            #expect(report.reusedCategories == ["fish"])
        }
        for map in 0..<6 {
            let old = try rows(source, map), new = try rows(target, map)
            for box in 0..<6 {
                #expect(new[3 * box] == old[4 * box])
                #expect(new[3 * box + 1] == fresh[map][3 * box + 1])
                #expect(new[3 * box + 2] == old[4 * box + 3])
            }
        }
    }

    /// Both sides become 300, and boxes follow each.
    @Test func inputIsStretched() {
        let transform = SSD(.ssd300, backbone: AnyBackboneArchitecture(VGG.vgg16), classCount: 2).inputTransform
        #expect(transform.resizedSize(width: 600, height: 100) == (300, 300))
        #expect(transform.paddedSize([(300, 300), (300, 300)]) == (300, 300))
        let target = transform.target(
            boxes: [Corners(60, 10, 120, 50)], classIndices: [1], width: 600, height: 100, flippedHorizontally: false)
        #expect(target.boxes == [Corners(30, 30, 60, 150)])
        #expect(SSD.Variant.allCases.map(\.inputSize) == [300, 512, 320])
    }

    /// Shares .07 and √(.07 · .15) of the input, then twice as wide and twice as high as the first.
    @Test func defaultBoxes() {
        let boxes = SSD.Variant.ssd300.boxes
        let sizes = boxes.sizes(map: 0)
        let expected: [(Float, Float)] = [
            (0.07, 0.07), (0.102_469_51, 0.102_469_51), (0.098_994_95, 0.049_497_47), (0.049_497_47, 0.098_994_95),
        ]
        #expect(sizes.count == 4 && boxes.countPerCell(map: 0) == 4)
        for (size, wanted) in zip(sizes, expected) {
            #expect(abs(size.x - wanted.0) < 1e-7 && abs(size.y - wanted.1) < 1e-7)
        }
        let sides = [38, 19, 10, 5, 3, 1]
        let all = boxes.boxes(featureSizes: sides.map { ($0, $0) }, inputHeight: 300, inputWidth: 300)
        #expect(all.reduce(0) { $0 + $1.count } == 8732)
        // The second cell of the first row: its centre is 12 pixels from the left and 4 from above, its box 21 wide.
        let second = all[0][4]
        #expect(
            zip([1.5, -6.5, 22.5, 14.5] as [Float], [second.x1, second.y1, second.x2, second.y2]).allSatisfy {
                abs($0 - $1) < 1e-4
            })
        // The last map's larger square, √(.87 · 1.05), is no larger than the input.
        #expect(boxes.sizes(map: 5)[1].x == Float((0.87 * 1.05).squareRoot()) && boxes.sizes(map: 5)[2].x == 1)
    }

    /// A box that overlaps an object by half is its own; an object without such a box takes its best, even from another.
    @Test func objectsClaimTheirBest() {
        let boxes = [Corners(0, 0, 10, 10), Corners(20, 0, 30, 10), Corners(50, 50, 60, 60)]
        // IoU with the first box: 60 / (100 + 60 - 60) = .6, and 25 / 100 = .25.
        let objects = [Corners(0, 0, 10, 6), Corners(0, 0, 5, 5)]
        #expect(MultiboxMatcher().matches(boxes: boxes, objects: [objects[0]]) == [0, -1, -1])
        #expect(MultiboxMatcher().matches(boxes: boxes, objects: objects) == [1, -1, -1])
        // The last of those that claim a box has it.
        #expect(MultiboxMatcher().matches(boxes: boxes, objects: objects.reversed()) == [1, -1, -1])
        #expect(MultiboxMatcher().matches(boxes: boxes, objects: []) == [-1, -1, -1])
    }

    /// Places 8 pixels apart, the anchors of two maps around them.
    @Test func placesNearTheMiddleAreMatched() {
        let anchors = AnchorGenerator(sizes: [[8], [16]], aspectRatios: [1]).anchors(
            featureSizes: [(4, 4), (2, 2)], inputHeight: 32, inputWidth: 32)
        // Of 20x20 pixels around (12, 12): the places at 8 and 16 are inside, within 12 pixels of the middle; those at 0 are
        // outside. Of the coarse map only (16, 16) is inside, and no side is 64 pixels away.
        let object = Corners(2, 2, 22, 22)
        let matches = CenterSampling().matches(anchors: anchors, objects: [object])
        #expect(matches.indices.filter { matches[$0] == 0 } == [5, 6, 9, 10])
        // A smaller one within takes what it holds.
        let both = CenterSampling().matches(anchors: anchors, objects: [object, Corners(6, 6, 10, 10)])
        #expect(both[5] == 1 && both[6] == 0)
        // Left 8 and right 4, above 6 and below 6: √(4/8 · 6/6).
        let near = DistanceCoder().centerness(of: Corners(0, 2, 12, 14), anchor: Corners(4, 4, 12, 12))
        #expect(abs(near - 0.707_106_8) < 1e-6)
    }

    /// Numbers that no detector has are named and put nothing together.
    @Test(arguments: [
        ("\"classCount\":3", "\"classCount\":0", "classCount is 0"),
        ("\"classCount\":3", "\"classCount\":-7", "classCount is -7"),
        ("\"channels\":64", "\"channels\":65", "channels is 65"),
        ("\"headDepth\":1", "\"headDepth\":100000000", "headDepth is 100000000"),
        ("resnet10-quarter", "alexnet", "no detector of this kind stands on alexnet"),
    ]) func impossibleFilesAreRefused(old: String, new: String, message: String) throws {
        let detector = Self.detector(
            ["cat", "dog"], { FCOS(backbone: .resnet10Quarter, channels: 64, headDepth: 1, classCount: $0) }, seed: 1)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(detector.configuration), as: UTF8.self)
        #expect(text.contains(old))
        try withPath { path in
            try detector.parameters.write(
                to: path, metadata: ["needletail.detector": text.replacingOccurrences(of: old, with: new)])
            let error = #expect(throws: DetectorError.self) { try DenseDetector(contentsOf: path) }
            #expect(error?.kind == .malformed && error?.problem.contains(message) == true, "\(error?.problem ?? "")")
        }
    }
}
