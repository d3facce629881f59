import Foundation
import NeedletailCheckpoints
import Testing

@Suite("Fitting names to a model")
struct ParameterMappingTests {
    /// Names and shapes of torchvision's models, by the generator script.
    static let models: [String: [String: [Int]]] = {
        do {
            return try JSONDecoder().decode([String: [String: [Int]]].self, from: Fixture.data("models.json"))
        } catch {
            fatalError("models.json: \(error)")
        }
    }()

    /// A file of the given shapes. Its data is a hole, so that a large model takes no space.
    static func checkpoint(_ shapes: [String: [Int]], in scratch: Fixture.Scratch) throws -> Checkpoint {
        var offset = 0
        let entries = shapes.sorted { $0.key < $1.key }.map { name, shape in
            let end = offset + shape.reduce(4, *)
            defer { offset = end }
            return "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(offset),\(end)]}"
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        let path = try scratch.write(
            withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header, as: "model.safetensors")
        truncate(path, 8 + header.count + offset)
        return try Checkpoint(contentsOf: path)
    }

    private static func expected(_ shapes: [String: [Int]]) -> [ExpectedParameter] {
        shapes.filter { !$0.key.hasSuffix("num_batches_tracked") }.sorted { $0.key < $1.key }
            .map { ExpectedParameter(name: $0.key, shape: $0.value) }
    }

    private func shapes(_ name: String) throws -> [String: [Int]] { try #require(Self.models[name]) }

    @Test(
        "A model's own names, and those of its wrappers",
        arguments: ["", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "model.", "module.model."])
    func wrappers(_ prefix: String) throws {
        let scratch = try Fixture.Scratch()
        let shapes = try shapes("resnet18")
        var wrapped = Dictionary(uniqueKeysWithValues: shapes.map { (prefix + $0.key, $0.value) })
        // The counter that PyTorch's averaged models keep outside the wrapper.
        if !prefix.isEmpty { wrapped["n_averaged"] = [] }
        let checkpoint = try Self.checkpoint(wrapped, in: scratch)
        let expected = Self.expected(shapes)
        let mapping = try ParameterMapping(of: expected, in: checkpoint)
        #expect(mapping.assignments.map(\.parameter) == expected)
        #expect(mapping.assignments.allSatisfy { $0.tensor.name == prefix + $0.parameter.name })
        #expect(mapping.renaming.isEmpty == prefix.isEmpty)
        #expect(mapping.unused.allSatisfy { $0.hasSuffix("num_batches_tracked") || $0 == "n_averaged" })
        // And the wrapper the other way round: a model that has the prefix, a file that has not.
        #expect(CheckpointArchitecture(checkpoint)?.description == "resnet18")
    }

    @Test(
        "Prefixes of no known wrapper", arguments: ["encoder_q.", "student.backbone.net.", "a.module.", "model.trunk."])
    func strangePrefixes(_ prefix: String) throws {
        let scratch = try Fixture.Scratch()
        let shapes = try shapes("resnet18")
        var wrapped = Dictionary(uniqueKeysWithValues: shapes.map { (prefix + $0.key, $0.value) })
        // What training scripts keep beside it.
        wrapped["queue"] = [128, 4]
        wrapped["projector.0.weight"] = [8, 8]
        let checkpoint = try Self.checkpoint(wrapped, in: scratch)
        let expected = Self.expected(shapes)
        let mapping = try ParameterMapping(of: expected, in: checkpoint)
        #expect(mapping.assignments.allSatisfy { $0.tensor.name == prefix + $0.parameter.name })
        #expect(mapping.assignments.count == expected.count)
        #expect(mapping.unused.contains("queue") && mapping.unused.contains("projector.0.weight"))
        #expect(CheckpointArchitecture(checkpoint)?.description == "resnet18")
        // Into a detector's backbone, too.
        let detector = Self.expected(try self.shapes("retinanet_resnet50_fpn"))
        let other = try Self.checkpoint(
            Dictionary(uniqueKeysWithValues: try self.shapes("resnet50").map { (prefix + $0.key, $0.value) }),
            in: scratch)
        let filled = try ParameterMapping(
            of: detector, in: other, allowing: .init(missing: ["backbone.fpn.", "head."]))
        #expect(filled.assignments.count == detector.count { $0.name.hasPrefix("backbone.body.") })
    }

    @Test("A long list is told by its patterns")
    func patterns() throws {
        let scratch = try Fixture.Scratch()
        let checkpoint = try Self.checkpoint(shapes("resnet18"), in: scratch)
        let expected = Self.expected(try shapes("resnet50"))
        let error = try #require(
            #expect(throws: ParameterMismatch.self) { try ParameterMapping(of: expected, in: checkpoint) })
        let lines = error.description.split(separator: "\n")
        #expect(lines.count <= 1 + 3 * 6, "\(error)")
        let missing = try #require(lines.first { $0.contains("missing from the file") })
        #expect(missing == "  missing from the file (\(error.missing.count)):")
        #expect(lines.contains("    layer*.*.bn*.bias (32), as layer1.0.bn3.bias [256]"), "\(error)")
        #expect(error.description.contains("these look like resnet18 weights"))
        #expect(error.remedy?.pieces.contains(.setting(.model)) == true)
        let foreign = try Self.checkpoint(["stage1.0.weight": [8, 3, 3, 3]], in: scratch)
        let other = #expect(throws: ParameterMismatch.self) { try ParameterMapping(of: expected, in: foreign) }
        #expect(other?.description.contains("a network that is not known here") == true)
        #expect(other?.remedy?.pieces.contains(.verb(.showWeights)) == true)
    }

    @Test("A classifier fills a detector's backbone, and only that")
    func backbone() throws {
        let scratch = try Fixture.Scratch()
        let checkpoint = try Self.checkpoint(shapes("resnet50"), in: scratch)
        let expected = Self.expected(try shapes("retinanet_resnet50_fpn"))
        let allowance = ParameterMapping.Allowance(missing: ["backbone.fpn.", "head."])
        let mapping = try ParameterMapping(of: expected, in: checkpoint, allowing: allowance)
        #expect(mapping.assignments.map(\.parameter) == expected.filter { $0.name.hasPrefix("backbone.body.") })
        #expect(mapping.assignments.allSatisfy { "backbone.body." + $0.tensor.name == $0.parameter.name })
        #expect(mapping.keptMissing == expected.filter { !$0.name.hasPrefix("backbone.body.") })
        #expect(mapping.unused.filter { !$0.hasSuffix("num_batches_tracked") } == ["fc.bias", "fc.weight"])

        let error = #expect(throws: ParameterMismatch.self) { try ParameterMapping(of: expected, in: checkpoint) }
        #expect(error?.missing == mapping.keptMissing)
        #expect(error?.unexpected == [] && error?.misshaped == [])
    }

    @Test("A detector fills a bare backbone, in either spelling")
    func bareBackbone() throws {
        let scratch = try Fixture.Scratch()
        let checkpoint = try Self.checkpoint(shapes("retinanet_resnet50_fpn"), in: scratch)
        let expected = Self.expected(try shapes("resnet50").filter { !$0.key.hasPrefix("fc.") })
        let mapping = try ParameterMapping(of: expected, in: checkpoint)
        #expect(mapping.assignments.count == expected.count)
        #expect(mapping.unused.contains("head.regression_head.bbox_reg.weight"))
        #expect(mapping.renaming == "only 'backbone.body.'")
        // A classifier for a classifier without its last layer.
        let classifier = try Self.checkpoint(shapes("resnet50"), in: scratch)
        #expect(try ParameterMapping(of: expected, in: classifier).assignments.count == expected.count)
        // But not for a model that wants it.
        let whole = Self.expected(try shapes("resnet50"))
        #expect(throws: ParameterMismatch.self) { try ParameterMapping(of: whole, in: checkpoint) }
    }

    @Test("torchvision's older names", arguments: ["retinanet_resnet50_fpn", "fasterrcnn_resnet50_fpn"])
    func oldNames(_ name: String) throws {
        let scratch = try Fixture.Scratch()
        let old = try shapes("\(name) (old names)")
        let new = try shapes(name)
        #expect(old.keys.sorted() != new.keys.sorted())
        let expected = Self.expected(new)
        for prefix in ["", "module."] {
            let checkpoint = try Self.checkpoint(
                Dictionary(uniqueKeysWithValues: old.map { (prefix + $0.key, $0.value) }), in: scratch)
            let mapping = try ParameterMapping(of: expected, in: checkpoint)
            #expect(mapping.assignments.count == expected.count)
            let names = Dictionary(
                uniqueKeysWithValues: mapping.assignments.map {
                    ($0.parameter.name, $0.tensor.name.dropFirst(prefix.count))
                })
            if name.hasPrefix("retinanet") {
                #expect(
                    names["head.classification_head.conv.3.0.weight"] == "head.classification_head.conv.6.weight")
                #expect(names["backbone.fpn.layer_blocks.2.0.bias"] == "backbone.fpn.layer_blocks.2.bias")
            } else {
                #expect(names["rpn.head.conv.0.0.weight"] == "rpn.head.conv.weight")
            }
        }
    }

    @Test("Everything wrong is listed at once")
    func mismatch() throws {
        let scratch = try Fixture.Scratch()
        var file = try shapes("resnet18")
        file["conv1.weight"] = nil
        file["layer4.1.bn2.bias"] = nil
        file["extra.weight"] = [1]
        file["fc.weight"] = [3, 512]
        file["fc.bias"] = [3]
        let checkpoint = try Self.checkpoint(file, in: scratch)
        let expected = Self.expected(try shapes("resnet18"))
        let error = try #require(
            #expect(throws: ParameterMismatch.self) { try ParameterMapping(of: expected, in: checkpoint) })
        #expect(error.missing.map(\.name) == ["conv1.weight", "layer4.1.bn2.bias"])
        #expect(error.unexpected == ["extra.weight"])
        #expect(error.misshaped.map(\.parameter.name) == ["fc.bias", "fc.weight"])
        #expect(error.misshaped.last?.shapeInFile == [3, 512])
        #expect(
            error.description == """
                \(checkpoint.path): the weights do not fit the model
                  missing from the file (2):
                    conv1.weight [64, 3, 7, 7]
                    layer4.1.bn2.bias [512]
                  in the file, but not in the model (1):
                    extra.weight
                  of another shape (2):
                    fc.bias: the model has [1000], the file [3]
                    fc.weight: the model has [1000, 512], the file [3, 512]
                """)
        let allowance = ParameterMapping.Allowance(
            missing: ["conv1.weight", "layer4."], misshaped: ["fc."], unexpected: ["extra."])
        let mapping = try ParameterMapping(of: expected, in: checkpoint, allowing: allowance)
        #expect(mapping.keptMissing.count == 2 && mapping.keptMisshaped.count == 2)
        #expect(mapping.assignments.count == expected.count - 4)
    }

