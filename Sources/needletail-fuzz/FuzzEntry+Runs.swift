import NeedletailCheckpoints
import NeedletailCommandLine
import NeedletailDatasets
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailONNX
import NeedletailSystem
import NeedletailTraining

extension FuzzEntry {
    /// What a verb reads of its own earlier work, which may be anybody's by then, and weights of other programs.
    static let runs: [FuzzEntry] = [
        FuzzEntry(
            name: "journal", fileName: DetectionJournal.fileName,
            words: [
                #""found":["#, #""box":["#, #""size":["#, #""drawn":"#, #""score":"#, #""name":""#, "\n", "-1", "1e300",
            ]
        ) { input in
            _ = try input.path
            guard let journal = try DetectionJournal.read(in: input.folder) else { return }
            var drawn = 0
            for entry in journal.entries.values {
                drawn += entry.drawn
                let size = Image.Size(width: entry.size[0], height: entry.size[1])
                for found in entry.found.map(\.detection) { _ = found.box.area / Double(size.width * size.height) }
            }
        },
        FuzzEntry(name: "onnx-weights", fileName: "a.onnx") { _ = try Checkpoint.weights(contentsOf: $0.path) },
        FuzzEntry(
            name: "class-names", fileName: "a.txt",
            words: ["{", "}", "[", "]", "'", "\"", ": ", ", ", "0", "name", "\\u00e9"]
        ) { _ = ClassNames.read($0.text, hasSpacesBetween: true) },
        // Of a state the header, which is all that tells one from another.
        FuzzEntry(
            name: "run-state", fileName: "a.json",
            words: tensorWords + [#""step":"#, #""epoch":"#, #""records":["#, "needletail.training", "optimizer."],
            writesFiles: true
        ) { input in
            try resume(FilePath.parent(of: completed(input, as: "run/state.safetensors")))
        },
        FuzzEntry(name: "run-log", fileName: "a.jsonl", words: [#""event":"#, #""end""#, "\n"], writesFiles: true) {
            input in
            let log = try input.write(input.bytes, as: "run/log.jsonl")
            try input.write(input.bytes, as: "run/state.safetensors")
            try RunFolder.check(path: FilePath.parent(of: log), resumes: true)
        },
        FuzzEntry(
            name: "run-configuration", fileName: "a.json", words: [#""training":"#, #""dataset":"#, "null"],
            writesFiles: true
        ) { input in
            let folder = FilePath.parent(of: try input.write(input.bytes, as: "run/configuration.json"))
            _ = RunFolder.plannedEpochs(in: folder)
            try resume(folder)
        },
    ]

    /// Makes a run ready to go on.
    private static func resume(_ folder: String) throws {
        var recipe = ClassificationRecipe()
        recipe.network = AnyBackboneArchitecture(try TextNetwork("input 4; conv 2 kernel=3; relu; linear 2"))
        recipe.normalization = .imagenet
        recipe.epochs = 1
        _ = try ClassificationSession(
            ClassificationMaterial(pictures), recipe: recipe, folder: folder, resumes: true, pool: pool)
    }

    private static let pool = ThreadPool(threadCount: 1)

    /// Those that the corpus' run is trained on, as far as a run knows them.
    private static let pictures = ClassificationDataset(
        path: "classes", classes: ["a", "b"],
        items: (1...6).map { number in
            let name = "\(number < 4 ? "a" : "b")/orientation-\(number).jpg"
            return .init(name: name, source: .file(name), labels: [number < 4 ? 0 : 1])
        })
}
