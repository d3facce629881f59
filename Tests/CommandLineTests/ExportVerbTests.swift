import Foundation
import NeedletailCheckpoints
import ProgramRunner
import Testing

/// `needletail export` as a person runs it.
@Suite struct ExportVerbTests {
    private func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func modelWithWhatGoesBeside() throws {
        let folder = try TemporaryFolder(), detector = folder.path + "/detector.safetensors"
        try Material.writeDetector(to: detector)
        let model = folder.path + "/out/some.onnx"
        let document = try needletail("export", detector, model, "--input", "64x96", "--json").json()
        #expect(document["input"] as? String == "images [1, 3, 64, 96]")
        #expect(document["outputs"] as? [String] == ["output0 [1, 10, 1161]"])
        #expect((document["classes"] as? [String])?.first == "gear")
        let files = try #require(document["files"] as? [String])
        #expect(
            files.map { ($0 as NSString).lastPathComponent } == [
                "some.onnx", "some.labels.txt", "some.frigate.yml", "some.py",
            ])
        #expect(files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        #expect(try ONNXModel(contentsOf: model).graph.inputs.map(\.name) == ["images"])
        #expect(document["bytes"] as? Int == (try Data(contentsOf: URL(fileURLWithPath: model)).count))
        // Written again, it stays of the size that it was written for.
        let again = try needletail("export", model, folder.path + "/again.onnx", "--json").json()
        #expect(again["input"] as? String == "images [1, 3, 64, 96]")
    }

    /// torchvision's detectors take an image alone, without an axis for several.
    @Test func imageWithoutAnAxisOfImages() throws {
        let folder = try TemporaryFolder()
        var model = ONNXModel()
        model.operatorSets = ["": 17]
        model.graph.inputs = [ONNXValue("x", .float32, [.fixed(3), .fixed(8), .fixed(10)])]
        model.graph.initializers = [
            StoredTensor(name: "w", shape: [2, 3, 3, 3], floats: (0..<54).map { Float($0) }),
            StoredTensor(name: "axes", shape: [1], integers: [0]),
            StoredTensor(name: "mean", shape: [3, 1, 1], floats: [0.1, 0.2, 0.3]),
        ]
        model.graph.nodes = [
            ONNXNode("Sub", name: "normalize", inputs: ["x", "mean"], outputs: ["n"]),
            ONNXNode("Unsqueeze", name: "batch", inputs: ["n", "axes"], outputs: ["a"]),
            ONNXNode("Conv", name: "conv", inputs: ["a", "w"], outputs: ["y"]),
        ]
        model.graph.outputs = [ONNXValue("y", .float32, nil)]
        try model.write(to: folder("single.onnx"))
        let document = try needletail("summary", folder("single.onnx"), "--json").json()
        let last = try #require((document["layers"] as? [[String: Any]])?.last)
        #expect(last["outputShape"] as? [Int] == [1, 6, 8, 2], "\(last)")
        #expect(last["multiplyAdds"] as? Int == 6 * 8 * 54, "\(last)")
        // Maps that are only turned on the way have no other places.
        let field = try #require(last["receptiveField"] as? [String: Int])
        #expect(field == ["height": 3, "width": 3, "strideHeight": 1, "strideWidth": 1])
        #expect(try needletail("inspect", "filters", folder("single.onnx"), "--output", folder("f.png")).status == 0)
    }

    /// A file that goes beside the model is in the way like the model itself; nothing is written then.
    @Test func nothingIsReplacedUnasked() throws {
        let folder = try TemporaryFolder(), detector = folder.path + "/detector.safetensors"
        try Material.writeDetector(to: detector)
        _ = try folder.write("mine", to: "a.labels.txt")
        let before = try names(folder)
        let refused = try needletail("export", detector, folder.path + "/a.onnx")
        #expect(
            refused.status == 1 && refused.errors.contains("a.labels.txt") && refused.errors.contains("--overwrite"))
        #expect(try names(folder) == before && folder.text(of: "a.labels.txt") == "mine")
        #expect(try needletail("export", detector, folder.path + "/a.onnx", "--overwrite").status == 0)
        #expect(try folder.text(of: "a.labels.txt").hasPrefix("gear\nflower\n"))
    }

    @Test(
        arguments: [
            (["--input", "100"], 1, "96x96"), (["--opset", "9"], 1, "--opset"), (["--layout", "boxes"], 2, "--layout"),
        ] as [([String], Int32, String)])
    func whatCannotBe(flags: [String], status: Int32, word: String) throws {
        let folder = try TemporaryFolder(), detector = folder.path + "/detector.safetensors"
        try Material.writeDetector(to: detector)
        let before = try names(folder)
        let outcome = try Program("needletail").run(["export", detector, folder.path + "/a.onnx"] + flags)
        #expect(outcome.status == status && outcome.errors.contains(word), "\(outcome.errors)")
        #expect(try names(folder) == before)
    }

    /// A network of another program whose size is open, and that takes few sizes: others are tried when its weights are looked
    /// for, and that is no reason to refuse it.
    @Test func networksThatTakeFewSizes() throws {
        let folder = try TemporaryFolder()
        var model = ONNXModel()
        model.operatorSets = ["": 17]
        model.graph.inputs = [ONNXValue("x", .float32, [.free("n"), .fixed(3), .free("h"), .free("w")])]
        model.graph.initializers = [
            StoredTensor(name: "w", shape: [2, 3, 1, 1], floats: [1, 2, 3, 4, 5, 6]),
            StoredTensor(name: "s", shape: [3], integers: [1, 2, 64]),
        ]
        model.graph.nodes = [
            ONNXNode("Conv", name: "conv", inputs: ["x", "w"], outputs: ["a"]),
            ONNXNode("Reshape", name: "rows", inputs: ["a", "s"], outputs: ["y"]),
        ]
        model.graph.outputs = [ONNXValue("y", .float32, nil)]
        let path = folder("few.onnx"), again = folder("again.onnx")
        try model.write(to: path)
        let refused = try needletail("export", path, again, "--layout", "raw")
        #expect(
            refused.status == 1
                && refused.errors.contains(
                    "few.onnx: node 'rows' (Reshape): [1, 2, 640, 640] has not as many numbers as [1, 2, 64]. The file leaves "
                        + "the size of its input open, and 640x640 may be none that it takes. Give another with --input."
                ),
            "\(refused.errors)")
        let document = try needletail("export", path, again, "--layout", "raw", "--input", "8", "--json").json()
        #expect(document["outputs"] as? [String] == ["y [1, 2, 64]"])
        #expect(try needletail("summary", path, "--input", "8").status == 0)
        #expect(try needletail("inspect", "filters", path, "--input", "8", "--output", folder("f.png")).status == 0)
    }

    @Test func namesAndFolders() throws {
        let folder = try TemporaryFolder(), detector = folder.path + "/detector.safetensors"
        try Material.writeDetector(to: detector)
        #expect(try needletail("export", detector, folder.path + "/a.txt").status == 2)
        let locked = folder.path + "/file"
        _ = try folder.write("", to: "file")
        #expect(try needletail("export", detector, locked + "/a.onnx").status == 1)
    }

    /// Names give drawn weights, which is said; classifiers are written like detectors.
    @Test func classifiersByName() throws {
        let folder = try TemporaryFolder()
        let outcome = try needletail("export", "lenet5", folder.path + "/digits.onnx", "--dynamic")
        #expect(outcome.status == 0 && outcome.errors.contains("drawn"))
        #expect(outcome.errors.contains("only number of images"))
        #expect(outcome.output.contains("images [batch, 1, 28, 28] to output0 [batch, 10]"))
        #expect(try names(folder) == ["digits.labels.txt", "digits.onnx", "digits.py"])
    }
}