    @Test("Weights of another architecture are named")
    func foreign() throws {
        let scratch = try Fixture.Scratch()
        let checkpoint = try Self.checkpoint(shapes("resnet50"), in: scratch)
        let expected = Self.expected(try shapes("resnet18"))
        let error = #expect(throws: ParameterMismatch.self) { try ParameterMapping(of: expected, in: checkpoint) }
        #expect(error?.likelyArchitecture == "resnet50")
        #expect(error?.description.contains("these look like resnet50 weights") == true)
        // A file with nothing in common fails even where everything may be missing.
        let other = try Self.checkpoint(["a.b": [1]], in: scratch)
        let everything = ParameterMapping.Allowance(
            missing: ["conv1.", "bn1.", "layer1.", "layer2.", "layer3.", "layer4.", "fc."], unexpected: ["a."])
        #expect(throws: ParameterMismatch.self) { try ParameterMapping(of: expected, in: other, allowing: everything) }
    }

    @Test(
        "Architectures are recognised from names and shapes",
        arguments: [
            "resnet18", "resnet34", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "retinanet_resnet50_fpn",
            "retinanet_resnet50_fpn_v2", "fasterrcnn_resnet50_fpn",
        ])
    func suggestion(_ name: String) throws {
        let scratch = try Fixture.Scratch()
        #expect(CheckpointArchitecture(try Self.checkpoint(shapes(name), in: scratch))?.description == name)
        if let old = Self.models["\(name) (old names)"] {
            #expect(CheckpointArchitecture(try Self.checkpoint(old, in: scratch))?.description == name)
        }
        #expect(CheckpointArchitecture(try Self.checkpoint(["w": [2]], in: scratch))?.description == nil)
    }

    @Test(
        "The published weights fit",
        .enabled(if: PublishedWeightsTests.isPresent, "the published weights are not beside the project"))
    func publishedWeights() throws {
        let path = PublishedWeightsTests.folder.appendingPathComponent("resnet18-imagenet.pth").path
        let checkpoint = try Checkpoint(contentsOf: path)
        #expect(CheckpointArchitecture(checkpoint)?.description == "resnet18")
        #expect(try ParameterMapping(of: Self.expected(shapes("resnet18")), in: checkpoint).renaming.isEmpty)
    }
}
